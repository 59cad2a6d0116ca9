"""What we changed in uvicorn's protocol, on the wire; and that what we lean on is still there."""

import asyncio
import inspect
import json
import logging
import logging.config
import os
import struct
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode

from warmline.gateway import protocol
from warmline.gateway.protocol import UVICORN_OPTIONS, CallProtocol
from warmline.ports import Line

Serve = Callable[..., AbstractAsyncContextManager[str]]

HANDSHAKE = (
    b"GET /audio HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TOO_BIG = b"\x82\xff" + struct.pack("!Q", 10_000_000) + b"mask"
"""The head of a frame of 10 MB."""


async def listen(line: Line) -> None:
    await line.started("c1")
    async for _ in line:
        pass


class RawClient:
    """A client that sends what no library would."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def accepted(cls, url: str) -> "RawClient":
        host, port = url.removeprefix("ws://").removesuffix("/audio").split(":")
        client = cls(*await asyncio.open_connection(host, int(port)))
        client.writer.write(HANDSHAKE)
        assert b" 101 " in await client.reader.readuntil(b"\r\n\r\n")
        return client

    def send(self, opcode: Opcode, data: bytes, fin: bool = True) -> None:
        self.writer.write(Frame(opcode, data, fin).serialize(mask=True))

    async def frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame (all are short)."""
        first, length = await self.reader.readexactly(2)
        return first & 0x0F, await self.reader.readexactly(length)

    async def refusal(self) -> tuple[str, int]:
        """The code of the `error`, and of the close frame that follows; then the end."""
        async with asyncio.timeout(5):
            opcode, text = await self.frame()
            assert opcode == Opcode.TEXT
            opcode, close = await self.frame()
            assert opcode == Opcode.CLOSE
            assert await self.reader.read() == b""
        self.writer.close()
        return json.loads(text)["code"], struct.unpack("!H", close[:2])[0]


def quiet(caplog: pytest.LogCaptureFixture) -> bool:
    return not [record for record in caplog.records if record.levelno >= logging.WARNING]


CASES: list[tuple[list[tuple[Opcode, bytes, bool]], str, int]] = [
    ([(Opcode.TEXT, b"\xff\xfe", True)], "bad_utf8", 1007),
    ([(Opcode.TEXT, "é".encode()[:1], False), (Opcode.CONT, b"", True)], "bad_utf8", 1007),
    ([(Opcode.BINARY, bytes(131_073), True)], "too_big", 1009),
    ([(Opcode.BINARY, bytes(65_536), False)] * 2, "bad_frame", 1002),
    ([(Opcode.BINARY, bytes(65_536), False), *[(Opcode.CONT, bytes(65_536), False)] * 2],
     "too_big", 1009),
    ([(Opcode.CONT, b"x", True)], "bad_frame", 1002),
]  # fmt: skip


@pytest.mark.parametrize(("frames", "code", "close_code"), CASES)
async def test_broken_frames_get_an_error_before_the_close(
    serve: Serve,
    caplog: pytest.LogCaptureFixture,
    frames: list[tuple[Opcode, bytes, bool]],
    code: str,
    close_code: int,
) -> None:
    async with serve(listen) as url:
        client = await RawClient.accepted(url)
        for frame in frames:
            client.send(*frame)
        assert await client.refusal() == (code, close_code)
    assert quiet(caplog)


async def test_a_message_split_into_fragments_is_whole(serve: Serve) -> None:
    async with serve(listen) as url:
        client = await RawClient.accepted(url)
        client.send(Opcode.TEXT, b'{"type": "start", "encoding": "pcm16"', fin=False)
        client.send(Opcode.CONT, b"", fin=False)
        client.send(Opcode.CONT, b', "rate": 8000}', fin=True)
        assert (await client.frame())[0] == Opcode.TEXT
        client.writer.close()


async def test_ten_megabytes_leave_no_memory(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chunk = os.urandom(65_536)
    async with serve(listen) as url:
        client = await RawClient.accepted(url)
        tracemalloc.start()
        client.writer.write(TOO_BIG)
        for _ in range(10_000_000 // len(chunk)):
            client.writer.write(chunk)
            await client.writer.drain()
        assert await client.refusal() == ("too_big", 1009)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2_000_000
    assert quiet(caplog)


async def test_empty_fragments_and_pings_do_not_grow(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "SEND_BUFFER", 4096)
    monkeypatch.setattr(protocol, "CLOSE_S", 0.05)
    seen: list[CallProtocol] = []

    class Seen(CallProtocol):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)
            seen.append(self)

    async with serve(listen, ws=Seen) as url:
        client = await RawClient.accepted(url)
        client.send(Opcode.BINARY, b"", fin=False)
        for _ in range(50):
            for _ in range(500):
                client.send(Opcode.CONT, b"", fin=False)
                client.send(Opcode.PING, bytes(125))
            await client.writer.drain()
            await asyncio.sleep(0)
        (one,) = seen
        assert len(one.frames) <= 1
        # At most the pongs to one read from the socket, of 3 MB of pings.
        assert one.transport.get_write_buffer_size() <= 4096 + 262_144
        client.writer.transport.abort()


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
async def test_no_callers_data_in_the_log(
    serve: Serve, caplog: pytest.LogCaptureFixture, level: int
) -> None:
    caplog.set_level(level)
    uvicorns = {"version": 1, "disable_existing_loggers": False, "loggers": {"uvicorn.error": {}}}
    logging.config.dictConfig(uvicorns)
    theirs = logging.getLogger("client")
    theirs.setLevel(logging.WARNING)
    start = '{"type": "start", "encoding": "pcm16", "rate": 8000, "caller": "5550100"}'
    async with (
        serve(listen) as url,
        connect(f"{url}?caller=5550100", logger=theirs) as client,
    ):
        await client.send(start)
        await client.send('{"type": "dtmf", "digit": "5"}')
        await client.recv()
    for record in caplog.records:
        assert "5550100" not in record.getMessage()
        assert "dtmf" not in record.getMessage()


async def test_nothing_is_compressed(serve: Serve) -> None:
    async with serve(listen) as url, connect(url) as client:
        assert not client.protocol.extensions


async def test_a_client_that_answers_no_ping_is_dropped(serve: Serve) -> None:
    options = {"ws_ping_interval": 0.01, "ws_ping_timeout": 0.01}
    async with serve(listen, **options) as url:
        client = await RawClient.accepted(url)
        async with asyncio.timeout(5):
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                while True:
                    await client.frame()
        client.writer.close()


class StuckTransport(asyncio.Transport):
    """A transport whose buffer never drains, so that closing it never ends."""

    def __init__(self) -> None:
        super().__init__()
        self.high: int | None = None
        self.aborted = asyncio.Event()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high

    def is_closing(self) -> bool:
        return False

    def write(self, data: object) -> None:
        pass

    def close(self) -> None:
        pass

    def abort(self) -> None:
        self.aborted.set()


def connection(app: Callable[..., Awaitable[None]]) -> tuple[CallProtocol, StuckTransport]:
    """A connection to `app` that has just said its handshake."""
    config = uvicorn.Config(app, log_config=None, **UVICORN_OPTIONS)
    config.load()
    one, transport = CallProtocol(config, ServerState(), {}), StuckTransport()
    one.connection_made(transport)
    one.data_received(HANDSHAKE)
    return one, transport


async def test_frames_before_our_answer_abort_the_connection() -> None:
    async def never_accepts(scope: object, receive: object, send: object) -> None:
        await asyncio.Event().wait()

    one, transport = connection(never_accepts)
    one.data_received(TOO_BIG)
    assert transport.aborted.is_set()
    for task in one.tasks:
        task.cancel()


async def test_a_close_that_nobody_reads_ends_in_an_abort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "CLOSE_S", 0.01)

    async def closes(
        scope: object, receive: object, send: Callable[[object], Awaitable[None]]
    ) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})

    one, transport = connection(closes)
    assert transport.high == protocol.SEND_BUFFER
    await asyncio.wait_for(transport.aborted.wait(), 5)
    one.connection_lost(None)


@pytest.mark.parametrize(
    "method",
    [name for name, value in vars(CallProtocol).items()
     if inspect.isfunction(value) and not name.startswith("_")],
)  # fmt: skip
def test_what_we_override_is_still_there(method: str) -> None:
    base = getattr(WebSocketsSansIOProtocol, method)
    ours = getattr(CallProtocol, method)
    assert list(inspect.signature(base).parameters) == list(inspect.signature(ours).parameters)
    assert inspect.iscoroutinefunction(base) == inspect.iscoroutinefunction(ours)


@pytest.mark.parametrize(
    "name",
    ["close_sent", "close_timeout", "close_timer", "conn", "connections", "curr_msg_data_type",
     "disconnected", "frames", "logger", "queue", "read_paused", "scope", "transport", "writable"],
)  # fmt: skip
def test_what_we_touch_is_still_there(name: str) -> None:
    source = Path(inspect.getfile(WebSocketsSansIOProtocol)).read_text()
    assert f"self.{name}" in source
