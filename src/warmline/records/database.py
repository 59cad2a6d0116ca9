"""One database, opened, checked and brought to this version's tables; reads and changes of it.

SQLite (a file, the default) or PostgreSQL. Knows the tables' names, not what they mean.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from warmline.records import StoreError
from warmline.records.migrating import upgrade

BUSY_S = 1.0
"""SQLite waits so long for another program's lock; then the change is refused."""
_AGAIN_S = 0.02
_CHECK_BYTES = 256 * 2**20
"""Up to this size a SQLite file is checked as a whole when it is opened: about a second."""
_OPENING_LOCK = 0x57_41_52_4D
"""PostgreSQL's name for "somebody brings the tables to their version": any number, the same
for all servers of one database."""

Row = sa.Row[Any]


class Database:
    """An open database, made by `open`. For one event loop's thread only.

    All methods raise StoreError when the database cannot be used.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.where = _name(engine)
        self._closed = False

    @classmethod
    async def open(cls, where: str | Path, *, busy_s: float = BUSY_S) -> "Database":
        """Open or make a database: a SQLite file (and its folder), or an SQLAlchemy URL.

        Tables of an earlier version are brought to this one, in one transaction: all or none.
        Raises StoreError when it cannot be used, and then leaves it as it is.
        """
        engine = _engine(where, busy_s)
        name = _name(engine)
        try:
            if engine.dialect.name == "sqlite":
                folder = Path(engine.url.database or "").parent
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            async with engine.begin() as connection:
                if engine.dialect.name == "sqlite":
                    await _prepare_sqlite(connection, busy_s)
                else:
                    await connection.execute(_lock(_OPENING_LOCK))
                await connection.run_sync(upgrade, name)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            await engine.dispose()
            raise StoreError.opening(name, error) from error
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine)

    async def close(self) -> None:
        """Let the database go. Idempotent."""
        self._closed = True
        await self.engine.dispose()

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that can say what to do about rows that are there already."""
        is_postgresql = self.engine.dialect.name == "postgresql"
        return postgresql.insert(table) if is_postgresql else sqlite.insert(table)

    async def read(self, query: sa.Select[Any]) -> Sequence[Row]:
        """All rows; for answers of at most about a thousand."""
        self._check()
        try:
            async with self.engine.connect() as connection:
                rows: Sequence[Row] = (await connection.execute(query)).all()
                return rows
        except (SQLAlchemyError, OSError) as error:
            raise self._failure("read", error) from error

    async def stream(self, query: sa.Select[Any], at_once: int) -> AsyncIterator[Sequence[Row]]:
        """All rows, `at_once` of them without a pause: calls go on meanwhile."""
        self._check()
        try:
            async with self.engine.connect() as connection:
                result = await connection.stream(query)
                async for rows in result.partitions(at_once):
                    yield rows
        except (SQLAlchemyError, OSError) as error:
            raise self._failure("read", error) from error

    @asynccontextmanager
    async def changing(self, *, alone: int = 0) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, undone when something is raised.

        What it reads stays true until then: SQLite admits no other writer meanwhile, on
        PostgreSQL nobody who gives the same number `alone` is in a transaction meanwhile.
        sqlalchemy's IntegrityError passes: only the asker knows what stands against it.
        """
        self._check()
        try:
            async with self.engine.begin() as connection:
                if self.engine.dialect.name == "sqlite":
                    # A change that begins as a read is refused when another one comes between.
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
                elif alone:
                    await connection.execute(_lock(alone))
                yield connection
        except sa.exc.IntegrityError:
            raise
        except (SQLAlchemyError, OSError) as error:
            raise self._failure("written", error) from error

    async def change(self, statement: sa.Executable) -> int:
        """Carry out one statement; how many rows it concerned."""
        async with self.changing() as connection:
            return (await connection.execute(statement)).rowcount

    def _check(self) -> None:
        if self._closed:
            raise StoreError(f"{self.where}: the database is closed")

    def _failure(self, what: str, error: Exception) -> StoreError:
        return StoreError(f"{self.where}: cannot be {what} ({StoreError.code(error)})")


def _lock(number: int) -> sa.Select[Any]:
    """Waits on PostgreSQL until nobody else has this lock; it is held until the commit."""
    return sa.select(sa.func.pg_advisory_xact_lock(number))


def _engine(where: str | Path, busy_s: float) -> AsyncEngine:
    file = sa.URL.create("sqlite+aiosqlite", database=str(where))
    try:
        url = sa.make_url(str(where)) if "://" in str(where) else file
        engine = create_async_engine(url, hide_parameters=True)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise StoreError(f"the record's URL cannot be used: {error}") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine.sync_engine, "connect", partial(_set_pragmas, busy_s))
    elif engine.dialect.name != "postgresql":
        raise StoreError("the record's URL cannot be used: only SQLite and PostgreSQL can keep it")
    return engine


def _set_pragmas(busy_s: float, connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for value in f"busy_timeout={1000 * busy_s:.0f}", "synchronous=NORMAL", "foreign_keys=ON":
        cursor.execute(f"PRAGMA {value}")
    cursor.close()


async def _prepare_sqlite(connection: AsyncConnection, busy_s: float) -> None:
    """Check the file before anything is written to it; then begin to write."""
    size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    if (await connection.exec_driver_sql(size)).scalar_one() <= _CHECK_BYTES:
        found = (await connection.exec_driver_sql("PRAGMA quick_check(1)")).scalar_one()
        if found != "ok":
            damage = sqlite3.DatabaseError("a check found damaged pages")
            damage.sqlite_errorname = "SQLITE_CORRUPT"
            raise damage
    await _write_ahead(connection, busy_s)
    await connection.exec_driver_sql("BEGIN IMMEDIATE")


async def _write_ahead(connection: AsyncConnection, busy_s: float) -> None:
    """Of two programs that change the mode at once SQLite refuses one without waiting: both have
    read the file, and neither lets the other write. Who asks again finds it changed."""
    ends = time.monotonic() + busy_s
    while True:
        try:
            await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            busy = getattr(error.orig, "sqlite_errorname", "") == "SQLITE_BUSY"
            if not busy or time.monotonic() >= ends:
                raise
            await asyncio.sleep(_AGAIN_S)
        else:
            return


def _name(engine: AsyncEngine) -> str:
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    return file or engine.url.render_as_string(hide_password=True)
