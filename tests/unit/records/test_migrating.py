"""Databases of every age become what this version wants, or are left as they are."""

import asyncio
import contextlib
import io
import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from warmline.records import StoreError, migrating, schema
from warmline.records.database import Database
from warmline.records.history import History
from warmline.records.store import Store

UNCOUNTED = """
CREATE TABLE calls (call_id TEXT NOT NULL, started_at TEXT NOT NULL, door TEXT NOT NULL,
    caller TEXT NOT NULL, flow TEXT NOT NULL, flow_version TEXT NOT NULL, ended_at TEXT,
    reason TEXT, turns INTEGER NOT NULL, PRIMARY KEY (call_id));
CREATE INDEX calls_by_start ON calls (started_at, call_id);
CREATE TABLE events (call_id TEXT NOT NULL, seq INTEGER NOT NULL, at DOUBLE NOT NULL,
    type TEXT NOT NULL, body JSON NOT NULL, PRIMARY KEY (call_id, seq),
    FOREIGN KEY(call_id) REFERENCES calls (call_id) ON DELETE CASCADE);
"""
"""What Warmline made before it counted the versions of its tables."""
HEARD = {"turn": 1, "text": "My bill", "confidence": 0.5, "started_at": 0.0, "audio_at": 1.0}


@contextlib.contextmanager
def sqlite(file: Path) -> Iterator[sqlite3.Connection]:
    file.parent.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def dump(file: Path) -> list[str]:
    with sqlite(file) as connection:
        return list(connection.iterdump())


def old_file(file: Path, calls: int = 1) -> None:
    """A database of that time, with calls whose caller said something and hung up."""
    with sqlite(file) as connection:
        connection.executescript(UNCOUNTED)
        connection.execute("BEGIN")
        for number in range(calls):
            call = f"old{number}", f"2026-01-01T00:{number % 60:02}:00.000Z"
            ended = "2026-01-01T02:00:00.000Z", "caller_hung_up"
            connection.execute(
                "INSERT INTO calls VALUES (?, ?, 'socket', '+1', 'order', 'v1', ?, ?, 1)",
                (*call, *ended),
            )
            facts = [("UtteranceHeard", HEARD), ("CallEnded", {"reason": "caller_hung_up"})]
            connection.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
                [
                    (call[0], i, i, name, json.dumps(body))
                    for i, (name, body) in enumerate(facts, 1)
                ],
            )
        connection.execute("COMMIT")


async def version(file: Path) -> list[tuple[str]]:
    with sqlite(file) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall()


def differences(connection: sa.Connection) -> object:
    return compare_metadata(MigrationContext.configure(connection), schema.tables)


async def test_the_steps_lead_to_the_tables_of_this_version(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_an_old_file_is_taken_over_with_its_calls(file: Path) -> None:
    old_file(file, calls=250)
    store = await Store.open(file)
    try:
        assert await version(file) == [("0002",)]
        async with store.database.engine.connect() as connection:
            assert await connection.run_sync(differences) == []
        assert len(await store.calls(1000)) == 250
        assert len(await store.events("old7")) == 2
        found = await History(store.database).search("BILL", limit=100)
        assert len(found) == 100
        assert {one.call.reason for one in found} == {"caller_hung_up"}
    finally:
        await store.close()


async def test_opening_again_changes_nothing(file: Path) -> None:
    old_file(file)
    await (await Store.open(file)).close()
    first = dump(file)
    await (await Store.open(file)).close()
    assert dump(file) == first


async def test_a_newer_version_is_refused_with_advice(file: Path) -> None:
    await (await Database.open(file)).close()
    with sqlite(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0907'")
        connection.execute("CREATE TABLE wonders (id INTEGER)")
    before = dump(file)
    with pytest.raises(StoreError, match=r"made by a newer version.*version 0907.*install that"):
        await Store.open(file)
    assert dump(file) == before


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE calls (number TEXT)",
        "CREATE TABLE users (name TEXT)",
        UNCOUNTED.replace("turns INTEGER NOT NULL", "turns INTEGER, extra TEXT"),
        UNCOUNTED + "CREATE TABLE audit (what TEXT)",
    ],
)
async def test_the_tables_of_another_program_are_left_alone(file: Path, tables: str) -> None:
    with sqlite(file) as connection:
        connection.executescript(tables)
    before = dump(file)
    with pytest.raises(StoreError, match="another program has made its tables"):
        await Database.open(file)
    assert dump(file) == before


async def test_other_tables_do_not_matter(file: Path) -> None:
    with sqlite(file) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    await (await Database.open(file)).close()
    assert await version(file) == [("0002",)]


async def test_an_interrupted_step_leaves_the_file_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_file(file)
    before = dump(file)
    create_index = Operations.create_index

    def fail(self: Operations, name: str, *args: object) -> None:
        if name == "deliveries_by_next":
            raise OSError(28, "No space left on device")
        create_index(self, name, *args)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Operations, "create_index", fail)
        with pytest.raises(StoreError, match="No space left"):
            await Store.open(file)
    assert dump(file) == before
    await (await Store.open(file)).close()
    assert await version(file) == [("0002",)]


CHILD = """
import asyncio, sys
from warmline.records.database import Database

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    database = await Database.open(sys.argv[1], busy_s=30)
    await database.close()
    print("opened")

asyncio.run(main())
"""


@pytest.mark.parametrize("old", [False, True])
async def test_two_servers_that_start_at_once(file: Path, old: bool) -> None:
    if old:
        old_file(file, calls=50)
    pipe = asyncio.subprocess.PIPE
    both = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CHILD, str(file)), stdin=pipe, stdout=pipe
        )
        for _ in range(2)
    ]
    async with asyncio.timeout(60):
        for child in both:
            assert child.stdout is not None
            assert await child.stdout.readline() == b"ready\n"
        ends = await asyncio.gather(*(child.communicate(b"go\n") for child in both))
    assert [out for out, _ in ends] == [b"opened\n"] * 2
    assert await version(file) == [("0002",)]


async def test_of_many_that_open_an_old_file_at_once_none_is_refused(tmp_path: Path) -> None:
    """SQLite refuses one of two that change its mode in the same moment, however long it may
    wait; that moment is short, so they try often."""
    for number in range(25):
        file = tmp_path / str(number) / "calls.db"
        old_file(file)
        for database in await asyncio.gather(*(Database.open(file, busy_s=30) for _ in range(4))):
            await database.close()


def test_postgresql_understands_the_steps() -> None:
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": buffer}
    )
    operations = Operations(context)
    steps = ScriptDirectory(migrating.STEPS)
    for step in reversed(list(steps.walk_revisions())):
        step.module.upgrade(operations)
    written = buffer.getvalue()
    for name in schema.tables.tables:
        assert f"CREATE TABLE {name} (" in written
    assert "id SERIAL NOT NULL" in written and "at DOUBLE PRECISION NOT NULL" in written


def test_every_step_is_named_after_its_number() -> None:
    steps = list(ScriptDirectory(migrating.STEPS).walk_revisions())
    assert [step.revision for step in reversed(steps)] == ["0001", "0002"]
    for step in steps:
        assert Path(step.path).name.startswith(f"v{step.revision}_")
