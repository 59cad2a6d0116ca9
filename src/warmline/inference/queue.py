"""Who goes next: a bounded queue of jobs by priority, then by age. Pure: no clock, no tasks.

When it is full the least urgent, newest job loses; a job that nobody awaits any more is
skipped.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

Job = TypeVar("Job")


class JobQueue(Generic[Job]):
    def __init__(self, limit: int, wanted: Callable[[Job], bool]) -> None:
        """At most `limit` jobs wait; `wanted(job)` says if somebody still awaits it."""
        self._limit = limit
        self._wanted = wanted
        self._heap: list[tuple[int, int, Job]] = []
        self._number = count()

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, job: Job, priority: int) -> Job | None:
        """Add a job; gives back the one that lost its place, if the queue was full."""
        heapq.heappush(self._heap, (priority, next(self._number), job))
        if len(self._heap) <= self._limit:
            return None
        self._heap = [entry for entry in self._heap if self._wanted(entry[2])]
        heapq.heapify(self._heap)
        if len(self._heap) <= self._limit:
            return None
        loser = max(self._heap, key=lambda entry: entry[:2])
        self._heap.remove(loser)
        heapq.heapify(self._heap)
        return loser[2]

    def put_back(self, job: Job, priority: int) -> None:
        """Return a job whose worker died: it goes first among its equals, limit or not."""
        heapq.heappush(self._heap, (priority, -next(self._number), job))

    def get(self) -> Job | None:
        """The most urgent job that somebody still awaits."""
        while self._heap:
            job = heapq.heappop(self._heap)[2]
            if self._wanted(job):
                return job
        return None
