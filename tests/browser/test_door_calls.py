"""Calls from a real browser through the WebRTC door: sound, keys and captions, both ways.

The call behind the door is a script; Chromium's fake microphone beeps once a second.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from browser.booth import TONE_HZ, Booth, eventually
from browser.stage import Complaints, serving
from warmline.gateway.webrtc.door import webrtc_router
from warmline.pages import pages_router

EAR = Path(__file__).with_name("ear.js")
LOUD = 300
"""Samples above this are no noise of a codec."""


@pytest.fixture(scope="module")
def booth() -> Booth:
    return Booth()


@pytest.fixture(scope="module")
def door(booth: Booth) -> Iterator[str]:
    app = FastAPI()
    app.include_router(pages_router(lambda: {"tones": "It beeps.", "other": ""}))
    app.include_router(webrtc_router(booth.answer))
    with serving(app) as url:
        yield url


@pytest.fixture
def page(chromium: Browser, door: str, complaints: Complaints) -> Iterator[Page]:
    with chromium.new_context(base_url=door) as context:
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.add_init_script(path=EAR)
        complaints.watch(page)
        yield page


def call(page: Page, flow: str = "tones") -> None:
    page.goto(f"/call?flow={flow}")
    page.get_by_role("button", name="Call", exact=True).click()
    page.get_by_text("Connected").wait_for(state="attached")


def hang_up(page: Page, booth: Booth) -> None:
    page.get_by_role("button", name="Hang up").click()
    assert booth.gone() == "caller_hung_up"


def test_sound_goes_both_ways(page: Page, booth: Booth) -> None:
    call(page, "other")
    assert (booth.line.info.door, booth.line.info.flow) == ("webrtc", "other")
    booth.loudest = 0
    eventually(lambda: booth.loudest > LOUD, "the browser's beeps do not arrive")
    page.get_by_text("You speak").wait_for()
    booth.play(8.0)
    page.get_by_text("bot speaks").or_(page.get_by_text("You both speak")).wait_for()
    heard = page.evaluate("listen()")
    assert heard["power"] > 1e-3
    assert abs(heard["hertz"] - TONE_HZ) < 10
    hang_up(page, booth)


def test_mute_sends_silence(page: Page, booth: Booth) -> None:
    call(page)
    eventually(lambda: booth.loudest > LOUD, "the browser's beeps do not arrive")
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    frames = booth.frames
    eventually(lambda: booth.frames > frames + 25, "no audio while muted")  # half a second
    booth.loudest, frames = 0, booth.frames
    eventually(lambda: booth.frames > frames + 100, "no audio while muted")  # two beeps' time
    assert booth.loudest < LOUD
    page.keyboard.press("m")
    eventually(lambda: booth.loudest > LOUD, "the caller stays muted")
    hang_up(page, booth)


def test_keys_and_captions(page: Page, booth: Booth) -> None:
    call(page)
    page.get_by_role("button", name="Captions").click()
    page.get_by_role("button", name="Keypad").click()
    page.get_by_role("button", name="star").click()
    page.keyboard.type("07#")
    eventually(lambda: booth.digits == list("*07#"), "the keys do not arrive")
    booth.show("bot", "How can I help you?", final=True)
    booth.show("caller", "Where is", final=False)
    log = page.get_by_role("log")
    expect(log).to_contain_text("How can I help you?")
    expect(log.locator("[data-partial]")).to_contain_text("Where is")
    hang_up(page, booth)


def test_the_quality_is_known_soon(page: Page, booth: Booth) -> None:
    call(page)
    expect(page.get_by_role("button", name="Connection: very good")).to_be_visible()
    hang_up(page, booth)


def test_the_server_hangs_up(page: Page, booth: Booth) -> None:
    call(page)
    booth.hang_up("completed")
    expect(page.locator(".ending")).to_have_text("The conversation is complete.")
    page.get_by_role("button", name="Call again").click()
    page.get_by_text("Connected").wait_for(state="attached")
    hang_up(page, booth)


def test_a_page_that_is_loaded_again_leaves_no_call(page: Page, booth: Booth) -> None:
    call(page)
    page.reload()
    assert booth.gone() == "caller_hung_up"
    expect(page.get_by_role("button", name="Call", exact=True)).to_be_visible()


def test_a_changed_network_keeps_the_call(page: Page, booth: Booth) -> None:
    call(page)
    calls = len(booth.lines)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.get_by_text("Getting it back").first.wait_for()
    page.get_by_text("Connected").wait_for(state="attached")
    booth.loudest = 0
    eventually(lambda: booth.loudest > LOUD, "no sound after the change")
    page.keyboard.press("5")
    eventually(lambda: booth.digits[-1:] == ["5"], "no keys after the change")
    assert len(booth.lines) == calls, "it is another call"
    hang_up(page, booth)
