"""Owns one AudioSocket connection: messages in, bytes out, and who waits how long for whom.

Must not know calls, nor how a message is written (`audiosocket`).
"""

import asyncio
import contextlib
import socket
from collections import deque
from typing import Final

import numpy as np

from warmline.audio.frame import FRAME_S
from warmline.gateway.asterisk.audiosocket import (
    HANG_UP,
    Audio,
    AudioSocketCodec,
    Identified,
    Message,
    encode,
)
from warmline.gateway.far_end import FarEndGone
from warmline.gateway.intake import MAX_DIGITS
from warmline.gateway.wire import WireError

RATE: Final = 8_000
"""Hz of the dialplan's AudioSocket(); the channel driver may send at other rates."""
CLOSE_S: Final = 1.0
"""Seconds that Asterisk gets to take our last words."""
SEND_BUFFER: Final = 8_192
"""Bytes that wait for Asterisk here and, about twice, in the kernel: one and a half seconds."""
_READ: Final = 65_536
_RATE_KNOWN_S: Final = 0.2
"""Seconds to wait for the first audio, which says the rate."""

_SILENCE: Final = encode(np.zeros(round(RATE * FRAME_S), dtype=np.int16), RATE)


class AudioSocketPeer:
    """One connection: messages in, bytes out to a peer who may take nothing."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stall_timeout_s: float
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._stall_timeout_s = stall_timeout_s
        self._codec = AudioSocketCodec()
        self._held: deque[Message] = deque(maxlen=MAX_DIGITS)  # came before the leg was there
        self._left = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        writer.transport.set_write_buffer_limits(high=SEND_BUFFER)
        if (sock := writer.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def now(self) -> float:
        return self._loop.time()

    async def identify(self, timeout_s: float) -> tuple[str, int]:
        """The call's UUID and its rate (Hz). Raises WireError, FarEndGone, TimeoutError."""
        uuid, until = "", self.now() + timeout_s
        await self.send(_SILENCE)
        while self.now() < until:
            message = self._codec.next()
            match message:
                case None:
                    await self._read_or_send_silence()
                case Identified():
                    uuid, until = message.uuid, self.now() + _RATE_KNOWN_S
                case _:
                    self._held.append(message)
                    if isinstance(message, Audio):
                        return uuid, message.rate
        if not uuid:
            raise WireError("start_timeout", f"send the UUID within {timeout_s:g} s", 1008)
        return uuid, RATE

    async def _read_or_send_silence(self) -> None:
        try:
            async with asyncio.timeout(FRAME_S):
                await self._fill()
        except TimeoutError:
            await self.send(_SILENCE)

    async def receive(self) -> Message:
        """The next message. Raises WireError, FarEndGone."""
        if self._held:
            return self._held.popleft()
        while (message := self._codec.next()) is None:
            await self._fill()
        await asyncio.sleep(0)  # many small messages in one packet delay no other call
        return message

    async def _fill(self) -> None:
        try:
            data = await self._reader.read(_READ)
        except OSError:
            data = b""
        if not data:
            self._left.set()
            raise FarEndGone
        self._codec.feed(data)

    async def send(self, data: bytes) -> None:
        """Raises TimeoutError (stalled), FarEndGone."""
        if self._writer.is_closing():  # uvloop raises RuntimeError for a write
            raise FarEndGone
        self._writer.write(data)
        async with asyncio.timeout(self._stall_timeout_s):
            try:
                await self._writer.drain()
            except OSError:
                raise FarEndGone from None

    async def part(self) -> None:
        """End the call; Asterisk closes, and until then what it still sends is read.

        Closing at once would reset the connection, and Asterisk might never see why.
        """
        await self.send(HANG_UP)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._left.wait()
        self._writer.close()

    def abort(self) -> None:
        self._writer.transport.abort()
