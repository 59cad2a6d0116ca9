"""What logs come to."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    CallbackRequested,
    CallEnded,
    CallerHeld,
    Entry,
    Escalated,
    Fact,
    HandedBack,
    SentimentChanged,
    SlotFilled,
    SpeakingFinished,
    Transferred,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)
from warmline.records.digest import DIGESTED, CallFacts, Digest

ESCALATED = Escalated(queue="orders", reason="asked")
COMPLETED = CallEnded(reason="completed")
HUNG_UP = CallEnded(reason="caller_hung_up")


def heard(turn: int, text: str = "yes", confidence: float = 0.5) -> UtteranceHeard:
    return UtteranceHeard(
        turn=turn, text=text, confidence=confidence, started_at=0.0, audio_at=turn + 0.5
    )


def said(text: str) -> SpeakingFinished:
    return SpeakingFinished(say_id="s", text=text, played_s=1.0, interrupted=False)


def joined(agent: str = "u1", role: str = "agent") -> AgentJoined:
    return AgentJoined(agent=agent, name=f"name of {agent}", role=role)


def left(agent: str = "u1", role: str = "agent") -> AgentLeft:
    return AgentLeft(agent=agent, role=role, reason="ended")


def measured(turn: int, total_ms: float) -> TurnMeasured:
    return TurnMeasured(
        turn=turn,
        endpoint_ms=total_ms,
        transcript_ms=0.0,
        decision_ms=0.0,
        first_audio_ms=0.0,
        total_ms=total_ms,
    )


def grade(value: str) -> SlotFilled:
    return SlotFilled(slot="survey", value=value, confidence=1.0)


def digest(*facts: Fact | tuple[float, Fact]) -> Digest:
    """Of a call with one fact in each second, or at the time that stands with it."""
    digest = Digest()
    for seq, fact in enumerate(facts, 1):
        at, what = fact if isinstance(fact, tuple) else (float(seq), fact)
        digest.handle(Entry(call_id="c", seq=seq, at=at, fact=what))
    return digest


def facts(*log: Fact | tuple[float, Fact]) -> CallFacts:
    return digest(*log).facts()


def test_lines_of_all_who_spoke_in_order() -> None:
    agent = AgentHeard(
        agent="u1", turn=1, text="Anna here", confidence=0.9, started_at=3.0, audio_at=4.0
    )
    made = digest(said("Welcome"), heard(1, "hello"), said(" "), joined(), agent, HUNG_UP)
    lines = [(line.seq, line.who, line.name, line.text, line.audio_at) for line in made.lines()]
    assert lines == [
        (1, "bot", "", "Welcome", None),
        (2, "caller", "", "hello", 1.5),
        (5, "agent", "name of u1", "Anna here", 4.0),
    ]


def test_words_that_were_taken_back_do_not_count() -> None:
    made = digest(
        heard(1, "my order", 0.1),
        measured(1, 300),
        TurnResumed(turn=1, audio_at=2.0),
        heard(1, "my order is late", 0.9),
        measured(1, 500),
    )
    assert [line.text for line in made.lines()] == ["my order is late"]
    assert made.facts().confidence_mean == 0.9
    assert made.facts().answers_ms == (500,)
    made = digest(heard(1, "my order"), measured(1, 300), TurnResumed(turn=1, audio_at=2.0))
    assert made.facts().answers_ms == ()


@pytest.mark.parametrize(
    ("log", "outcome", "wait_s", "first_agent_at", "contained"),
    [
        ([COMPLETED], "", None, None, True),
        ([HUNG_UP], "", None, None, False),
        ([ESCALATED, joined(), HUNG_UP], "answered", 1, 2, False),
        ([ESCALATED, joined(), left(), COMPLETED], "answered", 1, 2, False),
        ([ESCALATED, heard(1), heard(2), HUNG_UP], "abandoned", 3, None, False),
        ([ESCALATED, CallEnded(reason="media_timeout")], "abandoned", 1, None, False),
        ([ESCALATED, CallEnded(reason="server_stopped")], "ended", 1, None, False),
        ([ESCALATED, heard(1)], "ended", 1, None, False),
        (
            [ESCALATED, CallbackRequested(queue="o", number=""), COMPLETED],
            "callback",
            1,
            None,
            False,
        ),
        ([CallbackRequested(queue="o", number=""), COMPLETED], "", None, None, False),
        ([ESCALATED, HandedBack(by="caller"), COMPLETED], "returned", 1, None, False),
        (
            [ESCALATED, HandedBack(by="caller"), heard(1), ESCALATED, joined()],
            "answered",
            2,
            5,
            False,
        ),
        ([ESCALATED, Transferred(queue="o"), COMPLETED], "transferred", 1, None, False),
        ([ESCALATED, joined("u9", "listen"), HUNG_UP], "abandoned", 2, None, False),
        ([ESCALATED, joined(), left(), ESCALATED, heard(1), HUNG_UP], "answered", 1, 2, False),
    ],
)
def test_waiting(
    log: list[Fact],
    outcome: str,
    wait_s: float | None,
    first_agent_at: float | None,
    contained: bool,
) -> None:
    made = facts(*log)
    assert (made.wait_outcome, made.wait_s) == (outcome, wait_s)
    assert (made.first_agent_at, made.contained) == (first_agent_at, contained)


def test_the_first_escalation_names_queue_and_reason() -> None:
    made = facts(heard(1), ESCALATED, joined(), Escalated(queue="billing", reason="mood"), HUNG_UP)
    assert (made.queue, made.escalation_reason, made.escalated_at) == ("orders", "asked", 2.0)


def test_talking_and_holding() -> None:
    made = facts(
        (0, ESCALATED),
        (10, joined("u1")),
        (15, joined("u2", "consult")),
        (20, CallerHeld(held=True, by="u1")),
        (26, CallerHeld(held=False, by="u1")),
        (30, joined("u2")),
        (33, left("u1")),
        (40, left("u2")),
        (50, COMPLETED),
    )
    assert (made.wait_s, made.talk_s, made.hold_s) == (10, 24, 6)
    assert made.agents == (("u1", "name of u1"), ("u2", "name of u2"))


def test_hold_ends_with_the_agent() -> None:
    made = facts(
        (0, joined()),
        (1, CallerHeld(held=True, by="u1")),
        (3, left()),
        (5, joined("u2")),
        (9, HUNG_UP),
    )
    assert (made.talk_s, made.hold_s) == (5, 2)


@pytest.mark.parametrize(
    ("values", "survey"),
    [([], None), (["4"], 4), ([" 5 "], 5), (["0"], None), (["6"], None), (["five"], None)]
    + [(["2", "x"], 2), (["2", "3"], 3), (["٣"], None)],
)
def test_the_callers_grade(values: list[str], survey: int | None) -> None:
    assert facts(*map(grade, values)).survey == survey


def test_moods_and_means() -> None:
    moods = [SentimentChanged(turn=n, mood=mood) for n, mood in enumerate((0.2, -0.7, 0.1))]
    made = facts(*moods, heard(1, confidence=0.4), heard(2, confidence=0.8), measured(1, 300))
    assert made.mood_min == -0.7
    assert made.confidence_mean == pytest.approx(0.6)
    assert (made.answers_ms, made.answer_ms_mean) == ((300,), 300)


def test_a_call_without_anything() -> None:
    made = facts()
    assert (made.mood_min, made.confidence_mean, made.answer_ms_mean) == (None, None, None)
    assert (made.wait_outcome, made.agents, made.contained) == ("", (), False)


st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
logs = st.lists(
    st.tuples(st.floats(0, 1e6), st.one_of([st.builds(fact) for fact in DIGESTED])), max_size=30
)


@given(logs)
def test_every_log_comes_to_something_that_can_be_kept(log: list[tuple[float, Fact]]) -> None:
    made = facts(*log)
    assert json.loads(json.dumps(asdict(made)))
    end = max((at for at, _ in log), default=0.0)
    assert 0 <= made.talk_s + made.hold_s <= end * 1.001
    assert made.wait_s is None or 0 <= made.wait_s <= end * 1.001
    assert (made.wait_outcome == "answered") <= (made.first_agent_at is not None)
    assert (made.escalated_at is None) is (made.wait_s is None)
    seqs = [line.seq for line in digest(*log).lines()]
    assert seqs == sorted(set(seqs))
