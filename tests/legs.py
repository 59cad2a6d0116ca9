"""People on real legs in virtual time: they speak one loudness each, and note what they hear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from warmline.audio.frame import FRAME_S, RATE, Pcm
from warmline.gateway.far_end import Farewell, LegSettings
from warmline.gateway.leg import Leg
from warmline.ports import AudioProfile, Caption, Handover, Line, LineInfo

PATIENT = LegSettings(silent_s=1e6, first_audio_s=1e6)
"""The watchdog is not what is tested here."""


class Person:
    """The far end of a leg. Whoever enters it is called; `line` is theirs."""

    reads = False

    def __init__(self, name: str, rate: int = RATE, echo_s: float | None = None) -> None:
        """With `echo_s` marks are echoed so late."""
        self.name = name
        self._echo_s = echo_s
        profile = AudioProfile(
            name="test",
            rate=rate,
            codec="pcm16",
            lead_s=0.06,
            echoes_marks=echo_s is not None,
        )
        info = LineInfo(door="test", caller=name, flow="", profile=profile)
        self.line = Leg(self, info, PATIENT)
        self.got: list[tuple[float, Pcm]] = []
        """When each frame came, and the frame."""
        self.cleared = 0
        self.takes = asyncio.Event()
        """Unset it, and nothing goes through to this person any more."""
        self.takes.set()
        self._rate = rate
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()

    async def __aenter__(self) -> "Person":
        self._attended = asyncio.create_task(self.line.attend(self._handle, self._wait()))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.takes.set()
        self._over.set()
        await self._attended

    async def _handle(self, line: Line) -> None:
        await self._over.wait()

    async def _wait(self) -> None:
        await self._over.wait()

    @property
    def heard(self) -> Pcm:
        """All audio that was sent here."""
        return np.concatenate([np.zeros(0, dtype=np.int16), *(frame for _, frame in self.got)])

    def heard_since(self, moment: float) -> list[int]:
        """The first sample of each frame since then."""
        return [int(frame[0]) for at, frame in self.got if at >= moment]

    async def say(self, level: int, seconds: float) -> None:
        """In real time, each frame when its last sample has been spoken."""
        for _ in range(round(seconds / FRAME_S)):
            await asyncio.sleep(FRAME_S)
            await self.burst(level, 1)
        await asyncio.sleep(0.001)  # until it has arrived

    async def burst(self, level: int, frames: int) -> None:
        """So many frames at once."""
        size = frames * round(self._rate * FRAME_S)
        await self.line.audio(np.full(size, level, dtype=np.int16))

    @asynccontextmanager
    async def saying(self, level: int) -> AsyncIterator[None]:
        speaking = asyncio.create_task(self.say(level, 1e6))
        try:
            yield
        finally:
            speaking.cancel()
            await asyncio.wait([speaking])

    def hang_up(self) -> None:
        self.line.end("caller_hung_up")

    # --- the FarEnd ------------------------------------------------------------------------

    async def started(self, call_id: str) -> None:
        pass

    async def audio(self, frame: Pcm) -> None:
        await self.takes.wait()
        self.got.append((self._loop.time(), frame))

    async def mark(self, name: str) -> None:
        if self._echo_s is not None:
            self._loop.call_later(self._echo_s, self.line.mark_echoed, name)

    async def clear(self) -> None:
        self.cleared += 1

    async def show(self, caption: Caption) -> None:
        pass

    async def transfer(self, handover: Handover) -> bool:
        return False

    async def close(self, farewell: Farewell) -> None:
        pass

    def abort(self) -> None:
        pass
