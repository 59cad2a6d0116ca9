"""Callers who want to be called: noted from the calls' logs, kept until somebody has called.

Knows the desk's papers; not who calls back, nor how.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from warmline.events import CallbackRequested, CallEnded, CallStarted, Entry
from warmline.records import StoreError
from warmline.records.desk import Callback, DeskStore

RETRY_S = 5.0
"""Between two tries while the database is away."""
MAX_UNSAVED = 1000
"""Requests kept meanwhile; the oldest goes first, it is in the call's own record too."""

_log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Callbacks:
    """Those that are open, for pages at once. A sink of every call's feed; `run` saves."""

    def __init__(self, store: DeskStore, clock: Callable[[], datetime] = _utc_now) -> None:
        self._store = store
        self._clock = clock
        self._callers: dict[str, str] = {}
        self._unsaved: deque[tuple[str, CallbackRequested, str, datetime]] = deque(
            maxlen=MAX_UNSAVED
        )
        self._some = asyncio.Event()
        self._some.set()  # what was open when the server stopped
        self.open: Sequence[Callback] = ()
        """The oldest first."""

    def observe(self, entry: Entry) -> None:
        match entry.fact:
            case CallStarted(caller=caller):
                self._callers[entry.call_id] = caller
            case CallbackRequested() as fact:
                caller = self._callers.get(entry.call_id, "")
                self._unsaved.append((entry.call_id, fact, caller, self._clock()))
                self._some.set()
            case CallEnded():
                self._callers.pop(entry.call_id, None)
            case _:
                pass

    async def run(self) -> None:
        """Save what is requested, for ever."""
        while True:
            await self._some.wait()
            self._some.clear()
            try:
                await self._save()
                self.open = await self._store.callbacks()
            except StoreError as error:
                _log.error("Call-backs cannot be saved for now: %s", error)
                self._some.set()
                await asyncio.sleep(RETRY_S)

    async def done(self, callback_id: int, user_id: str) -> bool:
        """Somebody has called; False when that was known. Raises StoreError."""
        new = await self._store.done_callback(callback_id, user_id, self._clock())
        self._some.set()
        return new

    async def _save(self) -> None:
        while self._unsaved:
            call_id, fact, caller, at = first = self._unsaved[0]
            await self._store.add_callback(
                call_id=call_id, queue=fact.queue, number=fact.number, caller=caller, at=at
            )
            if self._unsaved and self._unsaved[0] is first:  # else it was given up meanwhile
                self._unsaved.popleft()
