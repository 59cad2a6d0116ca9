"""The record on real SQLite files: order, paging, restarts, and every way a file can fail."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from warmline.errors import WarmlineError
from warmline.events import CallEnded, CallStarted, Entry, Fact, NodeEntered, UtteranceHeard
from warmline.records import StoreError
from warmline.records.store import Store

OpenStore = Callable[[], Awaitable[Store]]
STARTED = CallStarted(door="socket", caller="+15550100", flow="order", flow_version="v1")
ENDED = CallEnded(reason="completed")


def heard(turn: int) -> UtteranceHeard:
    return UtteranceHeard(turn=turn, text="yes", confidence=0.5, started_at=0.0, audio_at=1.0)


def log(*facts: Fact, call_id: str = "c1") -> list[Entry]:
    return [
        Entry(call_id=call_id, seq=seq, at=seq / 4, fact=fact)
        for seq, fact in enumerate(facts, start=1)
    ]


def append(store: Store, entries: list[Entry]) -> list[Entry]:
    for entry in entries:
        store.append(entry)
    return entries


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the store's health can only be looked at
            await asyncio.sleep(0.005)


def damage(file: Path) -> bytes:
    """Overwrite one page in the middle; what the file then holds."""
    content = bytearray(file.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\x55" * 4096
    file.write_bytes(content)
    return bytes(content)


@contextlib.contextmanager
def read_only(file: Path) -> Iterator[None]:
    file.chmod(0o444)
    file.parent.chmod(0o555)
    try:
        yield
    finally:
        file.parent.chmod(0o755)


@contextlib.contextmanager
def sqlite(file: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


async def test_a_call_is_read_back_as_soon_as_it_is_appended(store: Store) -> None:
    before = datetime.now(UTC)
    entries = append(store, log(STARTED, NodeEntered(node="greet"), heard(1), heard(2)))
    assert await store.events("c1") == entries
    call = await store.call("c1")
    assert call is not None
    assert (call.door, call.caller, call.flow, call.flow_version) == (
        "socket",
        "+15550100",
        "order",
        "v1",
    )
    assert (call.turns, call.ended_at, call.reason) == (2, None, None)
    started = datetime.fromisoformat(call.started_at)
    assert abs((started - before).total_seconds()) < 60

    store.append(Entry(call_id="c1", seq=5, at=90.0, fact=ENDED))
    call = await store.call("c1")
    assert call is not None and call.ended_at is not None
    assert call.reason == "completed"
    lasted = datetime.fromisoformat(call.ended_at) - started
    assert lasted.total_seconds() == pytest.approx(90, abs=0.002)


async def test_unknown_calls(store: Store) -> None:
    assert await store.call("nobody") is None
    assert await store.events("nobody") == []
    assert await store.calls() == []
    assert await store.calls(before="nobody") == []


async def test_calls_come_newest_first_page_by_page(store: Store) -> None:
    # All start within a millisecond or few: the name settles what the time leaves open.
    for number in range(7):
        append(store, log(STARTED, call_id=f"c{number}"))
    seen = [call.call_id for call in await store.calls(3)]
    while page := await store.calls(3, before=seen[-1]):
        seen += [call.call_id for call in page]
    assert len(seen) == 7
    records = [await store.call(call_id) for call_id in seen]
    keys = [(r.started_at, r.call_id) for r in records if r is not None]
    assert keys == sorted(keys, reverse=True)


async def test_ten_thousand_events_in_order_and_by_pages(store: Store) -> None:
    entries = append(store, log(STARTED, *(heard(n) for n in range(9_998)), ENDED))
    assert await store.flush(10)
    assert await store.events("c1", limit=20_000) == entries
    assert await store.events("c1", after=4_000, limit=10) == entries[4_000:4_010]
    assert [e.seq for e in await store.events("c1", after=9_999)] == [10_000]


async def test_writing_an_entry_twice_changes_nothing(store: Store) -> None:
    entries = append(store, log(STARTED, heard(1), ENDED))
    await store.flush()
    first = await store.call("c1")
    append(store, log(STARTED, heard(7), ENDED))
    assert await store.events("c1") == entries
    again = await store.call("c1")
    assert first is not None and again is not None and again.turns == first.turns == 1


async def test_events_without_their_start_still_find_a_place(store: Store) -> None:
    rest = append(store, log(STARTED, heard(1), ENDED)[1:])
    assert await store.events("c1") == rest
    call = await store.call("c1")
    assert call is not None and (call.door, call.reason) == ("", "completed")


async def test_what_cannot_be_stored_does_not_hold_up_the_rest(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    odd = CallStarted(door="socket", caller="\ud800\0", flow="x", flow_version="y")
    append(store, log(odd))
    bad = UtteranceHeard(
        turn=1, text="secret", confidence=float("nan"), started_at=0.0, audio_at=0.0
    )
    store.append(Entry(call_id="c1", seq=2, at=0.0, fact=bad))
    store.append(Entry(call_id="c1", seq=3, at=0.0, fact=ENDED))
    assert [e.seq for e in await store.events("c1")] == [1, 3]
    assert store.health().lost == 1
    assert "UtteranceHeard.confidence" in caplog.text and "secret" not in caplog.text


async def test_calls_that_a_dead_run_left_open_are_marked(
    file: Path, open_store: OpenStore
) -> None:
    first = await open_store()
    append(first, log(STARTED, heard(1), call_id="broken"))
    append(first, log(STARTED, ENDED, call_id="whole"))
    await first.close()
    second = await open_store()
    broken, whole = await second.call("broken"), await second.call("whole")
    assert broken is not None and whole is not None and broken.ended_at is not None
    assert (broken.reason, whole.reason) == ("interrupted", "completed")
    # It lasted until the last that is known of it, half a second.
    start, end = map(datetime.fromisoformat, (broken.started_at, broken.ended_at))
    assert (end - start).total_seconds() == pytest.approx(0.5)
    assert len(await second.events("broken")) == 2


async def test_closing_saves_and_is_final(file: Path, open_store: OpenStore) -> None:
    store = await open_store()
    entries = append(store, log(STARTED, ENDED))
    await store.close()
    await store.close()
    assert store.health().state == "closed"
    store.append(entries[0])
    assert store.health().lost == 1
    with pytest.raises(StoreError, match="is closed"):
        await store.calls()
    assert await (await open_store()).events("c1") == entries


async def test_the_file_has_the_pragmas(file: Path, store: Store) -> None:
    with sqlite(file) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    async with store._engine.connect() as connection:
        for pragma, value in (("synchronous", 1), ("foreign_keys", 1), ("busy_timeout", 10)):
            found = (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar_one()
            assert (pragma, found) == (pragma, value)


# --- faults -----------------------------------------------------------------------------------


async def test_a_locked_database_loses_nothing(
    file: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite(file) as other:
        other.execute("BEGIN EXCLUSIVE")
        entries = append(store, log(STARTED, *(heard(n) for n in range(1_200)), ENDED))
        await until(lambda: store.health().state == "failing")
        health = store.health()
        assert (health.error, health.unsaved, health.lost) == ("SQLITE_BUSY", 1_202, 0)
        assert health.lag_s > 0
        assert not await store.flush(0.01)
        other.execute("ROLLBACK")
    assert await store.flush(10)
    assert await store.events("c1", limit=2_000) == entries
    assert (store.health().state, store.health().lag_s) == ("ok", 0.0)
    assert [r.levelname for r in caplog.records] == ["ERROR", "WARNING"]


async def test_a_full_disk_loses_nothing(store: Store) -> None:
    pages = 1

    @sa.event.listens_for(store._engine.sync_engine, "checkout")
    def limit(connection: sa.engine.interfaces.DBAPIConnection, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={pages}")
        cursor.close()

    entries = append(store, log(STARTED, *(heard(n) for n in range(1_200)), ENDED))
    await until(lambda: store.health().state == "failing")
    assert store.health().error == "SQLITE_FULL"
    pages = 1_000_000
    assert await store.flush(10)
    assert await store.events("c1", limit=2_000) == entries
    assert store.health().lost == 0


async def test_closing_does_not_wait_for_ever(
    file: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite(file) as other:
        other.execute("BEGIN EXCLUSIVE")
        append(store, log(STARTED, ENDED))
        await store.close(0.05)
        other.execute("ROLLBACK")
    assert "2 events were not saved" in caplog.text


CHILD = """
import asyncio, sys
from warmline.events import CallStarted, DigitPressed, Entry
from warmline.records.store import Store

