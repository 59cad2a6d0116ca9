"""Faults at the end of a call: hanging up while we play, while we transfer, while nobody reads.

In virtual time, at every WebSocket door.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from strangers import DOORSTEPS, Desk, Doorstep, Visitor, refused
from warmline.gateway.far_end import Farewell, LegSettings
from warmline.gateway.leg import Leg
from warmline.gateway.link import Link
from warmline.ports import AudioProfile, Caption, Handover, Line, LineInfo

InVirtualTime = Callable[[Coroutine[Any, Any, None]], None]
EVERY_DOOR = pytest.mark.parametrize("step", DOORSTEPS.values(), ids=DOORSTEPS)
BILLING = Handover("billing", "asked", "c1")
PROFILE = AudioProfile(name="test", rate=8_000, codec="pcm16", lead_s=0.06)


@asynccontextmanager
async def calling(step: Doorstep) -> AsyncIterator[tuple[Visitor, Desk, Line]]:
    """A call at this door, in which somebody speaks; afterwards the door must be done with it."""
    visitor, desk = Visitor(step), Desk()
    visiting = asyncio.create_task(visitor.visit(step.open(desk)))
    for piece in (*step.begin, step.speak(1)):
        visitor.say(piece)
    await desk.answered.wait()
    assert desk.line is not None
    yield visitor, desk, desk.line
    async with asyncio.timeout(10):
        await visiting
    assert desk.over.is_set()
    assert asyncio.all_tasks() == {asyncio.current_task()}, "tasks are left over"


def quiet(caplog: pytest.LogCaptureFixture) -> bool:
    return not [record for record in caplog.records if record.levelno >= logging.WARNING]


def trouble(run: InVirtualTime, main: Coroutine[Any, Any, None]) -> str:
    """What went wrong, in words: the exception itself would keep the call alive."""
    try:
        run(main)
    except ExceptionGroup as errors:
        return ", ".join(repr(error) for error in errors.exceptions)
    return ""


@EVERY_DOOR
def test_hanging_up_while_we_play(
    step: Doorstep, in_virtual_time: InVirtualTime, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with calling(step) as (visitor, desk, line):
            speaking = asyncio.create_task(line.play(np.ones(60 * 8_000, dtype=np.int16)))
            await asyncio.sleep(1.0)
            assert not speaking.done(), "20 s are queued, the rest waits"
            line.mark("never reached")
            visitor.leave()
            await desk.over.wait()
            await speaking
            assert line.gone == "caller_hung_up"
            assert desk.played == []
            await line.play(np.ones(8_000, dtype=np.int16))  # to nobody: says so by `gone`

    in_virtual_time(main())
    assert quiet(caplog)


@EVERY_DOOR
def test_a_peer_that_sends_nothing_more_is_given_up(
    step: Doorstep, in_virtual_time: InVirtualTime
) -> None:
    """Half-open: the connection stands, and no `stop` ever comes."""

    async def main() -> None:
        async with calling(step) as (visitor, desk, line):
            began = asyncio.get_running_loop().time()
            await line.play(np.ones(800, dtype=np.int16))
            await desk.over.wait()
            assert line.gone == "media_timeout"
            # A muted phone at Asterisk sends nothing for long: the caller is heard as silence.
            waits = 120.0 if step.path == "/asterisk/media" else 15.0
            assert asyncio.get_running_loop().time() - began == pytest.approx(waits, abs=0.1)
            visitor.leave()

    in_virtual_time(main())


def test_who_falls_silent_after_a_word_is_given_up_as_soon_as_others(
    in_virtual_time: InVirtualTime,
) -> None:
    ended_at = 0.0

    async def main() -> None:
        nonlocal ended_at
        leg = on_a_slow_exchange()

        async def handle(line: Line) -> None:
            async for _ in line:
                pass

        async def read() -> None:
            await asyncio.sleep(1.0)
            await leg.audio(np.ones(160, dtype=np.int16))
            await asyncio.Event().wait()

        await leg.attend(handle, read())
        assert leg.gone == "media_timeout"
        ended_at = asyncio.get_running_loop().time()

    in_virtual_time(main())
    assert ended_at == pytest.approx(16.0, abs=0.1)


@EVERY_DOOR
def test_a_mark_without_an_echo_is_played_by_the_clock_and_a_late_one_means_nothing(
    step: Doorstep, in_virtual_time: InVirtualTime
) -> None:
    async def main() -> None:
        async with calling(step) as (visitor, desk, line):
            await line.play(np.ones(800, dtype=np.int16))
            line.mark("first")
            await asyncio.sleep(3.0)
            assert desk.played == ["first"]
            await line.play(np.ones(8_000, dtype=np.int16))
            line.mark("cut")
            await asyncio.sleep(0.2)
            line.clear()
            await asyncio.sleep(0.2)
            for name in ("cut", "first", "m1", "m2"):
                for piece in (
                    f'{{"event": "mark", "streamSid": "MZ1", "mark": {{"name": "{name}"}}}}',
                    f'{{"event": "MEDIA_MARK_PROCESSED", "correlation_id": "{name}"}}',
                ):
                    if step.path != "/audio":  # its clients echo nothing
                        visitor.say(piece)
            await asyncio.sleep(3.0)
            assert desk.played == ["first"]
            visitor.leave()

    in_virtual_time(main())


@EVERY_DOOR
def test_a_peer_that_takes_nothing_is_cut_off_and_can_be_interrupted(
    step: Doorstep, in_virtual_time: InVirtualTime
) -> None:
    async def main() -> None:
        async with calling(step) as (visitor, desk, line):
            await asyncio.sleep(0.1)
            visitor.takes.clear()
            speaking = asyncio.create_task(line.play(np.ones(100 * 8_000, dtype=np.int16)))
            await asyncio.sleep(1.0)
            assert not speaking.done()
            assert line.queued <= 22 * 8_000, "no more than 20 s wait"
            line.clear()
            await asyncio.sleep(0)
            await speaking
            assert line.queued < 8_000, "a barge-in does not wait for the peer"
            await desk.over.wait()
            assert line.gone == "caller_stalled"
            assert visitor.aborted

    in_virtual_time(main())


@EVERY_DOOR
def test_a_call_that_does_not_listen_keeps_30_s_of_its_caller(
    step: Doorstep, in_virtual_time: InVirtualTime
) -> None:
    """A recogniser that stands still costs the oldest audio, and no memory."""

    async def main() -> None:
        visitor, desk = Visitor(step), Desk()
        desk.deaf = True
        visiting = asyncio.create_task(visitor.visit(step.open(desk)))
        for piece in step.begin:
            visitor.say(piece)
        for number in range(1, 60 * 50 + 1):
            visitor.say(step.speak(number))
            await asyncio.sleep(0.02)
        assert desk.line is not None
        assert desk.line.stats.dropped == pytest.approx(30 * 50, abs=20)
        visitor.leave()
        desk.breaks(refused)
        await visiting

    in_virtual_time(main())


# --- while a transfer is on its way ---------------------------------------------------------------


class SlowExchange:
    """A far end whose telephone system takes two seconds to lead a caller on."""

    reads = False

    def __init__(self) -> None:
        self.farewells: list[Farewell] = []

    async def transfer(self, handover: Handover) -> bool:
        await asyncio.sleep(2.0)
        return True

    async def started(self, call_id: str) -> None: ...
    async def audio(self, frame: object) -> None: ...
    async def mark(self, name: str) -> None: ...
    async def clear(self) -> None: ...
    async def show(self, caption: Caption) -> None: ...
    def abort(self) -> None: ...

    async def close(self, farewell: Farewell) -> None:
        self.farewells.append(farewell)


def on_a_slow_exchange() -> Leg:
    info = LineInfo(door="test", caller="", flow="", profile=PROFILE)
    return Leg(SlowExchange(), info, LegSettings())


def test_hanging_up_while_we_transfer(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        leg, led = on_a_slow_exchange(), list[bool]()

        async def handle(line: Line) -> None:
            led.append(await line.transfer(BILLING))

        async def read() -> None:
            await asyncio.sleep(1.0)
            leg.end("caller_hung_up")

        await leg.attend(handle, read())
        assert led == [True]
        assert leg.gone == "escalated", "our order went out, and will be carried out"
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(main())


def test_a_call_that_waits_no_longer_for_its_transfer(in_virtual_time: InVirtualTime) -> None:
    """As a session does when the caller hangs up: it cancels the goodbye that was transferring."""

    async def main() -> None:
        leg = on_a_slow_exchange()

        async def handle(line: Line) -> None:
            goodbye = asyncio.create_task(line.transfer(BILLING))
            async for _ in line:
                pass
            goodbye.cancel()
            await asyncio.wait([goodbye])
            await line.hang_up("caller_hung_up")

        async def read() -> None:
            await asyncio.sleep(1.0)
            leg.end("caller_hung_up")

        await leg.attend(handle, read())
        assert asyncio.all_tasks() == {asyncio.current_task()}

    assert trouble(in_virtual_time, main()) == ""


def test_hanging_up_while_asterisk_does_not_take_the_transfer(
    in_virtual_time: InVirtualTime,
) -> None:
    async def main() -> None:
        async with calling(DOORSTEPS["asterisk"]) as (visitor, _, line):
            await asyncio.sleep(0.1)
            visitor.takes.clear()
            transferring = asyncio.create_task(line.transfer(BILLING))
            await asyncio.sleep(0.1)
            ending = asyncio.create_task(line.hang_up("time_limit"))
            await asyncio.sleep(0.1)
            visitor.takes.set()
            await asyncio.wait([transferring, ending])

    assert trouble(in_virtual_time, main()) == ""


# --- one peer and the others ----------------------------------------------------------------------


class Crowd:
    """Starlette's socket behind which so many messages wait already."""

    def __init__(self, messages: int) -> None:
        self.left = messages

    async def receive(self) -> dict[str, Any]:
        self.left -= 1
        return {"type": "websocket.receive", "bytes": b""}


async def test_many_small_messages_let_others_run_between_them() -> None:
    crowd = Crowd(1000)
    link = Link(crowd, 5.0)  # type: ignore[arg-type]
    turns = 0

    async def others() -> None:
        nonlocal turns
        while crowd.left:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    while crowd.left:
        await link.receive()
    await waiting
    assert turns > 100, "one peer had the whole server for itself"
