"""Events in plain words."""

import inspect
from typing import Any, get_args

import pytest

from warmline.desk.wording import ENDED, ESCALATED, JOINED, LEFT, told
from warmline.events import (
    AgentJoined,
    AgentLeft,
    CallbackRequested,
    CallEnded,
    CallerHeld,
    CallStarted,
    ConsentAnswered,
    Escalated,
    Fact,
    FetchFinished,
    HandedBack,
    NodeEntered,
    NothingHeard,
    OfferClosed,
    RecordingChanged,
    StageFailed,
    Transferred,
)

NAMES = {"u1": "Anna"}
STARTED: dict[str, Any] = {"door": "socket", "flow": "orders", "flow_version": "1"}
FETCHED: dict[str, Any] = {"request_id": "r", "endpoint": "orders", "code": ""}

CASES: list[tuple[Fact, str]] = [
    (CallStarted(caller="+15550100", **STARTED), "Call from +15550100"),
    (CallStarted(caller="", **STARTED), "Call from an unknown caller"),
    (
        Escalated(queue="billing", reason="asked"),
        "Handed to billing: the caller asked for a person",
    ),
    (
        Escalated(queue="billing", reason="flow", why="charged twice"),
        "Handed to billing: charged twice",
    ),
    (Escalated(queue="billing", reason="new_reason"), "Handed to billing: new_reason"),
    (
        CallbackRequested(queue="billing", number="+15550199"),
        "Wants to be called back by billing at +15550199",
    ),
    (CallbackRequested(queue="billing", number=""), "Wants to be called back by billing"),
    (
        OfferClosed(offer="o", agent="u1", outcome="no_media"),
        "Somebody accepted, but their audio did not come",
    ),
    (OfferClosed(offer="o", agent="u1", outcome="declined"), ""),
    (AgentJoined(agent="u1", name="Anna", role="agent"), "Anna joined"),
    (AgentJoined(agent="u1", name="Anna", role="listen"), "Anna listens in"),
    (AgentJoined(agent="u1", name="{}", role="agent"), "{} joined"),
    (AgentLeft(agent="u1", role="agent", reason="lost"), "Anna's audio was lost"),
    (AgentLeft(agent="u1", role="listen", reason="ended"), "Anna listens no more"),
    (AgentLeft(agent="u9", role="agent", reason="ended"), "Somebody left"),
    (CallerHeld(held=True, by="u1"), "Caller put on hold"),
    (CallerHeld(held=False, by="u1"), "Caller taken off hold"),
    (HandedBack(by="u1", node="survey"), "Anna gave the caller back to the flow"),
    (HandedBack(by="caller"), "The caller went back to the flow"),
    (Transferred(queue="600"), "Led to 600 by the telephone system"),
    (ConsentAnswered(purpose="recording", wording="?", granted=True), "Caller agreed: recording"),
    (ConsentAnswered(purpose="mood", wording="?", granted=False), "Caller did not agree: mood"),
    (RecordingChanged(on=True, reason="consent", audio_at=1.0), "Recording began"),
    (RecordingChanged(on=False, reason="secret", audio_at=1.0), "Recording paused for a secret"),
    (RecordingChanged(on=False, reason="refused", audio_at=1.0), "Recording stopped"),
    (FetchFinished(outcome="ok", **FETCHED), ""),
    (FetchFinished(outcome="not_found", **FETCHED), "orders: nothing was found"),
    (FetchFinished(outcome="error", **FETCHED), "orders could not be asked"),
    (
        NothingHeard(turn=1, audio_at=1.0, reason="failed"),
        "The caller's words were lost: the recogniser failed",
    ),
    (NothingHeard(turn=1, audio_at=1.0, reason="music"), ""),
    (
        StageFailed(stage="hearing", code="x", message="secret words"),
        "A part of the service failed: hearing",
    ),
    (CallEnded(reason="caller_hung_up"), "The caller hung up"),
    (CallEnded(reason="odd"), "The call ended: odd"),
    (NodeEntered(node="ask"), ""),
]


@pytest.mark.parametrize(("fact", "words"), CASES, ids=lambda value: type(value).__name__)
def test_words(fact: Fact, words: str) -> None:
    assert told(fact, NAMES) == words


def documented(fact: type[Any], field: str) -> set[str]:
    """The values that the source of a fact names under this field."""
    source = inspect.getsource(fact).split(f"    {field}: str\n")[1]
    text = source.split('"""')[1]
    words = (part.split("(")[0].strip() for part in text.replace("\n", " ").split("|"))
    return {word.rstrip(".") for word in words if word}


@pytest.mark.parametrize(
    ("fact", "field", "known"),
    [
        (Escalated, "reason", ESCALATED),
        (AgentJoined, "role", JOINED),
        (AgentLeft, "reason", LEFT),
        (CallEnded, "reason", ENDED),
    ],
)
def test_every_value_that_a_fact_names_has_words(
    fact: type[Any], field: str, known: dict[str, str]
) -> None:
    assert documented(fact, field) == known.keys()


def test_all_facts_can_be_told() -> None:
    assert {type(fact) for fact, _ in CASES} <= set(get_args(Fact))
