"""A line without a caller: paces what a speaker says in real time, and tells when it is heard.

Knows no server; the voice is a worker process, as in one.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

from warmline.audio.frame import Pcm
from warmline.events import Say, SpeakingStarted
from warmline.gateway.playout import Playout
from warmline.inference.pool import PoolSettings, WorkerPool
from warmline.modelstore import ModelStore
from warmline.ports import AudioProfile, Line, LineInfo, LineStats
from warmline.speaking.cache import ClauseCache
from warmline.speaking.speaker import Speaker, Spoken

VOICE: Final = "en_US-joe-medium"
RATE: Final = 8_000
_PROFILE: Final = AudioProfile(name="bench", rate=RATE, codec="mulaw", lead_s=0.06)
_LOOK_S: Final = 0.001
"""How often the line looks what is due; a leg is woken at once."""


class Mouth:
    """A speaker on a line of its own; `async with` it."""

    def __init__(self, clips: ClauseCache, pace: float = 1.0) -> None:
        self.info = LineInfo(door="bench", caller="", flow="", profile=_PROFILE)
        self.playout = Playout(RATE, _PROFILE.lead_s)
        self.speaker = Speaker(cast(Line, self), clips, self._spoken, voice="", pace=pace)
        self._loop = asyncio.get_running_loop()
        self._begun: asyncio.Future[float] = self._loop.create_future()
        self._says = 0

    async def __aenter__(self) -> "Mouth":
        self._pacing = asyncio.create_task(self._pace())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.speaker.close()
        self._pacing.cancel()
        await asyncio.gather(self._pacing, return_exceptions=True)

    async def say(self, text: str, *, since: float | None = None, to_end: bool = False) -> float:
        """Seconds (from now, or from the loop's time `since`) to its first sample."""
        self._begun = self._loop.create_future()
        began = self._loop.time() if since is None else since
        self._says += 1
        say = Say(say_id=f"say-{self._says}", node="", text=text)
        self.speaker.say(say)
        waited = await self._begun - began
        if to_end:
            await self.speaker.drain()
        else:
            self.speaker.stop({say.say_id})
        return waited

    def _spoken(self, fact: Spoken) -> None:
        if isinstance(fact, SpeakingStarted) and not self._begun.done():
            self._begun.set_result(self._loop.time())

    # --- the line ------------------------------------------------------------------------------

    @property
    def played(self) -> int:
        return self.playout.played(self._loop.time())

    @property
    def queued(self) -> int:
        return self.playout.queued

    @property
    def stats(self) -> LineStats:
        return LineStats(behind_s=self.playout.left_s(self._loop.time()))

    async def play(self, pcm: Pcm) -> None:
        self.playout.write(pcm, self._loop.time())

    def mark(self, name: str) -> None:
        self.playout.mark(name)

    def clear(self) -> None:
        self.playout.clear(self._loop.time())

    async def _pace(self) -> None:
        while True:
            now = self._loop.time()
            self.playout.due(now)
            for name in self.playout.played_marks(now):
                self.speaker.mark_played(name)
            await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def voice_pool() -> AsyncIterator[WorkerPool]:
    """A worker with the voice, warmed up."""
    folders = voice_folders()
    settings = PoolSettings(
        name="voice", target="warmline.speaking.remote:load", arguments={"folders": dict(folders)}
    )
    async with WorkerPool(settings) as pool:
        await pool.wait_ready()
        yield pool


def voice_folders() -> Mapping[str, str]:
    return {VOICE: str(ModelStore().path(VOICE))}


def cpu_s(pids: list[int], *, own: bool = True) -> float:
    """CPU seconds of these processes (and of this one) since they began."""
    ticks = sum(
        sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[11:13]))
        for pid in (*pids, *([os.getpid()] if own else []))
    )
    return float(ticks / os.sysconf("SC_CLK_TCK"))


def milliseconds(seconds: list[float]) -> list[float | None]:
    return [round(value * 1000, 2) for value in seconds]


Result = dict[str, Any]
