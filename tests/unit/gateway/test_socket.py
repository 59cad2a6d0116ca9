"""The door over a real server on loopback: good calls, every bad input, and nothing left over."""

import asyncio
import contextlib
import json
import logging
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from warmline.audio.frame import Frame
from warmline.errors import CallRefused, ConfigError
from warmline.gateway import protocol
from warmline.gateway.lobby import MAX_EACH
from warmline.gateway.socket import SocketSettings
from warmline.ports import Digit, Line, MarkPlayed

Serve = Callable[..., AbstractAsyncContextManager[str]]
START = json.dumps({"type": "start", "encoding": "pcm16", "rate": 16000, "caller": "+15550100"})
FRAME = np.full(320, 1000, dtype="<i2").tobytes()


class Echo:
    """A call that says back what it hears, and what keys were pressed."""

    def __init__(self) -> None:
        self.gone: list[str] = []
        self.ended = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        await line.started("c1")
        async for event in line:
            match event:
                case Frame(samples=samples):
                    await line.play(samples)
                case Digit(digit):
                    line.mark(digit)
                case MarkPlayed(name):
                    await line.hang_up(f"heard {name}")
                case _:
                    pass
        self.gone.append(line.gone)
        self.ended.set()


async def to_the_end(client: ClientConnection) -> tuple[list[dict[str, Any]], bytes]:
    """All texts and all audio until the close."""
    texts, audio = [], b""
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = await client.recv()
                if isinstance(message, str):
                    texts.append(json.loads(message))
                else:
                    audio += message
    return texts, audio


@contextlib.asynccontextmanager
async def call(url: str) -> AsyncIterator[ClientConnection]:
    async with connect(url, compression=None) as client:
        await client.send(START)
        assert json.loads(await client.recv()) == {"type": "started", "call_id": "c1"}
        yield client


def quiet(caplog: pytest.LogCaptureFixture) -> bool:
    return not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_call(serve: Serve) -> None:
    async with serve(Echo()) as url, call(url) as client:
        for _ in range(5):
            await client.send(FRAME)
        await client.send('{"type": "dtmf", "digit": "5"}')
        texts, audio = await to_the_end(client)
        assert texts == [{"type": "mark", "name": "5"}, {"type": "ended", "reason": "heard 5"}]
        assert audio == FRAME * 5
        assert client.close_code == 1000


