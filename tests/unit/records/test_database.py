"""Reads and changes of an open database."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from warmline.records import StoreError
from warmline.records.database import Database
from warmline.records.schema import audit, callbacks, wrapups


def insert(number: int) -> sa.Insert:
    values = {"call_id": "c", "queue": "q", "number": "", "caller": str(number)}
    return sa.insert(callbacks).values(**values, requested_at=sa.literal("2026-01-01T00:00:00Z"))


async def count(database: Database) -> int:
    rows = await database.read(sa.select(sa.func.count()).select_from(callbacks))
    return int(rows[0][0])


async def test_a_change_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyError):
        async with database.changing() as connection:
            await connection.execute(insert(1))
            raise KeyError
    assert await count(database) == 0


async def test_changes_that_read_first_do_not_disturb_each_other(database: Database) -> None:
    async def add_one() -> None:
        async with database.changing() as connection:
            query = sa.select(sa.func.count()).select_from(callbacks)
            number = (await connection.execute(query)).scalar_one()
            await asyncio.sleep(0)
            await connection.execute(insert(number))

    await asyncio.gather(*(add_one() for _ in range(12)))
    rows = await database.read(sa.select(callbacks.c.caller).order_by(callbacks.c.id))
    assert [row.caller for row in rows] == [str(number) for number in range(12)]


async def test_long_answers_come_by_parts(database: Database) -> None:
    for number in range(7):
        assert await database.change(insert(number)) == 1
    query = sa.select(callbacks.c.id).order_by(callbacks.c.id)
    parts = [[row.id for row in rows] async for rows in database.stream(query, 3)]
    assert parts == [[1, 2, 3], [4, 5, 6], [7]]


async def test_who_else_broke_a_rule_is_told_by_the_asker(database: Database) -> None:
    await database.change(insert(1).values(id=1))
    with pytest.raises(IntegrityError):
        await database.change(insert(1).values(id=1))


async def test_a_locked_file_cannot_be_changed_for_now(file: Path) -> None:
    database = await Database.open(file, busy_s=0.01)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"cannot be written \(SQLITE_BUSY\)"):
            await database.change(insert(1))
        assert await count(database) == 0
        other.execute("ROLLBACK")
    assert await database.change(insert(1)) == 1
    await database.close()


async def test_tables_that_are_gone_cannot_be_read(database: Database) -> None:
    async with database.changing() as connection:
        await connection.execute(sa.text("DROP TABLE callbacks"))
    with pytest.raises(StoreError, match="cannot be read"):
        await count(database)
    with pytest.raises(StoreError, match="cannot be read"):
        async for _ in database.stream(sa.select(callbacks), 10):
            raise AssertionError


async def test_closing_is_final(database: Database) -> None:
    await database.close()
    await database.close()
    with pytest.raises(StoreError, match="is closed"):
        await count(database)
    with pytest.raises(StoreError, match="is closed"):
        await database.change(insert(1))


async def test_the_place_may_have_any_name(tmp_path: Path) -> None:
    odd = tmp_path / "100% of it's [calls]?" / "a;b.db"
    database = await Database.open(odd)
    assert await count(database) == 0
    await database.close()
    assert odd.exists()


@pytest.mark.parametrize("table", [audit, wrapups])
def test_postgresql_has_the_same_types(table: sa.Table) -> None:
    written = str(sa.schema.CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert " JSON NOT NULL" in written and "SERIAL" not in written
