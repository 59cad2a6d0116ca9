"""A call at the server's side that the test leads: it says tones, and keeps what it is told."""

import asyncio
import threading
import time
from collections.abc import Callable

import numpy as np

from warmline.audio.frame import Frame, Pcm
from warmline.ports import Caption, Digit, Line

TONE_HZ = 440.0


class Booth:
    """`answer` is a CallHandler; all else is for the test's thread."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.digits: list[str] = []
        self.loudest = 0
        """Of the caller's samples since it was last set to 0."""
        self.frames = 0
        self._ended = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def answer(self, line: Line) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended.clear()
        self.lines.append(line)
        await line.started(f"call-{len(self.lines)}")
        try:
            async for event in line:
                match event:
                    case Frame():
                        self.frames += 1
                        self.loudest = max(self.loudest, int(np.abs(event.samples).max()))
                    case Digit(digit):
                        self.digits.append(digit)
                    case _:
                        pass
        finally:
            self._ended.set()

    @property
    def line(self) -> Line:
        return self.lines[-1]

    def play(self, seconds: float) -> None:
        """A tone; it is queued when this returns."""
        assert self._loop is not None
        pcm = tone(seconds, self.line.info.rate)
        asyncio.run_coroutine_threadsafe(self.line.play(pcm), self._loop).result(10)

    def show(self, who: str, text: str, final: bool) -> None:
        assert self._loop is not None
        caption = Caption(who=who, key=f"{who}-1", text=text, final=final)
        self._loop.call_soon_threadsafe(self.line.show, caption)

    def hang_up(self, reason: str) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self.line.hang_up(reason), self._loop).result(10)

    def gone(self) -> str:
        """Why the line ended, once it has."""
        assert self._ended.wait(30), "the line is still up"
        return self.line.gone


def tone(seconds: float, rate: int) -> Pcm:
    at = np.arange(int(seconds * rate)) / rate
    return np.asarray(8_000 * np.sin(2 * np.pi * TONE_HZ * at), dtype=np.int16)


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds; the test's own thread only looks on."""
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
