"""Calls that were: searched by what was said, looked up by caller, counted.

Reads only; shows what the database holds, which is at most a moment behind the calls. Knows
no live call and no page.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from warmline.events import AgentJoined
from warmline.records import CallRecord, codec
from warmline.records.database import Database, Row
from warmline.records.digest import Who
from warmline.records.figures import PastFigures, Stats, is_known, statistics
from warmline.records.schema import call_facts, calls, events, lines, wrapups
from warmline.records.words import ESCAPE, Part, like, snippet, words

MAX_CALLS = 100
"""Calls in one answer."""
LINES_SHOWN = 3
"""Lines shown of each call that was found."""
_LINES_READ = 2000
"""Lines with a word of the question that are read for one answer, to choose from."""
_AT_ONCE = 200
"""Calls counted without a pause: about 5 ms."""
_RECORD = [calls.c[field.name] for field in fields(CallRecord)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line with words of the question."""

    seq: int
    at: float
    """Seconds since the call's start."""
    audio_at: float | None
    """Where it ends in the caller's audio, seconds."""
    who: Who
    name: str
    snippet: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A call as the history shows it. What only its end tells is empty while it goes on."""

    call: CallRecord
    contained: bool
    queue: str
    escalation_reason: str
    agents: tuple[tuple[str, str], ...]
    """User id and name of those who talked with the caller."""
    wait_s: float | None
    talk_s: float
    mood_min: float | None
    survey: int | None
    disposition: str
    summary: str
    """Of the latest wrap-up."""
    lines: tuple[FoundLine, ...]
    """Those that fit the question best, in order."""


class History:
    """All methods raise StoreError when the database cannot be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(
        self,
        q: str = "",
        *,
        flow: str = "",
        queue: str = "",
        reason: str = "",
        agent: str = "",
        before: str | None = None,
        limit: int = 50,
    ) -> list[PastCall]:
        """Calls with all words of `q`, said by anybody, the newest first; at most MAX_CALLS.

        Words are parts of words, their case and accents do not matter; calls that go on have
        none yet. `reason` is why a call was escalated or how it ended, `agent` the id of a user
        who talked with the caller, `before` a call id to go on from.
        """
        wanted = words(q)
        query = _query()
        for word in wanted:
            query = query.where(sa.exists().where(lines.c.call_id == calls.c.call_id, _has(word)))
        if flow:
            query = query.where(calls.c.flow == flow)
        if queue:
            query = query.where(call_facts.c.queue == queue)
        if reason:
            ended = calls.c.reason == reason
            query = query.where(ended | (call_facts.c.escalation_reason == reason))
        if agent:
            query = query.where(_had_agent(agent))
        if before is not None:
            query = query.where(_is_before(before))
        return await self._calls(query.limit(max(1, min(limit, MAX_CALLS))), wanted)

    async def earlier(self, caller: str, call_id: str, limit: int = 10) -> list[PastCall]:
        """Calls with the same caller id that began before this call, the newest first.

        None for callers without a number: they are not one person.
        """
        if not is_known(caller):
            return []
        query = _query().where(calls.c.caller == caller, _is_before(call_id))
        return await self._calls(query.limit(max(1, min(limit, MAX_CALLS))), [])

    async def statistics(self, since: datetime, *, in_time_s: float = 20.0) -> Stats:
        """The figures of all calls that began at `since` or later and are over."""
        last = sa.select(wrapups.c.call_id, sa.func.max(wrapups.c.at).label("at"))
        latest = last.group_by(wrapups.c.call_id).subquery()
        settled = sa.func.max(sa.case((wrapups.c.first_contact_resolved, 1), else_=0))
        said = sa.select(wrapups.c.call_id, settled.label("resolved"))
        said = said.where(wrapups.c.first_contact_resolved.is_not(None))
        resolved = said.group_by(wrapups.c.call_id).subquery()
        query = (
            sa.select(calls, call_facts, latest.c.at.label("wrapped_up_at"), resolved.c.resolved)
            .outerjoin_from(calls, call_facts)
            .outerjoin(latest, latest.c.call_id == calls.c.call_id)
            .outerjoin(resolved, resolved.c.call_id == calls.c.call_id)
            .where(calls.c.started_at >= codec.iso(since))
        )
        past, starts = list[PastFigures](), list[tuple[str, datetime]]()
        async for rows in self._database.stream(query, _AT_ONCE):
            past += [_figures(row) for row in rows if row.contained is not None and row.ended_at]
            starts += [(row.caller, datetime.fromisoformat(row.started_at)) for row in rows]
        return await asyncio.to_thread(statistics, since, past, starts, in_time_s)

    async def _calls(self, query: sa.Select[Any], wanted: Sequence[str]) -> list[PastCall]:
        rows = await self._database.read(query)
        ids = [row.call_id for row in rows]
        papers = {row.call_id: row for row in await self._wrapups(ids)}
        found = await self._lines(ids, wanted) if wanted else {}
        return [_past(row, papers.get(row.call_id), found.get(row.call_id, ())) for row in rows]

    async def _wrapups(self, ids: Sequence[str]) -> Sequence[Row]:
        query = sa.select(wrapups.c.call_id, wrapups.c.disposition, wrapups.c.summary)
        query = query.where(wrapups.c.call_id.in_(ids)).order_by(wrapups.c.at)
        return await self._database.read(query)

    async def _lines(
        self, ids: Sequence[str], wanted: Sequence[str]
    ) -> dict[str, tuple[FoundLine, ...]]:
        query = sa.select(lines).where(lines.c.call_id.in_(ids), sa.or_(*map(_has, wanted)))
        query = query.order_by(lines.c.call_id, lines.c.seq).limit(_LINES_READ)
        by_call = defaultdict[str, list[Row]](list)
        for row in await self._database.read(query):
            by_call[row.call_id].append(row)

        def fits(row: Row) -> int:
            return -sum(word in row.folded for word in wanted)

        best = {call_id: sorted(rows, key=fits)[:LINES_SHOWN] for call_id, rows in by_call.items()}
        return {
            call_id: tuple(_found(row, wanted) for row in sorted(rows, key=lambda row: row.seq))
            for call_id, rows in best.items()
        }


