"""The mouth of one call: says one thing at a time and knows what was really played.

Marks in the playout tell when a sentence begins and ends at the caller's ear. One thing is
on the line at a time, so that what was not begun can be dropped without touching it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, TypedDict

import numpy as np

from warmline.audio.frame import FRAME_S, Pcm
from warmline.audio.loudness import louder
from warmline.errors import InferenceError
from warmline.events import Say, SpeakingFinished, SpeakingStarted, StageFailed
from warmline.ports import Line
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import clauses, pause_s

log = logging.getLogger(__name__)

MAX_WAITING: Final = 32
"""Things to say that may wait; a flow that says more without listening is broken."""

Spoken = SpeakingStarted | SpeakingFinished | StageFailed
SILENCE: Final[Pcm] = np.zeros(0, dtype=np.int16)


class _How(TypedDict):
    voice: str
    pace: float
    rate: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A clause in the line's playout (positions in samples)."""

    begin: int
    end: int
    text: str
    clip: Pcm


@dataclass(slots=True)
class _OnAir:
    """What is being said."""

    say: Say
    begin: int
    pieces: list[_Piece] = field(default_factory=list)
    begun: bool = False
    ready_at: float = 0.0
    """When its first sample was handed to the line (the event loop's clock)."""
    behind_s: float = 0.0
    """How much was to be played before it then."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, played: int) -> str:
        """The text up to the playout position `played`, cut at a word."""
        text: list[str] = []
        for piece in self.pieces:
            words = piece.text.split()
            size = piece.end - piece.begin
            share = (played - piece.begin) / size if size else 1.0
            text += words[: max(0, min(len(words), int(share * len(words) + 1e-9)))]
        return " ".join(text)

    def at(self, position: int, size: int) -> Pcm:
        """So many samples at most from this playout position on."""
        for piece in self.pieces:
            if piece.begin <= position < piece.end:
                return piece.clip[position - piece.begin :][:size]
        return SILENCE


class Speaker:
    """`say` queues, `stop` interrupts; facts come through `emit`."""

    def __init__(
        self,
        line: Line,
        clips: ClauseCache,
        emit: Callable[[Spoken], None],
        *,
        voice: str,
        pace: float,
    ) -> None:
        self._line = line
        self._clips = clips
        self._emit = emit
        self._voice = voice
        self._pace = pace
        self._waiting: deque[Say] = deque()
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._on_air: _OnAir | None = None
        self._gain_db = self._gain_before = 0.0
        self._gain_from = 0
        """The playout position from which the caller hears the present gain."""
        self._task = asyncio.create_task(self._run(), name="speaker")

    def say(self, say: Say) -> None:
        """Say this when all before it was said. Raises RuntimeError beyond MAX_WAITING."""
        if len(self._waiting) >= MAX_WAITING:
            raise RuntimeError("the flow says more than can be played without listening once")
        self._waiting.append(say)
        self._idle.clear()
        self._work.set()

    def stop(self, say_ids: Collection[str]) -> None:
        """Drop what was not played yet of these, on the line and waiting."""
        self._waiting = deque(say for say in self._waiting if say.say_id not in say_ids)
        if self._on_air and self._on_air.say.say_id in say_ids:
            self._task.cancel()
            self._line.clear()
            self._finish(self._on_air, interrupted=True)
            self._task = asyncio.create_task(self._run(), name="speaker")

    def duck(self, gain_db: float) -> None:
        """Speak at this gain (dB, 0 is normal) from what is sent next on."""
        played, profile = self._line.played, self._line.info.profile
        self._gain_before = self._gain_at(played)
        sent = min(played + round(profile.lead_s * profile.rate), self._line.queued)
        self._gain_from = sent
        self._gain_db = gain_db
        self._line.duck(gain_db)

    def at_the_ear(self, ago_s: float = 0.0) -> tuple[Pcm, float]:
        """What the caller heard of us so many seconds ago: 20 ms at the line's rate (none:
        silence) and their gain (dB)."""
        if self._on_air is None:
            return SILENCE, 0.0
        rate = self._line.info.rate
        played, size = self._line.played - round(ago_s * rate), round(rate * FRAME_S)
        return self._on_air.at(played, size), self._gain_at(played)

    def between(self, begin: int, end: int) -> Pcm:
        """What the caller hears of us in this stretch of the playout (samples at the line's
        rate), silence where we say nothing; without the gain."""
        heard = np.zeros(end - begin, dtype=np.int16)
        for piece in self._on_air.pieces if self._on_air else ():
            first, last = max(begin, piece.begin), min(end, piece.end)
            if first < last:
                heard[first - begin : last - begin] = piece.clip[
                    first - piece.begin : last - piece.begin
                ]
        return heard

    def mark_played(self, name: str) -> None:
        """The line has played up to this mark."""
        on_air = self._on_air
        if on_air is None:
            return
        if name == f"{on_air.say.say_id}.begin":
            self._begin(on_air)
        elif name == f"{on_air.say.say_id}.end":
            self._begin(on_air)
            self._finish(on_air, interrupted=False)

    async def drain(self) -> None:
        """Until all was played."""
        await self._idle.wait()

    async def close(self) -> None:
        """Stop at once; idempotent."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._on_air:
            self._finish(self._on_air, interrupted=True)

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                self._idle.set()
                self._work.clear()
                await self._work.wait()
                continue
            on_air = self._on_air = _OnAir(self._waiting.popleft(), self._line.queued)
            await self._utter(on_air)
            self._line.mark(f"{on_air.say.say_id}.end")
            await on_air.over.wait()

    async def _utter(self, on_air: _OnAir) -> None:
        left = deque(clauses(on_air.say.text))
        while left:
            clause = voiced = left.popleft()
            if not on_air.pieces:
                opening = self._clips.opening(clause, **self._how(on_air.say))
                clause, voiced = opening.text, opening.voiced
                left.extendleft(filter(None, [opening.rest]))
            if await self._play(on_air, clause, voiced) and left:
                await self._line.play(self._silence(pause_s(clause)))

    async def _play(self, on_air: _OnAir, clause: str, voiced: str) -> bool:
        """Queue it on the line; False when there is nothing to hear of it."""
        try:
            clip = await self._clips.clip(voiced, **self._how(on_air.say))
        except Exception as error:  # whatever it is, the call must not wait for it in silence
            why = str(error) if isinstance(error, InferenceError) else type(error).__name__
            log.warning("a sentence could not be spoken: %s", why)
            self._emit(StageFailed(stage="speaking", code="synthesis", message=why))
            return False
        if not on_air.pieces:
            on_air.ready_at = asyncio.get_running_loop().time()
            on_air.behind_s = self._line.stats.behind_s
            self._line.mark(f"{on_air.say.say_id}.begin")  # not before there is something to hear
        clip = louder(clip, on_air.say.gain_db)
        begin = self._line.queued
        on_air.pieces.append(_Piece(begin, begin + clip.size, clause, clip))
        await self._line.play(clip)
        return True

    def _how(self, say: Say) -> _How:
        """Voice, pace and rate of its clips."""
        return {
            "voice": self._voice,
            "pace": self._pace * say.pace,
            "rate": self._line.info.rate,
        }

    def _silence(self, seconds: float) -> Pcm:
        return np.zeros(round(seconds * self._line.info.rate), dtype=np.int16)

    def _gain_at(self, position: int) -> float:
        return self._gain_db if position >= self._gain_from else self._gain_before

    def _begin(self, on_air: _OnAir) -> None:
        if not on_air.begun:
            on_air.begun = True
            say = on_air.say
            now = asyncio.get_running_loop().time()
            self._emit(
                SpeakingStarted(
                    say_id=say.say_id,
                    node=say.node,
                    text=say.text,
                    ready_s=round(now - (on_air.ready_at or now), 6),
                    behind_s=round(on_air.behind_s, 6),
                )
            )

    def _finish(self, on_air: _OnAir, *, interrupted: bool) -> None:
        played = max(0, self._line.played - on_air.begin)
        text = on_air.heard(self._line.played if interrupted else self._line.queued)
        self._emit(
            SpeakingFinished(
                say_id=on_air.say.say_id,
                text=text,
                played_s=round(played / self._line.info.rate, 3),
                interrupted=interrupted,
            )
        )
        self._on_air = None
        on_air.over.set()
