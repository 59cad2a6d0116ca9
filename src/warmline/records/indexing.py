"""Writes what calls come to beside them, for search and statistics: see `digest`.

At the end of a call, with the same commit; at the start of the server for all calls that lack
it, because they are older than these tables, or because a server died during them.
"""

import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from warmline.events import Entry
from warmline.records import codec
from warmline.records.database import Database
from warmline.records.digest import DIGESTED, Digest
from warmline.records.schema import call_facts, calls, events, lines
from warmline.records.words import fold

_AT_ONCE = 500
"""Events read without a pause: about 2 ms, in which no caller's audio moves."""
_CALLS = 100
"""Calls in one transaction at the start."""
# Names of our own classes, and many of them: as parameters they would cost more than the search.
_DIGESTED = events.c.type.in_([sa.literal_column(f"'{fact.__name__}'") for fact in DIGESTED])

_log = logging.getLogger(__name__)


async def index(database: Database, connection: AsyncConnection, ended: Iterable[str]) -> None:
    """Write lines and facts of calls that are over, in the connection's transaction.

    What is there already stays as it is: the entries of a call never change.
    """
    for call_id in ended:
        digest = Digest()
        async for entry in _entries(connection, call_id):
            digest.handle(entry)
        said = [
            asdict(line) | {"call_id": call_id, "folded": fold(line.text)}
            for line in digest.lines()
        ]
        if said:
            await connection.execute(database.insert(lines).on_conflict_do_nothing(), said)
        facts = asdict(digest.facts()) | {"call_id": call_id}
        await connection.execute(database.insert(call_facts).on_conflict_do_nothing(), facts)


async def index_rest(database: Database) -> None:
    """Index all calls that are over and were not. It goes on where it was interrupted.

    Raises StoreError.
    """
    lacking = sa.select(calls.c.call_id).outerjoin(call_facts)
    lacking = lacking.where(call_facts.c.call_id.is_(None), calls.c.ended_at.is_not(None))
    done = 0
    while rows := await database.read(lacking.limit(_CALLS)):
        async with database.changing() as connection:
            await index(database, connection, [row.call_id for row in rows])
        done += len(rows)
    if done:
        _log.info("%d earlier calls were made ready for search and statistics", done)


async def _entries(connection: AsyncConnection, call_id: str) -> AsyncIterator[Entry]:
    query = sa.select(events).where(events.c.call_id == call_id, _DIGESTED)
    query = query.order_by(events.c.seq).limit(_AT_ONCE)
    after, more = 0, True
    while more:
        rows = (await connection.execute(query.where(events.c.seq > after))).all()
        for row in rows:
            try:
                yield codec.entry(row._asdict())
            except ValueError:
                continue  # of another version: the rest of the call counts all the same
        more = len(rows) == _AT_ONCE
        after = rows[-1].seq if more else after
