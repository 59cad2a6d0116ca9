"""The entries of one call that count for those who help the caller. Pure.

What was decided on words that the caller had not finished is taken out again, as the flow takes
it back; what really happened (played speech, moods, people) stays.
"""

from collections.abc import Sequence
from typing import Any, Final

from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    CallbackRequested,
    CallEnded,
    CallerHeld,
    CallStarted,
    ConsentAnswered,
    DigitPressed,
    Entry,
    Escalated,
    FetchFinished,
    FetchStarted,
    HandedBack,
    NodeEntered,
    NothingHeard,
    QueueMoved,
    SentimentChanged,
    SlotFilled,
    SpeakingFinished,
    SpeakingStarted,
    TimerFired,
    Transferred,
    TurnResumed,
    UtteranceHeard,
)

RESUMED: Final = "+"
"""Ends the id of what is said once more after a noise."""
_TOLD: Final = (
    *(CallStarted, UtteranceHeard, NothingHeard, DigitPressed, TimerFired, SpeakingStarted),
    *(SpeakingFinished, NodeEntered, SlotFilled, ConsentAnswered, FetchStarted, FetchFinished),
    *(SentimentChanged, Escalated, CallbackRequested, HandedBack, Transferred, CallEnded),
)
"""These make the packet."""
_KEPT: Final = (*_TOLD, AgentJoined, AgentLeft, AgentHeard, QueueMoved, CallerHeld)
"""These make the summary as well."""
_DECIDED: Final = (
    *(NodeEntered, SlotFilled, ConsentAnswered, FetchStarted, SpeakingStarted),
    *(Escalated, CallbackRequested),
)
"""What the flow decides, and can take back."""


def place(entry: Entry, heard: Entry | None = None) -> dict[str, Any]:
    """Where an item is shown; `heard` is the caller's turn that it rests on."""
    found: dict[str, Any] = {"seq": entry.seq, "at": entry.at}
    if heard and isinstance(heard.fact, UtteranceHeard):
        found |= {"line": heard.seq, "audio_at": heard.fact.started_at}
    return found


class Story:
    """Told of every entry in order; `entries` are those that count."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    @property
    def entries(self) -> Sequence[Entry]:
        return self._entries

    @property
    def told(self) -> Sequence[Entry]:
        """Those of them that make the packet."""
        return [entry for entry in self._entries if isinstance(entry.fact, _TOLD)]

    def handle(self, entry: Entry) -> bool:
        """Whether the packet may be another one now."""
        match entry.fact:
            case TurnResumed(turn=turn):
                return self._take_back(turn)
            case TimerFired(name=name) if name != "no_input":
                return False
            case fact if isinstance(fact, _KEPT):
                self._entries.append(entry)
                return isinstance(fact, _TOLD)
            case _:
                return False

    def _take_back(self, turn: int) -> bool:
        """Drop the words of this turn, and what they led to. Only the last turn goes on."""
        turns = (
            n for n in range(len(self._entries) - 1, -1, -1) if _turn(self._entries[n]) is not None
        )
        at = next(turns, None)
        if at is None or _turn(self._entries[at]) != turn:
            return False
        before, after = self._entries[:at], self._entries[at + 1 :]
        self._entries = [*before, *(_undone(after) if _can_undo(before, after) else after)]
        return True


def _turn(entry: Entry) -> int | None:
    fact = entry.fact
    return fact.turn if isinstance(fact, UtteranceHeard | NothingHeard) else None


def _can_undo(before: Sequence[Entry], after: Sequence[Entry]) -> bool:
    """As the flow's machine sees it: while an endpoint is awaited, and once people have the
    call, nothing is decided on a caller's words that could be taken back."""
    reached = isinstance(_last(before, NodeEntered, FetchStarted, FetchFinished), FetchStarted)
    with_people = isinstance(_last(before, Escalated, HandedBack), Escalated)
    gone = any(isinstance(entry.fact, QueueMoved | AgentJoined | Transferred) for entry in after)
    return not (reached or with_people or gone)


def _undone(entries: Sequence[Entry]) -> list[Entry]:
    asked = {e.fact.request_id for e in entries if isinstance(e.fact, FetchStarted)}
    return [
        entry
        for entry in entries
        if not isinstance(entry.fact, _DECIDED)
        and not (isinstance(entry.fact, FetchFinished) and entry.fact.request_id in asked)
    ]


def _last(entries: Sequence[Entry], *kinds: type) -> object | None:
    facts = (entry.fact for entry in reversed(entries))
    return next((fact for fact in facts if isinstance(fact, kinds)), None)
