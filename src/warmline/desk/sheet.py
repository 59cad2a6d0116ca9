"""What the floor shows of each call, read from its log. Pure; times are the caller's own."""

from collections.abc import Set
from typing import Final, Literal

from warmline.events import (
    AgentJoined,
    AgentLeft,
    AlertRaised,
    CallEnded,
    CallerHeld,
    CallStarted,
    Entry,
    Escalated,
    HandedBack,
    QueueMoved,
    SentimentChanged,
)

CallState = Literal["bot", "waiting", "talking", "held", "wrap_up"]
_LEFT_ALONE: Final = frozenset({"lost", "transferred", "signed_out"})
"""Why an agent left, when the caller stays."""
MAX_ALERTS: Final = 8
"""The latest of each rule; a wall shows no more."""
MAX_MOODS: Final = 12
"""Turns whose mood a wall's line shows."""


class Sheet:
    def __init__(self, call_id: str, now: float) -> None:
        self.call_id = call_id
        self.flow = ""
        self.caller = ""
        self.state: CallState = "bot"
        self.since = now
        """In `state` since then, on the clock of who calls `handle`."""
        self.people: dict[str, AgentJoined] = {}
        """Who is in the call, by user's id."""
        self.mood: float | None = None
        """-1 to 1; None while nobody knows."""
        self.moods: dict[int, float] = {}
        """Those of the caller's last turns, by turn, the oldest first."""
        self.alerts: dict[str, AlertRaised] = {}
        """By rule."""

    @property
    def over(self) -> bool:
        """The caller is gone."""
        return self.state == "wrap_up"

    def handle(self, entry: Entry, now: float) -> bool:
        """Whether this entry changes what is shown."""
        match entry.fact:
            case CallStarted(flow=flow, caller=caller):
                self.flow, self.caller = flow, caller
            case Escalated() | QueueMoved():
                self._become("waiting", now)
            case AgentJoined(agent=agent, role=role) as joined:
                self.people[agent] = joined
                if role == "agent":
                    self._become("talking", now)
            case AgentLeft(agent=agent, reason=reason):
                self.people.pop(agent, None)
                helped = any(who.role in ("agent", "consult") for who in self.people.values())
                if reason in _LEFT_ALONE and not helped:
                    self._become("waiting", now)
            case CallerHeld(held=held) if self.state in ("talking", "held"):
                self._become("held" if held else "talking", now)
            case HandedBack():
                self._become("bot", now)
            case SentimentChanged(turn=turn, mood=mood):
                self.mood = self.moods[turn] = mood  # again where a turn went on
                if len(self.moods) > MAX_MOODS:
                    del self.moods[next(iter(self.moods))]
            case AlertRaised(rule=rule) as alert:
                self.alerts.pop(rule, None)
                self.alerts[rule] = alert
                if len(self.alerts) > MAX_ALERTS:
                    del self.alerts[next(iter(self.alerts))]
            case CallEnded():
                self.end(now)
            case _:
                return False
        return True

    def end(self, now: float) -> None:
        """The caller is gone; perhaps somebody still writes notes."""
        self.people.clear()
        self._become("wrap_up", now)

    def _become(self, state: CallState, now: float) -> None:
        if state != self.state:
            self.state, self.since = state, now


class Sheets:
    """Of the calls that go on, and of those that somebody still writes notes about."""

    def __init__(self) -> None:
        self._sheets: dict[str, Sheet] = {}

    def begins(self, call_id: str, flow: str, now: float) -> None:
        self._sheets.setdefault(call_id, Sheet(call_id, now)).flow = flow

    def observe(self, entry: Entry, now: float) -> bool:
        """Whether this entry changes what is shown."""
        if isinstance(entry.fact, CallStarted):
            self.begins(entry.call_id, entry.fact.flow, now)
        sheet = self._sheets.get(entry.call_id)
        return sheet is not None and sheet.handle(entry, now)

    def ends(self, call_id: str, now: float) -> None:
        if call_id in self._sheets:
            self._sheets[call_id].end(now)

    def forget(self, writing: Set[str]) -> list[Sheet]:
        """Keep of the calls that are over only those in `writing`; gives all that are kept."""
        gone = [s.call_id for s in self._sheets.values() if s.over and s.call_id not in writing]
        for call_id in gone:
            del self._sheets[call_id]
        return list(self._sheets.values())
