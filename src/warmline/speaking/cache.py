"""Clauses that were spoken before, as audio: by text, voice, pace and rate.

Flows' own texts are rendered at start and kept on disk, where a caller's words never go.
Bounded: in memory the clip that was not used for longest goes.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from warmline.audio.frame import Pcm
from warmline.audio.resample import resample
from warmline.ports import Synthesizer
from warmline.speaking.ahead import Rank, Turnstile
from warmline.speaking.clauses import early, voiced
from warmline.speaking.clip_files import Clause, ClipFiles
from warmline.speaking.rendering import Clip, Rendering

MAX_BYTES = 64 * 1024 * 1024
"""Half an hour of speech at 16 kHz."""
_LONGEST_LEAD_IN: Final = 12
"""Words."""
_ROOM: Final = 0.75
"""Above this share of the memory, clauses on disk stay there until they are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a clause begins, so that its first sound comes soon."""

    text: str
    """The words that are said first."""
    voiced: str
    """These as the voice is given them."""
    rest: str = ""
    """The words after them; empty when it is the whole clause."""


class ClauseCache:
    """Gives clauses as audio at the line's rate, synthesizing each at most once at a time."""

    def __init__(
        self,
        synthesizer: Synthesizer,
        max_bytes: int = MAX_BYTES,
        files: ClipFiles | None = None,
        *,
        first_clause: bool = True,
    ) -> None:
        """Without `first_clause` no clause is cut so that its beginning comes sooner."""
        self._synthesizer = synthesizer
        self._max_bytes = max_bytes
        self._files = files
        self._first_clause = first_clause
        self._bytes = 0
        self._clips: OrderedDict[tuple[Clause, int], Pcm] = OrderedDict()
        self._native: dict[Clause, int] = {}
        """The rate (Hz) that the voice gave for a clause."""
        self._pending: dict[Clause, Rendering] = {}
        self._ahead = Turnstile()
        self._own: set[Clause] = set()
        """Texts of flows: these may be kept on disk."""
        self._lead_ins: set[Clause] = set()
        self._saving: set[asyncio.Future[None]] = set()

    @property
    def size(self) -> int:
        """Bytes of audio in memory."""
        return self._bytes

    async def close(self) -> None:
        """Until all is on disk that belongs there."""
        await asyncio.gather(*self._saving, return_exceptions=True)

    # --- ahead ---------------------------------------------------------------------------------

    async def render(self, text: str, voice: str, pace: float, *, own: bool = False) -> None:
        """Have this clause ready at the voice's own rate. Raises InferenceError.

        `own` says that it is a flow's text and nobody's words: it may be kept on disk.
        """
        clause = (text, voice, pace)
        if own:
            self._own.add(clause)
        if not (self._on_disk(clause) and self._bytes > self._max_bytes * _ROOM):
            await self._have(clause, Rank.KNOWN)

    async def render_lead_in(self, text: str, voice: str, pace: float) -> None:
        """Have the beginning of a flow's sentence ready whose rest only the call will know."""
        await self.render(voiced(text), voice, pace, own=True)
        self._lead_ins.add((text, voice, pace))

    async def foresee(self, text: str, *, voice: str, pace: float, rate: int, rank: Rank) -> None:
        """Have this clause ready at `rate` Hz: it may be said next. Raises InferenceError."""
        clause = (text, voice, pace)
        if (clause, rate) in self._clips:
            return
        await self._have(clause, rank)
        if self._in_memory(clause):
            self._at_rate(clause, rate)

    async def _have(self, clause: Clause, rank: Rank) -> None:
        if self._in_memory(clause) or clause in self._pending:
            return
        await self._ahead.enter(rank)
        if self._in_memory(clause) or clause in self._pending:
            self._ahead.leave()
            return
        rendering = self._start(clause, ahead=True)
        rendering.result.add_done_callback(lambda _: self._ahead.leave())
        await asyncio.shield(rendering.result)

    # --- now -----------------------------------------------------------------------------------

    def has(self, text: str, *, voice: str, pace: float, rate: int) -> bool:
        """Whether the clause is at hand: nothing of it must be synthesized."""
        clause = (text, voice, pace)
        return (clause, rate) in self._clips or self._in_memory(clause) or self._on_disk(clause)

    def opening(self, text: str, *, voice: str, pace: float, rate: int) -> Opening:
        """What to say first of this clause: all of it when it is at hand."""
        clause = (text, voice, pace)
        whole = Opening(text=text, voiced=text)
        if self.has(text, voice=voice, pace=pace, rate=rate) or not self._first_clause:
            return whole
        words = text.split()
        for count in range(min(len(words) - 1, _LONGEST_LEAD_IN), 0, -1):
            if ((lead_in := " ".join(words[:count])), voice, pace) in self._lead_ins:
                rest = " ".join(words[count:])
                return Opening(text=lead_in, voiced=voiced(lead_in), rest=rest)
        first, rest = (text, "") if clause in self._pending else early(text)
        return Opening(text=first, voiced=voiced(first), rest=rest) if rest else whole

    async def clip(self, text: str, *, voice: str, pace: float, rate: int) -> Pcm:
        """The clause at `rate` Hz. Raises InferenceError."""
        clause = (text, voice, pace)
        if (clip := self._find(clause, rate)) is not None:
            return clip
        if self._in_memory(clause):
            return self._at_rate(clause, rate)
        pcm, native = await self._render_now(clause)
        clip = resample(pcm, native, rate)
        self._keep(clause, rate, clip)
        return clip

    def _at_rate(self, clause: Clause, rate: int) -> Pcm:
        native = self._native[clause]
        self._clips.move_to_end((clause, native))
        clip = resample(self._clips[clause, native], native, rate)
        self._keep(clause, rate, clip)
        return clip

    async def _render_now(self, clause: Clause) -> Clip:
        rendering = self._pending.get(clause)
        if rendering is None:
            rendering = self._start(clause, ahead=False)
        elif rendering.ahead and any(not other.ahead for other in self._pending.values()):
            # What was begun ahead may wait behind all that is urgent: ask for it as urgently.
            rendering.add(self._make(clause, ahead=False))
            rendering.ahead = False
        # One caller who hangs up must not take the clause away from another.
        return await asyncio.shield(rendering.result)

    # --- making --------------------------------------------------------------------------------

    def _start(self, clause: Clause, *, ahead: bool) -> Rendering:
        rendering = self._pending[clause] = Rendering(ahead=ahead)
        rendering.result.add_done_callback(lambda done: self._rendered(clause, done))
        rendering.add(self._make(clause, ahead=ahead))
        return rendering

    def _make(self, clause: Clause, *, ahead: bool) -> Awaitable[Clip]:
        text, voice, pace = clause
        if self._files is not None and clause in self._files:
            return self._load(self._files, clause, ahead)
        return self._synthesizer.synthesize(text, voice=voice, pace=pace, ahead=ahead)

    async def _load(self, files: ClipFiles, clause: Clause, ahead: bool) -> Clip:
        text, voice, pace = clause
        clip = await asyncio.to_thread(files.load, clause)
        if clip is not None:
            return clip
        return await self._synthesizer.synthesize(text, voice=voice, pace=pace, ahead=ahead)

    def _rendered(self, clause: Clause, done: "asyncio.Future[Clip]") -> None:
        del self._pending[clause]
        if not done.cancelled() and done.exception() is None:
            pcm, rate = done.result()
            self._native[clause] = rate
            self._keep(clause, rate, pcm)
            if clause in self._own and not self._on_disk(clause):
                self._save(clause, pcm, rate)

    def _save(self, clause: Clause, pcm: Pcm, rate: int) -> None:
        if self._files is not None:
            work = asyncio.ensure_future(asyncio.to_thread(self._files.save, clause, pcm, rate))
            self._saving.add(work)
            work.add_done_callback(self._saving.discard)

    # --- memory --------------------------------------------------------------------------------

    def _on_disk(self, clause: Clause) -> bool:
        return self._files is not None and clause in self._files

    def _in_memory(self, clause: Clause) -> bool:
        return (clause, self._native.get(clause, 0)) in self._clips

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
