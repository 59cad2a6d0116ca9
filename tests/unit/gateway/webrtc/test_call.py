"""One caller over several connections, in virtual time, with peers that only record."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import numpy as np
import pytest

from warmline.audio.frame import FRAME, Frame, Pcm
from warmline.gateway.far_end import LegSettings
from warmline.gateway.webrtc.arrivals import Quality
from warmline.gateway.webrtc.call import MAX_GARBAGE, MAX_TEXTS, RETURN_S, Call
from warmline.gateway.webrtc.engine import Closed, Heard, PeerEvent, Pressed, Said
from warmline.ports import AudioProfile, Caption, Digit, Handover, Line, LineEvent, LineInfo

PROFILE = AudioProfile(name="webrtc", rate=16_000, codec="opus", lead_s=0.04, continuous=True)
InVirtualTime = Callable[[Coroutine[Any, Any, None]], None]


class FakePeer:
    """A connection that is up, or comes up after `connects` seconds, or never (None)."""

    def __init__(self, connects: float | None = 0.0) -> None:
        self.answer, self.ufrag, self.profile = "v=0", "abcd", PROFILE
        self.quality = Quality()
        self.connects = connects
        self.sent: list[Pcm] = []
        self.told: list[dict[str, Any]] = []
        self.cleared = 0
        self.closed = False
        self._events: deque[PeerEvent] = deque()
        self._some = asyncio.Event()

    async def add_candidates(self, candidates: Sequence[str]) -> None:
        raise NotImplementedError

    async def connected(self, timeout_s: float) -> bool:
        await asyncio.sleep(timeout_s if self.connects is None else self.connects)
        return self.connects is not None

    async def receive(self) -> PeerEvent:
        while not self._events:
            if self.closed:
                return Closed()
            self._some.clear()
            await self._some.wait()
        return self._events.popleft()

    def send(self, frame: Pcm) -> None:
        self.sent.append(frame)

    def clear(self) -> None:
        self.cleared += 1

    def tell(self, text: str) -> None:
        self.told.append(json.loads(text))

    async def close(self) -> None:
        self.leave()

    # --- what the test does ---

    def event(self, *events: PeerEvent) -> None:
        self._events.extend(events)
        self._some.set()

    def says(self, **message: object) -> None:
        self.event(Said(json.dumps(message)))

    def leave(self) -> None:
        self.closed = True
        self._some.set()

    async def speaks(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            self.event(Heard(np.full(FRAME, 1000, dtype=np.int16)))
            await asyncio.sleep(0.02)

    def texts(self, kind: str) -> list[dict[str, Any]]:
        return [text for text in self.told if text["type"] == kind]


class Running:
    """A call under way, with a handler that collects what comes."""

    def __init__(self, peer: FakePeer, *, captions: bool = False) -> None:
        info = LineInfo(door="webrtc", caller="", flow="", profile=PROFILE)
        self.call = Call("pc", peer, info, LegSettings(silent_s=25), captions=captions)
        self.events: list[LineEvent] = []
        self.gone = ""
        self.task = asyncio.create_task(self.call.run(self.handle, 15))

    async def handle(self, line: Line) -> None:
        await line.started("call-1")
        async for event in line:
            self.events.append(event)
        self.gone = line.gone

    @property
    def frames(self) -> int:
        return sum(isinstance(event, Frame) for event in self.events)


def test_a_call_is_heard_spoken_to_and_ended_by_the_page(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        peer = FakePeer()
        running = Running(peer)
        await peer.speaks(1)
        peer.event(Pressed("4"))
        peer.says(type="dtmf", digit="2")
        peer.says(type="ping")
        await peer.speaks(1)
        peer.says(type="stop")
        await running.task
        assert running.frames == 100
        assert [e.digit for e in running.events if isinstance(e, Digit)] == ["4", "2"]
        assert len(peer.sent) == pytest.approx(100, abs=5), "silence is sent too"
        assert peer.texts("started") == [{"type": "started", "call_id": "call-1"}]
        assert peer.texts("pong")
        assert peer.texts("ended") == [{"type": "ended", "reason": "caller_hung_up"}]
        assert running.gone == "caller_hung_up"
        assert peer.closed

    in_virtual_time(main())


def test_without_a_connection_there_is_no_call(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        peer = FakePeer(connects=None)
        running = Running(peer)
        await running.task
        assert peer.closed
        assert running.call.leg.call_id == ""

    in_virtual_time(main())


def test_captions_are_shown_to_those_who_want_them(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        peer = FakePeer()
        running = Running(peer)
        await peer.speaks(0.1)
        assert not running.call.leg.reads
        running.call.leg.show(Caption(who="bot", key="1", text="not yet", final=True))
        await peer.speaks(0.1)
        peer.says(type="captions", on=True)
        await peer.speaks(0.1)
        assert running.call.leg.reads
        running.call.leg.show(Caption(who="bot", key="2", text="now", final=True))
        await peer.speaks(0.1)
        assert [text["text"] for text in peer.texts("caption")] == ["now"]
        await running.call.leg.hang_up("completed")
        await running.task

    in_virtual_time(main())


def test_what_is_cleared_is_cleared_at_the_page(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        peer = FakePeer()
        running = Running(peer)
        await peer.speaks(0.1)
        running.call.leg.clear()
        await peer.speaks(0.1)
        assert peer.cleared == 1
        assert len(peer.texts("clear")) == 1
        handover = Handover(queue="people", reason="asked", summary_id="s")
        assert not await running.call.leg.transfer(handover)
        await running.call.leg.hang_up("completed")
        await running.task

    in_virtual_time(main())


def test_the_quality_of_the_last_seconds_is_told(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        peer = FakePeer()
        running = Running(peer)
        await peer.speaks(1)
        peer.quality = Quality(received=90, lost=10, jitter_ms=4.0, delay_ms=35.0)
        await peer.speaks(2)
        peer.quality = Quality(
            received=190, lost=10, jitter_ms=2.0, delay_ms=30.0, round_trip_ms=80.0
        )
        await peer.speaks(2)
        assert [text["loss"] for text in peer.texts("quality")] == [0, 0.1, 0]
        stats = running.call.leg.stats
        assert (stats.received, stats.lost, stats.jitter_ms) == (190, 10, 2.0)
        assert stats.network_s == pytest.approx(0.11)
        await running.call.leg.hang_up("completed")
        await running.task

    in_virtual_time(main())


def test_a_caller_comes_back_on_another_connection(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        first, second = FakePeer(), FakePeer(connects=1.0)
        running = Running(first)
        await first.speaks(1)
        first.quality = Quality(received=50, lost=2)
        await asyncio.sleep(20)  # no media: the call is parked and lives
        assert not running.task.done()
        await running.call.rejoin(second, 15)
        assert first.closed
        assert running.call.peer is second
        assert second.texts("started") == [{"type": "started", "call_id": "call-1"}]
        await second.speaks(1)
        second.quality = Quality(received=50, lost=1)
        assert running.frames == 100
        assert running.call.leg.stats.lost == 3
        assert len(second.sent) > 40
        second.says(type="stop")
        await running.task
        assert running.gone == "caller_hung_up"

    in_virtual_time(main())


def test_a_new_connection_that_never_comes_up_changes_nothing(
    in_virtual_time: InVirtualTime,
) -> None:
    async def main() -> None:
        first, second = FakePeer(), FakePeer(connects=None)
        running = Running(first)
        await first.speaks(0.5)
        joining = asyncio.create_task(running.call.rejoin(second, 10))
        await asyncio.sleep(1)
        assert running.call.newest is second
        await first.speaks(1)
        await joining
        assert running.call.peer is running.call.newest is first
        assert second.closed
        assert not first.closed
        await running.call.leg.hang_up("completed")
        await running.task

    in_virtual_time(main())


@pytest.mark.parametrize(("comes_after", "takes", "lives"), [(1.0, 8.0, True), (9.0, 0.1, False)])
def test_after_a_closed_connection_another_is_waited_for(
    in_virtual_time: InVirtualTime, comes_after: float, takes: float, lives: bool
) -> None:
    async def main() -> None:
        first, second = FakePeer(), FakePeer(connects=takes)
        running = Running(first)
        await first.speaks(0.5)
        first.leave()
        await asyncio.sleep(comes_after)
        await running.call.rejoin(second, 15)
        await asyncio.sleep(0.1)
        assert running.task.done() != lives
        assert second.closed != lives
        if lives:
            second.leave()
            await asyncio.sleep(RETURN_S + 0.1)
        await running.task
        assert running.gone == "caller_hung_up"

    in_virtual_time(main())


def test_a_caller_of_whom_nothing_comes_is_given_up(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        peer = FakePeer()
        running = Running(peer)
        await peer.speaks(1)
        began = asyncio.get_running_loop().time()
        await running.task
        assert asyncio.get_running_loop().time() - began == pytest.approx(25, abs=1)
        assert running.gone == "media_timeout"
        assert peer.texts("ended") == [{"type": "ended", "reason": "media_timeout"}]

    in_virtual_time(main())


def test_a_little_garbage_is_ignored_and_much_ends_the_call(
    in_virtual_time: InVirtualTime,
) -> None:
    async def main() -> None:
        peer = FakePeer()
        running = Running(peer)
        for _ in range(MAX_GARBAGE):
            peer.event(Said("what?"))
        await peer.speaks(1)
        assert not running.task.done()
        peer.event(Said("what?"))
        await running.task
        assert running.gone == "bad_input"
        assert peer.texts("ended")[0]["code"] == "bad_message"

    in_virtual_time(main())


def test_a_flood_of_texts_is_garbage(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        peer = FakePeer()
        running = Running(peer)
        await peer.speaks(0.1)
        for _ in range(MAX_TEXTS + MAX_GARBAGE + 1):
            peer.says(type="ping")
        await running.task
        assert running.gone == "bad_input"

    in_virtual_time(main())


def test_the_call_ends_while_the_caller_is_coming_back(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        first, second = FakePeer(), FakePeer()
        running = Running(first)
        await first.speaks(0.2)
        await running.call.leg.hang_up("completed")
        await running.call.rejoin(second, 15)
        await running.task
        assert second.closed

    in_virtual_time(main())