def _query() -> sa.Select[Any]:
    facts = [column for column in call_facts.c if column.name != "call_id"]
    query = sa.select(*_RECORD, *facts).outerjoin_from(calls, call_facts)
    return query.order_by(calls.c.started_at.desc(), calls.c.call_id.desc())


def _has(word: str) -> sa.ColumnElement[bool]:
    return lines.c.folded.like(like(word), escape=ESCAPE)


def _had_agent(user_id: str) -> sa.ColumnElement[bool]:
    joined = sa.exists().where(
        events.c.call_id == calls.c.call_id,
        events.c.type == AgentJoined.__name__,
        events.c.body["agent"].as_string() == user_id,
        events.c.body["role"].as_string() == "agent",
    )
    return call_facts.c.first_agent_at.is_not(None) & joined


def _is_before(call_id: str) -> sa.ColumnElement[bool]:
    there = sa.select(calls.c.started_at, calls.c.call_id).where(calls.c.call_id == call_id)
    return sa.tuple_(calls.c.started_at, calls.c.call_id) < there.scalar_subquery()


def _past(row: Row, paper: Row | None, found: tuple[FoundLine, ...]) -> PastCall:
    return PastCall(
        call=CallRecord(**{field.name: getattr(row, field.name) for field in fields(CallRecord)}),
        contained=bool(row.contained),
        queue=row.queue or "",
        escalation_reason=row.escalation_reason or "",
        agents=tuple((user_id, name) for user_id, name in row.agents or ()),
        wait_s=row.wait_s,
        talk_s=row.talk_s or 0.0,
        mood_min=row.mood_min,
        survey=row.survey,
        disposition=paper.disposition if paper else "",
        summary=paper.summary if paper else "",
        lines=found,
    )


def _found(row: Row, wanted: Sequence[str]) -> FoundLine:
    return FoundLine(
        seq=row.seq,
        at=row.at,
        audio_at=row.audio_at,
        who=row.who,
        name=row.name,
        snippet=snippet(row.text, wanted),
    )


def _figures(row: Row) -> PastFigures:
    return PastFigures(
        started_at=datetime.fromisoformat(row.started_at),
        ended_at=datetime.fromisoformat(row.ended_at),
        resolved=None if row.resolved is None else bool(row.resolved),
        **{name: getattr(row, name) for name in _SAME},
    )


_SAME = {field.name for field in fields(PastFigures)} - {"started_at", "ended_at", "resolved"}
