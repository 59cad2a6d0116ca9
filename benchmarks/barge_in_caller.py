"""A caller at `/audio` who makes a sound while the bot speaks, and hears what a telephone would.

Knows the door's protocol and how an echo comes back. Measures nothing.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from warmline.audio.frame import FRAME, FRAME_S, RATE, Pcm
from warmline.caller.client import socket_url
from warmline.caller.tracks import AUDIBLE

AFTER_S: Final = 2.5
"""So long it is listened to behind the sound."""
BLOCK: Final = FRAME // 2
HISS: Final = 33.0
"""Standard deviation of the line's noise (-60 dBFS): no telephone line is digitally silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    delay_s: float = 0.0
    loss_db: float = 200.0
    """200: none."""


@dataclass(slots=True, kw_only=True)
class Heard:
    """One call at the caller's ear. Seconds from the first sample that the caller sent."""

    call_id: str = ""
    air: Pcm = field(default_factory=lambda: np.zeros(120 * RATE, dtype=np.int16))
    """What was played to the caller."""
    end: int = 0
    clears: list[float] = field(default_factory=list)
    began: float | None = None
    """When the bot was first audible."""
    spoke_at: float | None = None
    """When the caller's sound began."""

    def loudness(self, start_s: float, end_s: float) -> np.ndarray[Any, Any]:
        """Root mean square (full scale 1.0) of blocks of 10 ms."""
        part = self.air[int(start_s * RATE) : int(end_s * RATE)]
        blocks = part[: part.size // BLOCK * BLOCK].reshape(-1, BLOCK).astype(np.float64)
        return np.asarray(np.sqrt((blocks**2).mean(axis=1)) / 32_768)

    def play(self, pcm: Pcm, now_s: float) -> None:
        """As a player would: at once when idle, otherwise behind what still plays."""
        begin = max(self.end, int(now_s * RATE))
        self.end = begin + pcm.size
        self.air[begin : self.end] = pcm
        if self.began is None:
            loud = np.flatnonzero(self.loudness(begin / RATE, self.end / RATE) > AUDIBLE)
            self.began = (begin + int(loud[0]) * BLOCK) / RATE if loud.size else None

    def clear(self, now_s: float) -> None:
        self.clears.append(now_s)
        self.end = min(self.end, int(now_s * RATE))
        self.air[self.end :] = 0


class Caller:
    """Places one call: waits until the bot tells its news, makes a sound, listens, hangs up."""

    def __init__(self, url: str, flow: str, sound: Pcm, begin_s: float, echo: Echo) -> None:
        """`sound` begins `begin_s` seconds behind the first audible sample."""
        self._url, self._flow, self._sound, self._begin_s = url, flow, sound, begin_s
        self._echo = echo
        self._clock = asyncio.get_running_loop().time
        self._heard = Heard()
        self._zero = 0.0

    async def call(self) -> Heard:
        async with connect(
            socket_url(self._url),
            subprotocols=["warmline.audio.v1"],  # type: ignore[list-item]
            compression=None,
        ) as connection:
            start = {"type": "start", "encoding": "pcm16", "rate": RATE, "flow": self._flow}
            await connection.send(json.dumps(start))
            self._zero = self._clock()
            receive = asyncio.create_task(self._receive(connection))
            with contextlib.suppress(ConnectionClosed):  # the bot has said goodbye
                await self._send(connection)
                await connection.send('{"type":"stop"}')
            await receive
        return self._heard

    async def _receive(self, connection: ClientConnection) -> None:
        heard = self._heard
        async for message in connection:
            now = self._clock() - self._zero
            if isinstance(message, bytes):
                heard.play(np.frombuffer(message, dtype=np.int16), now)
                continue
            match json.loads(message):
                case {"type": "started", "call_id": call_id}:
                    heard.call_id = call_id
                case {"type": "clear"}:
                    heard.clear(now)

    async def _send(self, connection: ClientConnection) -> None:
        heard, left, dice = self._heard, self._sound, np.random.default_rng(1)
        until = 30.0
        for number in range(1, int(60 / FRAME_S)):
            due = number * FRAME_S
            await asyncio.sleep(max(0.0, self._zero + due - self._clock()))
            frame = self._air(due - FRAME_S) + dice.normal(0, HISS, FRAME)
            begin = None if heard.began is None else heard.began + self._begin_s
            if left.size and begin is not None and due >= begin:
                if heard.spoke_at is None:
                    heard.spoke_at = due - FRAME_S
                    until = due + self._sound.size / RATE + AFTER_S
                part, left = left[:FRAME], left[FRAME:]
                frame[: part.size] += part
            await connection.send(np.clip(frame, -32_768, 32_767).astype(np.int16).tobytes())
            if due > until:
                return

    def _air(self, now_s: float) -> np.ndarray[Any, Any]:
        """What the microphone hears of the loudspeaker in the frame that begins now."""
        begin = int((now_s - self._echo.delay_s) * RATE)
        if begin < 0:
            return np.zeros(FRAME)
        return self._heard.air[begin : begin + FRAME] * 10 ** (-self._echo.loss_db / 20)
