"""How long the caller waited in each turn, derived from the call's own entries.

Pure: no clock, no asyncio; it only listens. Knows neither who published an entry nor what
becomes of a measurement.

A turn's waits are the distances between moments, so they add up to the whole: voice end, turn
over, text, reply decided, first sample handed to the line, first sample played. The voice's end
is a place in the caller's audio; `AudioClock` tells when that was. What the door knows of the
way is put on top: it is there before the first moment and behind the last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from typing import Final

from warmline.events import (
    Entry,
    Escalated,
    FetchFinished,
    FetchStarted,
    NodeEntered,
    NothingHeard,
    PauseJudged,
    SlotFilled,
    SpeakingStarted,
    SpeechEnded,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)
from warmline.ports import Line

MEMORY_S: Final = 15.0
"""A frame's delay counts for so long (seconds), and at most twice as long. Two clocks that are
200 ppm apart drift by 6 ms in that time; a stall that ends earlier moves nothing."""
_PER_MS: Final = 8
"""Moments are told in eighths of a millisecond: floats add those up without any rounding."""

_SAME_S: Final = 1e-3
"""Moments that are reckoned from others are this exact (seconds)."""


class AudioClock:
    """When each place in the caller's audio arrived, or would have without a hindrance.

    The network, a stall and a busy machine can only delay a frame. So the least delayed one of
    late tells where the audio's first sample lies on the call's clock. What is older is
    forgotten: the two clocks drift apart, and frames that leave no hole in the positions are
    lost. A delay that lasts longer than `MEMORY_S` counts as the network's.
    """

    def __init__(self) -> None:
        self._before = self._least = inf
        self._since = -inf

    def arrived(self, position_s: float, at: float) -> None:
        """Audio up to `position_s` (seconds) had arrived at `at` on the call's clock."""
        if at - self._since >= MEMORY_S:
            self._before, self._least, self._since = self._least, inf, at
        self._least = min(self._least, at - position_s)

    def at(self, position_s: float) -> float:
        """The place's time on the call's clock (seconds); infinite before there was audio."""
        return min(self._before, self._least) + position_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pause:
    """What was known of the caller's last pause; milliseconds since the voice's end."""

    audio_at: float = -inf
    """Where the voice stopped (seconds of the caller's audio)."""
    paused_ms: float = 0.0
    words_ms: float = 0.0
    voice_ms: float = 0.0
    kind: str = ""
    because: str = ""


@dataclass(slots=True, kw_only=True)
class _Turn:
    """A turn on its way to a reply; times in seconds on the call's clock."""

    turn: int
    voice_end: float
    """When the caller's voice stopped."""
    ended: float
    """When the turn was declared over."""
    reason: str
    pause: _Pause
    heard: float = inf
    """When the text was there."""
    noted: list[float] = field(default_factory=list)
    """When the dialogue noted something about it."""
    fetching: dict[str, float] = field(default_factory=dict)
    fetches: list[tuple[float, float]] = field(default_factory=list)
    """Requests under way by their ids, and begin and end of those that are over."""

    def decided(self, handed: float) -> float:
        """The dialogue's last note before the reply was ready; the text's time without any."""
        before = (at for at in self.noted if at <= handed + _SAME_S)
        return min(max(before, default=self.heard), handed)

    def fetched(self, until: float) -> float:
        """Seconds before `until` in which requests were under way."""
        spans = [*self.fetches, *((begin, until) for begin in self.fetching.values())]
        total, reached = 0.0, self.heard
        for begin, end in sorted(spans):
            end = min(end, until)
            total += max(0.0, end - max(begin, reached))
            reached = max(reached, end)
        return total


