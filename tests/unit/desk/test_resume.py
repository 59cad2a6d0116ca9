"""Whatever breaks, a page gets each entry once and in order, and ends up seeing what all see."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.desk.pages import STARTED, Log, check_schema, heard, new_panel
from warmline.accounts.user import User
from warmline.desk.mail import Mail
from warmline.desk.messages import Watch
from warmline.desk.panels import Panels
from warmline.desk.watching import MAX_WATCHES, Watching
from warmline.events import CallEnded, Entry, Fact, PartialTranscript, SpeakingStarted
from warmline.records import CallRecord, StoreError

USER = User(user_id="u1", login="sam", name="Sam", roles=frozenset({"supervisor"}))
Json = dict[str, Any]


class MemoryRecord:
    """A record that is behind the calls by `unsaved` entries unless it is read, and may fail."""

    def __init__(self) -> None:
        self.saved: dict[str, list[Entry]] = {}
        self.failing = False
        self.lost: set[int] = set()

    def append(self, entry: Entry) -> None:
        self.saved.setdefault(entry.call_id, []).append(entry)

    async def call(self, call_id: str) -> CallRecord | None:
        await asyncio.sleep(0)
        if self.failing:
            raise StoreError("away")
        if call_id not in self.saved:
            return None
        return CallRecord(
            call_id=call_id, started_at="", door="", caller="", flow="orders", flow_version="",
            ended_at=None, reason=None, turns=0,
        )  # fmt: skip

    async def events(self, call_id: str, after: int = 0, limit: int = 1000) -> list[Entry]:
        await asyncio.sleep(0)
        if self.failing:
            raise StoreError("away")
        there = [one for one in self.saved.get(call_id, []) if one.seq not in self.lost]
        return [one for one in there if one.seq > after][:limit]


class FakeHouse:
    def __init__(self) -> None:
        self.epoch = "first"
        self.record = MemoryRecord()
        self.panels = Panels(new_panel)
        self.looked_back: list[str] = []
        self.hidden: set[str] = set()

    def may_watch(self, user: User, call_id: str) -> bool:
        return call_id not in self.hidden

    async def looks_back(self, user: User, call_id: str) -> None:
        self.looked_back.append(call_id)

    def painted(self, call_id: str, at: float, kinds: frozenset[str]) -> float | None:
        return None


class Client:
    """A page without a socket: takes messages one by one, and applies them as a page does."""

    def __init__(self, house: FakeHouse) -> None:
        self.house = house
        self.seq: int | None = None
        self.shown: dict[str, Json] = {}
        self.epoch = house.epoch
        self.ended = False
        self.kinds: list[str] = []
        self.slow = False
        self.open()

    def open(self) -> None:
        self.mail = Mail(self._too_slow)
        self.watching = Watching(self.house, USER, self.mail)
        self.task = asyncio.create_task(self.watching.catch_up())
        self.after_unwatch = False

    def _too_slow(self) -> None:
        self.slow = True

    async def close(self) -> None:
        """The socket breaks: what was on its way is lost."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.watching.stop()

    async def reopen(self) -> None:
        await self.close()
        self.open()

    def watch(self, *, snapshot: bool = False) -> None:
        resumes = self.seq is not None and not snapshot
        after, epoch = (self.seq, self.epoch) if resumes else (None, None)
        self.watching.watch(Watch(type="watch", call="c1", after=after, epoch=epoch))

    def unwatch(self) -> None:
        self.watching.forget("c1")
        self.after_unwatch = True  # messages from before are still on their way

    async def take(self, most: int = 1_000_000) -> None:
        for _ in range(most):
            await settle()
            text = self.mail.outbox.take()
            if text is None:
                return
            self.mail._space.set()
            self.apply(json.loads(text))

    def apply(self, message: Json) -> None:
        check_schema(message)
        self.kinds.append(message["type"])
        if message.get("call", "c1") != "c1":
            return
        match message["type"]:
            case "reset":
                self.epoch, self.seq, self.shown = message["epoch"], None, {}
            case "snapshot":
                assert self.seq is None or message["seq"] >= self.seq
                self.seq = message["seq"]
                self.shown = {one["key"]: one for one in message["view"]}
            case "call":
                if self.after_unwatch and self.seq is not None and message["seq"] <= self.seq:
                    return
                assert message["seq"] == (self.seq or 0) + 1, "each once, in order"
                self.seq = message["seq"]
                for change in message["changes"]:
                    if change.get("gone"):
                        self.shown.pop(change["key"], None)
                    else:
                        self.shown[change["key"]] = change
            case "end":
                self.ended = True


