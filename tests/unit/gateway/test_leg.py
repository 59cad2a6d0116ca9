"""The line in virtual time, on a WebSocket that only records."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from starlette.websockets import WebSocketDisconnect

from warmline.audio.frame import FRAME, Frame, Pcm
from warmline.gateway.leg import Leg
from warmline.gateway.link import Link
from warmline.gateway.socket import SocketFarEnd, read
from warmline.gateway.wire import WireCodec
from warmline.ports import (
    AudioProfile,
    Digit,
    Dropped,
    Handover,
    Line,
    LineEvent,
    LineInfo,
    MarkPlayed,
)

RATE = 8000
InVirtualTime = Callable[[Coroutine[Any, Any, None]], None]


class Peer:
    """The far end: it records what comes and when, and can refuse to take anything."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.scope = {"extensions": {"warmline.abort": {"abort": self._abort}}}
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.got: list[tuple[float, dict[str, Any] | int]] = []
        self.closed: int | None = None
        self.aborted = False
        self.left = False
        self.reading = asyncio.Event()
        self.reading.set()

    async def receive(self) -> dict[str, Any]:
        return await self.inbox.get()

    async def send_text(self, text: str) -> None:
        await self._take(json.loads(text))

    async def send_bytes(self, data: bytes) -> None:
        await self._take(len(data))

    async def close(self, code: int) -> None:
        await self.reading.wait()
        self.closed = code

    async def _take(self, item: dict[str, Any] | int) -> None:
        await self.reading.wait()
        if self.left:
            raise WebSocketDisconnect(1006)
        self.got.append((self.loop.time(), item))

    def _abort(self) -> None:
        self.aborted = True

    def say(self, **message: object) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def speak(self, seconds: float) -> None:
        data = bytes(round(seconds * RATE))
        self.inbox.put_nowait({"type": "websocket.receive", "bytes": data})

    def leave(self, code: int = 1001) -> None:
        self.left = True
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": code})

    @property
    def texts(self) -> list[dict[str, Any]]:
        return [item for _, item in self.got if isinstance(item, dict)]

    @property
    def audio(self) -> list[tuple[float, int]]:
        return [(at, item) for at, item in self.got if isinstance(item, int)]


class Call:
    """A line on the door `/audio`, and its peer."""

    def __init__(self, far_end: type[SocketFarEnd] = SocketFarEnd) -> None:
        self._kind = far_end

    async def __aenter__(self) -> "Call":
        self.peer = Peer()
        codec = WireCodec()
        codec.text(json.dumps({"type": "start", "encoding": "mulaw", "rate": RATE}))
        link = Link(self.peer, 5.0)  # type: ignore[arg-type]
        profile = AudioProfile(name="socket", rate=RATE, codec="mulaw", lead_s=0.06)
        info = LineInfo(door="socket", caller="", flow="", profile=profile)
        self.far_end = self._kind(link, codec)
        self.line = Leg(self.far_end, info)
        self.over = asyncio.Event()
        reader = read(self.line, link, codec)
        self.attended = asyncio.create_task(self.line.attend(self._handle, reader))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.over.set()
        await self.attended

    async def _handle(self, _line: Line) -> None:
        await self.over.wait()

    async def events(self) -> list[LineEvent]:
        return [event async for event in self.line]


def noise(seconds: float) -> Pcm:
    return np.full(round(seconds * RATE), 1000, dtype=np.int16)


