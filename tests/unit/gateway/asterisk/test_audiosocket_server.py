"""The AudioSocket door: in virtual time on a connection that only records, then on real TCP."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from warmline.audio.frame import Frame, Pcm
from warmline.errors import CallRefused, ConfigError
from warmline.gateway.asterisk import audiosocket_server as server_module
from warmline.gateway.asterisk.audiosocket import HANG_UP, MAX_BAD, encode
from warmline.gateway.asterisk.audiosocket_server import AudioSocketDoor, audiosocket_server
from warmline.gateway.asterisk.calls import AsteriskCalls, Caller
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.ports import Digit, Handover, Line, LineEvent

InVirtualTime = Callable[[Coroutine[Any, Any, None]], None]
UUID = bytes.fromhex("01001040325ec25efd4bd3805f53576e581d13")
NAME = "40325ec2-5efd-4bd3-805f-53576e581d13"
OPEN = AsteriskSettings()
REGISTERED = AsteriskSettings(secret="hush")
BILLING = Handover("billing", "asked", "call-1")


def tone(samples: int, level: int = 1000) -> Pcm:
    return np.full(samples, level, dtype=np.int16)


class Desk:
    """The application: it takes one call at a time and does what the test says."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self.answered = asyncio.Event()
        self.events: list[LineEvent] = []
        self.pressed = asyncio.Event()
        self.over = asyncio.Event()

    async def handle(self, line: Line) -> None:
        self.line = line
        self.answered.set()
        await line.started("c1")
        async for event in line:
            self.events.append(event)
            if isinstance(event, Digit):
                self.pressed.set()
        self.over.set()

    async def call(self) -> Line:
        await self.answered.wait()
        assert self.line is not None
        return self.line

    @property
    def keys(self) -> str:
        return "".join(event.digit for event in self.events if isinstance(event, Digit))

    @property
    def heard_s(self) -> float:
        return 0.02 * sum(isinstance(event, Frame) for event in self.events)


class Wire(asyncio.Transport):
    """An Asterisk's end of a connection: it records what comes and when."""

    def __init__(self, door: AudioSocketDoor, *, polite: bool = True) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.got: list[tuple[float, bytes]] = []
        self.closed_at: float | None = None
        self.aborted = False
        self._polite = polite
        self._reader = asyncio.StreamReader()
        self._protocol = asyncio.StreamReaderProtocol(self._reader, loop=self.loop)
        self._protocol.connection_made(self)
        writer = asyncio.StreamWriter(self, self._protocol, self._reader, self.loop)
        door.connected(self._reader, writer)

    def say(self, *parts: bytes) -> None:
        self._reader.feed_data(b"".join(parts))

    def leave(self) -> None:
        self._reader.feed_eof()

    def take_nothing(self) -> None:
        self._protocol.pause_writing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.got.append((self.loop.time(), bytes(data)))
        if data == HANG_UP and self._polite:
            self.leave()

    def close(self) -> None:
        if self.closed_at is None:
            self.closed_at = self.loop.time()
            self.loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.aborted = True
        self.close()

    def is_closing(self) -> bool:
        return self.closed_at is not None

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    @property
    def times(self) -> list[float]:
        """When each frame of audio came."""
        return [at for at, data in self.got if data[0] == 0x10]

    def loud_since(self, moment: float) -> float:
        """Seconds of audible audio since then."""
        return 0.02 * sum(any(data[3:]) for at, data in self.got if at >= moment)

    @property
    def hung_up(self) -> bool:
        return any(data == HANG_UP for _, data in self.got)