class TurnTimer:
    """One TurnMeasured for each turn that got an audible reply.

    A turn begins with SpeechEnded, gets its text with UtteranceHeard, and is measured at the
    first SpeakingStarted whose sound was handed to the line behind that. Nothing is measured
    for a turn without words, nor for one that was resumed before the reply; one that is resumed
    later is measured again. What the dialogue notes between text and reply (NodeEntered,
    SlotFilled, Escalated, fetches) belongs to the decision, until the last of these.
    """

    def __init__(
        self, *, echoes: bool = False, network_s: Callable[[], float] = lambda: 0.0
    ) -> None:
        """`network_s` gives what the door knows of the way, there and back (seconds). With
        `echoes` the far end tells what it has played, so SpeakingStarted comes later by it."""
        self._echoes = echoes
        self._network_s = network_s
        self._clock = AudioClock()
        self._pause = _Pause()
        self._undone = (0, 0)
        """A turn, and how often its end was taken back."""
        self._turn: _Turn | None = None

    def observe_audio(self, position_s: float, at: float) -> None:
        """Caller's audio up to `position_s` had arrived at `at` on the call's clock."""
        self._clock.arrived(position_s, at)

    def handle(self, entry: Entry) -> list[TurnMeasured]:
        """Take the next entry; at most one measurement comes out."""
        match entry.fact:
            case PauseJudged() as judged:
                self._pause = _judged(self._pause, judged)
            case SpeechEnded() as ended:
                self._turn = self._ended(ended, entry.at)
            case TurnResumed(turn=turn):
                times = self._undone[1] if self._undone[0] == turn else 0
                self._undone = turn, times + 1
                self._turn = None
            case NothingHeard(turn=turn) if self._turn and self._turn.turn == turn:
                self._turn = None
            case UtteranceHeard(turn=turn) if self._turn and self._turn.turn == turn:
                self._turn.heard = entry.at
            case SpeakingStarted() as started:
                return self._reply(started, entry.at)
            case _ if self._turn and isfinite(self._turn.heard):
                _note(self._turn, entry)
        return []

    def _ended(self, fact: SpeechEnded, at: float) -> _Turn | None:
        voice_end = self._clock.at(fact.audio_at)
        if not isfinite(voice_end):
            return None
        return _Turn(
            turn=fact.turn,
            voice_end=voice_end,
            ended=at,
            reason=fact.reason,
            pause=self._pause if self._pause.audio_at == fact.audio_at else _Pause(),
        )

    def _reply(self, fact: SpeakingStarted, at: float) -> list[TurnMeasured]:
        turn = self._turn
        handed = at - fact.ready_s
        if turn is None or handed < turn.heard - _SAME_S:
            return []  # nobody waits, or it was on the line before the text
        handed = max(handed, turn.heard)
        self._turn = None
        network = max(0.0, self._network_s())
        # By our clock it could not begin earlier; a stall of ours only the mark tells.
        played = max(handed + fact.behind_s, at - network if self._echoes else at)
        undone = self._undone[1] if self._undone[0] == turn.turn else 0
        return [_measure(turn, handed, played, network, undone)]


def timer_of(line: Line) -> TurnTimer:
    """For the turns of the call on this line."""
    echoes = line.info.profile.echoes_marks
    return TurnTimer(echoes=echoes, network_s=lambda: line.stats.network_s)


def _judged(pause: _Pause, fact: PauseJudged) -> _Pause:
    """The first judgement tells of the pause, the first with words or voice of these."""
    if pause.audio_at != fact.audio_at:
        pause = _Pause(audio_at=fact.audio_at)
    known_ms = 1000 * (fact.known_at - fact.audio_at)
    return replace(
        pause,
        paused_ms=pause.paused_ms or known_ms,
        words_ms=pause.words_ms or (known_ms if fact.words else 0.0),
        voice_ms=pause.voice_ms or (known_ms if fact.finished >= 0 else 0.0),
        kind=fact.kind,
        because=fact.because,
    )


def _note(turn: _Turn, entry: Entry) -> None:
    match entry.fact:
        case FetchStarted(request_id=request):
            turn.fetching[request] = entry.at
        case FetchFinished(request_id=request) if request in turn.fetching:
            turn.fetches.append((turn.fetching.pop(request), entry.at))
        case NodeEntered() | SlotFilled() | Escalated():
            pass
        case _:
            return
    turn.noted.append(entry.at)


def _measure(
    turn: _Turn, handed: float, played: float, network: float, undone: int
) -> TurnMeasured:
    decided = turn.decided(handed)
    moments = (turn.voice_end, turn.ended, turn.heard, decided - turn.fetched(decided), decided)
    begin, *rest = (_eighths(at) for at in (*moments, handed, played, played + network))
    waits = [after - before for before, after in zip((begin, *rest), rest, strict=False)]
    endpoint, transcript, decision, fetch, first_audio, playout, way = waits
    return TurnMeasured(
        turn=turn.turn,
        endpoint_ms=endpoint,
        transcript_ms=transcript,
        decision_ms=decision,
        fetch_ms=fetch,
        first_audio_ms=first_audio,
        playout_ms=playout,
        network_ms=way,
        total_ms=rest[-1] - begin,
        paused_ms=round(turn.pause.paused_ms, 1),
        words_ms=round(turn.pause.words_ms, 1),
        voice_ms=round(turn.pause.voice_ms, 1),
        expected=turn.pause.kind,
        ended=turn.reason,
        because=turn.pause.because,
        undone=undone,
    )


def _eighths(at: float) -> float:
    """Seconds as milliseconds, to the next eighth."""
    return round(at * 1000 * _PER_MS) / _PER_MS
