"""What calls come to is written with their end, and made good where that was missed."""

import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from warmline.events import CallEnded, CallStarted, Entry, Escalated, Fact, UtteranceHeard
from warmline.records import indexing
from warmline.records.database import Database
from warmline.records.schema import call_facts, lines
from warmline.records.store import Store

OpenStore = Callable[[], Awaitable[Store]]
STARTED = CallStarted(door="socket", caller="+15550100", flow="order", flow_version="v1")
ESCALATED = Escalated(queue="orders", reason="asked")
ENDED = CallEnded(reason="completed")


def heard(text: str) -> UtteranceHeard:
    return UtteranceHeard(turn=1, text=text, confidence=0.5, started_at=0.0, audio_at=1.0)


def append(store: Store, *facts: Fact, call_id: str = "c1") -> None:
    for seq, fact in enumerate(facts, 1):
        store.append(Entry(call_id=call_id, seq=seq, at=float(seq), fact=fact))


async def said(database: Database) -> list[tuple[str, str]]:
    query = sa.select(lines.c.call_id, lines.c.text).order_by(lines.c.call_id, lines.c.seq)
    return [(row.call_id, row.text) for row in await database.read(query)]


async def counted(database: Database) -> list[tuple[Any, ...]]:
    query = sa.select(call_facts.c.call_id, call_facts.c.queue, call_facts.c.contained)
    return [tuple(row) for row in await database.read(query.order_by(call_facts.c.call_id))]


async def test_a_call_is_indexed_when_it_ends(store: Store) -> None:
    append(store, STARTED, heard("My Bill"), ESCALATED)
    assert await store.flush(10)
    assert (await said(store.database), await counted(store.database)) == ([], [])
    store.append(Entry(call_id="c1", seq=4, at=4.0, fact=ENDED))
    assert await store.flush(10)
    assert await said(store.database) == [("c1", "My Bill")]
    assert await counted(store.database) == [("c1", "orders", False)]


async def test_an_end_that_is_written_twice_changes_nothing(store: Store) -> None:
    for _ in range(2):
        append(store, STARTED, heard("My Bill"), ENDED)
        assert await store.flush(10)
    assert await said(store.database) == [("c1", "My Bill")]
    assert await counted(store.database) == [("c1", "", True)]


async def test_calls_over_many_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmline.records.store.BATCH", 3)
    monkeypatch.setattr("warmline.records.indexing._AT_ONCE", 2)
    for number in range(4):
        append(store, STARTED, heard("one"), ESCALATED, heard("two"), ENDED, call_id=f"c{number}")
    assert await store.flush(10)
    # The same turn again replaces what was heard first.
    assert await said(store.database) == [(f"c{number}", "two") for number in range(4)]


async def test_what_a_dead_run_left_open_is_indexed_at_the_start(
    file: Path, open_store: OpenStore
) -> None:
    first = await open_store()
    append(first, STARTED, heard("hello"), ESCALATED, call_id="broken")
    append(first, STARTED, heard("thanks"), ENDED, call_id="whole")
    await first.close()
    second = await open_store()
    assert await said(second.database) == [("broken", "hello"), ("whole", "thanks")]
    assert await counted(second.database) == [("broken", "orders", False), ("whole", "", True)]


async def test_a_start_that_was_interrupted_goes_on(
    file: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await open_store()
    for number in range(5):
        append(first, STARTED, heard("hello"), ENDED, call_id=f"c{number}")
    await first.flush(10)
    async with first.database.changing() as connection:
        await connection.execute(sa.delete(call_facts))
        await connection.execute(sa.delete(lines).where(lines.c.call_id > "c2"))
    await first.close()

    index, done = indexing.index, list[str]()

    async def dies(database: Database, connection: Any, ended: list[str]) -> None:
        if done:
            raise KeyboardInterrupt
        done.extend(ended)
        await index(database, connection, ended)

    with monkeypatch.context() as patched:
        patched.setattr(indexing, "index", dies)
        patched.setattr(indexing, "_CALLS", 2)
        with pytest.raises(KeyboardInterrupt):
            await open_store()
    second = await open_store()
    assert len(done) == 2
    assert len(await counted(second.database)) == len(await said(second.database)) == 5


async def test_what_another_version_wrote_does_not_stop_the_start(
    file: Path, open_store: OpenStore
) -> None:
    first = await open_store()
    append(first, STARTED, heard("hello"))
    await first.close()
    with contextlib.closing(sqlite3.connect(file)) as other, other:
        other.execute("""INSERT INTO events VALUES ('c1', 3, 3.0, 'Escalated', '{"wing": 3}')""")
        other.execute("INSERT INTO events VALUES ('c1', 4, 4.0, 'CallPaused', '{}')")
    second = await open_store()
    assert await said(second.database) == [("c1", "hello")]
    assert await counted(second.database) == [("c1", "", False)]


async def test_what_goes_with_a_call_goes(store: Store) -> None:
    append(store, STARTED, heard("secret"), ENDED)
    assert await store.flush(10)
    await store.database.change(sa.text("DELETE FROM calls"))
    assert (await said(store.database), await counted(store.database)) == ([], [])
