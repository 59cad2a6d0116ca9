"""The calls and their events in SQLite (or PostgreSQL), written behind the calls' backs.

Only importer of sqlalchemy. Knows entries and how to keep them; no sound, no line, no page.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from warmline.events import CallEnded, Entry, UtteranceHeard
from warmline.records import CallRecord, StoreError, StoreHealth, codec
from warmline.records.backlog import Backlog, Unsaved

BATCH = 500
"""Entries in one transaction: a few milliseconds of work."""
BATCH_S = 0.1
"""An entry waits so long for others to be written with it, unless somebody reads."""
READ_FLUSH_S = 1.0
"""A reader waits at most so long for what was appended before."""
BUSY_S = 1.0
"""SQLite waits so long for another program's lock; then the batch is tried again."""
_RETRY_S, _MAX_RETRY_S = 0.1, 5.0  # between two tries to write: doubled each time
_CHECK_BYTES = 256 * 2**20
"""Up to this size a SQLite file is checked as a whole when it is opened: about a second."""

_log = logging.getLogger(__name__)

_schema = sa.MetaData()
_calls = sa.Table(
    "calls",
    _schema,
    sa.Column("call_id", sa.Text, primary_key=True),
    *(
        sa.Column(name, sa.Text, nullable=False)
        for name in ("started_at", "door", "caller", "flow", "flow_version")
    ),
    sa.Column("ended_at", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Index("calls_by_start", "started_at", "call_id"),
)
_events = sa.Table(
    "events",
    _schema,
    sa.Column("call_id", sa.ForeignKey(_calls.c.call_id, ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
)
_END_CALL = (
    sa.update(_calls)
    .where(_calls.c.call_id == sa.bindparam("ended_call"))
    .values(ended_at=sa.bindparam("at"), reason=sa.bindparam("why"))
)
# Counted anew each time: a batch that is written twice counts no turn twice.
_COUNT_TURNS = sa.update(_calls).values(
    turns=sa.select(sa.func.count())
    .where(_events.c.call_id == _calls.c.call_id, _events.c.type == UtteranceHeard.__name__)
    .scalar_subquery()
)


class Store:
    """The record of all calls, made by `open`. For one event loop's thread only.

    A call hands its entries over without waiting; one task writes them in batches, idempotent
    by (call_id, seq), and goes on trying while the database is locked, full or away. One server
    owns a database: a call that it finds unfinished is from a run that died (`interrupted`).
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._where = _name(engine)
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._add_calls = dialect.insert(_calls).on_conflict_do_nothing()
        self._add_events = dialect.insert(_events).on_conflict_do_nothing()
        self._backlog = Backlog()
        self._error = ""
        self._closed = False
        self._some = asyncio.Event()  # something waits to be written
        self._now = asyncio.Event()  # … and must not wait longer: for a reader, or a whole batch
        self._saved = asyncio.Condition()
        self._writer = asyncio.create_task(self._write_for_ever(), name="records-writer")

    @classmethod
    async def open(cls, where: str | Path, *, busy_s: float = BUSY_S) -> "Store":
        """Open or make a database: a SQLite file (and its folder), or an SQLAlchemy URL.

        Raises StoreError when it cannot be used, and then leaves it as it is.
        """
        engine = _engine(where, busy_s)
        is_sqlite = engine.dialect.name == "sqlite"
        try:
            if is_sqlite:
                Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            async with engine.begin() as connection:
                if is_sqlite:
                    await _prepare_sqlite(connection)
                await connection.run_sync(_schema.create_all)
                await connection.execute(sa.select(_calls, _events).join(_events).limit(0))
                await _mark_interrupted(connection)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            await engine.dispose()
            raise StoreError.opening(_name(engine), error) from error
        return cls(engine)

    async def close(self, timeout_s: float = 5.0) -> None:
        """Save what is unsaved, for at most `timeout_s`; let the database go. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if not await self.flush(timeout_s):
            _log.error("The record is closed; %d events were not saved", len(self._backlog))
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        await self._engine.dispose()

    def append(self, entry: Entry) -> None:
        """Keep an entry. Never waits, never raises: fit to be a sink of a call's feed.

        When too many wait already, others are given up for it (see Backlog).
        """
        if self._closed:
            self._backlog.lost += 1
            return
        try:
            self._backlog.add(entry, wall=datetime.now(UTC), now=time.monotonic())
        except ValueError as error:
            _log.error("An event was not recorded: %s", error)
            return
        self._some.set()
        if self._backlog.waiting >= BATCH:
            self._now.set()

    async def flush(self, timeout_s: float = READ_FLUSH_S) -> bool:
        """Wait until all that was appended so far is saved; False when that took too long."""
        target = self._backlog.added
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._saved:
                while not self._backlog.saved(target):
                    self._now.set()
                    await self._saved.wait()
        return self._backlog.saved(target)

    def health(self) -> StoreHealth:
        """How far the database is behind. Cheap: for every look at /readyz and /metrics."""
        return StoreHealth(
            state="closed" if self._closed else "failing" if self._error else "ok",
            error=self._error,
            unsaved=len(self._backlog),
            lag_s=self._backlog.lag_s(time.monotonic()),
            lost=self._backlog.lost,
        )

    async def _write_for_ever(self) -> None:
        while True:
            await self._some.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(BATCH_S):
                    await self._now.wait()
            await self._save(self._backlog.take(BATCH))
            self._backlog.settle()
            if not self._backlog:
                self._some.clear()
                self._now.clear()
            async with self._saved:
                self._saved.notify_all()

    async def _save(self, batch: Sequence[Unsaved]) -> None:
        retry_s = _RETRY_S
        while True:
            try:
                async with self._engine.begin() as connection:
                    await self._write(connection, batch)
                break
            except Exception as error:  # whatever it was: the events must not be lost
                code = StoreError.code(error)
                if not self._error:
                    _log.error("The calls cannot be recorded for now: %s", code)
                self._error = code
            await asyncio.sleep(retry_s)
            retry_s = min(2 * retry_s, _MAX_RETRY_S)
        if self._error:
            _log.warning("The calls are recorded again")
            self._error = ""

    async def _write(self, connection: AsyncConnection, batch: Sequence[Unsaved]) -> None:
        # Every call gets its row before its events, be its CallStarted among them or lost.
        firsts = {u.entry.call_id: codec.call_row(u.row, u.call_start) for u in reversed(batch)}
        await connection.execute(self._add_calls, list(firsts.values()))
        await connection.execute(self._add_events, [u.row for u in batch])
        if ends := [u for u in batch if isinstance(u.entry.fact, CallEnded)]:
            await connection.execute(_END_CALL, [codec.end_row(u.row, u.call_start) for u in ends])
        if heard := {u.entry.call_id for u in batch if isinstance(u.entry.fact, UtteranceHeard)}:
            await connection.execute(_COUNT_TURNS.where(_calls.c.call_id.in_(heard)))

    async def calls(self, limit: int = 100, before: str | None = None) -> list[CallRecord]:
        """Calls, the newest first; with `before`, only those older than that call.

        All reads see what was appended before, unless it cannot be saved or that takes longer
        than READ_FLUSH_S. They raise StoreError when the database cannot be read.
        """
        query = sa.select(_calls).order_by(_calls.c.started_at.desc(), _calls.c.call_id.desc())
        if before is not None:
            place = sa.tuple_(_calls.c.started_at, _calls.c.call_id)
            there = sa.select(_calls.c.started_at, _calls.c.call_id)
            query = query.where(place < there.where(_calls.c.call_id == before).scalar_subquery())
        return [CallRecord(**row._mapping) for row in await self._read(query.limit(limit))]

    async def call(self, call_id: str) -> CallRecord | None:
        """One call, or None when there is none of this name."""
        rows = await self._read(sa.select(_calls).where(_calls.c.call_id == call_id))
        return CallRecord(**rows[0]._mapping) if rows else None

    async def events(self, call_id: str, after: int = 0, limit: int = 1000) -> list[Entry]:
        """A call's entries with a number above `after`, in order.

        Raises StoreError also when another version of Warmline has recorded them.
        """
        query = sa.select(_events).where(_events.c.call_id == call_id, _events.c.seq > after)
        rows = await self._read(query.order_by(_events.c.seq).limit(limit))
        try:
            return [codec.entry(row._asdict()) for row in rows]
        except ValueError as error:
            raise StoreError(f"{self._where}: not of this version: {error}") from error

    async def _read(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        if self._closed:
            raise StoreError(f"{self._where}: the record is closed")
        if not self._error:
            await self.flush()
        try:
            async with self._engine.connect() as connection:
                rows: Sequence[sa.Row[Any]] = (await connection.execute(query)).all()
                return rows
        except (SQLAlchemyError, OSError) as error:
            code = StoreError.code(error)
            raise StoreError(f"{self._where}: cannot be read ({code})") from error


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


async def _prepare_sqlite(connection: AsyncConnection) -> None:
    """Check the file before anything is written to it; then begin to write."""
    size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    if (await connection.exec_driver_sql(size)).scalar_one() <= _CHECK_BYTES:
        found = (await connection.exec_driver_sql("PRAGMA quick_check(1)")).scalar_one()
        if found != "ok":
            damage = sqlite3.DatabaseError("a check found damaged pages")
            damage.sqlite_errorname = "SQLITE_CORRUPT"
            raise damage
    await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    await connection.exec_driver_sql("BEGIN IMMEDIATE")


async def _mark_interrupted(connection: AsyncConnection) -> None:
    last = sa.func.coalesce(sa.func.max(_events.c.at), 0.0)
    query = sa.select(_calls.c.call_id, _calls.c.started_at, last).outerjoin(_events)
    unfinished = query.where(_calls.c.ended_at.is_(None)).group_by(_calls.c.call_id)
    for call_id, started_at, at in (await connection.execute(unfinished)).all():
        end = {"call_id": call_id, "at": at, "body": {"reason": "interrupted"}}
        row = codec.end_row(end, datetime.fromisoformat(started_at))
        await connection.execute(_END_CALL, row)


def _name(engine: AsyncEngine) -> str:
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    return file or engine.url.render_as_string(hide_password=True)
