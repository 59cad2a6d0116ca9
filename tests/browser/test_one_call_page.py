"""The page of one call: its recording and picture, what was said, why answers took long, a test."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser import call_story
from browser import desk_story as desk
from browser.looks import readable, sound
from browser.wall_server import WallServer

View = Callable[[WallServer], None]


@pytest.fixture
def server(page: Page) -> WallServer:
    page.set_viewport_size({"width": 1280, "height": 720})
    server = WallServer(page)
    call_story.tell(server)
    return server


def opened(server: WallServer) -> None:
    server.page.goto("/calls/call-1")
    expect(server.page.locator(".line").first).to_be_visible()


def played(server: WallServer) -> None:
    opened(server)
    server.page.get_by_role("button", name="Play").click()
    expect(server.page.locator("path.wave")).to_have_count(2)
    server.page.get_by_role("button", name="Pause").click()


def the_log(server: WallServer) -> None:
    opened(server)
    server.page.get_by_text("entries of the log").click()
    expect(server.page.get_by_role("rowheader", name="CallStarted")).to_be_visible()


def without_recording(server: WallServer) -> None:
    server.events = [event for event in server.events if event["type"] != "RecordingChanged"]
    opened(server)


def moment(page: Page) -> float:
    value: str = page.get_by_role("slider", name="Moment of the call").input_value()
    return float(value)


def test_the_call_and_what_became_of_it(server: WallServer, page: Page) -> None:
    opened(server)
    expect(page.get_by_role("heading", level=1)).to_have_text("Call with +1 555 0100")
    expect(page.get_by_role("main")).to_contain_text("Order status · by sip · 1:00, completed")
    expect(page.locator(".line")).to_have_count(6)
    expect(page.get_by_text("Anna joined")).to_be_visible()
    wrapup = page.get_by_role("region", name="Wrap-up")
    expect(wrapup).to_contain_text("Refund sent Anna")
    expect(wrapup).to_contain_text("Charged twice for order 4527; refunded.")
    packet = page.get_by_role("region", name="Handed over: “charged twice” needs a person")
    expect(packet).to_contain_text("order 4527 ✓ verified")
    expect(packet).to_contain_text("card ending: asked 2 times, no answer")


def newest(seq: int = 5) -> desk.Json:
    """The packet as the call's end left it."""
    later = [desk.PACKET["slots"][1] | {"value": "9999", "spoken": "9 9 9 9"}]
    packet = desk.PACKET | {"slots": later, "why": desk.PACKET["why"] | {"seq": seq}}
    return {"key": "packet", "kind": "packet", "packet": packet}


def test_the_packet_as_it_was_at_the_handover(server: WallServer, page: Page) -> None:
    server.happens(newest(), told=False)
    opened(server)
    packet = page.get_by_role("region", name="Handed over")
    expect(packet).to_contain_text("As it was at 0:15.")
    expect(packet).to_contain_text("order 4527 ✓ verified")
    expect(packet).not_to_contain_text("9999")
    server.until_asked("/packet", None)
    assert [path for _, path, _ in server.asked if "packet" in path] == [
        "calls/call-1/packet?seq=5"
    ]
    server.answers["/packet"] = 503, {"detail": "The database cannot be used now."}
    page.reload()
    expect(packet).to_contain_text("As it is now: what it was then cannot be had.")
    expect(packet).to_contain_text("order 9999")


def test_handed_over_once_more(server: WallServer, page: Page) -> None:
    server.record = call_story.RECORD | {"ended_at": None, "reason": None}
    opened(server)
    server.until_asked("/packet", None)
    server.happens(newest(19))
    server.until_asked("/packet", None, None)
    assert server.asked[-1][1] == "calls/call-1/packet?seq=19"


