"""What the floor shows of a call, from its log alone."""

import pytest

from warmline.desk.sheet import MAX_ALERTS, MAX_MOODS, Sheet, Sheets
from warmline.events import (
    AgentJoined,
    AgentLeft,
    AlertRaised,
    CallEnded,
    CallerHeld,
    CallStarted,
    DigitPressed,
    Entry,
    Escalated,
    Fact,
    HandedBack,
    QueueMoved,
    SentimentChanged,
)

STARTED = CallStarted(door="socket", caller="+15550100", flow="shop", flow_version="1")
ESCALATED = Escalated(queue="orders", reason="asked")
MOVED = QueueMoved(queue="orders", position=1, wait_s=-1.0)
ANNA = AgentJoined(agent="anna", name="Anna", role="agent")
BERT = AgentJoined(agent="bert", name="Bert", role="consult")
SUE = AgentJoined(agent="sue", name="Sue", role="listen")


def left(agent: str, reason: str, role: str = "agent") -> AgentLeft:
    return AgentLeft(agent=agent, role=role, reason=reason)


def entry(fact: Fact) -> Entry:
    return Entry(call_id="call-1", seq=1, at=0.0, fact=fact)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([STARTED], "bot"),
        ([STARTED, ESCALATED], "waiting"),
        ([ESCALATED, MOVED, ANNA], "talking"),
        ([ESCALATED, SUE], "waiting"),
        ([ANNA, CallerHeld(held=True, by="anna")], "held"),
        ([ANNA, CallerHeld(held=True, by="anna"), CallerHeld(held=False, by="anna")], "talking"),
        ([ANNA, left("anna", "lost")], "waiting"),
        ([ANNA, left("anna", "transferred"), MOVED], "waiting"),
        ([ANNA, BERT, left("anna", "transferred")], "talking"),
        ([ANNA, SUE, left("anna", "signed_out")], "waiting"),
        ([ANNA, left("anna", "ended")], "talking"),
        ([ANNA, HandedBack(by="anna")], "bot"),
        ([ESCALATED, HandedBack(by="caller")], "bot"),
        ([ANNA, CallEnded(reason="completed")], "wrap_up"),
    ],
)
def test_states(facts: list[Fact], state: str) -> None:
    sheet = Sheet("call-1", 0.0)
    for fact in facts:
        assert sheet.handle(entry(fact), 1.0)
    assert sheet.state == state
    assert sheet.over is (state == "wrap_up")


def test_what_is_not_shown_is_no_change() -> None:
    assert not Sheet("call-1", 0.0).handle(entry(DigitPressed(digit="1")), 1.0)


def test_since_when_it_is_so() -> None:
    sheet = Sheet("call-1", 1.0)
    sheet.handle(entry(ESCALATED), 5.0)
    sheet.handle(entry(MOVED), 9.0)
    assert sheet.since == 5.0


def test_mood_and_the_latest_alerts() -> None:
    sheet = Sheet("call-1", 0.0)
    assert sheet.mood is None
    sheet.handle(entry(SentimentChanged(turn=1, mood=-0.25)), 1.0)
    assert sheet.mood == -0.25
    for number in [*range(MAX_ALERTS + 1), 1]:
        alert = AlertRaised(rule=f"rule-{number}", severity="notice", text="")
        sheet.handle(entry(alert), 1.0)
    assert len(sheet.alerts) == MAX_ALERTS
    assert list(sheet.alerts)[-1] == "rule-1"
    assert "rule-0" not in sheet.alerts


def test_the_moods_of_the_last_turns() -> None:
    sheet = Sheet("call-1", 0.0)
    for turn in range(MAX_MOODS + 2):
        sheet.handle(entry(SentimentChanged(turn=turn, mood=-turn / 100)), 1.0)
    assert list(sheet.moods.values()) == [-turn / 100 for turn in range(2, MAX_MOODS + 2)]
    again = SentimentChanged(turn=MAX_MOODS + 1, mood=0.5)  # the turn went on
    assert sheet.handle(entry(again), 1.0)
    assert (len(sheet.moods), list(sheet.moods.values())[-1], sheet.mood) == (MAX_MOODS, 0.5, 0.5)


def test_sheets_stay_as_long_as_somebody_writes() -> None:
    sheets = Sheets()
    assert sheets.observe(entry(STARTED), 0.0)
    sheets.begins("call-1", "shop", 9.0)
    [sheet] = sheets.forget(set())
    assert (sheet.caller, sheet.since) == ("+15550100", 0.0)
    sheets.ends("call-1", 5.0)
    sheets.ends("call-2", 5.0)
    assert sheets.forget({"call-1"}) == [sheet]
    assert sheets.forget(set()) == []
    assert not sheets.observe(entry(ESCALATED), 6.0)