async def test_every_format(serve: Serve) -> None:
    infos = []

    async def handler(line: Line) -> None:
        infos.append(line.info)
        await line.play(np.zeros(line.info.rate // 50, dtype=np.int16))
        line.mark("end")
        async for event in line:
            if isinstance(event, MarkPlayed):
                return

    async def one(url: str, encoding: str, rate: int) -> None:
        async with connect(url) as client:
            await client.send(json.dumps({"type": "start", "encoding": encoding, "rate": rate}))
            texts, audio = await to_the_end(client)
            assert len(audio) == rate // 50 * (2 if encoding == "pcm16" else 1)
            assert texts[-1] == {"type": "ended", "reason": "completed"}

    rates = [8000, 16000, 24000, 48000]
    async with serve(handler) as url:
        await asyncio.gather(*(one(url, e, rate) for e in ("pcm16", "mulaw") for rate in rates))
    assert {info.door for info in infos} == {"socket"}
    assert sorted(info.rate for info in infos) == sorted(rates * 2)


async def test_subprotocol(serve: Serve) -> None:
    ours = Subprotocol("warmline.audio.v1")
    async with serve(Echo()) as url:
        async with connect(url, subprotocols=[Subprotocol("x"), ours]) as client:
            assert client.subprotocol == ours
        async with connect(url) as client:
            assert client.subprotocol is None


async def test_a_crowd_of_strangers_keeps_no_caller_out_for_ever(serve: Serve) -> None:
    settings = SocketSettings(start_timeout_s=0.3)
    async with serve(Echo(), settings) as url:
        crowd = [await connect(url) for _ in range(MAX_EACH)]
        with pytest.raises(InvalidStatus, match="403"):
            await connect(url)
        for stranger in crowd:
            await stranger.wait_closed()
        async with connect(url) as client:
            await client.send(json.dumps({"type": "start", "encoding": "mulaw", "rate": 8000}))
            assert json.loads(await client.recv())["type"] == "started"
            callers = [await connect(url) for _ in range(MAX_EACH)]  # who called takes no place
            for caller in callers:
                await caller.close()


async def test_other_subprotocols_are_refused(serve: Serve) -> None:
    async with serve(Echo()) as url:
        with pytest.raises(InvalidStatus) as raised:
            await connect(url, subprotocols=[Subprotocol("warmline.audio.v2")])
        assert raised.value.response.status_code == 403


BAD_BEFORE_START: list[tuple[str | bytes, str, int]] = [
    (FRAME, "audio_before_start", 1008),
    ('{"type": "stop"}', "bad_message", 1008),
    (START.replace("pcm16", "opus"), "unsupported_audio", 1003),
    (START.replace("16000", "44100"), "unsupported_audio", 1003),
    ("{", "bad_json", 1007),
    ("[" * 30_000, "bad_json", 1007),
    ("x" * 65_537, "too_big", 1009),
    (bytes(10_000_000), "too_big", 1009),
    ("x" * 10_000_000, "too_big", 1009),
]
BAD_AFTER_START: list[tuple[str | bytes, str, int]] = [
    (START, "bad_message", 1008),
    (FRAME[:-1], "odd_bytes", 1007),
    ('{"type": "dtmf", "digit": "55"}', "bad_message", 1008),
    ('{"type": NaN}', "bad_json", 1007),
    (bytes(65_538), "too_big", 1009),
    (bytes(10_000_000), "too_big", 1009),
]


@pytest.mark.parametrize(
    ("before", "bad", "code", "close_code"),
    [([], *case) for case in BAD_BEFORE_START] + [([START], *case) for case in BAD_AFTER_START],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
async def test_bad_input(
    serve: Serve,
    caplog: pytest.LogCaptureFixture,
    before: list[str],
    bad: str | bytes,
    code: str,
    close_code: int,
) -> None:
    echo = Echo()
    async with serve(echo) as url, call(url) as other:
        async with connect(url, compression=None) as client:
            for message in before:
                await client.send(message)
            with contextlib.suppress(ConnectionClosed):
                await client.send(bad)
            texts, _ = await to_the_end(client)
            assert (texts[-1]["type"], texts[-1]["code"]) == ("error", code)
            assert client.close_code == close_code
        if before:
            await asyncio.wait_for(echo.ended.wait(), 5)
            assert echo.gone == ["bad_input"]
        await other.send(FRAME)
        assert await other.recv() == FRAME, "other calls go on"
    assert quiet(caplog)


async def test_no_start_in_time(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    settings = SocketSettings(start_timeout_s=0.05)
    async with serve(Echo(), settings) as url, connect(url) as client:
        await client.send(b"")
        texts, _ = await to_the_end(client)
        assert [text["code"] for text in texts] == ["start_timeout"]
        assert client.close_code == 1008
    assert quiet(caplog)


async def test_a_refused_call(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(line: Line) -> None:
        raise CallRefused("unknown_flow", "flow: there is no such flow")

    async with serve(refuse) as url, connect(url) as client:
        await client.send(START)
        texts, _ = await to_the_end(client)
        assert texts == [
            {"type": "error", "code": "unknown_flow", "message": "flow: there is no such flow"}
        ]
        assert client.close_code == 1008
    assert quiet(caplog)


async def test_a_failing_call(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(line: Line) -> None:
        await line.started("c1")
        async with asyncio.TaskGroup():
            raise ValueError(line.info.caller)

    async with serve(fail) as url, connect(url) as client:
        await client.send(START)
        texts, _ = await to_the_end(client)
        assert [text.get("code") for text in texts] == [None, "internal"]
        assert client.close_code == 1011
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "call c1: failed: ValueError at " in record.getMessage()
    assert record.exc_info is None
    assert "5550100" not in caplog.text


@pytest.mark.parametrize("rest", [b"", b"\x82\xfe\x02", b"\x82\xfe\x02\x80abcd" + bytes(100)])
async def test_a_client_that_vanishes(
    serve: Serve, caplog: pytest.LogCaptureFixture, rest: bytes
) -> None:
    echo = Echo()
    async with serve(echo) as url:
        async with call(url) as client:
            raw = client.transport.get_extra_info("socket")
            client.transport.write(rest)
            # Without lingering, closing sends RST.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.transport.abort()
            await asyncio.wait_for(echo.ended.wait(), 5)
        assert echo.gone == ["caller_hung_up"]
    assert quiet(caplog)


@pytest.mark.parametrize("polite", [True, False])
async def test_a_client_that_never_reads(
    serve: Serve,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    polite: bool,
) -> None:
    """Small buffers, so that the pipe is full after a few frames."""
    monkeypatch.setattr(protocol, "SEND_BUFFER", 4096)
    monkeypatch.setattr(protocol, "CLOSE_S", 0.05)
    gone = asyncio.Queue[str]()

    async def talk(line: Line) -> None:
        await line.play(np.zeros(20 * line.info.rate, dtype=np.int16))
        if polite:
            await line.hang_up("completed")
        async for _ in line:
            pass
        gone.put_nowait(line.gone)

    settings = SocketSettings(stall_timeout_s=0.1, lead_s=0.2)
    async with serve(talk, settings) as url:
        host, port = url.removeprefix("ws://").removesuffix("/audio").split(":")
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.connect((host, int(port)))
        async with connect(url, sock=raw, compression=None, close_timeout=0) as client:
            client.transport.pause_reading()
            await client.send(START.replace("16000", "48000"))
            assert await asyncio.wait_for(gone.get(), 5) == (
                "completed" if polite else "caller_stalled"
            )
    # That the server could stop shows that the connection is not waiting for its buffer.
    assert quiet(caplog)


async def test_a_hundred_calls_leave_nothing(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    echo = Echo()

    async def one(url: str, number: int) -> None:
        async with call(url) as client:
            await client.send(FRAME)
            await client.recv()
            if number % 3 == 0:
                await client.send('{"type": "stop"}')
                assert (await to_the_end(client))[0][-1]["reason"] == "caller_hung_up"
            elif number % 3 == 1:
                client.transport.abort()

    async with serve(echo) as url:
        before = asyncio.all_tasks()
        for start in range(0, 100, 10):
            await asyncio.gather(*(one(url, start + i) for i in range(10)))
        async with asyncio.timeout(5):
            while len(echo.gone) < 100:
                await echo.ended.wait()
                echo.ended.clear()
            while asyncio.all_tasks() - before:
                await asyncio.wait(asyncio.all_tasks() - before)
    assert echo.gone == ["caller_hung_up"] * 100
    assert quiet(caplog)


async def test_a_server_that_stops(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    echo = Echo()
    async with contextlib.AsyncExitStack() as stack:
        async with serve(echo) as url:
            client = await stack.enter_async_context(call(url))
        assert echo.gone == ["server_stopped"]
        await to_the_end(client)
        assert client.close_code == 1012
    assert quiet(caplog)


@pytest.mark.parametrize(
    "wrong", [{"lead_s": 0.3}, {"lead_s": 0.01}, {"max_message": 0}, {"stall_timeout_s": -1.0}]
)
def test_wrong_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        SocketSettings(**wrong)
