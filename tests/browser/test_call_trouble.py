"""What goes wrong with a call, and how the softphone says it."""

import pytest
from playwright.sync_api import Page, expect

from browser.stage import Complaints, Launch
from browser.switchboard import PC_ID, Switchboard


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (503, {"code": "busy", "message": "too many calls"}, "All lines are busy"),
        (429, {"code": "too_many", "message": "slow down"}, "All lines are busy"),
        (404, {"code": "unknown_flow", "message": "no such flow"}, "There is no such conversation"),
        (400, {"code": "bad_sdp", "message": "no audio in it"}, "(no audio in it)"),
        (401, {"code": "bad_token", "message": "expired"}, "The call was refused"),
        (500, {}, "The server answered 500."),
    ],
)
def test_a_refused_call(
    page: Page, board: Switchboard, status: int, body: dict[str, str], words: str
) -> None:
    board.refusal = status, body
    page.goto("/call")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_role("button", name="Call again")).to_be_visible()


def test_no_server(page: Page, board: Switchboard) -> None:
    board.away = True
    page.goto("/call")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")


def test_no_way_for_the_sound(page: Page, board: Switchboard) -> None:
    page.clock.install()
    page.goto("/call")
    page.evaluate("window.noPath = true")
    page.get_by_role("button", name="Call", exact=True).click()
    page.wait_for_function("() => peers.length && peers[0].answer")
    page.clock.run_for(11_000)
    expect(page.get_by_role("alert")).to_contain_text("No way for the sound")


def test_nobody_answers(page: Page, board: Switchboard) -> None:
    page.clock.install()
    page.goto("/call")
    page.get_by_role("button", name="Call", exact=True).click()
    page.wait_for_function("() => peers.length && peers[0].answer")
    page.clock.run_for(100)
    board.wait_open()
    page.clock.run_for(16_000)
    expect(page.get_by_role("alert")).to_contain_text("Nobody answered")


def test_a_changed_network_joins_the_same_call(page: Page, board: Switchboard) -> None:
    board.call()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    board.wait_open(2)
    expect(page.get_by_role("status").first).to_have_text("Connected")
    assert board.offers[1]["pc_id"] == PC_ID
    assert board.offers[1]["token"] == "t2"
    assert page.evaluate("peers[0].closed")
    board.say(type="started", call_id="call-1")
    board.say(type="ended", reason="completed")
    expect(page.locator(".ending")).to_have_text("The conversation is complete.")


def test_a_dead_connection_is_made_anew_until_it_comes_back(page: Page, board: Switchboard) -> None:
    board.call()
    board.away = True
    page.evaluate("peers[0].fail()")
    expect(page.get_by_role("status").first).to_contain_text("Getting it back")
    board.away = False
    board.wait_open(2)
    expect(page.get_by_role("status").first).to_have_text("Connected")


def test_pings_that_nobody_answers(page: Page, board: Switchboard) -> None:
    page.clock.install()
    page.goto("/call")
    page.get_by_role("button", name="Call", exact=True).click()
    page.wait_for_function("() => peers.length && peers[0].answer")
    page.clock.run_for(100)
    board.say(type="started", call_id="call-1")
    for _ in range(3):
        page.clock.run_for(3_000)
    page.wait_for_function("() => peers.length === 2")


def test_a_connection_that_never_comes_back(page: Page, board: Switchboard) -> None:
    board.call()
    board.refusal = 404, {"code": "unknown_pc", "message": "no such connection"}
    page.evaluate("peers[0].fail()")
    expect(page.get_by_role("alert")).to_contain_text("The connection was lost")


def test_a_microphone_that_is_unplugged_and_comes_back(page: Page, board: Switchboard) -> None:
    board.call()
    page.evaluate(
        """() => {
            window.ask = navigator.mediaDevices.getUserMedia;
            navigator.mediaDevices.getUserMedia = async () => {
                throw new DOMException("", "NotFoundError");
            };
            window.old = peers[0].sender.track;
            old.stop();
            old.dispatchEvent(new Event("ended"));
        }"""
    )
    expect(page.get_by_role("alert")).to_contain_text("The microphone is gone")
    page.evaluate(
        """() => {
            navigator.mediaDevices.getUserMedia = ask;
            navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
        }"""
    )
    expect(page.get_by_role("alert")).to_be_empty()
    assert page.evaluate("peers[0].sender.track !== old && peers[0].sender.track.enabled")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "The microphone is not allowed"),
        ("NotFoundError", "There is no microphone"),
        ("NotReadableError", "Another program may be using it"),
    ],
)
def test_no_microphone(page: Page, board: Switchboard, name: str, words: str) -> None:
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => "
        f"{{ throw new DOMException('', '{name}') }}"
    )
    page.goto("/call")
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(words)
    assert not board.offers


def test_a_refused_permission(launch: Launch, site: str, complaints: Complaints) -> None:
    browser = launch("--deny-permission-prompts")
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        complaints.watch(page)
        page.goto("/call")
        page.get_by_role("button", name="Call", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("The microphone is not allowed")


def test_a_page_without_https(launch: Launch, site: str) -> None:
    browser = launch("--host-resolver-rules=MAP warmline.example 127.0.0.1")
    with browser.new_context(base_url=site.replace("127.0.0.1", "warmline.example")) as context:
        page = context.new_page()
        page.goto("/call")
        page.get_by_role("button", name="Call", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("This page is not secure")


def test_a_browser_without_webrtc(page: Page) -> None:
    page.add_init_script("delete window.RTCPeerConnection")
    page.goto("/call")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("This browser cannot make calls")


def test_an_error_of_ours_is_not_silent(page: Page, complaints: Complaints) -> None:
    page.goto("/call")
    page.get_by_role("heading", name="Call").wait_for()
    page.evaluate("setTimeout(() => { throw new Error('a bug') })")
    expect(page.get_by_role("alert")).to_contain_text("Something on this page went wrong")
    complaints.remove("a bug")


def test_modules_that_do_not_come_are_not_silent(page: Page) -> None:
    page.route("**/views/call-page.js", lambda route: route.abort())
    page.goto("/call")
    expect(page.get_by_text("This page has not started.")).to_be_visible()
