"""Owns a caller's leg over a WebSocket: the `Line` that a call gets, and its two tasks.

Must not know what a call does, nor FastAPI's routes. Messages are wire's, pacing is playout's,
what comes in is intake's; this module only moves them between tasks.

The reader takes every message at once and never waits for the call. The sender alone writes
to the socket: texts, then what playout says is due, and at the end one farewell. The line
ends once, in `_finish`; the first reason counts.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from warmline.audio.frame import Pcm
from warmline.gateway.intake import Intake
from warmline.gateway.playout import Mark, Playout
from warmline.gateway.protocol import ABORT
from warmline.gateway.wire import (
    Clear,
    Dtmf,
    Ended,
    Error,
    MarkSet,
    ServerMessage,
    Start,
    Started,
    Stop,
    WireCodec,
    WireError,
)
from warmline.ports import LineEvent, LineInfo

_SLICE_S: Final = 0.2
"""Seconds of audio handled without a break, so that an 8 s message delays no other call."""
_GONE: Final = {1002: "bad_input", 1007: "bad_input", 1009: "bad_input", 1012: "server_stopped"}
"""Why a connection closed that the line did not close: our own protocol's close codes."""


class Link:
    """The WebSocket as the line needs it: sends give up on a caller who takes nothing."""

    def __init__(self, websocket: WebSocket, stall_timeout_s: float) -> None:
        self._websocket = websocket
        self._stall_timeout_s = stall_timeout_s

    async def receive(self) -> str | bytes | int:
        """The next text or binary message, or the close code."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            return int(message["code"])
        text: str | None = message.get("text")
        return text if text is not None else bytes(message["bytes"])

    async def text(self, message: ServerMessage) -> None:
        """Raises TimeoutError (stalled), WebSocketDisconnect."""
        async with asyncio.timeout(self._stall_timeout_s):
            await self._websocket.send_text(message.model_dump_json())

    async def audio(self, data: bytes) -> None:
        """Raises TimeoutError (stalled), WebSocketDisconnect."""
        async with asyncio.timeout(self._stall_timeout_s):
            await self._websocket.send_bytes(data)

    async def close(self, farewell: ServerMessage, code: int) -> None:
        """Say why and close; a caller who cannot take it is cut off."""
        try:
            await self.text(farewell)
            async with asyncio.timeout(self._stall_timeout_s):
                await self._websocket.close(code)
        except WebSocketDisconnect:
            pass
        except TimeoutError:
            self.abort()

    def abort(self) -> None:
        """Drop the connection without a handshake, where the server can."""
        if (extension := self._websocket.scope.get("extensions", {}).get(ABORT)) is not None:
            extension["abort"]()


class SocketLine:
    """One caller's leg over a WebSocket (see `ports.Line`)."""

    def __init__(
        self,
        link: Link,
        codec: WireCodec,
        info: LineInfo,
        *,
        intake: Intake,
        playout: Playout,
        max_queue_s: float,
    ) -> None:
        self.call_id = ""
        self._link = link
        self._codec = codec
        self._info = info
        self._intake = intake
        self._playout = playout
        self._max_queue_s = max_queue_s
        self._loop = asyncio.get_running_loop()
        self._clears = 0
        self._texts: deque[ServerMessage] = deque()
        self._gone = ""
        self._farewell: tuple[ServerMessage, int] | None = None
        self._arrived = asyncio.Event()  # wakes the iterator
        self._work = asyncio.Event()  # wakes the sender
        self._room = asyncio.Event()  # wakes `play`
        self._sender_done = asyncio.Event()

    # --- for the call ----------------------------------------------------------------------

    @property
    def info(self) -> LineInfo:
        return self._info

    @property
    def gone(self) -> str:
        return self._gone

    @property
    def played(self) -> int:
        return self._playout.played(self._loop.time())

    @property
    def queued(self) -> int:
        return self._playout.queued

    @property
    def underruns(self) -> int:
        """Gaps inside speech that we caused, see `Playout.underruns`."""
        return self._playout.underruns

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        while True:
            self._arrived.clear()
            while (event := self._intake.pop()) is not None:
                yield event
            if self._gone:
                return
            await self._arrived.wait()

    async def started(self, call_id: str) -> None:
        self.call_id = call_id
        self._texts.append(Started(call_id=call_id))
        self._work.set()

    async def play(self, pcm: Pcm) -> None:
        """See `ports.Line`. Audio that waits in here when `clear` comes is dropped too."""
        clears = self._clears
        for at in range(0, pcm.size, self._info.rate):
            while self._playout.waiting_s > self._max_queue_s and clears == self._clears:
                if self._gone:
                    return
                self._room.clear()
                await self._room.wait()
            if self._gone or clears != self._clears:
                return
            self._playout.write(pcm[at : at + self._info.rate], self._loop.time())
            self._work.set()

    def mark(self, name: str) -> None:
        if not self._gone:
            self._playout.mark(name)
            self._work.set()

    def clear(self) -> None:
        if not self._gone:
            self._clears += 1
            self._playout.clear(self._loop.time())
            self._texts.append(Clear())
            self._room.set()
            self._work.set()

    async def hang_up(self, reason: str) -> None:
        self._finish(reason, Ended(reason=reason), 1000)
        await self._sender_done.wait()

    async def fail(self, code: str, message: str, close_code: int) -> None:
        """End the call with an `error` to the client."""
        self._finish("failed", Error(code=code, message=message), close_code)
        await self._sender_done.wait()

    # --- the two tasks ---------------------------------------------------------------------

    async def read(self) -> None:
        """Take what the client sends until the line ends."""
        try:
            while not self._gone:
                match await self._link.receive():
                    case str(text):
                        self._take_text(text)
                    case bytes(data):
                        await self._take_audio(self._codec.binary(data))
                    case int(code):
                        self._finish(_GONE.get(code, "caller_hung_up"))
        except WireError as error:
            farewell = Error(code=error.code, message=str(error))
            self._finish("bad_input", farewell, error.close_code)

    def _take_text(self, text: str) -> None:
        match self._codec.text(text):
            case Dtmf(digit=digit):
                self._intake.digit(digit)
                self._arrived.set()
            case Stop():
                self._finish("caller_hung_up", Ended(reason="caller_hung_up"), 1000)
            case Start():
                raise AssertionError("the codec refuses a second start")

    async def _take_audio(self, pcm: Pcm) -> None:
        step = int(self._info.rate * _SLICE_S)
        for at in range(0, pcm.size, step):
            if at:
                await asyncio.sleep(0)
            self._intake.audio(pcm[at : at + step], self._loop.time())
            self._arrived.set()

    async def send(self) -> None:
        """Send what is due until the line ends, then the farewell."""
        try:
            while not self._gone:
                self._work.clear()
                await self._send_due()
                await self._sleep()
            if self._farewell is not None:
                await self._send_texts()
                await self._link.close(*self._farewell)
        except TimeoutError:
            self._link.abort()
            self._finish("caller_stalled")
        except WebSocketDisconnect:
            pass  # the reader learns why
        finally:
            self._sender_done.set()

    async def _send_due(self) -> None:
        await self._send_texts()
        for item in self._playout.due(self._loop.time()):
            match item:
                case Mark(name):
                    await self._link.text(MarkSet(name=name))
                case frame:
                    await self._link.audio(self._codec.encode(frame))
        for name in self._playout.played_marks(self._loop.time()):
            self._intake.mark_played(name)
            self._arrived.set()
        if self._playout.waiting_s <= self._max_queue_s:
            self._room.set()

    async def _send_texts(self) -> None:
        while self._texts:
            await self._link.text(self._texts.popleft())

    async def _sleep(self) -> None:
        """Until something is due, or there is new work."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._playout.next_due(self._loop.time())):
                await self._work.wait()

    def _finish(
        self, gone: str, farewell: ServerMessage | None = None, close_code: int = 1000
    ) -> None:
        if self._gone:
            return
        self._gone = gone
        self._farewell = (farewell, close_code) if farewell is not None else None
        self._playout.clear(self._loop.time())
        for event in (self._arrived, self._work, self._room):
            event.set()
