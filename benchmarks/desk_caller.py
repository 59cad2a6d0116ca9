"""A caller at `/audio` whose steps the benchmark decides as it goes: speak, press, wait.

Knows the door's protocol. All moments are `time.monotonic()`; a sample is spoken when the frame
that holds it is sent, at its end, as a microphone gives it.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from warmline.audio.frame import FRAME, FRAME_S, RATE, Pcm
from warmline.caller.client import socket_url
from warmline.caller.tracks import AUDIBLE
from warmline.errors import WarmlineError


@dataclass(slots=True)
class Caller:
    """16 kHz both ways."""

    socket: ClientConnection
    call_id: str
    zero: float
    """The first sample was spoken then."""
    lateness: list[float] = field(default_factory=list)
    """How late (seconds) each frame was sent."""
    over: str = ""
    """Why the call has ended; empty while it goes on."""
    _to_say: deque[Pcm] = field(default_factory=deque)
    _silent: asyncio.Event = field(default_factory=asyncio.Event)
    _sent: int = 0
    _heard_at: float = 0.0

    def say(self, samples: Pcm) -> float:
        """Speak this next; the moment of its first sample."""
        begins = self.zero + (self._sent + len(self._to_say)) * FRAME_S
        padded = np.concatenate([samples, np.zeros(-samples.size % FRAME, dtype=np.int16)])
        self._to_say.extend(padded.reshape(-1, FRAME))
        self._silent.clear()
        return begins

    async def said(self) -> None:
        """Until all that is to be said has been spoken."""
        await self._silent.wait()

    async def press(self, key: str) -> None:
        await self.socket.send(json.dumps({"type": "dtmf", "digit": key}))

    async def quiet(
        self, seconds: float, unless: Callable[[], bool] = lambda: False, timeout_s: float = 30.0
    ) -> None:
        """Until nothing was to be heard for so long, or that holds. Raises WarmlineError."""
        since = time.monotonic()
        while time.monotonic() - max(since, self._heard_at) < seconds:
            if self.over or unless():
                return
            if time.monotonic() - since > timeout_s:
                raise WarmlineError("the bot does not stop speaking")
            await asyncio.sleep(FRAME_S)

    async def speak(self) -> None:
        silence = np.zeros(FRAME, dtype=np.int16)
        with suppress(ConnectionClosed):
            while True:
                due = self.zero + (self._sent + 1) * FRAME_S
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                self.lateness.append(time.monotonic() - due)
                pcm = self._to_say.popleft() if self._to_say else silence
                self._sent += 1
                await self.socket.send(pcm.tobytes())
                if not self._to_say:
                    self._silent.set()

    async def listen(self) -> None:
        with suppress(ConnectionClosed):
            async for message in self.socket:
                if isinstance(message, str):
                    told = json.loads(message)
                    self.over = told.get("reason", self.over)
                else:
                    heard = np.frombuffer(message, dtype="<i2").astype(np.float64) / 32_768
                    if heard.size and np.sqrt((heard**2).mean()) > AUDIBLE:
                        self._heard_at = time.monotonic()
        self.over = self.over or "closed"
        self._silent.set()


@asynccontextmanager
async def calling(url: str, flow: str, number: str = "+15550100") -> AsyncIterator[Caller]:
    """One call; it is hung up at the end. Raises WarmlineError when it is refused."""
    async with connect(socket_url(url), compression=None, max_size=2**20) as socket:
        start = {"type": "start", "flow": flow, "caller": number}
        await socket.send(json.dumps({**start, "encoding": "pcm16", "rate": RATE}))
        answer = json.loads(await socket.recv())
        if answer["type"] != "started":
            raise WarmlineError(f"the call was refused: {answer}")
        caller = Caller(socket, answer["call_id"], time.monotonic())
        work = [asyncio.create_task(caller.speak()), asyncio.create_task(caller.listen())]
        try:
            yield caller
            with suppress(ConnectionClosed):
                await socket.send('{"type":"stop"}')
                async with asyncio.timeout(10):
                    await work[1]
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
