"""The panels of the calls that go on: when they come and go, and who is told what."""

import asyncio

import pytest

from unit.desk.pages import STARTED, Log, heard, new_panel
from warmline.desk.outbox import Message
from warmline.desk.panels import Panels
from warmline.events import CallEnded, PartialTranscript, TimerFired


class Eyes:
    """A watcher that writes down what it sees."""

    def __init__(self) -> None:
        self.seen: list[Message] = []
        self.ended: list[str] = []

    def take(self, call_id: str, message: Message) -> None:
        self.seen.append(message)

    def end(self, call_id: str) -> None:
        self.ended.append(call_id)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_on_the_calls_own_path_nothing_is_done_but_to_put_it_aside() -> None:
    panels = Panels(new_panel)
    Log("c1", panels.observe).add(STARTED)
    assert panels.room("c1") is None
    await settle()
    room = panels.room("c1")
    assert room is not None and room.seq == 1


async def test_a_burst_leaves_others_their_turns() -> None:
    panels, turns = Panels(new_panel), 0
    log = Log("c1", panels.observe)
    log.add(STARTED, *(TimerFired(name="t") for _ in range(999)))
    room = None
    while room is None or room.seq < 1000:
        await asyncio.sleep(0)
        room = panels.room("c1")
        turns += 1
    assert turns >= 1000 / 25


async def test_all_who_watch_get_the_same_text() -> None:
    panels = Panels(new_panel)
    log = Log("c1", panels.observe)
    log.add(STARTED)
    await settle()
    room, watchers = panels.room("c1"), [Eyes(), Eyes()]
    assert room is not None
    for eyes in watchers:
        room.watchers[eyes] = None
    log.add(PartialTranscript(turn=1, stable="", unstable="so", audio_at=1.0), heard(1, "so"))
    log.add(CallEnded(reason="completed"))
    await settle()
    one, other = (eyes.seen for eyes in watchers)
    assert len(one) == 3 and all(a is b for a, b in zip(one, other, strict=True))
    assert [bool(message.replaces) for message in one] == [True, False, False]
    assert watchers[0].ended == ["c1"] and not room.watchers


async def test_a_call_is_watched_while_a_page_shows_it() -> None:
    panels = Panels(new_panel)
    log = Log("c1", panels.observe)
    log.add(STARTED)
    await settle()
    room, eyes = panels.room("c1"), Eyes()
    assert room is not None
    assert not panels.watched("c1")
    room.watchers[eyes] = None
    assert panels.watched("c1") and not panels.watched("c2")
    del room.watchers[eyes]
    assert not panels.watched("c1")


async def test_when_something_was_is_known_for_what_was_watched() -> None:
    panels = Panels(new_panel)
    log = Log("c1", panels.observe)
    log.add(STARTED, heard(1, "unseen"))
    await settle()
    room = panels.room("c1")
    assert room is not None
    room.watchers[Eyes()] = None
    log.add(heard(2, "seen"), TimerFired(name="t"))
    await settle()
    assert room.timed(2) is None and room.timed(5) is None
    assert room.timed(3) == (0.3, frozenset({"final", "packet"}))
    assert room.timed(4) == (0.4, frozenset())
    room.watchers.clear()
    log.add(TimerFired(name="t"))
    await settle()
    assert room.timed(3) is None


async def test_a_panel_stays_a_while_after_the_end() -> None:
    panels = Panels(new_panel, keep_s=0.01)
    log = Log("c1", panels.observe)
    log.add(STARTED, CallEnded(reason="completed"))
    await settle()
    assert panels.packet("c1") == {"told": 0, "slots": []}
    async with asyncio.timeout(10):
        while panels.room("c1"):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert panels.packet("c1") is None


async def test_a_log_without_its_beginning_is_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    panels = Panels(new_panel)
    Log("c1", panels.observe).add(heard(1, "hello"))
    await settle()
    assert panels.room("c1") is None and not caplog.text
