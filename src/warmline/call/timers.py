"""The named timers of one call. Each start begins anew."""

import asyncio
from collections.abc import Callable

from warmline.events import TimerFired


class Timers:
    def __init__(self, post: Callable[[TimerFired], None]) -> None:
        """`post` is told each timer that has run down."""
        self._loop = asyncio.get_running_loop()
        self._post = post
        self._running: dict[str, asyncio.TimerHandle] = {}

    def start(self, name: str, seconds: float) -> None:
        self.cancel(name)
        self._running[name] = self._loop.call_later(seconds, self._post, TimerFired(name=name))

    def cancel(self, name: str) -> None:
        if timer := self._running.pop(name, None):
            timer.cancel()

    def close(self) -> None:
        """Stop all; idempotent."""
        for timer in self._running.values():
            timer.cancel()
        self._running.clear()
