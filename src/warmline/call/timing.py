"""How long the caller waited in each turn, derived from the call's own entries.

Pure: no clock, no asyncio; it only listens. Knows neither who published an entry nor what
becomes of a measurement.
"""

from dataclasses import dataclass, replace
from math import inf, isfinite

from warmline.events import (
    Entry,
    Escalated,
    NodeEntered,
    NothingHeard,
    SlotFilled,
    SpeakingStarted,
    SpeechEnded,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A turn on its way to a reply; times in seconds on the call's clock."""

    turn: int
    voice_end: float
    """When the caller's voice stopped."""
    ended: float
    """When the turn was declared over."""
    heard: float | None = None
    """When the text was there."""
    decided: float = 0.0
    """The last thing that the dialogue noted about it; the text's time until then."""


class TurnTimer:
    """One TurnMeasured for each turn that got an audible reply.

    A turn begins with SpeechEnded, gets its text with UtteranceHeard, and is measured at the
    first SpeakingStarted behind that. Nothing is measured for a turn without words, nor for
    one that was resumed before the reply. What the dialogue notes between text and reply
    (NodeEntered, SlotFilled, Escalated)
    belongs to the decision: `decision_ms` lasts until the last of these, and is 0 without any.
    """

    def __init__(self) -> None:
        self._audio_epoch = inf
        self._turn: _Turn | None = None

    def observe_audio(self, position_s: float, at: float) -> None:
        """Caller's audio up to `position_s` had arrived at `at` on the call's clock.

        The least of `at - position_s` over the whole call is taken for the time of the
        audio's first sample: the network can only delay a frame, so the least delayed one
        tells the most. Nothing is forgotten, or a lasting delay would count as the
        caller's own silence. A sender whose clock is slow, or whose lost frames leave no hole
        in the positions, makes `endpoint_ms` too long with time, never too short.
        """
        self._audio_epoch = min(self._audio_epoch, at - position_s)

    def handle(self, entry: Entry) -> list[TurnMeasured]:
        """Take the next entry; at most one measurement comes out."""
        match entry.fact, self._turn:
            case SpeechEnded(turn=turn, audio_at=audio_at), _ if isfinite(self._audio_epoch):
                voice_end = self._audio_epoch + audio_at
                self._turn = _Turn(turn=turn, voice_end=voice_end, ended=entry.at)
            case UtteranceHeard(turn=turn), _Turn() as open_ if open_.turn == turn:
                self._turn = replace(open_, heard=entry.at, decided=entry.at)
            case ((NothingHeard(turn=turn) | TurnResumed(turn=turn)), _Turn() as open_) if (
                open_.turn == turn
            ):
                self._turn = None
            case ((NodeEntered() | SlotFilled() | Escalated()), _Turn(heard=float()) as heard):
                self._turn = replace(heard, decided=entry.at)
            case SpeakingStarted(), _Turn(heard=float()) as heard:
                self._turn = None
                return [_measure(heard, spoke=entry.at)]
        return []


def _measure(turn: _Turn, *, spoke: float) -> TurnMeasured:
    assert turn.heard is not None
    endpoint_ms = 1000 * (turn.ended - turn.voice_end)
    transcript_ms = 1000 * (turn.heard - turn.ended)
    decision_ms = 1000 * (turn.decided - turn.heard)
    first_audio_ms = 1000 * (spoke - turn.decided)
    return TurnMeasured(
        turn=turn.turn,
        endpoint_ms=endpoint_ms,
        transcript_ms=transcript_ms,
        decision_ms=decision_ms,
        first_audio_ms=first_audio_ms,
        total_ms=endpoint_ms + transcript_ms + decision_ms + first_audio_ms,
    )
