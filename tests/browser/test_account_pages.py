"""The pages of accounts on the real accounts: from the first link to an agent who signs in."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI, Response
from playwright.sync_api import Browser, Locator, Page, expect

from browser.stage import Complaints, serving
from browser.test_access import CONTRASTS, MIN_CONTRAST, MIN_TARGET, NAMELESS
from warmline.accounts.accounts import Accounts
from warmline.accounts.guard import Guard
from warmline.accounts.passwords import Passwords
from warmline.accounts.router import accounts_router
from warmline.pages import PagesSettings, pages_router
from warmline.records.accounts import AccountStore
from warmline.records.database import Database

PASSWORD = "correct horse battery"


@dataclass
class House:
    """A server with accounts; `first` is the link that it would print."""

    url: str = ""
    first: str = ""
    accounts: list[Accounts] = field(default_factory=list)
    loop: list[asyncio.AbstractEventLoop] = field(default_factory=list)

    def disable(self, login: str) -> None:
        """As `warmline users disable` does."""
        [accounts] = self.accounts

        async def work() -> None:
            [user] = [user for user in await accounts.users() if user.login == login]
            await accounts.disable(user.user_id)

        asyncio.run_coroutine_threadsafe(work(), self.loop[0]).result(10)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house, ready = House(), threading.Event()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = await Database.open(tmp_path / "house.db")
        hashes = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        accounts = await Accounts.open(AccountStore(database), hashes=hashes)
        house.accounts.append(accounts)
        house.loop.append(asyncio.get_running_loop())
        house.first = await accounts.first_link() or ""
        app.include_router(accounts_router(accounts, Guard(accounts)))
        ready.set()
        yield
        await accounts.close()
        await database.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/desk")
    async def desk() -> Response:
        return Response("The desk", media_type="text/plain")

    app.include_router(pages_router(lambda: {}, PagesSettings()))

    with serving(app) as url:
        assert ready.wait(20)
        house.url = url
        yield house


@pytest.fixture
def page(chromium: Browser, house: House, complaints: Complaints) -> Iterator[Page]:
    with chromium.new_context(base_url=house.url) as context:
        context.set_default_timeout(10_000)
        page = context.new_page()
        complaints.watch(page)
        yield page


@pytest.fixture
def other(chromium: Browser, house: House, complaints: Complaints) -> Iterator[Page]:
    """Of somebody else, at another computer."""
    with chromium.new_context(base_url=house.url) as context:
        context.set_default_timeout(10_000)
        page = context.new_page()
        complaints.watch(page)
        yield page


def set_up(page: Page, house: House) -> None:
    """The first admin; the page of users is open then."""
    page.goto(f"/setup#{house.first}")
    page.get_by_label("Login").fill("root")
    page.get_by_label("Your name").fill("Ruth Root")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    row(page, "Ruth Root").wait_for()


def add_anna(page: Page) -> str:
    """A new agent; their link."""
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("Login").fill("anna")
    page.get_by_label("Name").fill("Anna Berg")
    page.get_by_label("Skills").fill("French 5, tax")
    page.get_by_label("Queues").fill("orders")
    page.get_by_role("button", name="Add and get a link").click()
    return page.get_by_role("textbox", name="A link for Anna Berg").input_value()


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def sign_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_from_the_first_start_to_an_agent_at_their_desk(
    page: Page, other: Page, house: House
) -> None:
    page.goto(f"/setup#{house.first}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Create the administrator")
    expect(page.get_by_label("Login")).to_have_value("admin")
    page.get_by_label("Your name").fill("Ruth Root")
    page.get_by_label("Password", exact=True).fill("password2026")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("first that a guesser would try")
    page.get_by_label("Login").fill("root")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    page.wait_for_url("**/users")
    expect(row(page, "Ruth Root")).to_contain_text("active")

    link = add_anna(page)
    assert link.startswith(f"{house.url}/setup#")
    expect(row(page, "Anna Berg")).to_contain_text("no password yet")
    expect(row(page, "Anna Berg")).to_contain_text("french 5, tax 3")
    expect(row(page, "Anna Berg")).to_contain_text("orders")

    other.goto(link)
    expect(other.get_by_text("Welcome, Anna Berg.")).to_be_visible()
    expect(other.get_by_label("Login")).not_to_be_editable()
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    other.get_by_role("button", name="Save and sign in").click()
    other.wait_for_url("**/desk")
    other.goto(link)
    expect(other.get_by_role("alert")).to_contain_text("used or is too old")

    other.goto("/users")
    expect(other.get_by_role("alert")).to_contain_text("may not do this")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in?next=%2Fusers")
    sign_in(other, "anna", "wrong password")
    expect(other.get_by_role("alert")).to_have_text("The login or the password is wrong.")
    other.goto("/sign-in?next=https://evil.example/")
    sign_in(other, "anna", PASSWORD)
    other.wait_for_url("**/desk")


def test_who_is_not_signed_in_signs_in_and_comes_back(page: Page, house: House) -> None:
    set_up(page, house)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in?next=%2Fusers")
    expect(page.get_by_label("Login")).to_be_focused()
    page.goto("/users")
    page.wait_for_url("**/sign-in?next=%2Fusers")
    sign_in(page, "root", PASSWORD)
    row(page, "Ruth Root").wait_for()
    page.goto("/sign-in")
    expect(page.get_by_text("You are signed in as Ruth Root")).to_be_visible()
    expect(page.get_by_role("link", name="Go on")).to_have_attribute("href", "/users")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Login")).to_be_visible()


def test_too_many_wrong_passwords(page: Page, house: House) -> None:
    page.goto("/sign-in")
    page.clock.install()
    alert = page.get_by_role("alert")
    for _ in range(6):
        sign_in(page, "root", "wrong password")
        expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
        expect(alert).to_have_text("The login or the password is wrong.")
    sign_in(page, "root", "wrong password")
    expect(alert).to_contain_text("Too many attempts")
    expect(alert).to_contain_text("again in 1 s")
    expect(page.get_by_role("button", name="Sign in")).to_be_disabled()
    page.clock.run_for(1000)
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
    expect(alert).to_have_text("")


def test_change_disable_enable_and_a_new_link(page: Page, other: Page, house: House) -> None:
    set_up(page, house)
    first = add_anna(page)
    anna = row(page, "Anna Berg")
    page.get_by_role("button", name="Done").click()
    anna.get_by_role("button", name="Change").click()
    expect(page.get_by_label("Skills")).to_have_value("french 5, tax 3")
    page.get_by_label("Name").fill("Anna B.")
    page.get_by_label("Skills").fill("tax 9")
    page.get_by_label("Supervisor").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="skills")).to_be_visible()
    page.get_by_label("Skills").fill("tax 4")
    page.get_by_role("button", name="Save").click()
    anna = row(page, "Anna B.")
    expect(anna).to_contain_text("agent, supervisor")
    expect(anna).to_contain_text("tax 4")
    anna.get_by_role("button", name="New link").click()
    second = page.get_by_role("textbox", name="A link for Anna B.").input_value()
    assert second != first
    anna.get_by_role("button", name="Disable").click()
    expect(anna).to_contain_text("disabled")
    for link in (first, second):
        other.goto(link)
        expect(other.get_by_role("alert")).to_contain_text("used or is too old")
        other.goto("about:blank")
    anna.get_by_role("button", name="Enable").click()
    expect(anna).to_contain_text("no password yet")
    row(page, "Ruth Root").get_by_role("button", name="Disable").click()
    expect(page.get_by_role("alert")).to_contain_text("There must be one administrator")


def test_what_is_typed_for_one_user_is_not_saved_for_another(page: Page, house: House) -> None:
    set_up(page, house)
    add_anna(page)
    row(page, "Anna Berg").get_by_role("button", name="Change").click()
    page.get_by_label("Skills").fill("secret 5")
    row(page, "Ruth Root").get_by_role("button", name="Change").click()
    expect(page.get_by_role("heading", name="Change Ruth Root")).to_be_visible()
    expect(page.get_by_label("Skills")).to_have_value("")
    expect(page.get_by_label("Name")).to_have_value("Ruth Root")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Add a user")).to_be_focused()


def test_disabled_while_the_page_is_open(page: Page, other: Page, house: House) -> None:
    set_up(page, house)
    link = add_anna(page)
    other.goto(link)
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    other.get_by_role("button", name="Save and sign in").click()
    other.wait_for_url("**/desk")
    house.disable("anna")
    other.goto("/users")
    other.wait_for_url("**/sign-in?next=%2Fusers")
    sign_in(other, "anna", PASSWORD)
    expect(other.get_by_role("alert")).to_have_text("The login or the password is wrong.")


def test_a_link_that_is_none(page: Page) -> None:
    for link in ("/setup", "/setup#nothing"):
        page.goto(link)
        expect(page.get_by_role("alert")).to_contain_text("link")
        expect(page.get_by_role("textbox")).to_have_count(0)


def test_no_server(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Login").wait_for()
    page.route("**/api/session", lambda route: route.abort())
    sign_in(page, "root", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()


# --- for everybody --------------------------------------------------------------------------------


def view_sign_in(page: Page, house: House) -> None:
    page.goto("/sign-in")
    sign_in(page, "nobody", "wrong password")
    expect(page.get_by_role("alert")).not_to_be_empty()


def view_setup_first(page: Page, house: House) -> None:
    page.goto(f"/setup#{house.first}")
    page.get_by_label("Your name").wait_for()


def view_setup_link(page: Page, house: House) -> None:
    set_up(page, house)
    page.goto(add_anna(page))
    page.get_by_text("Welcome, Anna Berg.").wait_for()


def view_users(page: Page, house: House) -> None:
    set_up(page, house)
    add_anna(page)
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("Login").fill("bob")
    page.get_by_label("Name").fill("Bob")
    page.get_by_role("button", name="Add and get a link").click()
    row(page, "Bob").get_by_role("button", name="Disable").click()
    expect(row(page, "Bob")).to_contain_text("disabled")


def view_user_form(page: Page, house: House) -> None:
    set_up(page, house)
    add_anna(page)
    row(page, "Anna Berg").get_by_role("button", name="Change").click()
    page.get_by_label("Administrator").check()


View = Callable[[Page, House], None]


@pytest.mark.parametrize(
    "view",
    [view_sign_in, view_setup_first, view_setup_link, view_users, view_user_form],
)
def test_for_everybody(page: Page, house: House, view: View, tmp_path: Path) -> None:
    """Names, contrast, targets, small screens. Leaves pictures (pytest --basetemp=FOLDER)."""
    view(page, house)
    page.emulate_media(reduced_motion="reduce")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        for width, height in ((1280, 800), (360, 740)):
            page.set_viewport_size({"width": width, "height": height})
            picture = tmp_path / f"{view.__name__}-{scheme}-{width}.png"
            page.screenshot(path=picture, full_page=True)
        weak = [(text, ratio) for text, ratio in page.evaluate(CONTRASTS) if ratio < MIN_CONTRAST]
        assert not weak, scheme
    assert page.evaluate(NAMELESS) == []
    assert page.get_by_role("heading", level=1).count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(({id}) => id)")
    assert len(ids) == len(set(ids))
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for target in page.locator("button:visible, label.check:visible, a.main:visible").all():
        box = target.bounding_box()
        assert box and min(box["width"], box["height"]) >= MIN_TARGET


def test_by_keyboard_alone(page: Page, house: House) -> None:
    set_up(page, house)
    page.get_by_role("button", name="Add a user").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Login")).to_be_focused()
    page.keyboard.type("bob")
    page.keyboard.press("Tab")
    page.keyboard.type("Bob")
    page.keyboard.press("Enter")
    link = page.get_by_role("textbox", name="A link for Bob")
    expect(link).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("link for Bob")
