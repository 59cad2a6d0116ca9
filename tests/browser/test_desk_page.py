"""The agent's desk: from the queue to the wrap-up, told by a scripted server."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser import desk_story as story
from browser.desk_server import DeskServer
from browser.desk_story import CALL


@pytest.fixture
def desk(page: Page) -> DeskServer:
    page.set_viewport_size({"width": 1280, "height": 720})
    return DeskServer(page)


def keep(desk: DeskServer, *entries: list[list[story.Json]]) -> None:
    """What happened before the page came."""
    for part in entries:
        for changes in part:
            desk.happens(*changes, told=False)


def test_who_waits_and_why(desk: DeskServer, page: Page) -> None:
    desk.floor |= {"waiting": story.WAITING, "callbacks": story.CALLBACKS}
    desk.open()
    rows = (
        page.get_by_role("region", name="Queue").get_by_role("list").first.get_by_role("listitem")
    )
    expect(rows).to_have_count(2)
    first, second = rows.all()
    expect(first).to_contain_text("Orders")
    expect(first).to_contain_text("1:12")
    expect(first).to_contain_text("VIP, second call today")
    expect(first.get_by_role("img", name="sounds upset")).to_be_visible()
    expect(second).to_contain_text("needs a person · offered to Anna")
    page.get_by_role("button", name="Called +1 555 0142 back").click()
    desk.until_asked("callbacks/7/done", {})
    desk.let(waiting=[], callbacks=[])
    expect(page.get_by_text("Nobody waits. 2 agents free.")).to_be_visible()


def test_a_wait_goes_on_by_the_server_s_time(desk: DeskServer, page: Page) -> None:
    page.clock.install(time="2001-01-01")  # this machine's clock is decades off
    desk.floor |= {"waiting": story.WAITING}
    desk.open()
    expect(page.get_by_text("1:12")).to_be_visible()
    desk.let_time_pass(10)
    expect(page.get_by_text(re.compile(r"1:2[2-9]"))).to_be_visible()


def test_presence(desk: DeskServer, page: Page) -> None:
    desk.open()
    menu = page.get_by_role("combobox", name="You are")
    expect(menu).to_have_value("available")
    menu.select_option("Away")
    desk.until_asked("presence", {"state": "away"})
    desk.let(agents=[story.AGENTS[0] | {"state": "busy"}, *story.AGENTS[1:]])
    expect(menu).to_have_value("busy")
    expect(menu.locator("option:checked")).to_have_text(re.compile("On a call"))


def test_the_packet_before_the_decision(desk: DeskServer, page: Page) -> None:
    desk.open()
    desk.let(offer=story.OFFER)
    card = page.get_by_role("region", name="Offer")
    expect(card.get_by_role("heading", name="A caller for Billing")).to_be_visible()
    expect(card.get_by_role("timer")).to_have_text(re.compile("20 s|19 s"))
    expect(card).to_contain_text("The caller was charged twice for order 4527.")
    expect(card).to_contain_text("order 4527 ✓ verified")
    expect(card).to_contain_text("amount 39.90 ? not confirmed")
    expect(card).to_contain_text("card ending: asked 2 times, no answer")
    expect(page.get_by_role("alert").filter(has_text="Press A")).to_have_count(1)
    assert page.title() == "● Caller for billing · Warmline"
    card.get_by_role("button", name="Decline").click()
    desk.until_asked("call-1.1/decline", {})
    desk.let(offer=None)
    expect(page.get_by_role("heading", name="No call")).to_be_visible()


def test_an_offer_that_is_let_pass(desk: DeskServer, page: Page) -> None:
    page.clock.install()
    desk.open()
    desk.let(offer=story.OFFER)
    accept = page.get_by_role("button", name="Accept")
    expect(accept).to_be_enabled()
    desk.let_time_pass(25)
    expect(page.get_by_role("timer", name="Time to accept")).to_have_text("0 s")
    expect(accept).to_be_disabled()


REFUSALS: list[tuple[int, story.Json, str]] = [
    (409, {"detail": "Bob has this call.", "taken_by": "Bob"}, "Bob has taken this call"),
    (409, {"detail": "Finish your call first.", "taken_by": ""}, "Finish your call first."),
    (410, {"detail": "This offer is over."}, "It is not there any more"),
    (503, {"detail": "Try again."}, "The server is busy"),
    (500, {}, "The server answered 500."),
]


def test_somebody_was_faster(desk: DeskServer, page: Page) -> None:
    desk.floor["offer"] = story.OFFER
    page.goto("/desk")
    for status, answer, words in REFUSALS:
        desk.answers["/accept"] = status, answer
        page.get_by_role("button", name="Accept").click()
        expect(page.locator(".notices")).to_contain_text(words)
        page.get_by_role("button", name="Close").click()
        expect(page.locator(".notice")).to_have_count(0)
    assert not desk.did("webrtc/offer")


def test_accept_and_talk(desk: DeskServer, page: Page) -> None:
    keep(desk, story.BOT)
    desk.floor |= {"waiting": story.WAITING, "offer": story.OFFER}
    page.goto("/desk")
    expect(page.get_by_text("Your microphone is ready")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    page.wait_for_function("() => window.peers?.at(-1)?.channel.readyState === 'open'")
    desk.until_asked("webrtc/offer", {"sdp": "v=0 offer 1", "type": "offer", "token": "m1"})
    desk.let(assignment=story.assigned("talking"), waiting=[])
    expect(page.get_by_role("heading", name="Call with +1 555 0100")).to_be_visible()
    page.wait_for_function("() => peers[0].sender.track.enabled")
    desk.happens(story.state("talking", 31.0), story.event(6, "Anna joined", 31.0))
    expect(page.get_by_text("Anna joined")).to_be_visible()
    assert page.evaluate("peers.length") == 1
    desk.let(assignment=None)
    page.wait_for_function("() => peers[0].closed && !peers[0].sender.track.enabled")
    expect(page.get_by_role("heading", name="No call")).to_be_visible()
    desk.until_heard(type="unwatch", call=CALL)


def test_a_caller_taken_from_the_list(desk: DeskServer, page: Page) -> None:
    desk.floor |= {"waiting": story.WAITING}
    desk.open()
    page.get_by_role("button", name="Take the caller for Orders").click()
    page.wait_for_function("() => window.peers?.at(-1)?.channel.readyState === 'open'")
    desk.until_asked("offers/call-9/accept", {})


def test_a_page_loaded_anew_in_the_middle_of_a_call(desk: DeskServer, page: Page) -> None:
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    desk.until_asked("call-1/media", {})
    expect(page.get_by_text("Yes, and nobody told me why")).to_be_visible()


def test_what_an_agent_does_in_a_call(desk: DeskServer, page: Page) -> None:
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("peers[0].sender.track.enabled") is False
    page.get_by_role("button", name="Unmute").click()
    page.wait_for_function("() => peers[0].sender.track.enabled")
    desk.until_asked("/mute", {"on": True}, {"on": False})
    page.get_by_role("button", name="Hold").click()
    desk.happens(story.state("held", 46.0))
    expect(page.get_by_text("on hold", exact=True)).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    desk.until_asked("/hold", {"on": True}, {"on": False})
    page.get_by_role("button", name="Say again").click()
    desk.until_asked("/again", {})


def test_transfer_consult_and_back_to_the_bot(desk: DeskServer, page: Page) -> None:
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    page.get_by_role("button", name="Transfer").click()
    dialog = page.get_by_role("dialog", name="Transfer the caller to")
    expect(dialog.get_by_role("radio", name="Orders")).to_be_checked()
    expect(dialog.get_by_role("radio", name="Returns closed")).to_be_visible()  # not our queue
    expect(dialog.get_by_role("radio", name="Dan")).to_have_count(0)  # away
    dialog.get_by_role("radio", name="Bob").check()
    dialog.get_by_label("Note").fill("Wants a refund")
    dialog.get_by_role("button", name="Transfer").click()
    page.get_by_role("button", name="Consult").click()
    page.get_by_role("dialog").get_by_role("button", name="Ask").click()
    page.get_by_role("button", name="Back to bot").click()
    page.get_by_role("radio", name="Survey").check()
    page.get_by_role("button", name="Give back").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Transfer").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="End", exact=True).click()
    desk.until_asked("/transfer", {"agent": "u2", "note": "Wants a refund"})
    desk.until_asked("/consult", {"agent": "u2"})
    desk.until_asked("/handback", {"node": "survey"})
    desk.until_asked("/hangup", {})


def test_who_only_advises_has_less_to_decide(desk: DeskServer, page: Page) -> None:
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    desk.let(assignment=story.assigned("talking") | {"role": "consult"})
    controls = page.get_by_role("group", name="The call").get_by_role("button")
    expect(controls).to_have_text([re.compile(word) for word in ("Mute", "Say again", "Leave")])


def test_hints_mood_checklist_and_earlier_calls(desk: DeskServer, page: Page) -> None:
    desk.answers["/earlier"] = 200, {"calls": story.EARLIER}
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    expect(page.get_by_text("Checklist 2 of 4")).to_be_visible()
    expect(page.get_by_text("Asked where order 4527 was")).to_be_visible()
    expect(page.get_by_role("img", name="The mood of 3 turns, now -0.5")).to_be_visible()
    expect(page.get_by_text("pitch +4 semitones, 1.6 times faster")).to_be_visible()
    desk.happens(story.mood(4, -0.4, 46.0, abstained="noisy"))
    expect(page.get_by_text("Last words: too noisy to judge.")).to_be_visible()
    hint = page.get_by_role("article")
    expect(hint).to_contain_text("From hints.yaml: refund_policy")
    page.keyboard.press("u")
    expect(hint).to_have_count(0)
    desk.happens(story.hint(2, "Card numbers", compliance=True, link="javascript:alert(1)"))
    expect(hint).to_contain_text("! Must be said")
    expect(hint.get_by_role("link")).to_have_count(0)  # no place to go to
    hint.get_by_role("button", name="Dismiss").click()
    desk.until_asked("hints/h1", {"outcome": "used"})
    desk.until_asked("hints/h2", {"outcome": "dismissed"})
    desk.happens(story.hint(3))
    expect(hint).to_have_count(1)
    desk.happens({"key": "hint", "kind": "hint", "hint": None})
    expect(hint).to_have_count(0)


def test_the_wrap_up(desk: DeskServer, page: Page) -> None:
    desk.answers["/wrapup"] = 200, story.WRAP_UP
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    desk.let(assignment=story.assigned("wrap_up", 120.0))
    column = page.get_by_role("complementary", name="Wrap-up")
    expect(column.get_by_role("heading", name="Wrap-up")).to_be_focused()
    expect(column.get_by_text(re.compile(r"[12]:\d\d left"))).to_be_visible()
    page.wait_for_function("() => peers[0].closed")
    summary = column.get_by_label("Summary")
    expect(summary).to_have_value(re.compile("charged twice"))
    summary.fill("Charged twice; refunded.")
    desk.happens(story.line("caller-9", "bye", 50.0))  # what comes late takes nothing away
    expect(page.get_by_text("bye", exact=True)).to_be_visible()
    expect(summary).to_have_value("Charged twice; refunded.")
    done = column.get_by_role("button", name="Done")
    done.click()
    assert desk.did("/wrapup") == [None], "how it ended is asked for first"
    column.get_by_label("How did it end?").select_option("Refund sent")
    column.get_by_role("radio", name="Yes").check()
    column.get_by_label("Refund amount").fill("39.90")
    column.get_by_label("Notes").fill("Second time.")
    done.click()
    written = {
        **{"disposition": "refund_sent", "summary": "Charged twice; refunded."},
        **{"notes": "Second time.", "fields": {"order": "4527", "refund_amount": "39.90"}},
        "resolved": True,
    }
    desk.until_asked("/wrapup", None, written)
    desk.let(assignment=None)
    expect(page.get_by_role("heading", name="No call")).to_be_visible()


def test_a_second_draft_is_taken_only_by_the_agent(desk: DeskServer, page: Page) -> None:
    desk.answers |= {
        "/wrapup": (200, story.WRAP_UP | {"second": True}),
        "/second": (200, story.SECOND),
    }
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    desk.let(assignment=story.assigned("wrap_up", 120.0))
    second = page.get_by_role("region", name="Second draft by a language model: check it")
    expect(second.get_by_role("listitem")).to_have_count(2)
    summary = page.get_by_label("Summary")
    expect(summary).to_have_value(str(story.WRAP_UP["summary"]))
    told = page.locator("[data-polite]")
    expect(told).to_have_text("There is a second draft of the summary.")
    second.get_by_role("button", name="The caller was charged twice").click()
    expect(page.locator('[data-key="caller-1"]')).to_have_attribute("data-shown", "")
    summary.fill("My own words.")
    second.get_by_role("button", name="Take it").click()
    expect(summary).to_have_value(story.SECOND["text"])
    second.get_by_role("button", name="Put mine back").click()
    expect(summary).to_have_value("My own words.")
    second.get_by_role("button", name="Take it").click()
    page.get_by_label("How did it end?").select_option("Solved")
    page.get_by_role("button", name="Done").click()
    desk.until_asked("/second", None)
    desk._until(lambda: len(desk.did("/wrapup")) == 2, "sent")
    assert desk.did("/wrapup")[1]["summary"] == story.SECOND["text"]


@pytest.mark.parametrize("answer", [(204, None), (500, {}), (404, {"detail": "It is over."})])
def test_a_second_draft_that_does_not_come(
    desk: DeskServer, page: Page, answer: tuple[int, story.Json | None]
) -> None:
    desk.answers |= {"/wrapup": (200, story.WRAP_UP | {"second": True}), "/second": answer}
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    desk.let(assignment=story.assigned("wrap_up", 120.0))
    desk.until_asked("/second", None)
    expect(page.get_by_label("Summary")).to_have_value(re.compile("charged twice"))
    expect(page.get_by_text("language model")).to_have_count(0)
    expect(page.locator(".notice")).to_have_count(0)


def test_nobody_asks_for_a_second_draft_where_there_is_none(desk: DeskServer, page: Page) -> None:
    desk.answers["/wrapup"] = 200, story.WRAP_UP
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    desk.let(assignment=story.assigned("wrap_up", 120.0))
    expect(page.get_by_label("Summary")).to_have_value(re.compile("charged twice"))
    assert desk.did("/second") == []


def test_another_tab_has_the_controls(desk: DeskServer, page: Page) -> None:
    keep(desk, story.BOT, story.TALKING)
    desk.talk()
    desk.let(controls=False)
    expect(page.get_by_text("This desk is open in another tab")).to_be_visible()
    expect(page.get_by_role("button", name="Mute")).to_be_disabled()
    page.wait_for_function("() => peers[0].closed")
    page.keyboard.press("h")
    assert desk.did("/hold") == []
    desk.floor["controls"] = True
    page.get_by_role("button", name="Use this one").click()
    expect(page.get_by_role("button", name="Mute")).to_be_enabled()
    desk.until_connected(2)