async def settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


async def in_no_thread(work: Callable[..., Any], *args: Any) -> Any:
    """In place of `asyncio.to_thread`: the order of things is the test's."""
    await asyncio.sleep(0)
    return work(*args)


def a_call(house: FakeHouse) -> Log:
    log = Log("c1", house.record.append, house.panels.observe)
    log.add(STARTED)
    return log


def speak(log: Log, number: int) -> None:
    """A few entries; partial words among them."""
    facts: list[Fact] = [
        PartialTranscript(turn=number, stable="so", unstable="far", audio_at=1.0),
        PartialTranscript(turn=number, stable="so far so", unstable="good", audio_at=1.5),
        heard(number, f"sentence {number}"),
        SpeakingStarted(say_id=f"s{number}", node="n", text="I see."),
    ]
    log.add(*facts[: 1 + number % 4])


async def shows_all(client: Client, house: FakeHouse) -> None:
    """Once it has caught up, the page shows what the room does."""
    client.watch()
    for _ in range(10):
        await client.take()
    room = house.panels.room("c1")
    assert room is not None and client.seq == room.seq
    shown = {one["key"]: one for one in json.loads(json.dumps(room.panel.view()))}
    for packet in (client.shown.pop("packet", None), shown.pop("packet")):
        assert packet is None or packet["packet"]["told"] >= 0  # it has a pace of its own
    assert client.shown.items() >= {k: v for k, v in shown.items() if k in client.shown}.items()
    assert {k for k in shown if k[:4] in ("call", "bot-", "even")} <= client.shown.keys()


STEPS = {
    "speak": 6,
    "take": 4,
    "take_all": 2,
    "break": 2,
    "restart": 1,
    "watch": 2,
    "snapshot": 1,
    "unwatch": 1,
    "settle": 3,
    "fail": 1,
    "recover": 1,
}
steps = st.sampled_from([step for step, weight in STEPS.items() for _ in range(weight)])


@settings(max_examples=100, deadline=None)
@given(st.lists(steps, max_size=40).map(lambda some: ["watch", "take_all", *some]))
def test_each_entry_once_and_in_order_whatever_breaks(told: list[str]) -> None:
    async def run() -> None:
        house = FakeHouse()
        log = a_call(house)
        client = Client(house)
        for number, step in enumerate(told):
            match step:
                case "speak":
                    speak(log, number)
                case "take":
                    await client.take(1)
                case "take_all":
                    await client.take()
                case "break":
                    await client.reopen()
                    client.watch()
                case "restart":
                    house.epoch = f"epoch {number}"
                    await client.reopen()
                    client.watch()
                case "watch":
                    client.watch()
                case "snapshot":
                    client.watch(snapshot=True)
                case "unwatch":
                    client.unwatch()
                case "settle":
                    await settle()
                case "fail" | "recover":
                    house.record.failing = step == "fail"
        await shows_all(client, house)
        assert not client.slow
        await client.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "to_thread", in_no_thread)
        asyncio.run(run())


@pytest.fixture
def house() -> FakeHouse:
    return FakeHouse()


async def arrived(house: FakeHouse, log: Log) -> None:
    """All entries are in the call's panel."""
    room = house.panels.room("c1")
    assert room is not None
    for _ in log.entries:
        await settle()
    assert room.seq == len(log.entries)


