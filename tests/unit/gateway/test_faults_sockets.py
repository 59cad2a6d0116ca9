"""Faults on real sockets, the same ones at every WebSocket door: resets, floods, stalls, rubbish.

Another call on the same door must not notice.
"""

import asyncio
import contextlib
import gc
import logging
import socket
import struct
import tracemalloc
from collections.abc import AsyncIterator

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from strangers import DOORSTEPS, LEVEL, Desk, Doorstep, Piece, broken, serving
from warmline.gateway import protocol
from warmline.gateway.asterisk.audiosocket import encode
from warmline.gateway.asterisk.audiosocket_server import audiosocket_server
from warmline.gateway.asterisk.calls import AsteriskCalls
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.ports import Line

EVERY_DOOR = pytest.mark.parametrize("step", DOORSTEPS.values(), ids=DOORSTEPS)
MEGABYTE = 1_000_000


class Hall:
    """A door on loopback, whose every call is a desk of its own."""

    def __init__(self, step: Doorstep) -> None:
        self.step = step
        self.address = ("", 0)
        self.desks: list[Desk] = []

    @contextlib.asynccontextmanager
    async def open(self, patience_s: float = 5.0) -> AsyncIterator["Hall"]:
        async with serving(self.step.open(self._take, patience_s)) as self.address:
            yield self
            async with asyncio.timeout(10):
                for desk in self.desks:
                    await desk.over.wait()

    async def _take(self, line: Line) -> None:
        self.desks.append(Desk())
        await self.desks[-1](line)

    @contextlib.asynccontextmanager
    async def client(self, sock: socket.socket | None = None) -> AsyncIterator[ClientConnection]:
        """A connection that has not said anything yet."""
        host, port = self.address
        async with connect(
            f"ws://{host}:{port}{self.step.path}",
            subprotocols=[Subprotocol(self.step.subprotocol)] if self.step.subprotocol else None,
            additional_headers=self.step.headers,
            compression=None,
            close_timeout=1,
            sock=sock,
        ) as client:
            yield client

    @contextlib.asynccontextmanager
    async def call(
        self, sock: socket.socket | None = None
    ) -> AsyncIterator[tuple[ClientConnection, Desk]]:
        """One call; when a test lets two begin, one after the other."""
        async with self.client(sock) as client:
            number = len(self.desks)
            for piece in self.step.begin:
                await client.send(piece)
            async with asyncio.timeout(5):
                while len(self.desks) == number:  # noqa: ASYNC110 - the handler makes it true
                    await asyncio.sleep(0.002)
                await self.desks[number].answered.wait()
            yield client, self.desks[number]

    async def speak(self, client: ClientConnection, frames: int, first: int = 1) -> None:
        for number in range(first, first + frames):
            await client.send(self.step.speak(number))


async def close_code(client: ClientConnection) -> int | None:
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await client.recv()
    return client.close_code


def reset(client: ClientConnection) -> None:
    """Drop the connection by RST."""
    raw = client.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.transport.abort()


def quiet(caplog: pytest.LogCaptureFixture) -> bool:
    """Nothing was logged but that a connection was closed for what it sent."""
    loud = [r for r in caplog.records if r.levelno >= logging.WARNING]
    return all(r.exc_info is None and "connection closed" in r.getMessage() for r in loud)


# --- how connections end ----------------------------------------------------------------------


@EVERY_DOOR
async def test_a_reset_in_the_middle_of_a_frame(
    step: Doorstep, caplog: pytest.LogCaptureFixture
) -> None:
    async with Hall(step).open() as hall:
        before = asyncio.all_tasks()
        async with hall.call() as (client, desk):
            await hall.speak(client, 3)
            await desk.until(lambda: desk.loud >= 1)
            whole = Frame(Opcode.TEXT, b" " * 600).serialize(mask=True)
            client.transport.write(whole[:300])
            reset(client)
            await asyncio.wait_for(desk.over.wait(), 5)
        assert desk.gone == "caller_hung_up"
        async with asyncio.timeout(5):
            while left := asyncio.all_tasks() - before:
                await asyncio.wait(left)
    assert quiet(caplog)


@EVERY_DOOR
async def test_half_a_close_without_a_word(
    step: Doorstep, caplog: pytest.LogCaptureFixture
) -> None:
    async with Hall(step).open() as hall, hall.call() as (client, desk):
        client.transport.write_eof()
        await asyncio.wait_for(desk.over.wait(), 5)
        assert desk.gone == "caller_hung_up"
    assert quiet(caplog)


