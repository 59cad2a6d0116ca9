"""Peers of the doors who keep no rules, and a call that does what the test says.

`DOORSTEPS` says of each WebSocket door how one comes in and speaks there, so that one test can
visit them all; `Visitor` stands before a door without a network, `Wire` before AudioSocket,
`Browser` behind WebRTC's engine.
"""

import asyncio
import contextlib
import json
import socket
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import uvicorn
from fastapi import APIRouter, FastAPI

from warmline.audio.frame import FRAME, Frame, Pcm
from warmline.errors import CallRefused
from warmline.gateway.asterisk.audiosocket import HANG_UP
from warmline.gateway.asterisk.audiosocket_server import AudioSocketDoor
from warmline.gateway.asterisk.calls import AsteriskCalls
from warmline.gateway.asterisk.http import asterisk_router
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.protocol import UVICORN_OPTIONS
from warmline.gateway.socket import SocketSettings, audio_router
from warmline.gateway.twilio.door import twilio_router
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.gateway.webrtc.arrivals import Quality
from warmline.gateway.webrtc.engine import Closed, Peer, PeerEvent
from warmline.gateway.webrtc.offer import Offer
from warmline.ports import AudioProfile, CallHandler, Digit, Dropped, Line, MarkPlayed

Piece = str | bytes
"""One message of a peer's."""
LEVEL: Final = 9000
"""How loud the callers of these tests are, of 32,767."""


