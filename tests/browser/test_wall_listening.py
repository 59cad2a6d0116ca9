"""Listening in from the wall: nobody in secret, no microphone that is not needed."""

import pytest
from playwright.sync_api import Page, expect

from browser.wall_server import WallServer

ASKED_FOR_SOUND = """
    window.microphones = 0;
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) => {
        window.microphones += 1;
        if (window.noMicrophone) throw new DOMException("no", "NotAllowedError");
        return ask(wanted);
    };
"""


@pytest.fixture
def wall(page: Page) -> WallServer:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.add_init_script(ASKED_FOR_SOUND)
    return WallServer(page)


def test_listening_needs_no_microphone_and_says_who_knows(wall: WallServer, page: Page) -> None:
    wall.hear()
    assert wall.requests("POST", "call-2/listen") == [{"mode": "listen"}]
    offer = {"sdp": "v=0 offer 1", "type": "offer", "token": "m1"}
    assert wall.requests("POST", "webrtc/offer") == [offer]
    bar = page.get_by_role("complementary", name="You hear a call")
    expect(bar).to_contain_text("You hear +1 555 0102")
    expect(bar).to_contain_text("Nobody hears you; your microphone is off.")
    expect(bar).to_contain_text("Bob sees that you are there; it is written in the audit log.")
    expect(page.get_by_role("row", name="+1 555 0102")).to_contain_text("live")
    assert page.evaluate("window.microphones") == 0
    assert page.evaluate("document.querySelector('audio').srcObject !== null")
    bar.get_by_role("button", name="Stop").click()
    expect(bar).to_have_count(0)
    page.wait_for_function("() => peers[0].closed")
    assert wall.requests("DELETE", "call-2/listen") == [None]


def test_whisper_and_join(wall: WallServer, page: Page) -> None:
    wall.hear()
    silence = page.evaluate("peers[0].sender.track.id")
    page.get_by_role("radio", name="Whisper").check()
    expect(page.get_by_text("Only the agent hears you.")).to_be_visible()
    page.wait_for_function("id => peers[0].sender.track.id !== id", arg=silence)
    page.wait_for_function("() => peers[0].sender.track.enabled")
    page.get_by_role("button", name="Mute").click()
    page.wait_for_function("() => !peers[0].sender.track.enabled")
    page.get_by_role("button", name="Unmute").click()
    page.get_by_role("radio", name="Join").check()
    expect(page.get_by_text("The caller and the agent hear you.")).to_be_visible()
    page.get_by_role("radio", name="Listen").check()
    expect(page.get_by_text("Nobody hears you")).to_be_visible()
    page.wait_for_function("id => peers[0].sender.track.id === id", arg=silence)
    modes = [body["mode"] for body in wall.requests("POST", "call-2/listen")]
    assert modes == ["listen", "whisper", "join", "listen"]
    assert page.evaluate("peers.length") == 1, "the sound went on all the while"


def test_without_a_microphone_one_goes_on_listening(wall: WallServer, page: Page) -> None:
    wall.hear()
    page.evaluate("window.noMicrophone = true")
    page.get_by_role("radio", name="Join").click()
    expect(page.get_by_text("The microphone is not allowed")).to_be_visible()
    expect(page.get_by_role("radio", name="Listen")).to_be_checked()
    assert wall.requests("POST", "call-2/listen") == [{"mode": "listen"}]
    assert not page.evaluate("peers[0].closed")


def test_another_call_is_heard_instead(wall: WallServer, page: Page) -> None:
    wall.hear()
    page.get_by_role("button", name="Listen in to +1 555 0101").click()
    page.wait_for_function("() => peers.length === 2 && peers[0].closed")
    expect(page.get_by_text("You hear +1 555 0101")).to_be_visible()
    assert wall.requests("DELETE", "call-2/listen") == [None]
    page.evaluate("peers[1].say({type: 'ended', reason: 'completed'})")
    expect(page.get_by_role("complementary", name="You hear a call")).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "It is not there any more"),
        (409, "No."),
        (500, "That did not work"),
        (503, "not work"),
    ],
)
def test_listening_that_is_refused(wall: WallServer, page: Page, status: int, words: str) -> None:
    wall.answers["/listen"] = status, {"detail": "No."}
    wall.open_wall()
    page.get_by_role("button", name="Listen in to +1 555 0101").click()
    expect(page.locator(".notice")).to_contain_text(words)
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".notice")).to_have_count(0)
    assert page.evaluate("window.peers.length") == 0


def test_listening_by_keyboard_alone(wall: WallServer, page: Page) -> None:
    wall.open_wall()
    row = page.get_by_role("button", name="+1 555 0103", exact=True)
    for _ in range(12):
        page.keyboard.press("Tab")
        if row.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(row).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(row).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.peers?.at(-1)?.channel.readyState === 'open'")
    bar = page.get_by_role("complementary", name="You hear a call")
    expect(bar.get_by_role("radio", name="Listen")).to_be_enabled()
    bar.get_by_role("radio", name="Listen").focus()
    page.keyboard.press("ArrowRight")
    expect(bar.get_by_text("Only the agent hears you.")).to_be_visible()
    expect(bar.get_by_role("radio", name="Whisper")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(bar).to_have_count(0)
