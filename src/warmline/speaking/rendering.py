"""A clause that is being made, perhaps in two ways at once: the first that is done counts."""

import asyncio
from collections.abc import Awaitable

from warmline.audio.frame import Pcm

Clip = tuple[Pcm, int]
"""Samples, and their rate in Hz."""


class Rendering:
    """`add` attempts; `result` is the first one's clip, or the last one's error."""

    def __init__(self, *, ahead: bool) -> None:
        self.ahead = ahead
        """Nobody waits for it yet."""
        self.result: asyncio.Future[Clip] = asyncio.get_running_loop().create_future()
        self._attempts: set[asyncio.Future[Clip]] = set()

    def add(self, work: Awaitable[Clip]) -> None:
        attempt = asyncio.ensure_future(work)
        self._attempts.add(attempt)
        attempt.add_done_callback(self._done)

    def _done(self, attempt: "asyncio.Future[Clip]") -> None:
        self._attempts.discard(attempt)
        error = None if attempt.cancelled() else attempt.exception()
        if self.result.done():
            return
        if error is None and not attempt.cancelled():
            self.result.set_result(attempt.result())
            for other in self._attempts:
                other.cancel()
        elif not self._attempts:
            if error is None:
                self.result.cancel()
            else:
                self.result.set_exception(error)
                self.result.exception()  # seen: perhaps nobody waits for it any more