class Desk:
    """A call that keeps what comes, and breaks when it is told to."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self.answered = asyncio.Event()
        self.came = asyncio.Event()
        self.over = asyncio.Event()
        self.deaf = False
        """Does not take what comes in."""
        self.frames = 0
        self.loud = 0
        """Frames in which somebody speaks."""
        self.dropped = 0
        self.digits = ""
        self.played: list[str] = []
        self.gone = ""
        self._breaks = asyncio.Event()
        self._error: Callable[[], Exception] = broken

    async def __call__(self, line: Line) -> None:
        self.line = line
        await line.started("c1")
        self.answered.set()
        listening = asyncio.create_task(self._listen(line))
        breaking = asyncio.create_task(self._breaks.wait())
        try:
            await asyncio.wait([listening, breaking], return_when=asyncio.FIRST_COMPLETED)
            if self._breaks.is_set():
                raise self._error()
            listening.result()
        finally:
            for task in (listening, breaking):
                task.cancel()
            await asyncio.gather(listening, breaking, return_exceptions=True)
            self.gone = line.gone
            self.over.set()

    def breaks(self, error: Callable[[], Exception]) -> None:
        """Have the call raise what this makes; one used twice would keep the first call alive."""
        self._error = error
        self._breaks.set()

    async def _listen(self, line: Line) -> None:
        if self.deaf:
            await asyncio.Event().wait()
        place = 0
        async for event in line:
            match event:
                case Frame(samples=samples, position=position):
                    assert samples.size == FRAME
                    assert position >= place, "the caller's audio goes back in time"
                    place = position + FRAME
                    self.frames += 1
                    self.loud += int(np.abs(samples).max() > LEVEL / 3)
                case Digit(digit):
                    self.digits += digit
                case MarkPlayed(name):
                    self.played.append(name)
                case Dropped(frames):
                    self.dropped += frames
            self.came.set()

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not enough():
                self.came.clear()
                await self.came.wait()


def broken() -> Exception:
    return RuntimeError("+15550100")


def refused() -> Exception:
    return CallRefused("unknown_flow", "there is no such flow")


# --- how one comes in at each WebSocket door ---------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorstep:
    path: str
    router: Callable[[CallHandler, float], APIRouter]
    """The door, whose patience with silent and stalled peers is so many seconds."""
    begin: tuple[Piece, ...]
    """What makes a connection a call."""
    speak: Callable[[int], Piece]
    """The 20 ms with this number, from 1 on, of a loud voice."""
    is_audio: Callable[[Piece], bool]
    """Whether a message of ours has audio."""
    headers: dict[str, str] = field(default_factory=dict)
    subprotocol: str = ""

    def open(self, handler: CallHandler, patience_s: float = 5.0) -> FastAPI:
        app = FastAPI()
        app.include_router(self.router(handler, patience_s))
        return app


def twilio_event(event: str, **fields: Any) -> str:
    return json.dumps({"event": event, "streamSid": "MZ1"} | fields)


def twilio_media(chunk: int, at_ms: int, payload: str) -> str:
    media = {"track": "inbound", "chunk": str(chunk), "timestamp": str(at_ms), "payload": payload}
    return twilio_event("media", media=media)


def _audio(handler: CallHandler, patience_s: float) -> APIRouter:
    settings = SocketSettings(start_timeout_s=patience_s, stall_timeout_s=patience_s)
    return audio_router(handler, settings)


def _twilio(handler: CallHandler, patience_s: float) -> APIRouter:
    settings = TwilioSettings(
        public_url="http://127.0.0.1",
        insecure_loopback=True,
        start_timeout_s=patience_s,
        stall_timeout_s=patience_s,
    )
    return twilio_router(handler, settings)


def _asterisk(handler: CallHandler, patience_s: float) -> APIRouter:
    settings = AsteriskSettings(
        password="hush", secret="hush", start_timeout_s=patience_s, stall_timeout_s=patience_s
    )
    return asterisk_router(handler, AsteriskCalls(), settings)


_MULAW: Final = b"\x8f" * 160  # at 0.3 of full scale
_PCM: Final = np.full(160, LEVEL, dtype="<i2").tobytes()

DOORSTEPS: Final = {
    "audio": Doorstep(
        path="/audio",
        router=_audio,
        begin=('{"type": "start", "encoding": "pcm16", "rate": 8000, "caller": "+15550100"}',),
        speak=lambda number: _PCM,
        is_audio=lambda piece: isinstance(piece, bytes),
    ),
    "twilio": Doorstep(
        path="/twilio/media",
        router=_twilio,
        begin=(
            '{"event": "connected", "protocol": "Call", "version": "1.0.0"}',
            twilio_event(
                "start",
                start={
                    "streamSid": "MZ1",
                    "callSid": "CA1",
                    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                    "customParameters": {"from": "+15550100"},
                },
            ),
        ),
        speak=lambda number: twilio_media(number, (number - 1) * 20, b64encode(_MULAW).decode()),
        is_audio=lambda piece: isinstance(piece, str) and '"event":"media"' in piece,
    ),
    "asterisk": Doorstep(
        path="/asterisk/media",
        router=_asterisk,
        begin=(
            '{"event": "MEDIA_START", "format": "slin", "optimal_frame_size": 320, "ptime": 20}',
        ),
        speak=lambda number: _PCM,
        is_audio=lambda piece: isinstance(piece, bytes),
        headers={"authorization": "Basic " + b64encode(b"asterisk:hush").decode()},
        subprotocol="media",
    ),
}


@contextlib.asynccontextmanager
async def serving(app: FastAPI, **options: Any) -> AsyncIterator[tuple[str, int]]:
    """The application on a free port of loopback, by uvicorn as `warmline serve` has it."""
    config = uvicorn.Config(app, log_config=None, **(UVICORN_OPTIONS | options))
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup(sockets=[listener])
        try:
            yield "127.0.0.1", listener.getsockname()[1]
        finally:
            async with asyncio.timeout(5):
                await server.shutdown(sockets=[listener])


# --- before a door without a network ------------------------------------------------------------


class Visitor:
    """A WebSocket's far end for an ASGI application; what it may do, uvicorn lets peers do."""

    def __init__(self, step: Doorstep) -> None:
        self.got: list[Piece] = []
        self.accepted = self.aborted = False
        self.closed: int | None = None
        """The code with which we were closed."""
        self.takes = asyncio.Event()
        """Unset it, and we take nothing any more."""
        self.takes.set()
        self._left = False
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._inbox.put_nowait({"type": "websocket.connect"})
        self._scope: dict[str, Any] = {
            "type": "websocket",
            "path": step.path,
            "query_string": b"uuid=u-1&from=%2B15550100",
            "headers": [(name.encode(), value.encode()) for name, value in step.headers.items()],
            "client": ("127.0.0.1", 5),
            "subprotocols": [step.subprotocol] if step.subprotocol else [],
            "extensions": {"warmline.abort": {"abort": self._abort}},
        }

    async def visit(self, app: Callable[..., Awaitable[None]]) -> None:
        """Until the door has done with us."""
        await app(self._scope, self._inbox.get, self._send)

    def say(self, piece: Piece) -> None:
        if not self._left and self.closed is None:
            kind = "text" if isinstance(piece, str) else "bytes"
            self._inbox.put_nowait({"type": "websocket.receive", kind: piece})

    def leave(self, code: int = 1006) -> None:
        if not self._left:
            self._left = True
            self.takes.set()
            self._inbox.put_nowait({"type": "websocket.disconnect", "code": code})

    async def _send(self, message: dict[str, Any]) -> None:
        await self.takes.wait()
        if self._left:
            raise ConnectionError
        assert self.closed is None, f"{message['type']} after the close"
        match message["type"]:
            case "websocket.accept":
                self.accepted = True
            case "websocket.send":
                text = message.get("text")
                self.got.append(message["bytes"] if text is None else text)
            case "websocket.close":
                self.closed = message["code"]
                self._inbox.put_nowait({"type": "websocket.disconnect", "code": self.closed})

    def _abort(self) -> None:
        self.aborted = True
        self.leave()