def test_why_an_answer_took_so_long(server: WallServer, page: Page) -> None:
    opened(server)
    turns = page.get_by_role("region", name="Turns and waits").get_by_role("listitem")
    expect(turns).to_have_count(3)
    first = turns.first
    expect(first).to_contain_text(
        "answered after 1.5 s (the caller had gone on once): "
        "0.20 end of turn, 0.90 HTTP, 0.28 voice, 0.02 playout, 0.06 network"
    )
    expect(first).to_contain_text("Mostly: the flow asked orders.")
    expect(turns.nth(1)).to_contain_text(
        "answered after 0.5 s: 0.40 end of turn, 0.01 words, 0.02 decision, 0.07 voice"
    )
    expect(turns.nth(1)).to_contain_text("Mostly: only a longer silence showed that")
    legend = page.locator(".legend span")
    expect(legend).to_have_count(7)
    expect(turns.last).to_contain_text("Said while a person was awaited, or to one.")
    expect(turns.last.get_by_role("button", name="Make a test")).to_have_count(0)


def test_nothing_is_heard_before_somebody_asks(server: WallServer, page: Page) -> None:
    opened(server)
    expect(page.locator("rect.span")).to_have_count(6)
    expect(page.locator("path.wave")).to_have_count(0)
    assert server.requests("GET", "audio") == []
    expect(page.get_by_text("Each hearing is written in the audit log.")).to_be_visible()


def test_play_with_both_tracks_drawn(server: WallServer, page: Page) -> None:
    opened(server)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("path.wave")).to_have_count(2)
    page.wait_for_function("() => document.querySelector('input[type=range]').value > 0")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.get_by_role("timer", name="Moment")).to_contain_text("of 1:00")
    heights = page.locator("path.wave").first.get_attribute("d") or ""
    loud = {float(high) for high in re.findall(r"v([\d.]+)", heights)}
    assert min(loud) == 1.0
    assert max(loud) > 30.0


def test_the_transcript_follows_and_seeks(server: WallServer, page: Page) -> None:
    opened(server)
    page.get_by_role("button", name="Hear Caller at 0:11").click()
    expect(page.locator(".line[data-playing]")).to_contain_text("It is order 4527")
    assert 9 <= moment(page) <= 11
    slider = page.get_by_role("slider", name="Moment of the call")
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator(".line[data-playing]")).to_contain_text("Yes, and nobody told me why")
    page.get_by_role("button", name="Pause").or_(page.get_by_role("button", name="Play")).click()
    page.keyboard.press("Tab")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:0[01] of 1:00"))
    slider.fill("34")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:34 of 1:00, Anna: Hello"))
    page.get_by_role("button", name="5 seconds back").click()
    expect(page.get_by_role("timer", name="Moment")).to_have_text(re.compile("0:(29|30) of 1:00"))
    page.get_by_label("Speed").select_option("2 ×")
    expect(page.get_by_label("Speed")).to_have_value("2")


def test_an_address_names_an_entry(server: WallServer, page: Page) -> None:
    page.goto("/calls/call-1#4")
    line = page.locator(".line[data-shown]")
    expect(line).to_contain_text("It is order 4527")
    expect(line.get_by_role("button")).to_be_focused()
    assert moment(page) == 9
    assert server.requests("GET", "audio") == []


def test_a_call_without_recording_says_so(server: WallServer, page: Page) -> None:
    without_recording(server)
    player = page.get_by_role("region", name="Recording")
    expect(player).to_contain_text("This call has no recording. Recording was not on.")
    expect(player.get_by_role("button")).to_have_count(0)
    expect(player.get_by_role("slider")).to_have_count(0)
    expect(page.locator("rect.span")).to_have_count(6)
    server.say(type="end", call="call-1")
    expect(page.locator(".moment").first).to_have_attribute("aria-disabled", "true")


def test_a_recording_that_is_gone(server: WallServer, page: Page) -> None:
    server.recording = None
    opened(server)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_text("The recording is not there any more")).to_be_visible()
    expect(page.get_by_role("slider")).to_have_count(0)


