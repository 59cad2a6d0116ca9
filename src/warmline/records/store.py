"""The calls and their events in SQLite (or PostgreSQL), written behind the calls' backs.

Only importer of sqlalchemy. Knows entries and how to keep them; no sound, no line, no page.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from warmline.events import CallEnded, Entry, Fact, UtteranceHeard
from warmline.records import CallRecord, StoreError, StoreHealth, codec
from warmline.records.backlog import Backlog, Unsaved
from warmline.records.database import BUSY_S, Database, Row
from warmline.records.indexing import index, index_rest
from warmline.records.schema import calls, events

BATCH = 500
"""Entries in one transaction: a few milliseconds of work."""
BATCH_S = 0.1
"""An entry waits so long for others to be written with it, unless somebody reads."""
READ_FLUSH_S = 1.0
"""A reader waits at most so long for what was appended before."""
_RETRY_S, _MAX_RETRY_S = 0.1, 5.0  # between two tries to write: doubled each time

_log = logging.getLogger(__name__)

_END_CALL = (
    sa.update(calls)
    .where(calls.c.call_id == sa.bindparam("ended_call"))
    .values(ended_at=sa.bindparam("at"), reason=sa.bindparam("why"))
)
# Counted anew each time: a batch that is written twice counts no turn twice.
_COUNT_TURNS = sa.update(calls).values(
    turns=sa.select(sa.func.count())
    .where(events.c.call_id == calls.c.call_id, events.c.type == UtteranceHeard.__name__)
    .scalar_subquery()
)


class Store:
    """The record of all calls, made by `open`. For one event loop's thread only.

    A call hands its entries over without waiting; one task writes them in batches, idempotent
    by (call_id, seq), and goes on trying while the database is locked, full or away. One server
    owns a database: a call that it finds unfinished is from a run that died (`interrupted`).
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        """The same database, for what else is kept in it. Closed with the store."""
        self._engine = database.engine
        self._add_calls = database.insert(calls).on_conflict_do_nothing()
        self._add_events = database.insert(events).on_conflict_do_nothing()
        self._backlog = Backlog()
        self._error = ""
        self._closed = False
        self._some = asyncio.Event()  # something waits to be written
        self._now = asyncio.Event()  # … and must not wait longer: for a reader, or a whole batch
        self._saved = asyncio.Condition()
        self._writer = asyncio.create_task(self._write_for_ever(), name="records-writer")

    @classmethod
    async def open(cls, where: str | Path, *, busy_s: float = BUSY_S) -> "Store":
        """Open or make a database, as `Database.open` does; then see to what a run that died has
        left behind.

        Raises StoreError when it cannot be used.
        """
        database = await Database.open(where, busy_s=busy_s)
        try:
            async with database.changing() as connection:
                await _mark_interrupted(connection)
            await index_rest(database)
        except BaseException:
            await database.close()
            raise
        return cls(database)

    async def close(self, timeout_s: float = 5.0) -> None:
        """Save what is unsaved, for at most `timeout_s`; let the database go. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if not await self.flush(timeout_s):
            _log.error("The record is closed; %d events were not saved", len(self._backlog))
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        await self.database.close()

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
        firsts = {u.entry.call_id: u for u in reversed(batch)}
        began = [codec.call_row(u.row, u.call_start) for u in firsts.values()]
        await connection.execute(self._add_calls, began)
        await connection.execute(self._add_events, [u.row for u in batch])
        if heard := {u.entry.call_id for u in batch if isinstance(u.entry.fact, UtteranceHeard)}:
            await connection.execute(_COUNT_TURNS.where(calls.c.call_id.in_(heard)))
        if ends := [u for u in batch if isinstance(u.entry.fact, CallEnded)]:
            await connection.execute(_END_CALL, [codec.end_row(u.row, u.call_start) for u in ends])
            await index(self.database, connection, [u.entry.call_id for u in ends])

    async def calls(self, limit: int = 100, before: str | None = None) -> list[CallRecord]:
        """Calls, the newest first; with `before`, only those older than that call.

        All reads see what was appended before, unless it cannot be saved or that takes longer
        than READ_FLUSH_S. They raise StoreError when the database cannot be read.
        """
        query = sa.select(calls).order_by(calls.c.started_at.desc(), calls.c.call_id.desc())
        if before is not None:
            place = sa.tuple_(calls.c.started_at, calls.c.call_id)
            there = sa.select(calls.c.started_at, calls.c.call_id)
            query = query.where(place < there.where(calls.c.call_id == before).scalar_subquery())
        return [CallRecord(**row._mapping) for row in await self._read(query.limit(limit))]

    async def call(self, call_id: str) -> CallRecord | None:
        """One call, or None when there is none of this name."""
        rows = await self._read(sa.select(calls).where(calls.c.call_id == call_id))
        return CallRecord(**rows[0]._mapping) if rows else None

    async def events(
        self, call_id: str, after: int = 0, limit: int = 1000, only: Sequence[type[Fact]] = ()
    ) -> list[Entry]:
        """A call's entries with a number above `after`, in order; `only` those of these facts.

        Raises StoreError also when another version of Warmline has recorded them.
        """
        query = sa.select(events).where(events.c.call_id == call_id, events.c.seq > after)
        if only:
            query = query.where(events.c.type.in_([fact.__name__ for fact in only]))
        rows = await self._read(query.order_by(events.c.seq).limit(limit))
        try:
            return [codec.entry(row._asdict()) for row in rows]
        except ValueError as error:
            raise StoreError(f"{self.database.where}: not of this version: {error}") from error

    async def _read(self, query: sa.Select[Any]) -> Sequence[Row]:
        if not self._error and not self._closed:
            await self.flush()
        return await self.database.read(query)


async def _mark_interrupted(connection: AsyncConnection) -> None:
    last = sa.func.coalesce(sa.func.max(events.c.at), 0.0)
    query = sa.select(calls.c.call_id, calls.c.started_at, last).outerjoin(events)
    unfinished = query.where(calls.c.ended_at.is_(None)).group_by(calls.c.call_id)
    for call_id, started_at, at in (await connection.execute(unfinished)).all():
        end = {"call_id": call_id, "at": at, "body": {"reason": "interrupted"}}
        row = codec.end_row(end, datetime.fromisoformat(started_at))
        await connection.execute(_END_CALL, row)
