"""A call told turn by turn, with a reason for whatever was decided."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.events import (
    AgentJoined,
    AgentLeft,
    CallbackRequested,
    CallEnded,
    CallStarted,
    ConsentAnswered,
    DigitPressed,
    Entry,
    Escalated,
    Fact,
    FetchFinished,
    FetchStarted,
    FramesDropped,
    HandedBack,
    LineMeasured,
    NodeEntered,
    NothingHeard,
    PartialTranscript,
    PauseJudged,
    PressureChanged,
    RecordingChanged,
    SlotFilled,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    SpeechResumed,
    SpeechStarted,
    StageFailed,
    TimerFired,
    Transferred,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)
from warmline.records.explained import explain
from warmline.records.reasons import reason

VOICE = SpeechStarted(audio_at=1.0)
ENDED = SpeechEnded(turn=1, audio_at=2.0, reason="complete")
RESUMED = TurnResumed(turn=1, audio_at=2.5)


def log(*facts: Fact) -> list[Entry]:
    return [
        Entry(call_id="c", seq=seq, at=float(seq), fact=fact) for seq, fact in enumerate(facts, 1)
    ]


def heard(text: str, turn: int = 1) -> UtteranceHeard:
    return UtteranceHeard(turn=turn, text=text, confidence=0.9, started_at=0.0, audio_at=1.0)


def says(text: str) -> SpeakingStarted:
    return SpeakingStarted(say_id="s", node="n", text=text)


def said(text: str, interrupted: bool = False) -> SpeakingFinished:
    return SpeakingFinished(say_id="s", text=text, played_s=0.84, interrupted=interrupted)


def waited(turn: int = 1) -> TurnMeasured:
    return TurnMeasured(
        turn=turn,
        endpoint_ms=200.0,
        transcript_ms=0.0,
        decision_ms=0.0,
        first_audio_ms=10.0,
        total_ms=210.0,
    )


def test_turns_and_what_followed_from_them() -> None:
    before, one, two = explain(
        log(
            *(NodeEntered(node="welcome"), says("Hello."), said("Hello.")),
            *(VOICE, ENDED, heard("yes"), NodeEntered(node="order"), says("Which?"), waited()),
            *(said("Which?"), VOICE, SpeechEnded(turn=2, audio_at=9.0, reason="silence")),
            NothingHeard(turn=2, audio_at=9.0, reason="echo"),
        )
    )
    assert (before.turn, before.said) == (0, "Hello.")
    assert (one.turn, one.at, one.heard, one.said) == (1, 4.0, "yes", "Which?")
    assert one.measured == waited()
    assert [step.text for step in one.steps] == [
        "turn over: the answer was complete, so a short silence was enough",
        "words: “yes”, confidence 0.90",
        "goes to order",
        "says “Which?”",
    ]
    assert (two.turn, two.heard, two.nothing) == (2, "", "our own words came back over the line")


def test_a_turn_that_was_taken_up_again_stays_one() -> None:
    _, one = explain(
        log(VOICE, ENDED, heard("4 5"), waited(), says("What?"), RESUMED, said("Wh", True), ENDED)
    )
    assert (one.turn, one.heard, one.measured) == (1, "", None)
    assert [step.kind for step in one.steps] == ["turn", "turn", "voice", "turn", "voice", "turn"]
    assert "taken back" in one.steps[3].text
    _, one = explain(log(VOICE, ENDED, heard("4 5"), RESUMED, ENDED, heard("4 5 2 7"), waited()))
    assert (one.heard, one.measured) == ("4 5 2 7", waited())


def test_words_that_come_late_belong_to_their_turn() -> None:
    _, one, two = explain(log(VOICE, ENDED, VOICE, heard("yes")))
    assert (one.heard, two.heard) == ("yes", "")


def test_keys_are_one_turn_until_they_are_answered() -> None:
    keys = [DigitPressed(digit=digit) for digit in "4527"]
    _, number, one = explain(log(*keys, says("Thanks."), DigitPressed(digit="1")))
    assert (number.keys, one.keys) == ("4527", "1")


@pytest.mark.parametrize(
    ("fact", "kind", "text"),
    [
        (
            PauseJudged(
                audio_at=2.0,
                known_at=2.2,
                kind="free",
                words="",
                finished=-1.0,
                wait_s=1.0,
                because="nothing is known yet",
            ),
            "turn",
            "0.20 s of silence: ends the turn at 1.00 s: nothing is known yet",
        ),
        (
            PauseJudged(
                audio_at=2.0,
                known_at=2.3,
                kind="free",
                words="finished",
                finished=0.93,
                wait_s=0.35,
                because="",
            ),
            "turn",
            "0.30 s of silence (words finished, voice 93% finished): ends the turn at 0.35 s",
        ),
        (SpeechResumed(audio_at=1.0), "turn", "the voice went on: it was only a breath"),
        (
            NothingHeard(turn=1, audio_at=1.0, reason="music"),
            "turn",
            "nothing was heard: it was music",
        ),
        (
            NothingHeard(turn=1, audio_at=1.0, reason="new"),
            "turn",
            "nothing was heard: new",
        ),
        (said("Than", interrupted=True), "voice", "stopped after 0.8 s; heard of it: “Than”"),
        (
            SlotFilled(slot="order", value="4527", confidence=0.6, source="said"),
            "flow",
            "order = 4527 (said, confidence 0.60)",
        ),
        (SlotFilled(slot="n", value="1", confidence=1.0), "flow", "n = 1 (confidence 1.00)"),
        (CallStarted(door="sip", caller="+1", flow="f", flow_version="v"), "flow", "a call by sip"),
        (FetchStarted(request_id="1", endpoint="shop"), "flow", "asks shop"),
        (
            FetchFinished(request_id="1", endpoint="shop", outcome="error", code="timeout"),
            "flow",
            "shop answers: error, timeout",
        ),
        (
            FetchFinished(request_id="1", endpoint="shop", outcome="ok", code=""),
            "flow",
            "shop answers: ok",
        ),
        (TimerFired(name="no_input"), "flow", "the time of no_input is over"),
        (
            Escalated(queue="q", reason="asked", why="a refund"),
            "flow",
            "hands over to a person: queue q, asked (a refund)",
        ),
        (
            ConsentAnswered(purpose="recording", wording="May we?", granted=False),
            "flow",
            "consent to recording: no",
        ),
        (
            RecordingChanged(on=True, reason="consent", audio_at=1.0),
            "flow",
            "recording on: consent",
        ),
        (CallEnded(reason="completed"), "flow", "the call is over: completed"),
        (AgentJoined(agent="u", name="Anna", role="agent"), "people", "Anna comes in (agent)"),
        (AgentLeft(agent="u", role="agent", reason="ended"), "people", "agent leaves: ended"),
        (
            CallbackRequested(queue="q", number=""),
            "people",
            "the caller waits for a call of q",
        ),
        (HandedBack(by="caller"), "people", "back to the flow, by the caller"),
        (HandedBack(by="u"), "people", "back to the flow, by an agent"),
        (Transferred(queue="q"), "people", "led to q by"),
        (FramesDropped(where="line_in", count=5), "trouble", "100 ms of audio were lost (line_in)"),
        (
            LineMeasured(received=500, lost=3, late=0, dropped=0, underruns=1, jitter_ms=12.4),
            "trouble",
            "line: 3 lost, 1 gaps in our speech, jitter 12 ms",
        ),
        (
            StageFailed(stage="speaking", code="synthesis", message="busy"),
            "trouble",
            "speaking failed: synthesis, busy",
        ),
        (
            PressureChanged(rung=2, because="finals wait"),
            "trouble",
            "the load allows: no partials (finals wait)",
        ),
        (PressureChanged(rung=9, because=""), "trouble", "the load allows: rung 9"),
    ],
)
def test_reasons(fact: Fact, kind: str, text: str) -> None:
    (entry,) = log(fact)
    step = reason(entry)
    assert step is not None
    assert (step.seq, step.at, step.kind) == (1, 1.0, kind)
    assert step.text.startswith(text)


@pytest.mark.parametrize(
    "fact",
    [
        PartialTranscript(turn=1, stable="yes", unstable="", audio_at=1.0),
        LineMeasured(received=500, lost=0, late=0, dropped=0, underruns=0, jitter_ms=1.0),
        said("Hello."),
        VOICE,
    ],
)
def test_what_explains_nothing(fact: Fact) -> None:
    assert reason(log(fact)[0]) is None


facts = st.one_of([st.builds(fact) for fact in get_args(Fact)])


@given(st.lists(facts, max_size=12))
def test_any_log_can_be_told(some: list[Fact]) -> None:
    entries = log(*some)
    told = [step.seq for turn in explain(entries) for step in turn.steps]
    assert sorted(told) == [entry.seq for entry in entries if reason(entry)]
