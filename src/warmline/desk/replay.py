"""The past of a call from its record, as texts for a page: its state, or each entry once.

Knows the record and the panel. Whatever takes long is done in a thread, so that calls go on.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from math import inf
from typing import Any, Final, Protocol

from warmline.desk.changes import Change
from warmline.desk.panel import Panel
from warmline.desk.texts import entry_text
from warmline.events import Entry

PAGE: Final = 500
"""Entries read and folded in one go: ten milliseconds of a thread's work."""


class Record(Protocol):
    """See `records.store.Store`. Its reads raise StoreError."""

    async def call(self, call_id: str) -> Any: ...

    async def events(self, call_id: str, after: int = 0, limit: int = 1000) -> list[Entry]: ...


class Incomplete(Exception):
    """The record lacks entries: the database was away for too long, or still is."""


async def past(
    record: Record, panel: Panel, call_id: str, after: int, upto: int | None = None
) -> AsyncIterator[list[str]]:
    """The texts of all entries behind number `after`, in order, up to `upto` or to the end.

    `panel` is a new one. Partial words are not repeated: their entries are empty, and the last
    entry brings what still holds. Raises Incomplete, StoreError.
    """
    async for entries, last in _pages(record, call_id, upto):
        if texts := await asyncio.to_thread(_texts, panel, entries, after, last):
            yield texts


async def flow_of(record: Record, call_id: str) -> str:
    """Which flow led this call. Raises LookupError: there is no such call; StoreError."""
    if (call := await record.call(call_id)) is None:
        raise LookupError
    return str(call.flow)


async def fold(record: Record, panel: Panel, call_id: str, upto: int | None = None) -> int:
    """Tell a new panel all that the record has of a call, or has up to the entry `upto`; the number
    of the last entry, 0 for none. What the record lost is missing. Raises StoreError."""
    seq, end = 0, inf if upto is None else upto
    while entries := [e for e in await record.events(call_id, seq, PAGE) if e.seq <= end]:
        await asyncio.to_thread(_fold, panel, entries)
        seq = entries[-1].seq
    return seq


async def _pages(
    record: Record, call_id: str, upto: int | None
) -> AsyncIterator[tuple[Sequence[Entry], bool]]:
    """Entries from 1 on without gaps, and whether they are the last ones."""
    seq = 0
    page = await record.events(call_id, 0, PAGE)
    while page:
        if [entry.seq for entry in page] != list(range(seq + 1, seq + len(page) + 1)):
            raise Incomplete
        page = page if upto is None else page[: upto - seq]
        seq = page[-1].seq
        more = [] if seq == upto else await record.events(call_id, seq, PAGE)
        yield page, not more
        page = more
    if upto is not None and seq < upto:
        raise Incomplete


def _texts(panel: Panel, entries: Sequence[Entry], after: int, last: bool) -> list[str]:
    texts: list[str] = []
    for entry in entries:
        changes: list[Change] = panel.replay(entry)
        if last and entry is entries[-1]:
            changes += panel.unsettled()
        if entry.seq > after:
            texts.append(entry_text(entry.call_id, entry.seq, entry.at, changes))
    return texts


def _fold(panel: Panel, entries: Sequence[Entry]) -> None:
    for entry in entries:
        panel.replay(entry)