def test_it_is_a_line(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            line: Line = call.line
            assert (line.info.rate, line.gone, line.played, line.queued) == (RATE, "", 0, 0)

    in_virtual_time(main())


def test_audio_is_paced_and_marks_come_back_when_played(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            await call.line.started("c1")
            await call.line.play(noise(1.0))
            call.line.mark("end")
            assert await anext(aiter(call.line)) == MarkPlayed("end")
            assert asyncio.get_running_loop().time() == pytest.approx(1.0, abs=1e-3)
            assert call.line.played == call.line.queued == RATE
            audio = call.peer.audio
            assert [size for _, size in audio] == [160] * 50
            for sent, (at, _) in enumerate(audio, start=1):
                assert sent * 0.02 - at <= 0.06 + 1e-6
            assert call.peer.texts == [
                {"type": "started", "call_id": "c1"},
                {"type": "mark", "name": "end"},
            ]
            assert call.line.stats.underruns == 0

    in_virtual_time(main())


def test_no_burst_after_a_stalled_far_end(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            await call.line.play(noise(3.0))
            await asyncio.sleep(0.5)
            call.peer.reading.clear()
            await asyncio.sleep(1.0)
            call.peer.reading.set()
            call.peer.got.clear()
            await asyncio.sleep(0.2)
            # The frame that was stuck, the lead, and real time.
            assert len(call.peer.audio) <= 1 + 3 + 10

    in_virtual_time(main())


def test_clear_stops_at_once_and_drops_what_still_waits(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            playing = asyncio.create_task(call.line.play(noise(60.0)))
            await asyncio.sleep(0.51)
            assert not playing.done()
            call.line.mark("never")
            call.line.clear()
            assert call.line.queued == call.line.played == pytest.approx(0.51 * RATE, abs=2)
            await asyncio.sleep(0)
            await playing
            before = len(call.peer.audio)
            await asyncio.sleep(2)
            assert call.peer.texts == [{"type": "clear"}]
            assert len(call.peer.audio) == before
            await call.line.play(noise(0.1))
            await asyncio.sleep(1)
            assert len(call.peer.audio) == before + 5

    in_virtual_time(main())


def test_play_waits_while_20_s_are_queued(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            await call.line.play(noise(30.0))
            waited = asyncio.get_running_loop().time()
            assert 8.0 < waited < 10.0
            assert call.line.queued == 30 * RATE

    in_virtual_time(main())


def test_a_caller_who_takes_nothing_is_gone_after_the_stall_timeout(
    in_virtual_time: InVirtualTime,
) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.reading.clear()
            playing = asyncio.create_task(call.line.play(noise(60.0)))
            assert await call.events() == []
            assert call.line.gone == "caller_stalled"
            assert call.peer.aborted
            assert asyncio.get_running_loop().time() == pytest.approx(5.0)
            await playing

    in_virtual_time(main())


def test_a_caller_who_does_not_take_the_farewell_is_cut_off(
    in_virtual_time: InVirtualTime,
) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.reading.clear()
            await call.line.hang_up("completed")
            assert call.peer.aborted
            assert call.line.gone == "completed"

    in_virtual_time(main())


def test_the_sender_leaves_the_reason_to_the_reader(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.left = True
            await call.line.play(noise(1.0))
            await asyncio.sleep(0.1)
            assert call.line.gone == ""
            call.peer.leave(1009)
            assert await call.events() == []
            assert call.line.gone == "bad_input"

    in_virtual_time(main())


def test_hang_up_says_so_once(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            await call.line.play(noise(5.0))
            await call.line.hang_up("completed")
            await call.line.hang_up("failed")
            await call.line.play(noise(60.0))
            call.line.mark("late")
            call.line.clear()
            assert await call.events() == []
            assert call.peer.texts == [{"type": "ended", "reason": "completed"}]
            assert call.peer.closed == 1000
            assert call.line.gone == "completed"

    in_virtual_time(main())


def test_what_comes_in_is_yielded_in_order_until_stop(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.speak(0.1)
            call.peer.say(type="dtmf", digit="5")
            call.peer.speak(0.0)
            call.peer.speak(0.1)
            call.peer.say(type="stop")
            events = await call.events()
            assert events[5] == Digit("5")
            frames = [event for event in events if isinstance(event, Frame)]
            assert [frame.position for frame in frames] == [i * FRAME for i in range(10)]
            assert call.line.gone == "caller_hung_up"
            await call.line.hang_up("completed")
            assert call.peer.texts == [{"type": "ended", "reason": "caller_hung_up"}]
            assert call.peer.closed == 1000

    in_virtual_time(main())


def test_the_reader_never_waits_for_the_call(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            for _ in range(40 * 50):
                call.peer.speak(0.02)
                await asyncio.sleep(0.02)
            assert call.peer.inbox.empty()
            call.peer.say(type="stop")
            first, *rest = await call.events()
            assert first == Dropped(10 * 50)
            assert isinstance(rest[0], Frame)
            assert rest[0].position == 500 * FRAME
            assert len(rest) == 1500

    in_virtual_time(main())


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        (1000, "caller_hung_up"),
        (1005, "caller_hung_up"),
        (1006, "caller_hung_up"),
        (1007, "bad_input"),
        (1009, "bad_input"),
        (1012, "server_stopped"),
    ],
)
def test_why_a_line_is_gone(in_virtual_time: InVirtualTime, code: int, gone: str) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.leave(code)
            assert await call.events() == []
            assert call.line.gone == gone

    in_virtual_time(main())


def test_bad_input_ends_the_line_with_its_error(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.say(type="dtmf", digit="55")
            assert await call.events() == []
            assert call.line.gone == "bad_input"
            await call.line.hang_up("completed")
            (error,) = call.peer.texts
            assert (error["type"], error["code"]) == ("error", "bad_message")
            assert call.peer.closed == 1008

    in_virtual_time(main())


def test_a_flood_is_cut_and_ends_the_line(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            for _ in range(9):
                call.peer.speak(8.0)
            events = await call.events()
            assert call.line.gone == "bad_input"
            await call.line.hang_up("completed")
            assert call.peer.closed == 1008
            assert call.peer.texts[0]["code"] == "too_fast"
            assert sum(isinstance(event, Frame) for event in events) == 250

    in_virtual_time(main())


def test_a_long_message_lets_others_run_between_its_parts(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            turns = 0

            async def other_call() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            other = asyncio.create_task(other_call())
            call.peer.speak(4.0)
            call.peer.say(type="stop")
            assert len(await call.events()) == 200
            assert turns >= 4.0 / 0.2
            other.cancel()

    in_virtual_time(main())


def test_a_far_end_that_falls_silent_is_gone(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            await asyncio.sleep(20)
            call.peer.speak(1.0)
            await call.events()
            assert call.line.gone == "media_timeout"
            assert asyncio.get_running_loop().time() == pytest.approx(35.0)

    in_virtual_time(main())


def test_lost_frames_are_silence_and_are_counted(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            await call.line.audio(noise(0.1))
            call.line.lost(3)
            call.line.late(1)
            await call.line.audio(noise(0.1))
            call.peer.say(type="stop")
            frames = [event for event in await call.events() if isinstance(event, Frame)]
            assert [frame.position for frame in frames] == [i * FRAME for i in range(len(frames))]
            assert len(frames) >= 12
            stats = call.line.stats
            assert (stats.received, stats.lost, stats.late, stats.dropped) == (10, 3, 1, 0)

    in_virtual_time(main())


def test_jitter_is_measured(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            for turn in range(200):
                await asyncio.sleep(0.01 if turn % 2 else 0.03)
                await call.line.audio(noise(0.02))
            assert call.line.stats.jitter_ms == pytest.approx(10.0, abs=0.5)

    in_virtual_time(main())


class Telephone(SocketFarEnd):
    """Can lead its caller to a person, after a second."""

    answer = True

    async def transfer(self, handover: Handover) -> bool:
        await asyncio.sleep(1.0)
        return self.answer


@pytest.mark.parametrize("answer", [True, False])
def test_a_transfer_is_the_far_ends_doing(in_virtual_time: InVirtualTime, answer: bool) -> None:
    async def main() -> None:
        async with Call(Telephone) as call:
            call.far_end.answer = answer  # type: ignore[attr-defined]
            assert await call.line.transfer(Handover("orders", "asked", "c1")) is answer
            call.peer.leave(1000)
            await call.events()
            assert call.line.gone == ("escalated" if answer else "caller_hung_up")
            assert await call.line.transfer(Handover("orders", "asked", "c1")) is False

    in_virtual_time(main())


def test_a_transfer_ends_with_the_caller(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.reading.clear()
            await call.line.started("c1")  # the sender is stuck on it
            await asyncio.sleep(0.1)
            assert await call.line.transfer(Handover("orders", "asked", "c1")) is False
            assert call.line.gone == "caller_stalled"

    in_virtual_time(main())