def test_a_call_too_long_to_draw_is_heard_all_the_same(server: WallServer, page: Page) -> None:
    recording = server.recording or b""
    long = 16_000 * 7_200  # samples, as its head says
    told = bytearray(recording)
    told[21] = (told[21] & 0xF0) | (long >> 32)
    told[22:26] = (long & 0xFFFF_FFFF).to_bytes(4, "big")
    server.recording = bytes(told)
    opened(server)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_text("The call is too long to draw its sound.")).to_be_visible()
    expect(page.locator("rect.span")).to_have_count(6)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_a_test_is_made_of_a_turn(server: WallServer, page: Page) -> None:
    opened(server)
    with page.expect_download() as download:
        page.get_by_role("button", name="Make a test of turn 2").click()
    assert download.value.suggested_filename == "order_status-turn-2.yaml"
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text == (
        "# For the conversations of order_status; made of turn 2 of the call call-1.\n"
        "# It holds what the caller said: read it before you keep it.\n"
        "\n"
        'conversation: "turn 2 of call-1"\n'
        'hours: "2026-11-22T09:12:00Z"\n'
        "endpoints:\n"
        '  orders: [{ ok: { status: "paid twice" }, after: 0.8 }]\n'
        "turns:\n"
        '  - caller: "I was charged twice for my order"\n'
        '  - caller: { interrupts: { text: "It is order 4527, 39.90", confidence: 0.55 } }\n'
        "  - bot:\n"
        '      says: ["I have 4 5 2 7. Is that right?"]\n'
        '      escalates: "billing"\n'
        '      packet: { reason: "“charged twice” needs a person" }\n'
    )
    expect(page.get_by_role("status").filter(has_text="is in your downloads")).to_have_count(1)


def test_the_log_as_it_is(server: WallServer, page: Page) -> None:
    server.events = [*call_story.EVENTS[:-1], *call_story.log(
        *[(59.0, "NodeEntered", {"node": f"n{n}"}) for n in range(300)],
        (60.0, "PartialTranscript", {"turn": 9, "stable": "x", "unstable": "", "audio_at": 1.0}),
    )]  # fmt: skip
    the_log(server)
    rows = page.locator("details.log tbody tr")
    expect(rows).to_have_count(200)
    expect(rows.first).to_contain_text("door: sip · caller: +1 555 0100")
    page.get_by_role("button", name="200 more").click()
    expect(rows).to_have_count(22 + 300)
    expect(page.get_by_text("322 entries of the log")).to_be_visible()


def test_a_long_log_is_asked_for_in_parts(server: WallServer, page: Page) -> None:
    many = [(1.0, "NodeEntered", {"node": "n"})] * 10_001
    server.events = call_story.log(*many)
    opened(server)
    expect(page.get_by_text("10001 entries of the log")).to_be_visible()


def test_a_call_that_goes_on(server: WallServer, page: Page) -> None:
    server.record = call_story.RECORD | {"ended_at": None, "reason": None}
    opened(server)
    expect(page.get_by_text("goes on")).to_be_visible()
    server.happens(desk.line("caller-9", "one more thing", 61.0))
    expect(page.get_by_text("one more thing")).to_be_visible()


def test_there_is_no_such_call(server: WallServer, page: Page) -> None:
    server.record = None
    page.goto("/calls/nothing")
    expect(page.get_by_role("heading", name="There is no such call")).to_be_visible()
    expect(page.get_by_role("link", name="Look in the history")).to_be_visible()


def test_hostile_texts_are_texts(server: WallServer, page: Page) -> None:
    bad = "<img src=x onerror=alert(1)>"
    server.record = call_story.RECORD | {"caller": bad, "flow": bad, "door": bad}
    server.wrapups = [call_story.WRAPUPS[0] | {"name": bad, "summary": bad, "fields": {bad: bad}}]
    server.events = call_story.log(
        (0.0, bad, {bad: bad}), (1.0, "UtteranceHeard", call_story.heard(1, bad, 0.0))
    )
    server.happens(desk.line("caller-7", bad, 50.0), told=False)
    opened(server)
    page.get_by_text("entries of the log").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Call with {bad}")
    expect(page.get_by_role("rowheader", name=bad)).to_be_visible()
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("view", [opened, played, the_log, without_recording])
def test_it_can_be_read_and_operated_by_everybody(
    server: WallServer, page: Page, view: View, tmp_path: Path
) -> None:
    view(server)
    readable(page, tmp_path)
    sound(page)
    for width in (1280, 900, 400):
        page.set_viewport_size({"width": width, "height": 720})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
