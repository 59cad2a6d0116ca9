"""The handoff packet: what it says at the moment of the handoff, and what it leaves out."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from recorded import CALLER, flow, numbered, recorded
from warmline.assist.card import FlowCard
from warmline.assist.packet import Packet
from warmline.assist.packet_builder import LAST_WORDS, MAX_LINES, PacketBuilder
from warmline.events import (
    AgentJoined,
    CallStarted,
    ConsentAnswered,
    Entry,
    Escalated,
    Fact,
    FetchFinished,
    FetchStarted,
    NodeEntered,
    NothingHeard,
    PartialTranscript,
    SentimentChanged,
    SlotFilled,
    SpeakingFinished,
    SpeakingStarted,
    TurnResumed,
    UtteranceHeard,
)

ORDER = FlowCard.of(flow("order_status"))
BANK = FlowCard.of(flow("bank_card"))


def built(card: FlowCard, entries: Sequence[Entry]) -> Packet:
    builder = PacketBuilder(card)
    for entry in entries:
        builder.handle(entry)
    return builder.packet()


def of(name: str, conversation: str) -> Packet:
    return built(FlowCard.of(flow(name)), recorded(name, conversation, ends=False))


def packet(*facts: Fact, card: FlowCard = ORDER) -> Packet:
    """Of a call that was just these facts, a second apart."""
    return built(card, numbered([(float(at), fact) for at, fact in enumerate(facts)]))


STARTED = CallStarted(door="test", caller=CALLER, flow="order_status", flow_version="")


def heard(text: str, turn: int = 1, confidence: float = 0.9) -> UtteranceHeard:
    return UtteranceHeard(
        turn=turn, text=text, confidence=confidence, started_at=turn * 10.0, audio_at=turn * 10 + 2
    )


def filled(slot: str, value: str, source: str = "said", confidence: float = 0.8) -> SlotFilled:
    return SlotFilled(slot=slot, value=value, confidence=confidence, source=source)


def said(number: int, node: str, text: str, *, cut: str | None = None) -> list[Fact]:
    say_id = f"say-{number}"
    played = text if cut is None else cut
    return [
        SpeakingStarted(say_id=say_id, node=node, text=text),
        SpeakingFinished(say_id=say_id, text=played, played_s=0.5, interrupted=cut is not None),
    ]


REASON: list[Fact] = [
    NodeEntered(node="reason"),
    heard("I was charged twice", 1),
    filled("reason", "something_else", confidence=0.9),
]
NUMBER: list[Fact] = [NodeEntered(node="order_number"), heard("it's four five two seven", 2)]


# --- who and why ---------------------------------------------------------------------------------


def test_an_empty_call_has_a_packet() -> None:
    empty = PacketBuilder(ORDER).packet()
    assert (empty.flow, empty.title, empty.why) == ("order_status", "Order status", None)
    json.dumps(empty.as_json())


def test_a_caller_id_is_a_hint_and_no_identity() -> None:
    who = packet(STARTED).who
    assert (who.caller, who.identity) == (CALLER, "unknown")


@pytest.mark.parametrize(
    ("conversation", "identity"),
    [
        ("a wrong PIN, and a person takes over", "failed"),
        ("the freeze itself fails", "verified"),
        ("the PIN check fails", "unknown"),
        ("an unknown card twice", "unknown"),
    ],
)
def test_a_pin_that_fits_verifies(conversation: str, identity: str) -> None:
    assert of("bank_card", conversation).who.identity == identity


def test_what_a_system_knew_the_caller_by_is_verified() -> None:
    known = of("it_helpdesk", "the ticket system is down")
    unknown = of("it_helpdesk", "the caller is not who the records say")
    assert [s.verified for s in known.slots if s.slot in ("employee", "born")] == [True, True]
    assert [s.verified for s in unknown.slots] == [False, False]


def test_why_is_the_authors_reason_in_plain_words() -> None:
    why = of("order_status", "an unknown number twice ends at a person who can look").why
    assert why is not None
    assert (why.reason, why.why, why.queue) == ("flow", "order number not found twice", "orders")
    assert why.text == "The flow gives this to a person"


def test_the_authors_reason_stands_in_the_flow_where_the_fact_has_none() -> None:
    escalated = Escalated(queue="orders", reason="flow")
    why = packet(NodeEntered(node="to_search"), escalated).why
    assert why is not None
    assert why.why == "order number not found twice"


def test_a_reason_that_is_new_is_told_as_it_is() -> None:
    why = packet(Escalated(queue="orders", reason="full_moon", skills=("tides",), priority=2)).why
    assert why is not None
    assert (why.text, why.skills, why.priority) == ("Full moon", ("tides",), 2)


def test_the_packet_is_complete_when_the_escalation_comes() -> None:
    """What is said afterwards adds only what was said."""
    entries = recorded("order_status", "an unknown number twice ends at a person who can look")
    at = next(n for n, e in enumerate(entries) if isinstance(e.fact, Escalated))
    then, later = built(ORDER, entries[: at + 1]), built(ORDER, entries)
    assert replace(later, said=then.said, seq=then.seq) == then
    assert (then.summary, then.opening) == (later.summary, later.opening)


# --- what the flow knows -------------------------------------------------------------------------


def test_intents_with_the_callers_words_and_where_they_are_heard() -> None:
    (intent,) = packet(STARTED, *REASON).intents
    assert (intent.value, intent.words, intent.confidence) == (
        "something_else",
        "I was charged twice",
        0.9,
    )
    assert (intent.vague, intent.verified) == (True, False)
    assert (intent.seq, intent.line, intent.audio_at) == (4, 3, 10.0)


def test_did_you_mean_leads_back_to_the_words_before_the_yes() -> None:
    intent = of("order_status", "did you mean").intent
    assert intent is not None
    assert (intent.text, intent.words) == ("a change of address", "is it the right place")


def test_a_general_and_a_particular_intent() -> None:
    found = of("tenant_line", "what sounded like a repair is an emergency")
    assert [intent.value for intent in found.intents] == ["repair", "water"]
    assert found.intent is not None
    assert found.intent.text == "water or a drain"


def test_a_new_matter_leaves_the_intents_of_the_old_one() -> None:
    facts: list[Fact] = [
        *(NodeEntered(node="reason"), heard("I need something fixed"), filled("reason", "repair")),
        *(NodeEntered(node="problem"), heard("the tap is dripping"), filled("problem", "water")),
        *(NodeEntered(node="reason"), heard("about my rent"), filled("reason", "rent")),
    ]
    found = packet(*facts, card=FlowCard.of(flow("tenant_line")))
    assert [intent.value for intent in found.intents] == ["rent"]


@pytest.mark.parametrize(
    ("source", "verified", "line"),
    [("said", False, 2), ("confirmed", True, 2), ("keyed", True, 0), ("system", True, 0)],
)
def test_a_slot_with_its_source(source: str, verified: bool, line: int) -> None:
    (slot,) = packet(*NUMBER, heard("yes", 3), filled("order", "4527", source)).slots
    assert (slot.spoken, slot.written, slot.label) == ("4 5 2 7", "4527", "order")
    assert (slot.source, slot.verified, slot.line) == (source, verified, line)


def test_records_without_a_source_say_the_least() -> None:
    told = packet(*NUMBER, filled("order", "4527", ""), NodeEntered(node="look_up"),
                  filled("status", "lost", ""))  # fmt: skip
    assert [(s.source, s.verified) for s in told.slots] == [("said", False), ("system", True)]


def test_the_newest_value_counts_and_an_empty_one_takes_it_away() -> None:
    again = packet(*NUMBER, filled("order", "4527"), filled("order", "4528"))
    assert [slot.value for slot in again.slots] == ["4528"]
    assert packet(*NUMBER, filled("order", "4527"), filled("order", "")).slots == ()


def test_who_starts_over_has_said_nothing() -> None:
    found = of("order_status", "again, slower, louder, help, back, from the start")
    assert (found.intents, found.slots) == ((), ())


def test_secrets_and_what_machines_need_are_not_shown() -> None:
    wrong = of("bank_card", "a wrong PIN, and a person takes over")
    assert [slot.slot for slot in wrong.slots] == ["card_end"]
    assert "4539148803436467" not in json.dumps(wrong.as_json())
    leaked = packet(NodeEntered(node="pin"), filled("pin", "482913", "keyed"), card=BANK)
    assert leaked.slots == ()


# --- what is open, what failed -------------------------------------------------------------------


def test_what_was_asked_without_an_answer_and_how_often() -> None:
    found = of("tenant_line", "silence in the middle, and the keypad hint")
    (question,) = found.unanswered
    assert (question.slot, question.asked) == ("home", 3)
    assert question.question.startswith("Which home would you like to see")


@pytest.mark.parametrize(
    ("name", "conversation", "kinds"),
    [
        ("order_status", "not understood three times", ["no_match"] * 3),
        ("order_status", "nobody says a word", ["no_input"] * 3),
        ("order_status", "too few digits", ["no_match"]),
        ("order_status", "the caller corrects the end of the number", ["rejected"]),
        ("order_status", "the number was misheard, and is asked again", ["rejected"]),
        ("order_status", "did you mean, refused", ["rejected"]),
        ("order_status", "again, slower, louder, help, back, from the start", []),
        ("order_status", "a cough is no answer, and no failure", ["no_match"]),
        ("order_status", "where is my order, with fillers", []),
        ("bank_card", "did you mean one of two", []),
        ("bank_card", "the card system is slow, then down", ["error"]),
        ("bank_card", "a wrong PIN, and a person takes over", ["not_found"]),
        ("drive_thru", "sold out, and something else instead", ["not_found"]),
    ],
)
def test_failed_attempts(name: str, conversation: str, kinds: list[str]) -> None:
    assert [failure.kind for failure in of(name, conversation).failures] == kinds


def test_failures_in_words() -> None:
    told = {
        failure.text
        for name, conversation in (
            ("order_status", "not understood three times"),
            ("order_status", "the number was misheard, and is asked again"),
            ("order_status", "an unknown number twice ends at a person who can look"),
            ("bank_card", "a wrong PIN, and a person takes over"),
            ("bank_card", "the card system is slow, then down"),
            ("bank_card", "an unknown card twice"),
        )
        for failure in of(name, conversation).failures
    }
    assert told >= {
        'Not understood: "blue bananas".',
        '"I have 5 0 0 3. Is that right?", and the caller: "no".',
        "Order 9999 was not found in orders.",
        "The PIN did not match.",
        "The system cards failed (timeout).",
        "The card number was not found in cards.",
    }


def test_an_endpoint_that_never_answers_is_an_error() -> None:
    facts: list[Fact] = [
        NodeEntered(node="freeze"),
        FetchStarted(request_id="fetch-1", endpoint="freezes"),
        NodeEntered(node="to_fraud_team"),
    ]
    (failure,) = packet(*facts, card=BANK).failures
    assert failure.text == "The system freezes did not answer in time."
    asked = packet(*facts[:2], Escalated(queue="fraud", reason="asked"), facts[2], card=BANK)
    assert asked.failures == ()  # the caller did not wait for it


# --- what was said -------------------------------------------------------------------------------


def test_only_what_was_really_played_was_said() -> None:
    found = packet(
        *said(1, "welcome", "Thanks for calling."),
        *said(2, "reason", "How can I help you today?", cut="How can I"),
        *said(3, "reason", "How can I help you today?", cut=""),
    )
    assert [(line.text, line.cut) for line in found.said] == [
        ("Thanks for calling.", False),
        ("How can I", True),
    ]


@pytest.mark.parametrize(("cut", "complete"), [(None, True), ("Thanks", False)])
def test_a_disclosure_counts_only_when_it_was_played_to_its_end(
    cut: str | None, complete: bool
) -> None:
    (disclosure,) = packet(*said(1, "welcome", "Thanks for calling.", cut=cut)).disclosures
    assert disclosure.complete == complete


def test_a_disclosure_that_is_resumed_after_a_noise_counts() -> None:
    rest = SpeakingFinished(say_id="say-1+", text="an assistant.", played_s=1.0, interrupted=False)
    (disclosure,) = packet(*said(1, "welcome", "I am an assistant.", cut="I am"), rest).disclosures
    assert disclosure.complete


def test_consents_with_their_answers() -> None:
    answered = ConsentAnswered(
        purpose="recording", wording="May we?", granted=True, allows=("recording", "mood")
    )
    (consent,) = packet(heard("yes"), answered).consents
    assert (consent.granted, consent.allows, consent.line) == (True, ("recording", "mood"), 1)


def test_the_mood_of_a_turn_is_its_latest() -> None:
    moods = [
        SentimentChanged(turn=turn, mood=mood) for turn, mood in ((1, 0.0), (2, -0.4), (2, -0.6))
    ]
    assert [(m.turn, m.mood) for m in packet(*moods).moods] == [(1, 0.0), (2, -0.6)]


def test_the_last_words_go_on_while_people_talk() -> None:
    words = [heard(f"words {turn}", turn) for turn in range(1, 6)]
    joined = AgentJoined(agent="u1", name="Anna", role="agent")
    found = packet(*words[:2], Escalated(queue="orders", reason="asked"), joined, *words[2:])
    assert [last.turn for last in found.last_words] == [3, 4, 5]
    assert len(found.last_words) == LAST_WORDS


def test_a_long_call_keeps_the_newest_lines() -> None:
    facts = [
        fact for number in range(MAX_LINES + 5) for fact in said(number, "reason", f"{number}")
    ]
    found = packet(*facts)
    assert len(found.said) == MAX_LINES
    assert found.said[-1].text == f"{MAX_LINES + 4}"


# --- turns that are taken back -------------------------------------------------------------------


def told(found: Packet) -> dict[str, Any]:
    return found.as_json() | {"seq": 0}


def test_what_was_decided_on_half_a_sentence_is_void() -> None:
    half: list[Fact] = [
        *(heard("I lost", 2), filled("reason", "something_else"), NodeEntered(node="to_search")),
        Escalated(queue="orders", reason="flow"),
    ]
    before: list[Fact] = [STARTED, NodeEntered(node="reason"), heard("hello", 1)]
    resumed = TurnResumed(turn=2, audio_at=21.0)
    assert told(packet(*before, *half, resumed)) == told(packet(*before))
    whole = packet(*before, *half, resumed, heard("I lost my way to the order", 2))
    assert [words.text for words in whole.last_words] == ["hello", "I lost my way to the order"]


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        ([heard("one", 1), heard("two", 2), TurnResumed(turn=1, audio_at=1.0)], ["one", "two"]),
        ([heard("one", 1), TurnResumed(turn=7, audio_at=1.0)], ["one"]),
        ([TurnResumed(turn=1, audio_at=1.0), heard("one", 1)], ["one"]),
        ([heard("one", 3), TurnResumed(turn=3, audio_at=1.0)], []),
        (
            [
                heard("one", 1),
                NothingHeard(turn=2, audio_at=1.0, reason="echo"),
                TurnResumed(turn=2, audio_at=1.0),
            ],
            ["one"],
        ),
    ],
)
def test_only_the_last_turn_goes_on(facts: list[Fact], left: list[str]) -> None:
    assert [words.text for words in packet(*facts).last_words] == left


def test_what_was_played_meanwhile_was_heard_all_the_same() -> None:
    found = packet(
        *(NodeEntered(node="reason"), heard("uh", 1)),
        *said(4, "reason", "Sorry, I didn't catch that. How can I help you today?", cut="Sorry, I"),
        TurnResumed(turn=1, audio_at=12.0),
    )
    assert [line.text for line in found.said] == ["Sorry, I"]
    assert (found.failures, found.unanswered) == ((), ())


def test_an_answer_that_came_from_outside_meanwhile_stays() -> None:
    asked: list[Fact] = [
        NodeEntered(node="look"),
        FetchStarted(request_id="fetch-1", endpoint="cards"),
    ]
    answer = FetchFinished(request_id="fetch-1", endpoint="cards", outcome="ok", code="")
    found = packet(
        *(*asked, heard("hurry", 1), answer, filled("card_end", "6467", "system")),
        *(NodeEntered(node="pin"), TurnResumed(turn=1, audio_at=12.0)),
        card=BANK,
    )
    assert [slot.value for slot in found.slots] == ["6467"]
    assert (found.node, found.last_words) == ("pin", ())


def test_people_are_not_taken_back() -> None:
    handed = Escalated(queue="orders", reason="asked")
    joined = AgentJoined(agent="u1", name="Anna", role="agent")
    resumed = TurnResumed(turn=1, audio_at=12.0)
    assert packet(heard("agent", 1), handed, joined, resumed).why is not None
    talking = packet(handed, heard("my number", 1), filled("order", "4527"), resumed)
    assert (talking.why is not None, len(talking.slots)) == (True, 1)


# --- the builder ---------------------------------------------------------------------------------


def test_what_does_not_matter_changes_nothing() -> None:
    builder = PacketBuilder(ORDER)
    assert builder.handle(Entry(call_id="call", seq=1, at=0.0, fact=STARTED))
    before = builder.packet()
    partial = PartialTranscript(turn=1, stable="a", unstable="b", audio_at=1.0)
    assert not builder.handle(Entry(call_id="call", seq=2, at=1.0, fact=partial))
    assert builder.packet() is before
    assert len(builder.entries) == 1
