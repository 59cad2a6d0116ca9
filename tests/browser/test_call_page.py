"""The softphone's states, told by a scripted server; the microphone is Chromium's own."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.switchboard import Switchboard


def test_the_flows_can_be_chosen_and_one_is_called(page: Page, board: Switchboard) -> None:
    page.goto("/call")
    flow = page.get_by_label("Conversation")
    expect(flow).to_have_value("order_status")
    flow.select_option(label="Bank card")
    expect(page.get_by_text("Lost cards")).to_be_visible()
    page.get_by_role("button", name="Call", exact=True).click()
    board.wait_open()
    expect(page.get_by_text("Calling …").first).to_be_attached()
    board.say(type="started", call_id="call-1")
    expect(page.get_by_role("heading", name="Bank card")).to_be_focused()
    (offer,) = board.offers
    assert offer["flow"] == "bank_card"
    assert (offer["type"], offer["token"], offer["captions"]) == ("offer", "t1", False)
    assert "pc_id" not in offer
    assert page.evaluate("peers[0].label") == "warmline"
    track = page.evaluate("peers[0].sender.track.getSettings()")
    assert track["echoCancellation"] and track["autoGainControl"] and track["noiseSuppression"]


def test_a_link_chooses_the_flow(page: Page, board: Switchboard) -> None:
    board.call("drive_thru")
    assert board.offers[0]["flow"] == "drive_thru"


def test_a_link_to_a_flow_that_is_not_there_says_so(page: Page) -> None:
    page.goto("/call?flow=nonsense")
    expect(page.get_by_role("alert")).to_contain_text("There is no such conversation")


def test_the_microphone_test_says_whether_a_voice_arrives(page: Page) -> None:
    page.goto("/call")  # Chromium's fake microphone beeps once a second
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text("You can be heard.")).to_be_visible()
    meter = page.get_by_role("meter", name="Microphone")
    page.wait_for_function("() => document.querySelector('meter').value > 0.3")
    page.get_by_role("button", name="Stop the test").click()
    expect(meter).to_have_count(0)


def test_the_keypad_by_mouse_and_by_keyboard(page: Page, board: Switchboard) -> None:
    board.call()
    page.get_by_role("button", name="Keypad").click()
    for name in ("4", "star", "hash"):
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name="Keypad").click()
    page.keyboard.type("05*#x")
    page.keyboard.press("Control+7")
    assert [key["digit"] for key in board.heard("dtmf")] == list("4*#05*#")


def test_mute_by_button_and_by_key(page: Page, board: Switchboard) -> None:
    board.call()
    button = page.get_by_role("button", name="Mute")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("peers[0].sender.track.enabled") is False
    expect(page.get_by_role("status").first).to_contain_text("You are muted")
    page.keyboard.press("m")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("peers[0].sender.track.enabled") is True


def test_captions_of_both_sides(page: Page, board: Switchboard) -> None:
    board.call()
    expect(page.get_by_role("log")).to_have_count(0)
    page.get_by_role("button", name="Captions").click()
    assert board.heard("captions") == [{"type": "captions", "on": True}]
    log = page.get_by_role("log", name="Captions")
    board.say(type="caption", who="bot", text="How can I help", final=False)
    board.say(type="caption", who="bot", text="How can I help you?", final=True)
    board.say(type="caption", who="caller", text="where", final=False)
    board.say(type="caption", who="caller", text="<b>Where is</b>", final=False)
    expect(log.locator("p")).to_have_count(2)
    bot, you = log.locator("p").all()
    expect(bot).to_have_text(re.compile(r"Bot\s+How can I help you\?"))
    expect(you).to_have_text(re.compile(r"You\s+<b>Where is</b>"))
    colour = "element => getComputedStyle(element).color"
    assert bot.evaluate(colour) != you.evaluate(colour), "what is not final yet is grey"
    assert you.get_attribute("aria-hidden") == "true", "screen readers get final words only"
    board.say(type="caption", who="caller", text="Where is my order?", final=True)
    expect(you).to_have_attribute("aria-hidden", "false")
    assert bot.evaluate(colour) == you.evaluate(colour)


def test_captions_from_the_start(page: Page, board: Switchboard) -> None:
    page.goto("/call")
    page.get_by_label("Show captions").check()
    page.get_by_role("button", name="Call", exact=True).click()
    board.wait_open()
    assert board.offers[0]["captions"] is True
    expect(page.get_by_role("log")).to_be_visible()


def test_the_quality_in_dots_and_words(page: Page, board: Switchboard) -> None:
    board.call()
    page.wait_for_function("() => peers[0].channel.sent.some(({type}) => type === 'ping')")
    board.say(type="pong")
    dots = page.get_by_role("button", name="Connection")
    expect(dots).to_have_accessible_name("Connection: very good")
    expect(dots.locator("i[data-on]")).to_have_count(4)
    board.say(type="quality", loss=0.05, jitter_ms=20, delay_ms=40)
    expect(dots).to_have_accessible_name("Connection: weak")
    expect(dots.locator("i[data-on]")).to_have_count(2)
    dots.hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    expect(page.get_by_role("tooltip")).to_contain_text("5 % of the sound lost")


def test_who_speaks(page: Page, board: Switchboard) -> None:
    board.call()
    page.get_by_text("You speak").wait_for()  # the fake microphone's beep
    page.keyboard.press("m")
    expect(page.get_by_text("You are muted", exact=True)).to_be_visible()
    page.evaluate(
        """() => {
            const tone = new OscillatorNode(peers[0].tone.context);
            tone.connect(peers[0].tone);
            tone.start();
        }"""
    )
    page.get_by_text("The bot speaks").wait_for()


def test_i_hang_up_and_call_again(page: Page, board: Switchboard) -> None:
    board.call()
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_role("heading", name="The call is over")).to_be_focused()
    expect(page.locator(".ending")).to_have_text("You hung up.")
    assert board.heard("stop") == [{"type": "stop"}]
    page.wait_for_function("() => peers[0].closed && peers[0].sender.track.readyState === 'ended'")
    page.get_by_role("button", name="Call again").click()
    board.wait_open(2)
    assert "pc_id" not in board.offers[1]
    board.say(type="ended", reason="completed")
    page.get_by_role("button", name="Another conversation").click()
    expect(page.get_by_label("Conversation")).to_be_visible()


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"reason": "completed"}, "The conversation is complete."),
        ({"reason": "escalated"}, "passed your call on to a person"),
        ({"reason": "server_stopped"}, "The server was stopped."),
        ({"reason": "a_new_one"}, "The call is over."),
        ({"reason": "failed", "code": "busy", "message": "m"}, "All lines are busy"),
        ({"reason": "failed", "code": "internal", "message": "Try later."}, "(Try later.)"),
    ],
)
def test_the_server_ends_the_call(
    page: Page, board: Switchboard, message: dict[str, str], words: str
) -> None:
    board.call()
    board.say(type="ended", **message)
    expect(page.get_by_role("main")).to_contain_text(words)
    expect(page.get_by_role("button", name="Call again")).to_be_visible()


def test_a_page_that_goes_hangs_up(page: Page, board: Switchboard) -> None:
    board.call()
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert board.heard("stop") == [{"type": "stop"}]
