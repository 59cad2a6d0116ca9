"""Who is rendered next of what nobody waits for yet: one at a time, the likeliest first.

So a reply that is due waits for one such clause at most, however many calls look ahead. Knows
no clause and no voice.
"""

import asyncio
import heapq
from enum import IntEnum
from itertools import count


class Rank(IntEnum):
    """How soon it may be needed; lower is sooner."""

    DRAFTED = 0
    """The caller has paused, and this is the reply if that was all."""
    EXPECTED = 1
    """A likely next reply of a call."""
    KNOWN = 2
    """Some call will need it some day."""


class Turnstile:
    """`await enter(rank)`, and `leave` once for each."""

    def __init__(self) -> None:
        self._busy = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = count()

    async def enter(self, rank: Rank) -> None:
        """Cancel the awaiting task to give the place up."""
        if not self._busy:
            self._busy = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._number), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # it had just become our turn
            raise

    def leave(self) -> None:
        """Let the next one in."""
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False