async def main():
    store = await Store.open(sys.argv[1])
    start = CallStarted(door="socket", caller="", flow="f", flow_version="v")
    store.append(Entry(call_id="c1", seq=1, at=0.0, fact=start))
    seq = 1
    while True:
        for seq in range(seq + 1, seq + 101):
            store.append(Entry(call_id="c1", seq=seq, at=0.0, fact=DigitPressed(digit="1")))
        if seq % 300 == 1:
            await store.flush()
            print(seq, flush=True)
        await asyncio.sleep(0)

asyncio.run(main())
"""


async def test_what_was_committed_survives_a_kill(file: Path, open_store: OpenStore) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(file), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    async with asyncio.timeout(30):
        committed = [int(await child.stdout.readline()) for _ in range(3)]
        child.send_signal(signal.SIGKILL)
        await child.communicate()
    store = await open_store()
    entries = await store.events("c1", limit=1_000_000)
    assert len(entries) >= committed[-1]
    assert [e.seq for e in entries] == list(range(1, len(entries) + 1))
    call = await store.call("c1")
    assert call is not None and call.reason == "interrupted"


async def test_a_damaged_file_is_refused_and_left_as_it_is(
    file: Path, open_store: OpenStore
) -> None:
    store = await open_store()
    append(store, log(STARTED, *(heard(n) for n in range(2_000))))
    await store.close()
    damaged = damage(file)
    with pytest.raises(StoreError, match=r"calls\.db: is no usable SQLite database; move it away"):
        await open_store()
    assert await asyncio.to_thread(file.read_bytes) == damaged


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not a database, but a letter to somebody.\n" * 200, "is no usable SQLite database"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "is no usable SQLite database"),
    ],
)
async def test_a_file_of_another_kind_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "letter.txt"
    file.write_bytes(content)
    with pytest.raises(WarmlineError, match=f"letter.txt: {message}"):
        await Store.open(file)
    assert file.read_bytes() == content
    assert os.listdir(tmp_path) == ["letter.txt"]


async def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    for where in (tmp_path, tmp_path / "taken" / "calls.db"):
        with pytest.raises(StoreError, match="cannot be written; check that its folder"):
            await Store.open(where)


READER = """
import asyncio, os, sys
from warmline.records import StoreError
from warmline.records.store import Store

