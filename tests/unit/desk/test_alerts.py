"""Each condition of the supervisors' rules: when it is met, how often it is told, by whom."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.desk.alert_rules import AlertRule, Missed, Mood, Said, read_rules
from warmline.desk.alerts import Alerts
from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    AgentSpeech,
    CallEnded,
    CallerHeld,
    CallStarted,
    ChecklistTicked,
    Entry,
    Escalated,
    Fact,
    HandedBack,
    QueueMoved,
    SentimentChanged,
    SpeakingFinished,
    SpeakingStarted,
    SpeechPaused,
    SpeechStarted,
    UtteranceHeard,
)

STARTED = CallStarted(door="socket", caller="+1", flow="orders", flow_version="1")
ESCALATED = Escalated(queue="orders", reason="asked")
JOINED = AgentJoined(agent="u1", name="Anna", role="agent")


class Call:
    def __init__(
        self, rules: Mapping[str, AlertRule], checklist: Mapping[str, str] | None = None
    ) -> None:
        self.alerts = Alerts(rules, checklist)
        self._seq = 0
        self.at(0, STARTED)

    def at(self, at: float, *facts: Fact) -> list[str]:
        """The rules that are raised by facts at this moment, or by the time alone."""
        if not facts:
            return [raised.rule for raised in self.alerts.tick(at)]
        raised = []
        for fact in facts:
            self._seq += 1
            entry = Entry(call_id="c", seq=self._seq, at=at, fact=fact)
            raised += self.alerts.handle(entry)
        return [alert.rule for alert in raised]


def heard(text: str) -> UtteranceHeard:
    return UtteranceHeard(turn=1, text=text, confidence=0.9, started_at=0, audio_at=1)


def agent(text: str) -> AgentHeard:
    return AgentHeard(agent="u1", turn=1, text=text, confidence=0.9, started_at=0, audio_at=1)


def mood(value: float) -> SentimentChanged:
    return SentimentChanged(turn=1, mood=value)


def rule(**condition: object) -> dict[str, AlertRule]:
    return {"rule": AlertRule.model_validate({"text": "Look", **condition})}


# --- mood ---------------------------------------------------------------------------


def test_a_mood_counts_when_it_lasts() -> None:
    call = Call(rule(mood=Mood(below=-0.5, turns=2)))
    assert call.at(1, mood(-0.9)) == []
    assert call.at(2, mood(-0.4)) == []
    assert call.at(3, mood(-0.6)) == []
    assert call.at(4, mood(-0.6)) == ["rule"]


def test_a_rule_speaks_once_or_after_its_cooldown() -> None:
    once, again = (
        Call(rule(mood=Mood(below=-0.5, turns=1))),
        Call(rule(mood=Mood(below=-0.5, turns=1), cooldown=60.0)),
    )
    told = [
        (bool(once.at(at, mood(-1))), bool(again.at(at, mood(-1)))) for at in (1, 30, 61, 90, 121)
    ]
    assert told == [(True, True), (False, False), (False, True), (False, False), (False, True)]


# --- silence ---------------------------------------------------------------------------


def test_silence_is_when_nobody_speaks() -> None:
    call = Call(rule(silence=10.0, cooldown=1.0))
    call.at(1, SpeakingStarted(say_id="s", node="n", text="Hello"))
    assert call.at(15) == []
    call.at(16, SpeakingFinished(say_id="s", text="Hello", played_s=15, interrupted=False))
    assert call.at(25) == []
    call.at(25, SpeechStarted(audio_at=25))
    assert call.at(40) == []
    call.at(40, SpeechPaused(audio_at=40))
    assert call.at(49) == []
    assert call.at(50) == ["rule"]


def test_music_is_no_silence() -> None:
    call = Call(rule(silence=10.0, cooldown=1.0))
    call.at(5, ESCALATED)
    assert call.at(60) == []
    call.at(60, JOINED)
    assert call.at(69) == []
    call.at(69, CallerHeld(held=True, by="u1"))
    assert call.at(100) == []
    call.at(100, CallerHeld(held=False, by="u1"))
    assert call.at(105) == []
    assert call.at(110) == ["rule"]


def test_only_agents_whom_the_caller_hears_break_the_silence() -> None:
    call = Call(rule(silence=10.0, cooldown=1.0))
    call.at(1, ESCALATED, JOINED, AgentJoined(agent="boss", name="B", role="whisper"))
    call.at(5, AgentSpeech(agent="boss", speaking=True, audio_at=5))
    assert call.at(11) == ["rule"]
    call.at(12, AgentSpeech(agent="u1", speaking=True, audio_at=12))
    assert call.at(30) == []
    call.at(30, AgentLeft(agent="u1", role="agent", reason="ended"))
    assert call.at(39) == []
    assert call.at(40) == ["rule"]


# --- waiting ---------------------------------------------------------------------------


def test_waiting_counts_from_the_escalation_until_somebody_comes() -> None:
    call = Call(rule(waiting=60.0, cooldown=30.0))
    call.at(10, ESCALATED, QueueMoved(queue="orders", position=1, wait_s=20))
    call.at(50, QueueMoved(queue="orders", position=1, wait_s=10))
    assert call.at(69) == []
    assert call.at(70) == ["rule"]
    call.at(71, JOINED)
    assert call.at(200) == []
    call.at(200, AgentLeft(agent="u1", role="agent", reason="lost"))
    assert call.at(259) == []
    assert call.at(260) == ["rule"]
    call.at(261, HandedBack(by="caller"))
    assert call.at(400) == []


# --- phrases ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "fact", "raised"),
    [
        ("caller", heard("I'll close my account then"), True),
        ("caller", heard("I am closing my accounts"), True),
        ("caller", heard("my account is closed"), False),
        ("caller", agent("please do not close your account"), False),
        ("agent", agent("You can close my account page now"), True),
        ("agent", heard("close my account"), False),
        ("any", heard("close my account"), True),
        ("any", agent("close my account"), True),
    ],
)
def test_phrases_count_by_who_says_them(by: str, fact: Fact, raised: bool) -> None:
    said = Said.model_validate({"by": by, "words": ["close my account"]})
    assert bool(Call(rule(said=said)).at(1, fact)) is raised


# --- compliance ---------------------------------------------------------------------------

REQUIRED = {"notice": "Say that it is recorded", "name": "Say your name"}


def test_what_was_not_said_in_time_is_named() -> None:
    call = Call(rule(missed=Missed(after=60.0)), REQUIRED)
    assert call.at(100) == []
    call.at(100, JOINED)
    call.at(120, ChecklistTicked(item="name", text="", by="agent", evidence=1))
    assert call.at(159) == []
    (raised,) = call.alerts.tick(160)
    assert raised.text == "Look: Say that it is recorded"


def test_an_agent_who_is_done_before_has_missed_it_then() -> None:
    call = Call(rule(missed=Missed(items=("notice",), after=60.0)), REQUIRED)
    call.at(10, JOINED)
    assert call.at(20, AgentLeft(agent="u1", role="agent", reason="transferred")) == []
    assert call.at(30, JOINED, AgentLeft(agent="u1", role="agent", reason="ended")) == ["rule"]


def test_nothing_is_missed_that_was_said_or_is_not_required() -> None:
    call = Call(rule(missed=Missed(items=("other",), after=60.0)), REQUIRED)
    call.at(10, JOINED)
    assert call.at(100) == []
    assert Call(rule(missed=Missed())).at(0, JOINED) == []


# --- all ---------------------------------------------------------------------------


def test_a_rule_for_other_flows_does_not_apply() -> None:
    assert Call(rule(silence=1.0, flows=("billing",))).at(60) == []
    assert Call(rule(silence=1.0, flows=("orders",))).at(60) == ["rule"]


def test_nothing_is_told_of_a_call_that_is_over() -> None:
    call = Call(rule(silence=1.0))
    call.at(5, CallEnded(reason="completed"))
    assert call.at(60) == []


facts = st.sampled_from(
    [
        ESCALATED,
        JOINED,
        AgentLeft(agent="u1", role="agent", reason="ended"),
        AgentLeft(agent="u1", role="agent", reason="lost"),
        CallerHeld(held=True, by="u1"),
        CallerHeld(held=False, by="u1"),
        HandedBack(by="u1"),
        mood(-0.9),
        mood(0.2),
        heard("I will speak to my lawyer"),
        agent("my lawyer"),
        SpeechStarted(audio_at=0),
        SpeechPaused(audio_at=0),
        ChecklistTicked(item="name", text="", by="agent", evidence=1),
    ]
)


@given(st.lists(st.tuples(st.floats(0, 200), facts), max_size=40))
def test_no_rule_speaks_more_often_than_it_may(story: list[tuple[float, Fact]]) -> None:
    rules = read_rules()
    call, now = Call(rules, REQUIRED), 0.0
    told: dict[str, list[float]] = {}
    for passed, fact in story:
        now += passed
        for name in [*call.at(now, fact), *call.at(now)]:
            told.setdefault(name, []).append(now)
    for name, times in told.items():
        cooldown = rules[name].cooldown
        assert len(times) == 1 or cooldown is not None
        assert all(b - a >= (cooldown or 0) for a, b in zip(times, times[1:], strict=False))