@asynccontextmanager
async def calling(
    settings: AsteriskSettings = OPEN, *first: bytes, **options: Any
) -> AsyncIterator[tuple[Wire, Desk, AsteriskCalls]]:
    """A connection that has sent its UUID and `first`."""
    desk, calls = Desk(), AsteriskCalls()
    calls.register(NAME, Caller(number="+15550100", called="100", flow="orders"), 0.0)
    door = AudioSocketDoor(desk.handle, calls, settings)
    wire = Wire(door, **options)
    wire.say(UUID, *first)
    yield wire, desk, calls
    await door.close()
    assert wire.closed_at is not None
    assert len(asyncio.all_tasks()) == 1, "tasks are left over"


def test_silence_goes_out_from_the_first_moment_at_the_pace_of_time(
    in_virtual_time: InVirtualTime,
) -> None:
    async def main() -> None:
        async with calling() as (wire, desk, _):
            await asyncio.sleep(10.0)
            assert wire.times[0] == 0.0
            assert len(wire.times) == pytest.approx(500, abs=4)
            gaps = np.diff(wire.times)
            assert gaps.max() <= 0.02 + 1e-6
            assert {len(data) for _, data in wire.got} == {323}
            line = await desk.call()
            assert (line.info.rate, line.info.profile.continuous) == (8_000, True)

    in_virtual_time(main())


def test_silence_goes_out_while_the_uuid_is_awaited_and_then_it_ends(
    in_virtual_time: InVirtualTime,
) -> None:
    async def main() -> None:
        desk = Desk()
        door = AudioSocketDoor(desk.handle, AsteriskCalls(), OPEN)
        wire = Wire(door)
        wire.say(UUID[:10])
        await asyncio.sleep(4.9)
        assert len(wire.times) == pytest.approx(245, abs=2)
        assert not wire.is_closing()
        await asyncio.sleep(0.2)
        assert wire.aborted
        assert not desk.answered.is_set()

    in_virtual_time(main())


