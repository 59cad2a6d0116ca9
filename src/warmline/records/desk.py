"""The desk's papers in the database: wrap-ups, call-backs, the audit, webhooks to be sent.

Knows no clock (the caller says `at`), no call and no web address that answers; decides nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from warmline.records import codec
from warmline.records.chain import AuditEntry, Check, Verdict, seal
from warmline.records.database import Database
from warmline.records.schema import audit, callbacks, deliveries, wrapups

_CHAIN_LOCK = 0x43_48_41_49
"""PostgreSQL's name for "somebody adds to the audit": any number but the database's own."""
_AT_ONCE = 500
"""Audit entries checked without a pause: about 5 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapup:
    """What an agent wrote about a call."""

    call_id: str
    user_id: str
    disposition: str = ""
    summary: str = ""
    notes: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """JSON values."""
    first_contact_resolved: bool | None = None
    """None when the agent did not say."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Somebody wants to be called."""

    id: int
    call_id: str
    queue: str
    number: str
    """As the caller gave it; empty for the number that called."""
    caller: str
    """The number that called."""
    requested_at: datetime
    done_by: str | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message to a webhook, to be tried until it is taken."""

    id: int
    """Unlike all others: the receiver can tell a second copy by it."""
    url: str
    body: Any
    """A JSON value."""
    tries: int
    """The present one counted."""
    next_at: datetime | None
    """When it may be tried again; None when it will not be."""
    done_at: datetime | None
    error: str
    """Why the last try failed."""


class DeskStore:
    """The tables of the desk. All methods raise StoreError when the database cannot be read or
    written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- wrap-ups -----------------------------------------------------------------------------

    async def save_wrapup(self, wrapup: Wrapup, *, post_to: str = "", body: Any = None) -> None:
        """Keep it, in place of what the same user wrote about the same call before.

        With `post_to`, `body` is to be delivered there: both are kept, or none.
        """
        values = asdict(wrapup)
        there = [wrapups.c.call_id, wrapups.c.user_id]
        add = self._database.insert(wrapups).values(values)
        async with self._database.changing() as connection:
            await connection.execute(add.on_conflict_do_update(index_elements=there, set_=values))
            if post_to:
                await _post(connection, post_to, body, wrapup.at)

    async def wrapup(self, call_id: str, user_id: str) -> Wrapup | None:
        """What this user wrote about this call."""
        found = [one for one in await self.wrapups(call_id) if one.user_id == user_id]
        return found[0] if found else None

    async def wrapups(self, call_id: str) -> list[Wrapup]:
        """What all who had the call wrote about it, the oldest first."""
        query = sa.select(wrapups).where(wrapups.c.call_id == call_id)
        rows = await self._database.read(query.order_by(wrapups.c.at, wrapups.c.user_id))
        return [Wrapup(**row._mapping) for row in rows]

    # --- call-backs ---------------------------------------------------------------------------

    async def add_callback(
        self, *, call_id: str, queue: str, number: str, caller: str, at: datetime
    ) -> int:
        """Keep the request; its id."""
        values = {"call_id": call_id, "queue": queue, "number": number, "caller": caller}
        async with self._database.changing() as connection:
            return await _add(connection, callbacks, values | {"requested_at": at})

    async def callbacks(self) -> list[Callback]:
        """Those that nobody has done yet, the oldest first."""
        query = sa.select(callbacks).where(callbacks.c.done_at.is_(None))
        rows = await self._database.read(query.order_by(callbacks.c.id))
        return [Callback(**row._mapping) for row in rows]

    async def done_callback(self, callback_id: int, user_id: str, at: datetime) -> bool:
        """Of several who say so, one is told True."""
        open_ = (callbacks.c.id == callback_id) & callbacks.c.done_at.is_(None)
        change = sa.update(callbacks).where(open_).values(done_by=user_id, done_at=at)
        return await self._database.change(change) > 0

    # --- audit --------------------------------------------------------------------------------

    async def audit(
        self,
        action: str,
        *,
        user_id: str,
        subject: str = "",
        details: Mapping[str, Any] | None = None,
        at: datetime,
    ) -> AuditEntry:
        """Write down who did what; it can never be changed. See `AuditEntry`.

        Raises ValueError when a number in `details` is not finite.
        """
        told = codec.plain({"user_id": user_id, "action": action, "subject": subject})
        told |= {"at": at, "details": codec.plain(details or {})}
        newest = sa.select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)
        async with self._database.changing(alone=_CHAIN_LOCK) as connection:
            last = (await connection.execute(newest)).one_or_none()
            told |= {"id": last.id + 1 if last else 1, "prev_hash": last.hash if last else ""}
            entry = AuditEntry(**told, hash=seal(**told))
            await connection.execute(sa.insert(audit).values(asdict(entry)))
        return entry

    async def audit_entries(self, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """The newest first; with `before`, those with smaller numbers."""
        query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.id < before)
        return [AuditEntry(**row._mapping) for row in await self._database.read(query)]

    async def verify(self, known: str = "") -> Verdict:
        """Look at the whole audit; `known` is a head that was noted elsewhere."""
        check = Check(known)
        query = sa.select(audit).order_by(audit.c.id)
        async for rows in self._database.stream(query, _AT_ONCE):
            for row in rows:
                check.handle(AuditEntry(**row._mapping))
        return check.verdict()

    # --- webhooks -----------------------------------------------------------------------------

    async def add_delivery(self, url: str, body: Any, at: datetime) -> int:
        """Let this be sent, from `at` on; its id."""
        async with self._database.changing() as connection:
            return await _post(connection, url, body, at)

    async def take_due(
        self, at: datetime, *, limit: int = 10, lease_s: float = 60
    ) -> list[Delivery]:
        """What is to be sent now, the longest due first; nobody else gets it for `lease_s`.

        Whoever took it says `delivery_done` or `delivery_failed`; who dies does not, and it is
        due again when the lease is over.
        """
        due = sa.select(deliveries.c.id).where(deliveries.c.next_at <= at)
        oldest = due.order_by(deliveries.c.next_at, deliveries.c.id).limit(limit)
        # On PostgreSQL several servers take at once; SQLite admits one and needs no such words.
        free = oldest.with_for_update(skip_locked=True)
        take = sa.update(deliveries).where(deliveries.c.id.in_(free))
        later = at + timedelta(seconds=lease_s)
        take = take.values(tries=deliveries.c.tries + 1, next_at=later)
        async with self._database.changing() as connection:
            rows = (await connection.execute(take.returning(*deliveries.c))).all()
        return sorted((Delivery(**row._mapping) for row in rows), key=lambda one: one.id)

    async def delivery_done(self, delivery_id: int, at: datetime) -> None:
        await self._settle(delivery_id, done_at=at, next_at=None, error="")

    async def delivery_failed(
        self, delivery_id: int, error: str, retry_at: datetime | None
    ) -> None:
        """`retry_at` None gives it up."""
        await self._settle(delivery_id, next_at=retry_at, error=error)

    async def _settle(self, delivery_id: int, **values: Any) -> None:
        one = deliveries.c.id == delivery_id
        await self._database.change(sa.update(deliveries).where(one).values(**values))


async def _post(connection: AsyncConnection, url: str, body: Any, at: datetime) -> int:
    values = {"url": url, "body": body, "tries": 0, "next_at": at, "error": ""}
    return await _add(connection, deliveries, values)


async def _add(connection: AsyncConnection, table: sa.Table, values: Mapping[str, Any]) -> int:
    added = await connection.execute(sa.insert(table).values(values).returning(table.c.id))
    new: int = added.scalar_one()
    return new
