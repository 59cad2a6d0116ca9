"""Clauses that were spoken before, as audio: by text, voice, pace and rate.

Fixed prompts are rendered at start. Bounded: the clip that was not used for longest goes.
"""

import asyncio
from collections import OrderedDict

from warmline.audio.frame import Pcm
from warmline.audio.resample import resample
from warmline.ports import Synthesizer

MAX_BYTES = 64 * 1024 * 1024
"""Half an hour of speech at 16 kHz."""

Clause = tuple[str, str, float]
"""text, voice, pace"""


class ClauseCache:
    """Gives clauses as audio at the line's rate, synthesizing each at most once at a time."""

    def __init__(self, synthesizer: Synthesizer, max_bytes: int = MAX_BYTES) -> None:
        self._synthesizer = synthesizer
        self._max_bytes = max_bytes
        self._bytes = 0
        self._clips: OrderedDict[tuple[Clause, int], Pcm] = OrderedDict()
        self._native: dict[Clause, int] = {}
        """The rate (Hz) that the voice gave for a clause."""
        self._pending: dict[Clause, asyncio.Task[tuple[Pcm, int]]] = {}

    @property
    def size(self) -> int:
        """Bytes of audio in memory."""
        return self._bytes

    async def render(self, text: str, voice: str, pace: float) -> None:
        """Have this clause ready at the voice's own rate. Raises InferenceError."""
        clause = (text, voice, pace)
        if self._find(clause, self._native.get(clause, 0)) is None:
            await self._synthesize(clause, ahead=True)

    async def clip(self, text: str, *, voice: str, pace: float, rate: int) -> Pcm:
        """The clause at `rate` Hz. Raises InferenceError."""
        clause = (text, voice, pace)
        if (clip := self._find(clause, rate)) is not None:
            return clip
        native = self._native.get(clause, 0)
        pcm = self._find(clause, native)
        if pcm is None:
            pcm, native = await self._synthesize(clause)
        clip = resample(pcm, native, rate)
        self._keep(clause, rate, clip)
        return clip

    async def _synthesize(self, clause: Clause, *, ahead: bool = False) -> tuple[Pcm, int]:
        task = self._pending.get(clause)
        if task is None:
            text, voice, pace = clause
            work = self._synthesizer.synthesize(text, voice=voice, pace=pace, ahead=ahead)
            task = self._pending[clause] = asyncio.ensure_future(work)
            task.add_done_callback(lambda done: self._rendered(clause, done))
        # One caller who hangs up must not take the clause away from another.
        return await asyncio.shield(task)

    def _rendered(self, clause: Clause, done: "asyncio.Task[tuple[Pcm, int]]") -> None:
        del self._pending[clause]
        if not done.cancelled() and done.exception() is None:
            pcm, rate = done.result()
            self._native[clause] = rate
            self._keep(clause, rate, pcm)

    def _find(self, clause: Clause, rate: int) -> Pcm | None:
        clip = self._clips.get((clause, rate))
        if clip is not None:
            self._clips.move_to_end((clause, rate))
        return clip

    def _keep(self, clause: Clause, rate: int, clip: Pcm) -> None:
        if (clause, rate) in self._clips:
            return
        self._clips[clause, rate] = clip
        self._bytes += clip.nbytes
        while self._bytes > self._max_bytes and len(self._clips) > 1:
            (oldest, oldest_rate), dropped = self._clips.popitem(last=False)
            self._bytes -= dropped.nbytes
            if self._native.get(oldest) == oldest_rate:
                del self._native[oldest]
