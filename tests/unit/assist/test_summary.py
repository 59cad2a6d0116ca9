"""A whole call in four to six sentences, each with what shows it."""

from collections.abc import Sequence

import pytest

from recorded import flow, numbered, recorded
from warmline.assist.card import FlowCard
from warmline.assist.packet_builder import PacketBuilder
from warmline.assist.summary import Summary, summarize
from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    CallbackRequested,
    CallEnded,
    Entry,
    Escalated,
    Fact,
    HandedBack,
    QueueMoved,
    SentimentChanged,
    Transferred,
    UtteranceHeard,
)

SEARCH = ("order_status", "an unknown number twice ends at a person who can look")


def summary(name: str, entries: Sequence[Entry]) -> Summary:
    builder = PacketBuilder(FlowCard.of(flow(name)))
    for entry in entries:
        builder.handle(entry)
    return summarize(builder.packet(), builder.entries)


def after(*facts: Fact) -> Summary:
    """Of a call whose order was not found twice, and then these, ten seconds apart."""
    entries = recorded(*SEARCH, ends=False)
    end = next(entry.at for entry in entries if isinstance(entry.fact, Escalated))
    return summary(
        SEARCH[0], numbered([(end + 10.0 * n, f) for n, f in enumerate(facts, 1)], entries)
    )


def agent(turn: int, text: str) -> AgentHeard:
    return AgentHeard(
        agent="u7", turn=turn, text=text, confidence=0.9, started_at=50.0, audio_at=52.0
    )


JOINED = AgentJoined(agent="u7", name="Anna", role="agent")
LEFT = AgentLeft(agent="u7", role="agent", reason="ended")
ENDED = CallEnded(reason="completed")
GONE = CallEnded(reason="caller_hung_up")


@pytest.mark.parametrize(
    ("name", "conversation", "text"),
    [
        (
            "order_status",
            "where is my order, with fillers",
            "The caller called about the status of their order: \"Hi, um, I'm still waiting for "
            'my parcel." The assistant took down order 4527 and told them "Order 4 5 2 7 is on '
            'its way to you. It should arrive Tuesday, November 24." The assistant had the call '
            "to its end. No question stayed without an answer.",
        ),
        (
            "order_status",
            "too few digits",
            'The caller called about the status of their order: "where is my order". Nothing was '
            "done so far. The assistant had the call until the caller hung up. Not answered: "
            '"What is your four digit order number?" (asked 3 times).',
        ),
        (
            "bank_card",
            "freeze a card, number and PIN on the keypad",
            "The caller called about a freeze on their card: "
            '"could you put a temporary block on my card". The assistant checked their PIN and '
            'told them "Done. The card ending in 6 4 6 7 is frozen. Your reference is '
            'F, R, 2, 2, 0, 9." The assistant had the call to its end. '
            "No question stayed without an answer.",
        ),
        (
            "bank_card",
            "another question, at night, and a call back",
            'The caller said: "I\'d like to open an account". The assistant took down phone '
            "+16502530000. A call back to +16502530000 was arranged. Promised: "
            '"We\'ll call you when our team is back." (the assistant).',
        ),
        (
            "tenant_line",
            "a viewing next Tuesday",
            'The caller called about a viewing: "I\'d like to see an apartment". The assistant '
            "took down home Mill Lane, day Tuesday, March 10 (not confirmed), hour 15:30, "
            "visitor Anna Keller and phone +16502534011 and told them \"You're booked, Anna "
            'Keller: Mill Lane, on Tuesday, March 10, at 3 30 PM." The assistant had the call '
            "to its end. Not confirmed: day Tuesday, March 10.",
        ),
    ],
)
def test_calls_without_people(name: str, conversation: str, text: str) -> None:
    assert summary(name, recorded(name, conversation)).text == text


def test_a_call_with_a_person() -> None:
    found = after(
        *(QueueMoved(queue="orders", position=1, wait_s=10.0), JOINED),
        agent(1, "Hi, I see you called about your order. Let me look at that with you."),
        UtteranceHeard(turn=90, text="Two weeks!", confidence=0.9, started_at=50.0, audio_at=51.0),
        SentimentChanged(turn=90, mood=-0.7),
        agent(2, "I've found it. I have sent it again. You'll get it on Friday."),
        *(SentimentChanged(turn=91, mood=0.0), LEFT, ENDED),
    )
    assert [sentence.text for sentence in found.sentences] == [
        'The caller called about the status of their order: "where is my order".',
        "The assistant took down order 9998, but order 9999 and order 9998 were not found in "
        "orders.",
        "Anna took over after 20 s (order number not found twice).",
        'Anna said "I\'ve found it." and "I have sent it again."',
        'Promised: "You\'ll get it on Friday." (Anna).',
        "They sounded upset at first and calm at the end.",
    ]
    assert all(sentence.evidence for sentence in found.sentences)
    (promise,) = found.promises
    assert (promise.by, promise.audio_at) == ("Anna", 50.0)


@pytest.mark.parametrize(
    ("facts", "result"),
    [
        (
            [],
            "The caller waits for orders (order number not found twice).",
        ),
        (
            [GONE],
            "The caller waited 10 s for orders, and nobody took over (order number not found "
            "twice); the caller hung up.",
        ),
        (
            [JOINED, GONE],
            "Anna took over after 10 s (order number not found twice); the caller hung up.",
        ),
        (
            [JOINED, HandedBack(by="u7", node="")],
            "Anna took over after 10 s (order number not found twice); "
            "Anna gave the call back to the assistant.",
        ),
        (
            [HandedBack(by="caller"), ENDED],
            "The caller went back to the assistant.",
        ),
        (
            [CallbackRequested(queue="orders", number=""), ENDED],
            "A call back to the number that called was arranged.",
        ),
        (
            [Transferred(queue="orders"), ENDED],
            "The caller was put through to orders (order number not found twice).",
        ),
        (
            [AgentJoined(agent="s1", name="Sam", role="listen"), GONE],
            "The caller waited 20 s for orders, and nobody took over (order number not found "
            "twice); the caller hung up.",
        ),
    ],
)
def test_whose_hands_the_call_went_through(facts: list[Fact], result: str) -> None:
    assert after(*facts).result.text == result


@pytest.mark.parametrize(
    ("moods", "words"),
    [
        ((), None),
        ((0.0, 0.1), "They sounded calm throughout."),
        ((0.0, -0.3), "They sounded calm at first and tense at the end."),
        ((0.0, -0.8, 0.6), "They sounded calm, then upset, and friendly at the end."),
    ],
)
def test_how_the_mood_went(moods: tuple[float, ...], words: str | None) -> None:
    found = after(*(SentimentChanged(turn=turn, mood=mood) for turn, mood in enumerate(moods)))
    assert (found.mood.text if found.mood else None) == words


def test_a_call_of_which_nothing_is_known() -> None:
    found = summary("order_status", [])
    assert found.text.startswith("The caller has not said anything. Nothing was done so far.")
