"""The record of the calls over HTTP, read only.

Knows the store's reads and FastAPI; no database and no live call.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from warmline.events import Entry, Fact
from warmline.records import CallRecord, StoreError, codec
from warmline.records.store import Store
from warmline.records.timeline import TIMED, TurnWaits, timeline

MAX_CALLS = 1000
MAX_EVENTS = 10_000
_AT_ONCE = 1000
"""Events read without a pause: about 3 ms, in which no caller's audio moves."""
_MAX_SEQ = 2**31 - 1
"""The largest INTEGER of PostgreSQL."""

CallId = Annotated[str, Path(pattern=r"^[!-~]{1,200}$", description="As in /api/calls")]


class CallPage(BaseModel):
    """Calls, the newest first."""

    calls: list[CallRecord]
    next: str | None = Field(description="`before` of the next, older page; null on the last one")


class Event(BaseModel):
    """One fact of a call's log, with the fields of its type beside these."""

    model_config = ConfigDict(extra="allow")

    seq: int = Field(description="1, 2, 3 … within the call, without gaps")
    at: float = Field(description="Seconds since the call's start")
    type: str = Field(description="Name of the fact, for example UtteranceHeard")


class EventPage(BaseModel):
    """A stretch of one call's log, in order."""

    call_id: str
    events: list[Event]
    last_seq: int = Field(description="`after` of the next page")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDetail(CallRecord):
    timeline: list[TurnWaits]
    """What the caller waited for in each turn with words."""


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such call"},
    503: {"model": Problem, "description": "The record cannot be read now"},
}


def records_router(store: Store, dependencies: Sequence[Any] = ()) -> APIRouter:
    """GET /api/calls, /api/calls/{call_id} and /api/calls/{call_id}/events.

    `dependencies` are FastAPI's (`Depends(…)`) and come before every answer: who may ask.
    """
    router = APIRouter(
        prefix="/api/calls",
        tags=["calls"],
        responses=_PROBLEMS,
        dependencies=list(dependencies),
    )

    @router.get("")
    async def calls(
        limit: Annotated[int, Query(ge=1, le=MAX_CALLS)] = 100,
        before: Annotated[str | None, Query(pattern=r"^[!-~]{1,200}$")] = None,
    ) -> CallPage:
        """The calls of the record, the newest first; `before` is a call id to go on from."""
        async with _problems():
            if before is not None:
                await _known(store, before)
            found = await store.calls(limit + 1, before)
        page = found[:limit]
        return CallPage(calls=page, next=page[-1].call_id if len(found) > limit else None)

    @router.get("/{call_id}")
    async def call(call_id: CallId) -> CallDetail:
        """One call, with the waits of its turns."""
        async with _problems():
            found = await _known(store, call_id)
            entries = await _entries(store, call_id, 0, MAX_EVENTS, TIMED)
        return CallDetail(**asdict(found), timeline=timeline(entries))

    @router.get("/{call_id}/events", response_model=EventPage)
    async def events(
        call_id: CallId,
        after: Annotated[int, Query(ge=0, le=_MAX_SEQ)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = 1000,
    ) -> Response:
        """A call's log from the event behind number `after` on."""
        async with _problems():
            await _known(store, call_id)
            entries = await _entries(store, call_id, after, limit)
        # A long page takes a tenth of a second to build: in a thread, calls go on meanwhile.
        body = await asyncio.to_thread(_page, call_id, entries, after)
        return Response(body, media_type="application/json")

    return router


async def _entries(
    store: Store, call_id: str, after: int, limit: int, only: Sequence[type[Fact]] = ()
) -> list[Entry]:
    found: list[Entry] = []
    while len(found) < limit:
        some = await store.events(call_id, after, min(_AT_ONCE, limit - len(found)), only)
        if not some:
            break
        found += some
        after = some[-1].seq
    return found


def _page(call_id: str, entries: list[Entry], after: int) -> str:
    last_seq = entries[-1].seq if entries else after
    events = [_event(entry) for entry in entries]
    return EventPage(call_id=call_id, events=events, last_seq=last_seq).model_dump_json()


def _event(entry: Entry) -> Event:
    type_, body = codec.encode(entry.fact)
    return Event(seq=entry.seq, at=entry.at, type=type_, **body)


async def _known(store: Store, call_id: str) -> CallRecord:
    call = await store.call(call_id)
    if call is None:
        raise HTTPException(404, "There is no such call in the record.")
    return call


@asynccontextmanager
async def _problems() -> AsyncIterator[None]:
    try:
        yield
    except StoreError as error:
        raise HTTPException(503, "The record of the calls cannot be read now.") from error