# --- who never becomes a call -------------------------------------------------------------------


@EVERY_DOOR
@pytest.mark.parametrize("dribble", [True, False])
async def test_a_socket_without_start_is_closed(
    step: Doorstep,
    dribble: bool,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Silent, or with a message that goes on for ever in small pieces."""
    monkeypatch.setattr(protocol, "CLOSE_S", 0.1)
    async with Hall(step).open(patience_s=0.2) as hall, hall.client() as client:
        if dribble:
            piece = Frame(Opcode.TEXT, b" ", fin=False).serialize(mask=True)
            client.transport.write(piece)

            async def send_more() -> None:
                while not client.transport.is_closing():
                    more = Frame(Opcode.CONT, b" ", fin=False).serialize(mask=True)
                    client.transport.write(more)
                    await asyncio.sleep(0.01)

            dribbling = asyncio.create_task(send_more())
        assert await close_code(client) == 1008
        if dribble:
            dribbling.cancel()
    assert hall.desks == []
    assert quiet(caplog)


# --- rubbish ------------------------------------------------------------------------------------

RUBBISH: dict[str, tuple[Piece, set[int]]] = {
    "10 MB of text": ("x" * 10 * MEGABYTE, {1009}),
    "10 MB of bytes": (bytes(10 * MEGABYTE), {1003, 1009}),
    "64 KiB + 1": ("x" * 65_537, {1009}),
    "10 000 levels": ('{"a":' * 10_000, {1007}),
    "10 000 lists": ('{"event": ' + "[" * 10_000, {1007}),
    "half an object": ('{"event": "stop"', {1007}),
    "NaN": ('{"event": NaN, "type": NaN}', {1007}),
    "1e999": ('{"event": "x", "type": "x", "n": 1e999}', {1007, 1008}),
    "a key twice": ('{"event": "x", "event": "y", "type": "x", "type": "y"}', {1007}),
    "a digit of 9 000 digits": ('{"event": "x", "n": ' + "9" * 9_000 + "}", {1007}),
}
FORGIVEN = {"NaN", "1e999", "a key twice"}
"""Of these Asterisk's door reads what it knows: who speaks there has shown its password."""


@EVERY_DOOR
async def test_rubbish_costs_its_own_call_only(
    step: Doorstep, caplog: pytest.LogCaptureFixture
) -> None:
    async with Hall(step).open() as hall, hall.call() as (other, others):
        for rubbish, (piece, codes) in RUBBISH.items():
            async with hall.call() as (client, desk):
                with contextlib.suppress(ConnectionClosed):
                    await client.send(piece)
                if rubbish in FORGIVEN and step.path == "/asterisk/media":
                    await hall.speak(client, 5)
                    await desk.until(lambda desk=desk: desk.loud >= 3)  # type: ignore[misc]
                    continue
                assert await close_code(client) in codes, rubbish
                await asyncio.wait_for(desk.over.wait(), 5)
                lost = "10 MB" in rubbish and step.path == "/twilio/media"
                assert desk.gone == ("caller_hung_up" if lost else "bad_input"), rubbish
        await hall.speak(other, 5)
        await others.until(lambda: others.loud >= 3)
    assert quiet(caplog)


@EVERY_DOOR
async def test_ten_megabytes_leave_no_memory(step: Doorstep) -> None:
    head = bytes((0x80 | Opcode.TEXT, 0xFF)) + struct.pack("!Q", 10 * MEGABYTE) + b"mask"
    chunk = bytes(65_536)
    async with Hall(step).open() as hall, hall.call() as (client, _):
        tracemalloc.start()
        client.transport.write(head)
        for _ in range(10 * MEGABYTE // len(chunk)):
            client.transport.write(chunk)
            await asyncio.sleep(0)
        assert await close_code(client) == 1009
        gc.collect()
        left, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert left < MEGABYTE


@EVERY_DOOR
async def test_bad_utf8(step: Doorstep, caplog: pytest.LogCaptureFixture) -> None:
    async with Hall(step).open() as hall, hall.call() as (client, desk):
        await client.send(b'{"event": "\xff"}', text=True)
        assert await close_code(client) == 1007
        await asyncio.wait_for(desk.over.wait(), 5)
    assert quiet(caplog)


@EVERY_DOOR
async def test_compression_is_not_negotiated(step: Doorstep) -> None:
    async with Hall(step).open() as hall:
        host, port = hall.address
        async with connect(
            f"ws://{host}:{port}{step.path}",
            subprotocols=[Subprotocol(step.subprotocol)] if step.subprotocol else None,
            additional_headers=step.headers,
            compression="deflate",
        ) as client:
            assert client.protocol.extensions == []


# --- too fast, too late, too slow -----------------------------------------------------------------


@EVERY_DOOR
async def test_a_flood_on_one_stream_is_cut_and_the_others_are_heard(step: Doorstep) -> None:
    """40 s of audio at once: 5 s of a burst are the network's fault, the rest is dropped."""
    async with Hall(step).open() as hall, hall.call() as (other, others):
        async with hall.call() as (client, desk):
            flood = asyncio.create_task(hall.speak(client, 2000))
            for number in range(1, 51):
                await other.send(step.speak(number))
                await others.until(lambda heard=number: others.loud >= heard - 2)  # type: ignore[misc]
            await flood
            assert desk.loud <= 400
        assert others.dropped == 0


async def test_a_flood_over_audiosocket_is_cut_and_the_others_are_heard() -> None:
    desks = [Desk(), Desk()]
    coming = iter(desks)

    async def handle(line: Line) -> None:
        await next(coming)(line)

    loud = encode(np.full(160, LEVEL, dtype=np.int16), 8_000)
    async with (
        asyncio.timeout(10),
        audiosocket_server(handle, AsteriskCalls(), AsteriskSettings()) as address,
    ):
        writers = []
        for desk in desks:
            _, writer = await asyncio.open_connection(*address)
            writer.write(b"\x01\x00\x10" + bytes(16) + loud)
            await desk.answered.wait()
            writers.append(writer)
        writers[0].write(loud * 2000)
        for heard in range(20):
            writers[1].write(loud)
            await desks[1].until(lambda heard=heard: desks[1].loud >= heard)  # type: ignore[misc]
        await desks[0].until(lambda: desks[0].dropped > 1500)
        assert desks[0].loud <= 300
        assert desks[1].dropped == 0
        for writer, desk in zip(writers, desks, strict=True):
            writer.close()
            await desk.over.wait()


@EVERY_DOOR
async def test_three_seconds_at_once_after_a_stall_are_all_heard(step: Doorstep) -> None:
    async with Hall(step).open() as hall, hall.call() as (client, desk):
        await hall.speak(client, 10)
        await desk.until(lambda: desk.loud >= 9)
        await hall.speak(client, 150, first=11)
        await desk.until(lambda: desk.loud >= 159)
        assert desk.dropped == 0
        assert desk.frames <= 161, "the audio's clock is that of what was said"


@EVERY_DOOR
async def test_who_never_reads_costs_little_and_can_be_interrupted(
    step: Doorstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "SEND_BUFFER", 4096)  # so that the pipe is full soon
    monkeypatch.setattr(protocol, "CLOSE_S", 0.05)
    async with Hall(step).open(patience_s=0.3) as hall:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.connect(hall.address)
        async with hall.call(raw) as (client, desk):
            client.transport.pause_reading()
            line = desk.line
            assert line is not None
            tracemalloc.start()
            speaking = [asyncio.create_task(line.play(_MINUTE)) for _ in range(5)]
            await asyncio.sleep(0.1)
            line.clear()
            assert line.queued < 8_000, "a barge-in does not wait for the peer"
            async with asyncio.timeout(10):
                await asyncio.gather(*speaking)
                await line.play(_MINUTE)
                await desk.over.wait()
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert desk.gone == "caller_stalled"
            assert peak < 4 * MEGABYTE
            client.transport.abort()


_MINUTE = np.zeros(60 * 8_000, dtype=np.int16)


# --- the handshake --------------------------------------------------------------------------------


async def test_a_handshake_that_never_ends_is_closed() -> None:
    step = DOORSTEPS["audio"]
    async with serving(step.open(Desk()), timeout_keep_alive=0.05) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /audio HTTP/1.1\r\nHost: x\r\n")
        try:
            async with asyncio.timeout(0.5):
                assert await reader.read() == b""
        finally:
            writer.transport.abort()


@EVERY_DOOR
async def test_what_a_peer_is_told_names_no_code_of_ours(step: Doorstep) -> None:
    async with Hall(step).open() as hall, hall.call() as (client, desk):
        desk.breaks(broken)
        told = []
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    told.append(str(await client.recv()))
        said = "".join(told) + (client.close_reason or "")
        for secret in ("Traceback", "5550100", "RuntimeError", ".py"):
            assert secret not in said
        assert client.close_code == 1011
