"""A headless Chromium for the pages' tests. Skipped, by name, where there is none."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

from browser.spoken import RATE, Say, model, wav_base64
from browser.stage import Complaints, Launch, serving
from browser.switchboard import Switchboard
from warmline.audio.resample import resample
from warmline.hearing.whisper import Whisper
from warmline.pages import PagesSettings, pages_router
from warmline.speaking.piper import Voice

SWITCHES = (
    "--no-sandbox",  # CI is root in a container
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
FLOWS = {
    "order_status": "Northwind Orders. I'm an automated assistant.",
    "bank_card": "Lost cards, forgotten PINs and payments that you do not know.",
    "drive_thru": "",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def launch() -> Iterator[Launch]:
    """Starts Chromium with further switches.

    Of the module, not of the session: while Playwright runs, its thread has a running loop,
    in which no asynchronous test of another folder could run.
    """
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("chromium: install Debian's package of that name")
    with sync_playwright() as playwright:
        started: list[Browser] = []

        def start(*switches: str) -> Browser:
            browser = playwright.chromium.launch(
                executable_path=executable, args=[*SWITCHES, *switches]
            )
            started.append(browser)
            return browser

        yield start
        for browser in started:
            browser.close()


@pytest.fixture(scope="module")
def chromium(launch: Launch) -> Browser:
    """One that allows the microphone without asking."""
    return launch("--use-fake-ui-for-media-stream")


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The pages alone: no door behind them."""
    app = FastAPI(docs_url=None, redoc_url=None)
    settings = PagesSettings(version="1.2.3", default_flow="order_status")
    app.include_router(pages_router(lambda: FLOWS, settings))

    @app.get("/readyz")
    async def readyz() -> dict[str, bool]:
        return {"ready": True}

    with serving(app) as url:
        yield url


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test when a page complained in its console: wrong code, or against the CSP."""
    said = Complaints()
    yield said
    assert not said, said


@pytest.fixture
def page(chromium: Browser, site: str, complaints: Complaints) -> Iterator[Page]:
    """A page on a phone's screen, in a context of its own."""
    with chromium.new_context(base_url=site, viewport={"width": 360, "height": 740}) as context:
        context.set_default_timeout(10_000)
        page = context.new_page()
        complaints.watch(page)
        yield page


@pytest.fixture
def board(page: Page) -> Switchboard:
    board = Switchboard(page)
    board.install()
    return board


@pytest.fixture(scope="module")
def say() -> Say:
    """Any text, spoken by Piper."""
    voice = Voice(model("en_US-joe-medium"), "en_US-joe-medium", steady=True)
    return lambda text: wav_base64(resample(voice.speak(text, 1.0), voice.rate, RATE))


@pytest.fixture(scope="module")
def ears() -> Whisper:
    return Whisper(model("whisper-base"))
