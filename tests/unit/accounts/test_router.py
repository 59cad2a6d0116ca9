"""The HTTP of accounts: every route for every role, bodies, headers, one story."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from unit.accounts.people import API_KEY, PASSWORD, URL, Browser, Hours, add
from warmline.accounts.accounts import Accounts
from warmline.accounts.limits import PAIR
from warmline.accounts.user import User
from warmline.records import StoreError

NEW = {"login": "new", "name": "New", "roles": ["agent"]}
ROLES = ("nobody", "agent", "supervisor", "admin", "program")
# Method, path, body, and the status for each of ROLES.
ROUTES: list[tuple[str, str, Any, tuple[int, ...]]] = [
    ("POST", "/api/session", {"login": "x", "password": "y"}, (401, 401, 401, 401, 401)),
    ("GET", "/api/session", None, (401, 200, 200, 200, 401)),
    ("DELETE", "/api/session", None, (401, 204, 204, 204, 401)),
    ("POST", "/api/setup/look", {"token": "x"}, (410, 410, 410, 410, 410)),
    ("POST", "/api/setup", {"token": "x", "password": "y"}, (410, 410, 410, 410, 410)),
    ("GET", "/api/users", None, (401, 403, 403, 200, 403)),
    ("POST", "/api/users", NEW, (401, 403, 403, 201, 403)),
    ("PATCH", "/api/users/{user_id}", {"name": "Other"}, (401, 403, 403, 200, 403)),
    ("POST", "/api/users/{user_id}/link", None, (401, 403, 403, 200, 403)),
]


@pytest.fixture
async def root(admin: User, app: FastAPI) -> AsyncIterator[Browser]:
    browser = Browser(app)
    assert (await browser.sign_in("root")).status_code == 200
    yield browser
    await browser.http.aclose()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("method", "path", "body", "statuses"), ROUTES, ids=[f"{r[0]} {r[1]}" for r in ROUTES]
)
async def test_every_route_for_every_role(
    accounts: Accounts,
    admin: User,
    browser: Browser,
    method: str,
    path: str,
    body: Any,
    statuses: tuple[int, ...],
    role: str,
) -> None:
    other = await add(accounts, "other", "agent")
    headers = {}
    if role == "program":
        headers = {"Authorization": f"Bearer {API_KEY}"}
    elif role != "nobody":
        await add(accounts, role, role)
        await browser.sign_in(role)
    answer = await browser.ask(method, path.format(user_id=other.user_id), body, headers=headers)
    assert answer.status_code == statuses[ROLES.index(role)], answer.text
    assert answer.headers["cache-control"] == "no-store"
    if role not in ("nobody", "program") and method != "GET":
        browser.csrf = ""
        answer = await browser.ask(method, path.format(user_id=other.user_id), body)
        guarded = path.startswith("/api/users")
        assert answer.status_code == 403 or not guarded


def test_the_table_has_every_route(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    there = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert there == {(method, path) for method, path, *_ in ROUTES}


def test_each_answer_is_documented(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    for method, path, _, statuses in ROUTES:
        route = paths[path][method.lower()]
        assert route["description"]
        assert {str(status) for status in statuses} <= route["responses"].keys()


# --- signing in -----------------------------------------------------------------------------------


async def test_in_and_out(accounts: Accounts, browser: Browser) -> None:
    user = await add(accounts, "anna", "agent")
    answer = await browser.sign_in("anna")
    shown = {
        "user_id": user.user_id,
        "login": "anna",
        "name": "Anna",
        "roles": ["agent"],
        "skills": {},
        "queues": [],
    }
    assert answer.json() == {"user": shown, "csrf": browser.csrf}
    assert (await browser.ask("GET", "/api/session")).json() == answer.json()
    token = browser.http.cookies["__Host-warmline"]
    assert browser.csrf not in token and token not in answer.text
    gone = await browser.ask("DELETE", "/api/session")
    assert (gone.status_code, gone.content) == (204, b"")
    assert "Max-Age=0" in gone.headers["set-cookie"] and not browser.http.cookies
    assert await accounts.session(token) is None


async def test_each_sign_in_has_a_new_token_and_ends_the_old_session(
    accounts: Accounts, browser: Browser
) -> None:
    await add(accounts, "anna", "agent")
    await browser.sign_in("anna")
    first = browser.http.cookies["__Host-warmline"]
    await browser.sign_in("anna")
    assert browser.http.cookies["__Host-warmline"] != first
    assert await accounts.session(first) is None
    assert (await browser.ask("GET", "/api/session")).status_code == 200


async def test_a_token_that_somebody_planted_is_not_taken(
    accounts: Accounts, browser: Browser
) -> None:
    await add(accounts, "anna", "agent")
    browser.http.cookies.set("__Host-warmline", "planted", domain="voice.example.com")
    answer = await browser.sign_in("anna")
    assert "planted" not in answer.headers["set-cookie"]


async def test_wrong_passwords(accounts: Accounts, browser: Browser, hours: Hours) -> None:
    await add(accounts, "anna", "agent")
    wrong = [await browser.sign_in(login, "wrong password") for login in ("anna", "nobody")]
    assert wrong[0].json() == wrong[1].json()
    assert {answer.status_code for answer in wrong} == {401}
    assert all("set-cookie" not in answer.headers for answer in wrong)
    for _ in range(PAIR.free):
        await browser.sign_in("anna", "wrong password")
    slowed = await browser.sign_in("anna")
    assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "1")
    hours.pass_(1)
    assert (await browser.sign_in("anna")).status_code == 200


async def test_forwarded_addresses_are_not_believed(accounts: Accounts, browser: Browser) -> None:
    statuses = list[int]()
    for number in range(PAIR.free + 2):
        answer = await browser.ask(
            "POST",
            "/api/session",
            {"login": "anna", "password": "wrong password"},
            headers={
                "X-Forwarded-For": f"198.51.100.{number}",
                "Forwarded": f"for=198.51.100.{number}",
            },
        )
        statuses.append(answer.status_code)
    assert statuses[-1] == 429


# --- one-time links -------------------------------------------------------------------------------


async def test_from_the_first_link_to_an_agent(accounts: Accounts, app: FastAPI) -> None:
    token = await accounts.first_link()
    root, anna = Browser(app), Browser(app)
    look = await root.ask("POST", "/api/setup/look", {"token": token})
    assert look.json() == {"login": "admin", "name": "Administrator", "first": True}
    body = {"token": token, "login": "root", "name": "Root", "password": "short"}
    refused = await root.ask("POST", "/api/setup", body)
    assert (refused.status_code, "10" in refused.json()["detail"]) == (400, True)
    done = await root.ask("POST", "/api/setup", body | {"password": PASSWORD})
    assert done.json()["user"]["roles"] == ["admin"]
    root.csrf = done.json()["csrf"]

    new = NEW | {"skills": {"french": 5}, "queues": ["orders"]}
    added = await root.ask("POST", "/api/users", new)
    assert added.status_code == 201
    assert added.json()["user"] | {"user_id": ""} == new | {
        "user_id": "",
        "enabled": True,
        "has_password": False,
    }
    page, _, link = added.json()["link"].partition("#")
    assert page == "/setup"
    assert (await root.ask("POST", "/api/users", new)).status_code == 409
    done = await anna.ask("POST", "/api/setup", {"token": link, "password": PASSWORD})
    assert done.json()["user"]["login"] == "new"
    again = await anna.ask("POST", "/api/setup", {"token": link, "password": PASSWORD})
    assert again.status_code == 410
    listed = (await root.ask("GET", "/api/users")).json()["users"]
    assert [(user["login"], user["has_password"]) for user in listed] == [
        ("new", True),
        ("root", True),
    ]
    await root.http.aclose()
    await anna.http.aclose()


async def test_fifty_at_once_by_http(accounts: Accounts, browser: Browser) -> None:
    _, token = await accounts.create("anna", "Anna", ["agent"])
    body = {"token": token, "password": PASSWORD}
    answers = await asyncio.gather(*(browser.ask("POST", "/api/setup", body) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200, *[410] * 49]
    cookies = ["set-cookie" in answer.headers for answer in answers]
    assert cookies.count(True) == 1


# --- users ----------------------------------------------------------------------------------------


async def test_changes_and_refusals(accounts: Accounts, admin: User, root: Browser) -> None:
    user = await add(accounts, "anna", "agent")
    path = f"/api/users/{user.user_id}"
    changed = await root.ask("PATCH", path, {"skills": {"tax": 2}, "enabled": False})
    assert changed.json()["skills"] == {"tax": 2} and not changed.json()["enabled"]
    assert (await root.ask("POST", f"{path}/link")).status_code == 409
    assert (await root.ask("PATCH", path, {"enabled": True})).json()["enabled"]
    assert (await root.ask("PATCH", path, {})).json()["skills"] == {"tax": 2}
    refused: list[Any] = [{"skills": {"tax": 9}}, {"roles": []}, {"roles": ["program"]}]
    for body in [*refused, {"name": " "}, {"queues": ["Or ders"]}]:
        assert (await root.ask("PATCH", path, body)).status_code == 400
    malformed: list[Any] = [{"login": "x"}, {"enabled": "no"}, {"skills": {"tax": "2"}}, []]
    for body in malformed:
        assert (await root.ask("PATCH", path, body)).status_code == 422
    assert (await root.ask("PATCH", "/api/users/nobody", {})).status_code == 404
    mine = f"/api/users/{admin.user_id}"
    assert (await root.ask("PATCH", mine, {"enabled": False})).status_code == 409


# --- bodies ---------------------------------------------------------------------------------------


async def test_a_refused_body_is_not_quoted(browser: Browser) -> None:
    for body in (
        {"login": "anna", "password": ["secret-secret"]},
        {"login": "anna", "password": "secret-secret" * 100},
        {"login": "anna", "passwort": "secret-secret"},
    ):
        answer = await browser.ask("POST", "/api/session", body)
        assert answer.status_code == 422
        assert "secret" not in answer.text and "password" in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_a_body_has_an_end(browser: Browser) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'{"login": "'
        while sent < 10_000_000:
            sent += 1000
            yield b"x" * 1000

    answer = await browser.http.post(
        "/api/session",
        content=endless(),
        headers={"Origin": URL, "Content-Type": "application/json"},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"null", b'"x"'])
async def test_what_is_no_body(browser: Browser, content: bytes) -> None:
    headers = {"Origin": URL, "Content-Type": "application/json"}
    answer = await browser.http.post("/api/session", content=content, headers=headers)
    assert answer.status_code in (400, 422)


async def test_a_form_of_a_foreign_page_is_no_json(browser: Browser) -> None:
    answer = await browser.http.post(
        "/api/session",
        content=b'{"login": "anna", "password": "x"}',
        headers={"Origin": URL, "Content-Type": "text/plain"},
    )
    assert answer.status_code == 422


async def test_a_database_that_is_away(
    accounts: Accounts, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreError("/secret/path/accounts.db: cannot be read")

    monkeypatch.setattr(accounts, "sign_in", away)
    answer = await browser.sign_in("anna")
    assert answer.status_code == 503 and "secret" not in answer.text
