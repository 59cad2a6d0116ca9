"""What is not saved yet, in order, and who loses when the database is away for too long. Pure.

Knows entries and their rows; no database, no clock, no asyncio.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from warmline.events import CallEnded, Entry, PartialTranscript
from warmline.records import codec

MAX_UNSAVED = 50_000
"""Entries kept while the database is away: 16 calls with partials for about ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """An entry that waits for the database."""

    entry: Entry
    row: Mapping[str, Any]
    """The entry as the database takes it."""
    call_start: datetime
    """The wall's time at 0 on the call's clock."""
    since: float
    """When it began to wait, in seconds on a monotonic clock."""
    number: int
    """1, 2, 3 … over all calls."""


class Backlog:
    """What is not saved yet, in order: at most `limit` entries, and one batch being written.

    When it is full, the partial transcripts are given up first (the final text follows
    anyway), then the oldest entries; `lost` counts them.
    """

    def __init__(self, limit: int = MAX_UNSAVED) -> None:
        self._limit = limit
        self._waiting: deque[Unsaved] = deque()
        self._batch: list[Unsaved] = []
        self._call_starts: dict[str, datetime] = {}
        self._has_partials = False
        self.added = 0
        """How many were ever taken; the number of the last."""
        self.lost = 0

    def __len__(self) -> int:
        return len(self._batch) + len(self._waiting)

    @property
    def waiting(self) -> int:
        """How many are not in the batch being written."""
        return len(self._waiting)

    def lag_s(self, now: float) -> float:
        """Age of the oldest, in seconds."""
        return now - self._oldest.since if self._oldest else 0.0

    def saved(self, number: int) -> bool:
        """Whether nothing up to this number is waiting any more."""
        return self._oldest is None or self._oldest.number > number

    def add(self, entry: Entry, *, wall: datetime, now: float) -> None:
        """Let an entry wait, if need be at the cost of others.

        `wall` is the time of day, `now` seconds on a monotonic clock. Raises ValueError when
        no row can be made of the entry, which is then lost too.
        """
        began = wall - timedelta(seconds=entry.at)
        call_start = self._call_starts.setdefault(entry.call_id, began)
        if isinstance(entry.fact, CallEnded):
            del self._call_starts[entry.call_id]
        try:
            row = codec.event_row(entry)
        except ValueError:
            self.lost += 1
            raise
        if len(self._waiting) >= self._limit and not self._make_room(entry):
            return
        self._has_partials |= isinstance(entry.fact, PartialTranscript)
        self.added += 1
        self._waiting.append(
            Unsaved(entry=entry, row=row, call_start=call_start, since=now, number=self.added)
        )

    def take(self, most: int) -> list[Unsaved]:
        """The next batch. It is out of the reach of `add`: it may be in a transaction."""
        self._batch = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        return self._batch

    def settle(self) -> None:
        """The batch is saved."""
        self._batch = []

    @property
    def _oldest(self) -> Unsaved | None:
        first = self._batch or self._waiting
        return first[0] if first else None

    def _make_room(self, newcomer: Entry) -> bool:
        """False when the newcomer itself is what is worth least."""
        full = len(self._waiting)
        if self._has_partials:
            # All at once: to look for a single one at each `add` would take too long.
            self._has_partials = False
            kept = (u for u in self._waiting if not isinstance(u.entry.fact, PartialTranscript))
            self._waiting = deque(kept)
        if len(self._waiting) == full:
            self.lost += 1
            if isinstance(newcomer.fact, PartialTranscript):
                return False
            self._waiting.popleft()
        else:
            self.lost += full - len(self._waiting)
        return True
