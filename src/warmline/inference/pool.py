"""Keeps worker processes alive and gives them jobs. A worker's death costs a job nothing:
the request is kept until it is answered and goes to the next worker.

Who goes next is the queue's matter; how many workers there are and what each may take, that of
`layout`. Knows neither speech nor calls.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from warmline.errors import InferenceError
from warmline.inference import pipe
from warmline.inference.job import Job, Served
from warmline.inference.layout import Place
from warmline.inference.pipe import Message
from warmline.inference.process import Worker, WorkerProcess
from warmline.inference.queue import FIRST, JobQueue

log = logging.getLogger(__name__)

_START_TRIES = 3
_BACKOFF_S = 0.25
"""More for each death in a row; the first restart is at once."""
_MAX_BACKOFF_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    name: str
    """For logs and metrics, for example `ears`."""
    target: str
    """`module:function` that builds the engine inside the worker."""
    arguments: Mapping[str, Any]
    places: tuple[Place, ...] = (Place(),)
    """A worker for each; of those that are free the first one is asked."""
    batch: int = 1
    """So many jobs of a kind may go to a worker together at most, when nobody else is free."""
    queue_limit: int = 64
    """Jobs that may wait; beyond, the least urgent loses."""
    job_timeout_s: float = 10.0
    """A worker that takes longer hangs: it is killed and the job goes to another."""
    start_timeout_s: float = 60.0
    tries: int = 3
    """A job that killed so many workers is given up."""


@dataclass(slots=True, eq=False)
class _Seat:
    """One place for a worker; the process in it changes when it dies."""

    place: Place
    worker: Worker
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Future[list[Job]] | None = None
    """While it waits for jobs."""
    failures: int = 0
    """Deaths in a row without an answer between them."""

    def takes(self, priority: int) -> bool:
        return self.free is not None and not self.free.done() and priority <= self.place.lowest


class WorkerPool:
    """`async with WorkerPool(settings) as pool: await pool.ask(head, body)`."""

    def __init__(
        self,
        settings: PoolSettings,
        on_restart: Callable[[str], None] = lambda name: None,
        *,
        on_served: Callable[[Served], None] = lambda served: None,
        new_worker: Callable[[Place], Worker] | None = None,
    ) -> None:
        """`on_restart` is told the pool's name for each worker that was replaced, `on_served` of
        every job that was answered or given up."""
        new_worker = new_worker or partial(WorkerProcess, settings.target, settings.arguments)
        self._settings = settings
        self._on_restart = on_restart
        self._on_served = on_served
        self._jobs: JobQueue[Job] = JobQueue(settings.queue_limit, wanted=lambda job: job.wanted)
        self._seats = [_Seat(place, new_worker(place)) for place in settings.places]
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run now."""
        return [seat.worker.pid for seat in self._seats if seat.ready.is_set()]

    @property
    def queued(self) -> int:
        """Jobs that wait for a worker."""
        return len(self._jobs)

    @property
    def ready(self) -> bool:
        """Whether at least one worker can answer now."""
        return any(seat.ready.is_set() for seat in self._seats)

    def waiting_s(self, priority: int = FIRST) -> float:
        """How long the oldest job of at least this priority has waited for a worker."""
        asked = (job.asked_at for job in self._jobs if job.priority <= priority)
        oldest = min(asked, default=math.inf)
        return 0.0 if oldest == math.inf else _now() - oldest

    async def __aenter__(self) -> "WorkerPool":
        for number, seat in enumerate(self._seats):
            name = f"{self.name}-{number}"
            self._tasks.append(asyncio.create_task(self._keep_alive(seat), name=name))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def wait_ready(self) -> None:
        """Until every worker has loaded its model.

        Raises InferenceError when a worker dies again and again before it is ready; it goes
        on being started, and its own messages stand on stderr.
        """
        while not all(seat.ready.is_set() for seat in self._seats):
            if any(seat.failures >= _START_TRIES for seat in self._seats):
                raise InferenceError(f"{self.name}: the worker cannot start; see its error above")
            self._changed.clear()
            await self._changed.wait()

    async def ask(
        self,
        head: Mapping[str, Any],
        body: bytes = b"",
        *,
        priority: int = FIRST,
        within_s: float = math.inf,
        kind: str = "",
        together: int = 1,
    ) -> Message:
        """The engine's answer. Cancel the awaiting task to take the request back.

        It is due in `within_s` seconds: of equal priority the earlier due goes first, and one
        that no worker has begun by then is dropped, if it is not of the first priority. Of those
        that wait and are of the same `kind`, so many may be answered `together`.

        Raises InferenceError: the engine refused the request, it was too late, the queue was
        full of more urgent ones, or the request outlived all its tries.
        """
        if self._closed:
            raise InferenceError(f"{self.name}: the workers are stopped")
        now = _now()
        job = Job(
            request=Message(head, body),
            priority=priority,
            kind=kind,
            together=min(together, self._settings.batch),
            asked_at=now,
            due=now + within_s,
            answer=asyncio.get_running_loop().create_future(),
        )
        loser = self._jobs.put(job, priority, job.due)
        if loser is not None:
            self._fail(loser, "too many requests wait; this one was the least urgent")
        self._dispatch()
        return await job.answer

    async def close(self) -> None:
        """Stop all workers; requests that still wait fail."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while (job := self._jobs.get()) is not None:
            self._fail(job, "the workers are stopped")

    # --- who does what --------------------------------------------------------------------------

    def _dispatch(self) -> None:
        """Give the free workers what waits."""
        for late in self._jobs.late(_now()):
            self._fail(late, "too late: no worker was free in time")
        for seat in self._seats:
            if not seat.takes(FIRST) or (job := self._jobs.get(seat.place.lowest)) is None:
                continue
            assert seat.free is not None
            seat.free.set_result(jobs := [job])
            if not any(other.takes(job.priority) for other in self._seats):
                jobs += self._jobs.take(job.suits, job.together - 1)

    async def _next_jobs(self, seat: _Seat) -> list[Job]:
        """Wait for work, but notice at once when the idle process dies."""
        free: asyncio.Future[list[Job]] = asyncio.get_running_loop().create_future()
        seat.free = free
        death = asyncio.ensure_future(seat.worker.ended())
        begun = False
        self._dispatch()
        try:
            either: set[asyncio.Future[Any]] = {free, death}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if death.done():
                raise EOFError(death.result())
            begun = True
            return free.result()
        finally:
            death.cancel()
            seat.free = None
            for job in free.result() if free.done() and not begun else ():
                self._replay(job)

    # --- one worker ----------------------------------------------------------------------------

    async def _keep_alive(self, seat: _Seat) -> None:
        while True:
            try:
                async with asyncio.timeout(self._settings.start_timeout_s):
                    await seat.worker.start()
                seat.ready.set()
                self._changed.set()
                while True:
                    await self._serve(seat, await self._next_jobs(seat))
            except (OSError, EOFError, TimeoutError) as error:
                log.warning("%s: worker lost (%s); starting another", self.name, _why(error))
                self._on_restart(self.name)
            finally:
                seat.ready.clear()
                await seat.worker.stop()
            seat.failures += 1
            self._changed.set()
            await asyncio.sleep(min(_MAX_BACKOFF_S, _BACKOFF_S * (seat.failures - 1)))

    async def _serve(self, seat: _Seat, jobs: list[Job]) -> None:
        for job in jobs:
            job.begin(_now())
        try:
            async with asyncio.timeout(self._settings.job_timeout_s * len(jobs)):
                answer = await seat.worker.ask(pipe.together([job.request for job in jobs]))
        except (OSError, EOFError, TimeoutError):
            for job in reversed(jobs):  # each goes before those that are there
                self._replay(job)
            raise
        except asyncio.CancelledError:
            for job in jobs:
                self._fail(job, "the workers are stopped")
            raise
        seat.failures = 0
        for job, part in zip(jobs, pipe.apart(answer), strict=True):
            if "error" in part.head:
                self._fail(job, f"the engine failed with {part.head['error']}")
            elif job.wanted:
                job.finish(part)
                late = _now() > job.due
                self._on_served(job.served(_now(), late=late, company=len(jobs) - 1))

    def _replay(self, job: Job) -> None:
        if job.tries >= self._settings.tries:
            self._fail(job, f"given up after {job.tries} workers died on this request")
        elif job.wanted:
            self._jobs.put_back(job, job.priority, job.due)
            self._dispatch()

    def _fail(self, job: Job, why: str) -> None:
        if job.wanted:
            job.fail(f"{self.name}: {why}")
            self._on_served(job.served(_now(), late=True))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _why(error: BaseException) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else "process ended"