class Wire(asyncio.Transport):
    """An Asterisk's end of an AudioSocket connection."""

    def __init__(self, door: AudioSocketDoor) -> None:
        super().__init__()
        self.got = bytearray()
        self.ended = False
        self._left = False
        self._takes = True
        self._loop = asyncio.get_running_loop()
        self._reader = asyncio.StreamReader()
        self._protocol = asyncio.StreamReaderProtocol(self._reader, loop=self._loop)
        self._protocol.connection_made(self)
        writer = asyncio.StreamWriter(self, self._protocol, self._reader, self._loop)
        door.connected(self._reader, writer)

    def say(self, data: bytes) -> None:
        if not (self._left or self.ended):
            self._reader.feed_data(data)

    def leave(self) -> None:
        if not (self._left or self.ended):
            self._left = True
            self._reader.feed_eof()

    def take(self, some: bool) -> None:
        if some != self._takes:
            self._takes = some
            (self._protocol.resume_writing if some else self._protocol.pause_writing)()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.ended, "bytes after the end"
        self.got += data
        if data == HANG_UP:
            self.leave()

    def close(self) -> None:
        if not self.ended:
            self.ended = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        return self.ended

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    @property
    def messages(self) -> list[tuple[int, bytes]]:
        """Kind and payload of all that we sent, which must be whole messages."""
        found, at, data = deque[tuple[int, bytes]](), 0, bytes(self.got)
        while at < len(data):
            end = at + 3 + int.from_bytes(data[at + 1 : at + 3], "big")
            assert end <= len(data), "half a message"
            found.append((data[at], data[at + 3 : end]))
            at = end
        return list(found)


# --- behind the WebRTC door's engine ------------------------------------------------------------


class Browser:
    """A connection (`engine.Peer`) that comes up after a while, or never."""

    def __init__(self, connects_s: float | None) -> None:
        self.answer, self.ufrag, self.quality = "", "abcd", Quality()
        self.profile = AudioProfile(
            name="webrtc", rate=16_000, codec="opus", lead_s=0.04, continuous=True
        )
        self.sent = 0
        self.told: list[str] = []
        self.closed = False
        self._connects_s = connects_s
        self._events = deque[PeerEvent]()
        self._some = asyncio.Event()

    def event(self, *events: PeerEvent) -> None:
        self._events += events
        self._some.set()

    def leave(self) -> None:
        self.closed = True
        self._some.set()

    async def add_candidates(self, candidates: Sequence[str]) -> None: ...

    async def connected(self, timeout_s: float) -> bool:
        await asyncio.sleep(timeout_s if self._connects_s is None else self._connects_s)
        return self._connects_s is not None

    async def receive(self) -> PeerEvent:
        while not self._events and not self.closed:
            self._some.clear()
            await self._some.wait()
        return self._events.popleft() if self._events else Closed()

    def send(self, frame: Pcm) -> None:
        assert frame.size == 320
        self.sent += 1

    def clear(self) -> None: ...

    def tell(self, text: str) -> None:
        self.told.append(text)

    async def close(self) -> None:
        self.leave()


class Browsers:
    """An engine whose connections come up after `connects_s`."""

    def __init__(self) -> None:
        self.connects_s: float | None = 0.0
        self.all: list[Browser] = []

    async def accept(self, offer: Offer) -> Peer:
        self.all.append(Browser(self.connects_s))
        return self.all[-1]