async def main():
    await (await Store.open(":memory:")).close()  # loads what another user might not reach
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65_534)
        os.setuid(65_534)
    try:
        await Store.open(sys.argv[1])
    except StoreError as error:
        print(error)

asyncio.run(main())
"""
"""Opens a store as somebody who may not write everything: root becomes nobody first."""


async def test_a_read_only_file_is_refused() -> None:
    # Nobody may not enter pytest's folders.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "calls.db")
        await (await Store.open(file)).close()
        with read_only(file):
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", READER, str(file)), stdout=asyncio.subprocess.PIPE
            )
            async with asyncio.timeout(30):
                answer, _ = await child.communicate()
    assert "calls.db: cannot be written; check that its folder" in answer.decode()
    assert "readonly" in answer.decode()


async def test_a_locked_file_is_refused_at_the_start(file: Path, open_store: OpenStore) -> None:
    await (await open_store()).close()
    with sqlite(file) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="is locked by another program"):
            await open_store()


async def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "phones.db"
    with sqlite(file) as other:
        other.execute("CREATE TABLE calls (number TEXT)")
    with pytest.raises(StoreError, match="cannot be used as the record"):
        await Store.open(file)
    with sqlite(file) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("calls",)]


@pytest.mark.parametrize("url", ["sqlite:///x.db", "nothing://x", "mysql+aiomysql://u:secret@h/d"])
async def test_a_useless_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(StoreError, match="the record's URL cannot be used") as caught:
        await Store.open(url)
    assert "secret" not in str(caught.value)


async def test_another_versions_events_are_told_of(file: Path, store: Store) -> None:
    append(store, log(STARTED))
    await store.flush()
    with sqlite(file) as other:
        other.execute("INSERT INTO events VALUES ('c1', 2, 0.5, 'CallPaused', '{}')")
    with pytest.raises(StoreError, match="not of this version: 'CallPaused' is no type of fact"):
        await store.events("c1")


async def test_a_record_that_goes_away_cannot_be_read(file: Path, store: Store) -> None:
    append(store, log(STARTED))
    await store.flush()
    with sqlite(file) as other:
        other.execute("DROP TABLE events")
    with pytest.raises(StoreError, match="cannot be read"):
        await store.events("c1")