def test_after_a_barge_in_only_silence_follows(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with calling() as (wire, desk, _):
            line = await desk.call()
            await line.play(tone(80_000))
            await asyncio.sleep(1.0)
            assert wire.loud_since(0.0) > 0.7
            line.clear()
            stopped = wire.loop.time()
            await asyncio.sleep(1.0)
            assert wire.loud_since(stopped) == 0.0
            assert len([at for at in wire.times if at > stopped]) == pytest.approx(50, abs=4)
            assert max(wire.times) <= stopped + 1.0

    in_virtual_time(main())


def test_audio_and_keys_come_in(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        key = bytes.fromhex("03000135")
        thirty_ms = encode(tone(240), 8_000)
        async with calling(REGISTERED, key, thirty_ms) as (wire, desk, _):
            line = await desk.call()
            assert line.info.door == "audiosocket"
            assert (line.info.caller, line.info.called, line.info.flow) == (
                *("+15550100", "100", "orders"),
            )
            for _ in range(9):
                wire.say(thirty_ms)
                await asyncio.sleep(0.03)
            wire.say(bytes.fromhex("03000123"))
            await asyncio.sleep(0.01)
            assert desk.keys == "5#"
            assert desk.heard_s == pytest.approx(0.3, abs=0.021)

    in_virtual_time(main())


def test_the_first_audio_says_the_rate(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with calling(OPEN, encode(tone(320), 16_000)) as (wire, desk, _):
            line = await desk.call()
            assert line.info.rate == 16_000
            await line.play(tone(320))
            await asyncio.sleep(0.1)
            assert {data[0] for _, data in wire.got} == {0x10, 0x12}
            wire.say(
                encode(tone(160), 8_000)
            )  # Asterisk does not do this; it is heard all the same
            await asyncio.sleep(0.1)
            frames = [event for event in desk.events if isinstance(event, Frame)]
            assert [frame.samples.size for frame in frames[:2]] == [320, 320]
            assert abs(int(frames[1].samples[160]) - 1000) < 50

    in_virtual_time(main())


def test_a_muted_phone_is_heard_as_silence(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with calling(OPEN, encode(tone(160), 8_000)) as (wire, desk, _):
            await desk.call()
            await asyncio.sleep(60.0)
            assert desk.heard_s == pytest.approx(60.0, abs=0.5)
            assert not wire.hung_up

    in_virtual_time(main())


def test_a_phone_that_was_never_heard_is_given_back(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with calling(REGISTERED) as (wire, desk, calls):
            line = await desk.call()
            await asyncio.sleep(31.0)
            assert line.gone == "media_timeout"
            assert wire.hung_up
            assert calls.next_step(NAME, 31.0) == "next=failed&reason=media_timeout"

    in_virtual_time(main())


@pytest.mark.parametrize(
    ("last", "gone", "hung_up"),
    [
        (None, "caller_hung_up", False),
        (HANG_UP, "caller_hung_up", False),
        (bytes.fromhex("ff000102"), "failed", True),
        (UUID, "bad_input", True),
        (bytes.fromhex("100000") * (MAX_BAD + 1), "bad_input", True),
    ],
    ids=["close", "hang-up", "error", "second UUID", "garbage"],
)
def test_how_asterisk_ends_a_call(
    in_virtual_time: InVirtualTime, last: bytes | None, gone: str, hung_up: bool
) -> None:
    async def main() -> None:
        async with calling(REGISTERED) as (wire, desk, _):
            line = await desk.call()
            if last is None:
                wire.leave()
            else:
                wire.say(last)
            await asyncio.wait_for(desk.over.wait(), 1.0)
            assert line.gone == gone
            assert wire.hung_up == hung_up

    in_virtual_time(main())


@pytest.mark.parametrize("polite", [True, False])
def test_how_we_end_a_call(in_virtual_time: InVirtualTime, polite: bool) -> None:
    async def main() -> None:
        async with calling(REGISTERED, polite=polite) as (wire, desk, calls):
            line = await desk.call()
            before = wire.loop.time()
            await line.hang_up("completed")
            assert wire.hung_up
            assert wire.got[-1][1] == HANG_UP
            assert wire.is_closing()
            assert wire.loop.time() - before == pytest.approx(0.0 if polite else 1.0)
            assert calls.next_step(NAME, 1.0) == "next=end"

    in_virtual_time(main())


@pytest.mark.parametrize("polite", [True, False])
def test_a_caller_is_given_back_to_the_dialplan(
    in_virtual_time: InVirtualTime, polite: bool
) -> None:
    async def main() -> None:
        async with calling(REGISTERED, polite=polite) as (wire, desk, calls):
            line = await desk.call()
            assert await line.transfer(BILLING)
            await desk.over.wait()
            assert line.gone == "escalated"
            assert wire.got[-1][1] == HANG_UP
            assert calls.next_step(NAME, 2.0) == "queue=billing&reason=asked&summary=call-1"

    in_virtual_time(main())


def test_without_a_secret_nobody_would_ask_what_is_next(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with calling() as (_, desk, calls):
            line = await desk.call()
            assert not await line.transfer(BILLING)
            assert line.gone == ""
            assert calls.next_step(NAME, 1.0) == "next=unknown"

    in_virtual_time(main())


def test_an_unknown_uuid_is_refused_where_calls_are_registered(
    in_virtual_time: InVirtualTime,
) -> None:
    async def main() -> None:
        desk, calls = Desk(), AsteriskCalls()
        for settings, taken in ((REGISTERED, False), (OPEN, True)):
            door = AudioSocketDoor(desk.handle, calls, settings)
            wire = Wire(door)
            wire.say(UUID)
            await asyncio.sleep(1.0)
            assert desk.answered.is_set() == taken
            assert wire.aborted != taken
            await door.close()

    in_virtual_time(main())


def test_an_asterisk_that_takes_nothing_is_gone(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with calling() as (wire, desk, _):
            line = await desk.call()
            wire.take_nothing()
            await asyncio.wait_for(desk.over.wait(), 6.0)
            assert line.gone == "caller_stalled"
            assert wire.aborted

    in_virtual_time(main())


def test_a_call_that_is_refused_or_breaks_goes_to_a_person(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        for error in (CallRefused("unknown_flow", "there is no such flow"), RuntimeError("boom")):

            async def handle(line: Line, error: Exception = error) -> None:
                raise error

            calls = AsteriskCalls()
            calls.register(NAME, Caller(), 0.0)
            door = AudioSocketDoor(handle, calls, REGISTERED)
            wire = Wire(door)
            wire.say(UUID)
            await asyncio.sleep(0.5)
            assert wire.hung_up
            assert calls.next_step(NAME, 1.0) == "next=failed&reason=failed"

    in_virtual_time(main())


def test_the_server_s_end_gives_all_calls_back(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        calls, desks = AsteriskCalls(), [Desk(), Desk()]
        waiting = iter(desks)
        door = AudioSocketDoor(lambda line: next(waiting).handle(line), calls, REGISTERED)
        wires = [Wire(door), Wire(door)]
        for wire in wires:
            calls.register(NAME, Caller(), 0.0)
            wire.say(UUID)
            await asyncio.sleep(0.5)
        late = Wire(door)  # has not said its UUID
        await door.close()
        assert all(wire.hung_up for wire in wires)
        assert late.aborted
        assert [(await desk.call()).gone for desk in desks] == ["server_stopped"] * 2
        assert calls.next_step(NAME, 1.0) == "next=failed&reason=server_stopped"

    in_virtual_time(main())


def test_connections_are_counted(
    in_virtual_time: InVirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 2)

    async def main() -> None:
        door = AudioSocketDoor(Desk().handle, AsteriskCalls(), OPEN)
        wires = [Wire(door) for _ in range(3)]
        assert [wire.aborted for wire in wires] == [False, False, True]
        await door.close()

    in_virtual_time(main())


# --- real connections -------------------------------------------------------------------------


@asynccontextmanager
async def listening(
    desk: Desk, settings: AsteriskSettings = OPEN
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with audiosocket_server(desk.handle, AsteriskCalls(), settings) as address:
        reader, writer = await asyncio.open_connection(*address)
        try:
            yield reader, writer
        finally:
            writer.close()


async def test_a_call_over_tcp() -> None:
    desk = Desk()
    async with asyncio.timeout(10), listening(desk) as (reader, writer):
        writer.write(UUID + encode(tone(160), 8_000))
        line = await desk.call()
        await line.play(tone(1_600))
        loud = 0
        while loud < 10:
            kind, length = struct.unpack(">BH", await reader.readexactly(3))
            assert (kind, length) == (0x10, 320)
            loud += any(await reader.readexactly(length))
        writer.write(bytes.fromhex("03000131"))
        await desk.pressed.wait()
        assert desk.keys == "1"
        ending = asyncio.create_task(line.hang_up("completed"))
        while (await reader.readexactly(3)) != HANG_UP:
            await reader.readexactly(320)
        writer.close()
        await ending
        await desk.over.wait()
        assert line.gone == "completed"


@pytest.mark.parametrize("how", ["half-close", "reset"])
async def test_asterisk_leaves_over_tcp(how: str) -> None:
    desk = Desk()
    async with asyncio.timeout(10), listening(desk) as (_, writer):
        writer.write(UUID)
        line = await desk.call()
        if how == "half-close":
            writer.write_eof()
        else:
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        await desk.over.wait()
        assert line.gone == "caller_hung_up"


async def test_another_protocol_is_sent_away() -> None:
    desk = Desk()
    async with asyncio.timeout(10), listening(desk) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(100_000)
        assert not desk.answered.is_set()


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = AsteriskSettings(audiosocket_port=port)
        with pytest.raises(ConfigError, match=f"audiosocket_port: cannot listen on .*{port}"):
            async with audiosocket_server(Desk().handle, AsteriskCalls(), settings):
                pass
