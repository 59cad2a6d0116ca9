"""The HTTP requests of one call, while it goes on: held back, sent, and taken back.

Knows neither HTTP nor what the answers are for. What changes something outside waits until the
caller can no longer go on with the turn that led to it.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from warmline.events import Fetch, FetchFinished
from warmline.ports import Fetcher

LAST_S: Final = 5.0
"""How long what changes something outside may still take when the call is over."""


class Errands:
    """`run` starts a request; its FetchFinished comes through `emit`."""

    def __init__(self, fetcher: Fetcher, emit: Callable[[FetchFinished], None], key: str) -> None:
        """`key` makes the idempotency keys of this call unlike those of all others."""
        self._fetcher = fetcher
        self._emit = emit
        self._key = key
        self._running: dict[str, asyncio.Task[None]] = {}
        self._over = asyncio.Event()

    def run(self, fetch: Fetch, hold_s: float = 0.0) -> None:
        """Send it, at once if nothing outside is changed by it, else after `hold_s` seconds."""
        safe = self._fetcher.is_safe(fetch.endpoint)
        name = "errand" if safe else "errand that changes"
        task = asyncio.create_task(self._run(fetch, 0.0 if safe else hold_s), name=name)
        self._running[fetch.request_id] = task
        task.add_done_callback(lambda _: self._running.pop(fetch.request_id, None))

    def cancel(self, request_id: str) -> None:
        """Take it back if it was not sent yet; of one that was, nothing more is heard."""
        if task := self._running.pop(request_id, None):
            task.cancel()

    async def close(self) -> None:
        """The call is over: what was decided is still done, what was only asked is dropped."""
        self._over.set()
        tasks = list(self._running.values())
        for task in tasks:
            if task.get_name() == "errand":
                task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_S):
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, fetch: Fetch, hold_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(hold_s):
                await self._over.wait()
        self._emit(await self._fetcher.fetch(fetch, f"{self._key}-{fetch.request_id}"))
