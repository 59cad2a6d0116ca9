"""Two logs of the same caller side by side: what was heard, decided and waited for. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from warmline.events import (
    Entry,
    NodeEntered,
    NothingHeard,
    SlotFilled,
    SpeechEnded,
    SpeechStarted,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)

SAME_S: Final = 0.05
"""Waits that differ by less say nothing."""
_MS: Final = 1000


@dataclass(slots=True, kw_only=True)
class Turn:
    """One turn of the caller; times are seconds of the caller's audio."""

    began: float
    ended: float
    reason: str = ""
    """Why it was over (SpeechEnded), or why nothing was heard."""
    text: str = ""
    undone: int = 0
    """How often its end was taken back."""
    nodes: list[str] = field(default_factory=list)
    """That the flow entered because of it."""
    slots: dict[str, str] = field(default_factory=dict)
    wait_ms: float | None = None
    """End of the voice to the reply; None: no reply, or none measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same stretch of speech in both logs; None where one made no turn of it."""

    before: Turn | None
    after: Turn | None

    @property
    def changes(self) -> tuple[str, ...]:
        """text | nodes | slots | turns | wait: what is not the same."""
        a, b = self.before, self.after
        if a is None or b is None:
            return ("turns",)
        found = [
            name
            for name, differs in (
                ("text", a.text != b.text),
                ("nodes", a.nodes != b.nodes),
                ("slots", a.slots != b.slots),
                ("undone", a.undone != b.undone),
                ("wait", _differs(a.wait_ms, b.wait_ms)),
            )
            if differs
        ]
        return tuple(found)


def turns(entries: Sequence[Entry]) -> list[Turn]:
    """The turns of a log, in order; those that were only background count too."""
    found: dict[int, Turn] = {}
    began = 0.0
    latest: Turn | None = None
    for entry in entries:
        match entry.fact:
            case SpeechStarted(audio_at=at):
                began = at
            case SpeechEnded(turn=number, audio_at=at, reason=reason):
                turn = found.setdefault(number, Turn(began=began, ended=at))
                turn.ended, turn.reason = at, reason
                latest = turn
            case TurnResumed(turn=number) if number in found:
                turn = found[number]
                turn.undone += 1
                turn.text, turn.nodes, turn.slots = "", [], {}
            case UtteranceHeard(turn=number, text=text) if number in found:
                found[number].text = text
            case NothingHeard(turn=number, reason=reason) if number in found:
                found[number].reason = reason
            case NodeEntered(node=node) if latest:
                latest.nodes.append(node)
            case SlotFilled(slot=slot, value=value) if latest:
                latest.slots[slot] = value
            case TurnMeasured(turn=number, total_ms=total) if number in found:
                found[number].wait_ms = total
            case _:
                pass
    return [found[number] for number in sorted(found)]


def compare(before: Sequence[Entry], after: Sequence[Entry]) -> list[Pair]:
    """Turns that overlap in the caller's audio belong together, in order."""
    return list(_pairs(turns(before), turns(after)))


def _pairs(before: list[Turn], after: list[Turn]) -> Iterator[Pair]:
    rest = list(after)
    for turn in before:
        while rest and rest[0].ended <= turn.began:
            yield Pair(before=None, after=rest.pop(0))
        if rest and rest[0].began < turn.ended:
            yield Pair(before=turn, after=rest.pop(0))
        else:
            yield Pair(before=turn, after=None)
    for other in rest:
        yield Pair(before=None, after=other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one log. Waits in milliseconds."""

    turns: int
    undone: int
    p50_ms: float | None
    p95_ms: float | None


def figures(entries: Sequence[Entry]) -> Figures:
    all_ = turns(entries)
    waits = sorted(turn.wait_ms for turn in all_ if turn.wait_ms is not None)
    return Figures(
        turns=len(all_),
        undone=sum(turn.undone for turn in all_),
        p50_ms=_rank(waits, 0.5),
        p95_ms=_rank(waits, 0.95),
    )


def _rank(values: Sequence[float], share: float) -> float | None:
    """The least value that so large a share does not exceed."""
    return values[max(0, ceil(share * len(values)) - 1)] if values else None


def _differs(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is not b
    return abs(a - b) > SAME_S * _MS
