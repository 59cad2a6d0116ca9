"""Who goes next: a bounded queue of jobs by priority, then by the moment when they are due, then
by age. Pure: no clock, no tasks.

When it is full the least urgent, newest job loses; a job that nobody awaits any more is
skipped; one that is too late is taken out, but never one of the first priority.
"""

import heapq
import math
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final, Generic, TypeVar

Job = TypeVar("Job")

FIRST: Final = 0
"""The priority whose jobs are never given up for being late."""
ANY: Final = 9
"""Lowest priority, as a bound: all jobs."""

_Key = tuple[int, float, int]


class JobQueue(Generic[Job]):
    def __init__(self, limit: int, wanted: Callable[[Job], bool]) -> None:
        """At most `limit` jobs wait; `wanted(job)` says if somebody still awaits it."""
        self._limit = limit
        self._wanted = wanted
        self._heap: list[tuple[_Key, Job]] = []
        self._number = count()

    def __len__(self) -> int:
        return len(self._heap)

    def __iter__(self) -> Iterator[Job]:
        """Those that somebody still awaits, in no order."""
        return (job for _, job in self._heap if self._wanted(job))

    def put(self, job: Job, priority: int, due: float = math.inf) -> Job | None:
        """Add a job that is due at `due` (seconds on any clock that only goes forward).

        Gives back the one that lost its place, if the queue was full.
        """
        heapq.heappush(self._heap, ((priority, due, next(self._number)), job))
        if len(self._heap) <= self._limit:
            return None
        self._keep(self._wanted)
        if len(self._heap) <= self._limit:
            return None
        loser = max(self._heap, key=lambda entry: (entry[0][0], entry[0][2]))
        self._heap.remove(loser)
        heapq.heapify(self._heap)
        return loser[1]

    def put_back(self, job: Job, priority: int, due: float = math.inf) -> None:
        """Return a job whose worker died: first among those due at that moment, limit or not."""
        heapq.heappush(self._heap, ((priority, due, -next(self._number)), job))

    def get(self, lowest: int = ANY) -> Job | None:
        """The most urgent job that somebody still awaits, down to the priority `lowest`."""
        while self._heap and self._heap[0][0][0] <= lowest:
            job = heapq.heappop(self._heap)[1]
            if self._wanted(job):
                return job
        return None

    def take(self, alike: Callable[[Job], bool], at_most: int) -> list[Job]:
        """The most urgent jobs that are `alike`, for company to one that `get` gave."""
        found = [entry for entry in self._heap if alike(entry[1]) and self._wanted(entry[1])]
        found.sort(key=lambda entry: entry[0])
        taken = [job for _, job in found[:at_most]]
        if taken:
            self._keep(lambda job: not any(job is other for other in taken))
        return taken

    def late(self, now: float) -> list[Job]:
        """Take out all jobs below the first priority that were due before `now`."""
        late = [job for (priority, due, _), job in self._heap if priority > FIRST and due < now]
        if late:
            self._keep(lambda job: not any(job is other for other in late))
        return late

    def _keep(self, which: Callable[[Job], bool]) -> None:
        self._heap = [entry for entry in self._heap if which(entry[1])]
        heapq.heapify(self._heap)
