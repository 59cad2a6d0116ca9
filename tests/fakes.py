"""Scripted stand-ins for a line, ears and a voice: for the timing of whole calls only.

The script is written into the audio itself: a frame's loudness says whether it is a voice,
and the first loud sample of an utterance is the index of its words.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.errors import InferenceError
from warmline.events import ANYTHING, Expectation, Fetch, FetchFinished
from warmline.gateway.playout import Playout
from warmline.ports import (
    AudioProfile,
    Caption,
    Digit,
    Handover,
    LineEvent,
    LineInfo,
    LineStats,
    MarkPlayed,
    Priority,
    Transcript,
)

TEST_PROFILE = AudioProfile(name="test", rate=RATE, codec="pcm16", lead_s=0.06)
VOICE = 10_000
"""Samples at and above this are a voice; VOICE + n says words number n."""


def silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def voice(seconds: float, words: int = 0) -> Pcm:
    """A voice that says words number `words` of the script."""
    return np.full(int(seconds * RATE), VOICE + words, dtype=np.int16)


class LoudnessDetector:
    """A voice detector for `voice` and `silence`."""

    def probability(self, samples: Pcm) -> float:
        return 1.0 if np.count_nonzero(samples >= VOICE) > samples.size / 2 else 0.0


@dataclass
class ScriptedTranscriber:
    """Hears `words[n]` in `voice(…, n)`; several in a row are joined. Slow as `takes_s`."""

    words: Sequence[str] = ()
    takes_s: float = 0.1
    failures: int = 0
    """So many finals fail first."""
    finals: int = 0
    partials: int = 0

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        if priority is Priority.PARTIAL:
            self.partials += 1
        else:
            self.finals += 1
        await asyncio.sleep(self.takes_s)
        if priority is Priority.FINAL and self.failures:
            self.failures -= 1
            raise InferenceError("finals: given up")
        loud = samples[samples >= VOICE] - VOICE
        changes = loud[np.flatnonzero(np.diff(loud, prepend=-1))]
        text = " ".join(self.words[n] for n in changes if n < len(self.words)).strip()
        return Transcript(text=text, confidence=0.9, reason="" if text else "no_words")


class ToneSynthesizer:
    """Each character is 50 ms of a quiet tone at 16 kHz."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self._takes_s = takes_s
        self.asked: list[str] = []

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        self.asked.append(text)
        await asyncio.sleep(self._takes_s)
        return np.full(int(len(text) * 0.05 * RATE), 1000, dtype=np.int16), RATE


@dataclass
class ScriptedFetcher:
    """Endpoints that answer with these values after `takes_s`; all others are not known."""

    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    takes_s: float = 0.1
    asked: list[tuple[Fetch, str]] = field(default_factory=list)

    def is_safe(self, endpoint: str) -> bool:
        return endpoint.startswith("get_")

    async def fetch(self, fetch: Fetch, key: str) -> FetchFinished:
        self.asked.append((fetch, key))
        await asyncio.sleep(self.takes_s)
        values = self.answers.get(fetch.endpoint)
        return FetchFinished(
            request_id=fetch.request_id,
            endpoint=fetch.endpoint,
            outcome="error" if values is None else "ok",
            code="unknown_endpoint" if values is None else "",
            values=tuple((values or {}).items()),
        )


@dataclass
class ScriptedLine:
    """A caller made of a list: audio to send in real time, digits, and moments to wait for."""

    script: Sequence[Pcm | Digit]
    """Ends with the caller hanging up."""
    info: LineInfo = field(
        default_factory=lambda: LineInfo(
            door="test", caller="+15550100", flow="", profile=TEST_PROFILE
        )
    )
    reads: bool = False
    gone: str = ""
    call_id: str = ""
    cleared: int = 0
    can_transfer: bool = False
    handovers: list[Handover] = field(default_factory=list)
    shown: list[Caption] = field(default_factory=list)
    ducked: list[tuple[float, float]] = field(default_factory=list)
    """When, and to which gain (dB)."""

    def __post_init__(self) -> None:
        self._playout = Playout(RATE, 0.06)
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[LineEvent | None] = asyncio.Queue()
        self._tasks = [
            asyncio.create_task(self._send(), name="fake-caller"),
            asyncio.create_task(self._pace(), name="fake-playout"),
        ]

    @property
    def played(self) -> int:
        return self._playout.played(self._loop.time())

    @property
    def queued(self) -> int:
        return self._playout.queued

    async def started(self, call_id: str) -> None:
        self.call_id = call_id

    async def play(self, pcm: Pcm) -> None:
        self._playout.write(pcm, self._loop.time())

    def mark(self, name: str) -> None:
        self._playout.mark(name)

    def clear(self) -> None:
        self.cleared += 1
        self._playout.clear(self._loop.time())

    def duck(self, gain_db: float) -> None:
        self.ducked.append((self._loop.time(), gain_db))
        self._playout.gain_db = gain_db

    def show(self, caption: Caption) -> None:
        self.shown.append(caption)

    @property
    def stats(self) -> LineStats:
        return LineStats(behind_s=self._playout.left_s(self._loop.time()))

    async def transfer(self, handover: Handover) -> bool:
        self.handovers.append(handover)
        return self.can_transfer

    async def hang_up(self, reason: str) -> None:
        if not self.gone:
            self.gone = reason
            self._events.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        while (event := await self._events.get()) is not None:
            yield event

    async def close(self) -> None:
        """What a door does when the call's handler has returned."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send(self) -> None:
        position = 0
        for item in self.script:
            if isinstance(item, Digit):
                self._events.put_nowait(item)
                continue
            for start in range(0, item.size, FRAME):
                await asyncio.sleep(0.02)
                self._events.put_nowait(Frame(item[start : start + FRAME], position))
                position += FRAME
        await self.hang_up("caller_hung_up")

    async def _pace(self) -> None:
        while True:
            now = self._loop.time()
            self._playout.due(now)
            for name in self._playout.played_marks(now):
                self._events.put_nowait(MarkPlayed(name))
            await asyncio.sleep(0.005)
