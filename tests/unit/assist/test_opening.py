"""What a person may say first."""

import pytest

from recorded import flow, recorded
from warmline.assist.card import FlowCard
from warmline.assist.packet_builder import PacketBuilder
from warmline.events import Entry, Escalated, Fact, NodeEntered, SentimentChanged, SlotFilled


def opening(name: str, entries: list[Entry]) -> str:
    builder = PacketBuilder(FlowCard.of(flow(name)))
    for entry in entries:
        builder.handle(entry)
        if isinstance(entry.fact, Escalated):
            break
    return builder.packet().opening


@pytest.mark.parametrize(
    ("name", "conversation", "words"),
    [
        (
            "bank_card",
            "a dispute",
            "Hi. I understand you were charged twice for the same thing. "
            "Let me look at that with you.",
        ),
        (
            "order_status",
            "an unknown number twice ends at a person who can look",
            "Hi. I see you called about the status of your order. We couldn't find order "
            "9 9 9 8. Let me look at that with you.",
        ),
        (
            "order_status",
            "the number was misheard, and is asked again",
            "Hi. I understand you need to change your address. I have order 6 6 1 4 here. "
            "Let me look at that with you.",
        ),
        (
            "order_status",
            "not understood three times",
            "Hi. I'm sorry that our assistant had trouble understanding you. How can I help you?",
        ),
        (
            "bank_card",
            "a person at the very first question",
            "Hi. Thank you for waiting. How can I help you?",
        ),
        (
            "it_helpdesk",
            "the identity system is down",
            "Hi. I'm sorry that our system didn't answer just now. I can see what you told our "
            "assistant, so you needn't repeat it. Let me look at that with you.",
        ),
        (
            "bank_card",
            "an angry voice gets a person",
            "Hi. I'm sorry that this has been so tiring for you. How can I help you?",
        ),
    ],
)
def test_the_first_words(name: str, conversation: str, words: str) -> None:
    assert opening(name, recorded(name, conversation)) == words


def _order(source: str, *, mood: float = 0.0, confidence: float = 0.9) -> str:
    facts: list[Fact] = [
        NodeEntered(node="order_number"),
        SlotFilled(slot="order", value="4527", confidence=confidence, source=source),
        SentimentChanged(turn=1, mood=mood),
        Escalated(queue="orders", reason="asked"),
    ]
    return opening(
        "order_status",
        [Entry(call_id="c", seq=n, at=float(n), fact=fact) for n, fact in enumerate(facts, 1)],
    )


@pytest.mark.parametrize(
    ("source", "stated"), [("confirmed", True), ("keyed", True), ("said", False), ("", False)]
)
def test_what_nobody_confirmed_is_asked(source: str, stated: bool) -> None:
    words = _order(source)
    assert ("I have order 4 5 2 7 here." in words) == stated
    assert ("Is it about order 4 5 2 7?" in words) != stated


def test_a_low_mood_is_acknowledged() -> None:
    assert "I'm sorry" in _order("said", mood=-0.6)
    assert "sorry" not in _order("said", mood=-0.1)


def test_words_that_were_heard_badly_are_not_told_back() -> None:
    entries = recorded("bank_card", "a dispute")
    doubtful = [
        Entry(
            call_id=e.call_id,
            seq=e.seq,
            at=e.at,
            fact=SlotFilled(slot="reason", value="dispute", confidence=0.4, source="said")
            if isinstance(e.fact, SlotFilled)
            else e.fact,
        )
        for e in entries
    ]
    words = opening("bank_card", doubtful)
    assert (
        words == "Hi. I see you called about a charge that is wrong. Let me look at that with you."
    )
