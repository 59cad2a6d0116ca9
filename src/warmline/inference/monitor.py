"""Tells the ladder how a pool's finals fare: those that were answered and those that still wait.

Knows a pool and the ladder; not what either is for.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from warmline.inference.job import Served
from warmline.inference.pool import WorkerPool
from warmline.inference.pressure import RUNGS, Pressure
from warmline.inference.queue import FIRST

log = logging.getLogger(__name__)

EVERY_S: Final = 0.25


class Monitor:
    """`served` for each job of the pool; `watching` while it runs."""

    def __init__(self, pressure: Pressure) -> None:
        self._pressure = pressure
        pressure.watch(_log)

    def served(self, served: Served) -> None:
        if served.priority == FIRST:
            now = asyncio.get_running_loop().time()
            self._pressure.served(now, late=served.late)

    @asynccontextmanager
    async def watching(self, pool: WorkerPool) -> AsyncIterator[None]:
        """A queue that nobody serves, and the calm after a storm."""
        task = asyncio.create_task(self._watch(pool), name="pressure")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self, pool: WorkerPool) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            self._pressure.tick(clock(), pool.waiting_s(FIRST))
            await asyncio.sleep(EVERY_S)


def _log(rung: int, because: str) -> None:
    log.warning("pressure rung %d, %s: %s", rung, RUNGS[rung], because)
