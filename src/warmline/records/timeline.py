"""What each of the caller's turns waited for, as the call's API tells it. Pure.

Knows entries only. `explained` says why it took so long.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from warmline.events import Entry, TurnMeasured, TurnResumed, UtteranceHeard

TIMED = (TurnMeasured, TurnResumed, UtteranceHeard)
"""The facts that matter here; all others can be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnWaits:
    """One turn with words. Times in milliseconds unless it says otherwise."""

    turn: int
    at: float
    """When its words were known: seconds since the call's start."""
    text: str
    total_ms: float | None
    """From the end of the caller's voice until they heard the reply; None: none was heard."""
    waits_ms: Mapping[str, float]
    """What this is made of, in order; adds up to `total_ms`. `network` is what the door knows of
    the way, 0 where it knows nothing."""
    expected: str
    """Kind of answer that the flow waited for; empty: not known."""
    ended: str
    """complete | silence | max_speech | hang_up | background"""
    because: str
    """What decided how long its last pause had to be."""
    undone: int
    """How often an earlier end of it was taken back."""


def timeline(entries: Iterable[Entry]) -> list[TurnWaits]:
    """A call's turns, in order; of one that was taken up again only its last end counts."""
    heard: dict[int, Entry] = {}
    measured: dict[int, TurnMeasured] = {}
    for entry in entries:
        match entry.fact:
            case UtteranceHeard(turn=turn):
                heard[turn] = entry
            case TurnResumed(turn=turn):
                heard.pop(turn, None)
                measured.pop(turn, None)
            case TurnMeasured(turn=turn) as waited:
                measured[turn] = waited
            case _:
                pass
    return [_turn(entry, measured.get(turn)) for turn, entry in sorted(heard.items())]


def _turn(entry: Entry, measured: TurnMeasured | None) -> TurnWaits:
    assert isinstance(entry.fact, UtteranceHeard)
    return TurnWaits(
        turn=entry.fact.turn,
        at=entry.at,
        text=entry.fact.text,
        total_ms=measured.total_ms if measured else None,
        waits_ms=dict(measured.waits) if measured else {},
        expected=measured.expected if measured else "",
        ended=measured.ended if measured else "",
        because=measured.because if measured else "",
        undone=measured.undone if measured else 0,
    )
