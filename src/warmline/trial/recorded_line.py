"""A line whose caller is a recording: it sends in real time of the loop that it runs on, and
plays what it gets by the same rules as a door."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from warmline.audio.frame import FRAME, FRAME_S, RATE, Frame, Pcm
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
)
from warmline.trial.recording import Recording

LEAD_S: Final = 0.06
"""As the doors' own default."""
STEP_S: Final = 0.005
"""How exactly the playing of what is said is followed."""
PROFILE: Final = AudioProfile(name="recording", rate=RATE, codec="pcm16", lead_s=LEAD_S)


class RecordedLine:
    """A `Line`; use it in an `async with`."""

    reads = False

    def __init__(self, recording: Recording, flow: str) -> None:
        started = recording.started
        self.info = LineInfo(
            door="recording",
            caller=started.caller if started else "",
            flow=flow,
            profile=PROFILE,
        )
        self.gone = ""
        self._recording = recording
        self._loop = asyncio.get_running_loop()
        self._playout = Playout(RATE, LEAD_S)
        self._events: asyncio.Queue[LineEvent | None] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "RecordedLine":
        sends = [self._speak(), self._press(), self._pace()]
        self._tasks = [asyncio.create_task(send, name="recording") for send in sends]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def played(self) -> int:
        return self._playout.played(self._loop.time())

    @property
    def queued(self) -> int:
        return self._playout.queued

    @property
    def stats(self) -> LineStats:
        behind = self._playout.left_s(self._loop.time())
        return replace(LineStats(), behind_s=behind, underruns=self._playout.underruns)

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        while (event := await self._events.get()) is not None:
            yield event

    async def started(self, call_id: str) -> None:
        pass

    async def play(self, pcm: Pcm) -> None:
        self._playout.write(pcm, self._loop.time())

    def mark(self, name: str) -> None:
        self._playout.mark(name)

    def clear(self) -> None:
        self._playout.clear(self._loop.time())

    def duck(self, gain_db: float) -> None:
        self._playout.gain_db = gain_db

    def show(self, caption: Caption) -> None:
        pass

    async def transfer(self, handover: Handover) -> bool:
        return False

    async def hang_up(self, reason: str) -> None:
        if not self.gone:
            self.gone = reason
            self._events.put_nowait(None)

    async def _speak(self) -> None:
        begin = self._loop.time() + self._recording.begins_s
        audio = self._recording.audio
        for position in range(0, audio.size - FRAME + 1, FRAME):
            await self._until(begin + position / RATE + FRAME_S)
            self._events.put_nowait(Frame(audio[position : position + FRAME], position))
        await self.hang_up("caller_hung_up")

    async def _press(self) -> None:
        begin = self._loop.time()
        for at, key in self._recording.keys:
            await self._until(begin + at)
            self._events.put_nowait(Digit(key))

    async def _pace(self) -> None:
        while True:
            now = self._loop.time()
            self._playout.due(now)
            for name in self._playout.played_marks(now):
                self._events.put_nowait(MarkPlayed(name))
            await asyncio.sleep(STEP_S)

    async def _until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - self._loop.time()))