async def until(client: Client, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await client.take()
            await asyncio.sleep(0.001)


async def test_a_break_brings_the_missing_entries_and_no_partial_words(house: FakeHouse) -> None:
    log, client = a_call(house), Client(house)
    client.watch()
    await until(client, lambda: client.seq == 1)
    await client.reopen()
    for number in range(50):
        speak(log, number)
    await settle()
    client.kinds.clear()
    client.watch()
    await until(client, lambda: client.seq == len(log.entries))
    assert client.kinds == ["call"] * (len(log.entries) - 1)
    assert client.shown["caller-49"]["unstable"] == "good", "the line that is still open"
    await client.close()


async def test_another_epoch_brings_a_reset_once_and_snapshots(house: FakeHouse) -> None:
    log, client = a_call(house), Client(house)
    other = Log("c2", house.record.append, house.panels.observe)
    other.add(STARTED)
    speak(log, 3)
    await settle()
    client.epoch, client.seq = "another", 2
    client.watch()
    client.watching.watch(Watch(type="watch", call="c2", after=1, epoch="another"))
    await until(client, lambda: client.kinds.count("snapshot") == 2)
    assert client.kinds == ["reset", "snapshot", "snapshot"]
    assert client.epoch == house.epoch
    await client.close()


async def test_a_number_that_was_never_given_brings_a_snapshot(house: FakeHouse) -> None:
    a_call(house)
    client = Client(house)
    client.seq = 1000
    await settle()
    client.watching.watch(Watch(type="watch", call="c1", after=1000, epoch=house.epoch))
    client.seq = None
    await until(client, lambda: client.seq == 1)
    assert client.kinds == ["snapshot"]
    await client.close()


async def test_a_watch_without_its_epoch_brings_a_snapshot(house: FakeHouse) -> None:
    a_call(house)
    client = Client(house)
    await settle()
    client.watching.watch(Watch(type="watch", call="c1", after=1))
    await until(client, lambda: client.kinds == ["snapshot"])
    await client.close()


@pytest.mark.parametrize("how", ["failing", "lost", "behind"])
async def test_what_the_record_lacks_the_panel_has(house: FakeHouse, how: str) -> None:
    log, client = a_call(house), Client(house)
    for number in range(9):
        speak(log, number)
    await settle()
    house.record.failing = how == "failing"
    house.record.lost = {5} if how == "lost" else {20, 21, 22} if how == "behind" else set()
    client.seq = 1
    client.watch()
    await until(client, lambda: client.seq == len(log.entries))
    assert client.kinds[-1] == "snapshot"
    await client.close()


async def test_what_comes_while_the_record_fails_comes_once(
    house: FakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, client = a_call(house), Client(house)
    speak(log, 3)
    await settle()
    asked, answer = asyncio.Event(), asyncio.Event()

    async def fails_in_the_end(*_: object) -> list[Entry]:
        asked.set()
        await answer.wait()
        raise StoreError("away")

    monkeypatch.setattr(house.record, "events", fails_in_the_end)
    client.seq = 1
    client.watch()
    await asked.wait()
    speak(log, 7)
    await settle()
    answer.set()
    await until(client, lambda: client.seq == len(log.entries))
    speak(log, 11)
    await until(client, lambda: client.seq == len(log.entries))
    assert client.kinds == ["snapshot", "call", "call", "call", "call"]
    await client.close()


async def test_what_comes_while_the_past_is_sent_comes_behind_it(house: FakeHouse) -> None:
    log, client = a_call(house), Client(house)
    for number in range(300):
        speak(log, number)
    await settle()
    client.seq = 1
    client.watch()
    for number in range(300, 320):
        await asyncio.sleep(0.001)
        speak(log, number)
        await client.take(3)
    log.add(CallEnded(reason="completed"))
    await until(client, lambda: client.ended)
    assert client.seq == len(log.entries)
    assert client.shown["state"]["state"] == "ended"
    await client.close()


@pytest.mark.parametrize("with_room", [True, False])
@pytest.mark.parametrize("after", [None, 0, 3])
async def test_a_call_that_is_over(house: FakeHouse, after: int | None, with_room: bool) -> None:
    log = a_call(house)
    for number in range(9):
        speak(log, number)
    log.add(CallEnded(reason="completed"))
    await settle()
    if not with_room:
        house.panels = Panels(new_panel)
    client = Client(house)
    client.seq = after
    client.watch()
    await until(client, lambda: client.ended)
    assert client.seq == len(log.entries)
    kinds = ["snapshot"] if after is None else ["call"] * (len(log.entries) - after)
    assert client.kinds == [*kinds, "end"]
    assert house.looked_back == ["c1"]
    await client.close()


async def test_long_pasts_come_in_parts(house: FakeHouse) -> None:
    log, client = a_call(house), Client(house)
    log.add(*(heard(turn, "yes") for turn in range(1, 1600)))
    log.add(CallEnded(reason="completed"))
    house.panels = Panels(new_panel)
    client.seq = 700
    client.watch()
    await until(client, lambda: client.ended)
    assert client.seq == 1601
    await client.close()


@pytest.mark.parametrize("failing", [True, False])
async def test_what_cannot_be_shown(house: FakeHouse, failing: bool) -> None:
    house.record.failing = failing
    client = Client(house)
    client.watch()
    await until(client, lambda: client.ended)
    assert client.kinds == ["error", "end"]
    client.kinds.clear()
    house.hidden.add("c1")
    client.watch()
    await until(client, lambda: bool(client.kinds))
    assert client.kinds == ["error"]
    await client.close()


async def test_a_page_cannot_watch_the_whole_house(house: FakeHouse) -> None:
    client = Client(house)
    logs = [Log(f"call-{n}", house.panels.observe) for n in range(MAX_WATCHES + 1)]
    for log in logs:
        log.add(STARTED)
    await settle()
    for log in logs:
        client.watching.watch(Watch(type="watch", call=log.call_id))
    await until(client, lambda: client.kinds.count("snapshot") == MAX_WATCHES)
    assert client.kinds.count("error") == 1
    await client.close()


async def test_who_may_not_look_any_more_sees_no_more(house: FakeHouse) -> None:
    log, client = a_call(house), Client(house)
    client.watch()
    await until(client, lambda: client.seq == 1)
    client.watching.check(lambda call_id: False)
    speak(log, 3)
    await settle()
    await client.take()
    assert client.kinds == ["snapshot", "end"]
    await client.close()


async def test_a_panel_that_fails_ends_what_is_shown_of_its_call_only(
    house: FakeHouse, caplog: pytest.LogCaptureFixture
) -> None:
    log, client = a_call(house), Client(house)
    client.watch()
    await until(client, lambda: client.seq == 1)
    room = house.panels.room("c1")
    assert room is not None
    room.panel = None  # type: ignore[assignment]
    log.add(heard(1, "secret words"))
    other = Log("c2", house.panels.observe)
    other.add(STARTED)
    await until(client, lambda: client.ended)
    assert house.panels.room("c1") is None and house.panels.room("c2") is not None
    assert "secret words" not in caplog.text and "gave" in caplog.text or "given up" in caplog.text
    await client.close()


async def test_partial_words_give_way_for_a_page_that_is_behind(house: FakeHouse) -> None:
    log, client = a_call(house), Client(house)
    client.watch()
    await until(client, lambda: client.seq == 1)
    for number in range(1500):  # more than may wait
        log.add(PartialTranscript(turn=1, stable="", unstable=f"word {number}", audio_at=1.0))
    await arrived(house, log)
    assert not client.slow
    await until(client, lambda: client.seq == 1501)
    assert client.shown["caller-1"]["unstable"] == "word 1499"
    await client.close()


async def test_a_slow_page_is_told_so_at_the_limit(house: FakeHouse) -> None:
    log, client = a_call(house), Client(house)
    client.watch()
    await until(client, lambda: client.seq == 1)
    log.add(*(heard(turn, "yes") for turn in range(1, 1200)))
    await arrived(house, log)
    assert client.slow
    assert len(client.mail.outbox) == 1000
    await client.reopen()
    client.watch()
    await until(client, lambda: client.seq == 1200)
    await client.close()
