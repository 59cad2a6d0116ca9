"""Keeps worker processes alive and gives them jobs. A worker's death costs a job nothing:
the request is kept until it is answered and goes to the next worker.

Knows processes and queues; knows neither speech nor calls.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from warmline.errors import InferenceError
from warmline.inference import pipe
from warmline.inference.pipe import Message
from warmline.inference.queue import JobQueue

log = logging.getLogger(__name__)

_START_TRIES = 3
_BACKOFF_S = 0.25
"""More for each death in a row; the first restart is at once."""
_MAX_BACKOFF_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    name: str
    """For logs and metrics, for example `finals`."""
    target: str
    """`module:function` that builds the engine inside the worker."""
    arguments: Mapping[str, Any]
    workers: int = 1
    queue_limit: int = 64
    """Jobs that may wait; beyond, the least urgent loses."""
    job_timeout_s: float = 10.0
    """A worker that takes longer hangs: it is killed and the job goes to another."""
    start_timeout_s: float = 60.0
    tries: int = 3
    """A job that killed so many workers is given up."""
    niceness: int = 0
    """Lower urgency of the process for the operating system (0-19)."""


@dataclass(slots=True, eq=False)
class _Job:
    head: Mapping[str, Any]
    body: bytes
    priority: int
    answer: asyncio.Future[Message]
    tries: int = 0


@dataclass(slots=True)
class _Worker:
    """One place for a process; the process in it changes when it dies."""

    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0
    """Deaths in a row without an answer between them."""


class WorkerPool:
    """`async with WorkerPool(settings) as pool: await pool.ask(head, body)`."""

    def __init__(
        self, settings: PoolSettings, on_restart: Callable[[str], None] = lambda name: None
    ) -> None:
        self._settings = settings
        self._on_restart = on_restart
        self._jobs: JobQueue[_Job] = JobQueue(
            settings.queue_limit, wanted=lambda job: not job.answer.done()
        )
        self._waiting = asyncio.Semaphore(0)
        self._workers = [_Worker() for _ in range(settings.workers)]
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._ids = 0
        self._closed = False

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run now."""
        return [w.process.pid for w in self._workers if w.process and w.ready.is_set()]

    @property
    def queued(self) -> int:
        """Jobs that wait for a worker."""
        return len(self._jobs)

    @property
    def ready(self) -> bool:
        """Whether at least one worker can answer now."""
        return any(worker.ready.is_set() for worker in self._workers)

    async def __aenter__(self) -> "WorkerPool":
        for number, worker in enumerate(self._workers):
            name = f"{self.name}-{number}"
            self._tasks.append(asyncio.create_task(self._keep_alive(worker), name=name))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def wait_ready(self) -> None:
        """Until every worker has loaded its model.

        Raises InferenceError when a worker dies again and again before it is ready; it goes
        on being started, and its own messages stand on stderr.
        """
        while not all(worker.ready.is_set() for worker in self._workers):
            if any(worker.failures >= _START_TRIES for worker in self._workers):
                raise InferenceError(f"{self.name}: the worker cannot start; see its error above")
            self._changed.clear()
            await self._changed.wait()

    async def ask(
        self, head: Mapping[str, Any], body: bytes = b"", *, priority: int = 0
    ) -> Message:
        """The engine's answer. Cancel the awaiting task to take the request back.

        Raises InferenceError: the engine refused the request, the queue was full of more
        urgent ones, or the request outlived all its tries.
        """
        if self._closed:
            raise InferenceError(f"{self.name}: the workers are stopped")
        self._ids += 1
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        job = _Job({**head, "id": self._ids}, body, priority, answer)
        loser = self._jobs.put(job, priority)
        if loser is not None:
            _fail(loser, f"{self.name}: too many requests wait; this one was the least urgent")
        if loser is not job:
            self._waiting.release()
        return await answer

    async def close(self) -> None:
        """Stop all workers; requests that still wait fail."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while (job := self._jobs.get()) is not None:
            _fail(job, f"{self.name}: the workers are stopped")

    # --- one worker ----------------------------------------------------------------------------

    async def _keep_alive(self, worker: _Worker) -> None:
        while True:
            try:
                await self._start(worker)
                await self._work(worker)
            except (OSError, EOFError, TimeoutError) as error:
                log.warning("%s: worker lost (%s); starting another", self.name, _why(error))
                self._on_restart(self.name)
            finally:
                await _stop(worker)
            worker.failures += 1
            self._changed.set()
            await asyncio.sleep(min(_MAX_BACKOFF_S, _BACKOFF_S * (worker.failures - 1)))

    async def _start(self, worker: _Worker) -> None:
        settings = self._settings
        worker.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "warmline.inference.worker",
            settings.target,
            json.dumps(dict(settings.arguments)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is for the server; it stops its workers itself
        )
        if settings.niceness:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, worker.process.pid, settings.niceness)
        async with asyncio.timeout(settings.start_timeout_s):
            await self._receive(worker)
        worker.ready.set()
        self._changed.set()

    async def _work(self, worker: _Worker) -> None:
        while True:
            job = await self._next_job(worker)
            job.tries += 1
            try:
                async with asyncio.timeout(self._settings.job_timeout_s):
                    answer = await self._exchange(worker, job)
            except (OSError, EOFError, TimeoutError):
                self._replay(job)
                raise
            except asyncio.CancelledError:
                _fail(job, f"{self.name}: the workers are stopped")
                raise
            worker.failures = 0
            if "error" in answer.head:
                _fail(job, f"{self.name}: the engine failed with {answer.head['error']}")
            elif not job.answer.done():
                job.answer.set_result(answer)

    async def _next_job(self, worker: _Worker) -> _Job:
        """Wait for work, but notice at once when the idle process dies."""
        assert worker.process is not None
        while True:
            work = asyncio.ensure_future(self._waiting.acquire())
            death = asyncio.ensure_future(worker.process.wait())
            try:
                await asyncio.wait({work, death}, return_when=asyncio.FIRST_COMPLETED)
                if death.done():
                    if work.done():
                        self._waiting.release()
                    raise EOFError(f"exit status {worker.process.returncode}")
            finally:
                work.cancel()
                death.cancel()
            if (job := self._jobs.get()) is not None:
                return job

    def _replay(self, job: _Job) -> None:
        if job.tries >= self._settings.tries:
            _fail(job, f"{self.name}: given up after {job.tries} workers died on this request")
        elif not job.answer.done():
            self._jobs.put_back(job, job.priority)
            self._waiting.release()

    async def _exchange(self, worker: _Worker, job: _Job) -> Message:
        assert worker.process is not None and worker.process.stdin is not None
        worker.process.stdin.write(Message(job.head, job.body).pack())
        await worker.process.stdin.drain()
        return await self._receive(worker)

    async def _receive(self, worker: _Worker) -> Message:
        assert worker.process is not None and worker.process.stdout is not None
        return await pipe.read_async(worker.process.stdout)


def _fail(job: _Job, message: str) -> None:
    if not job.answer.done():
        job.answer.set_exception(InferenceError(message))


def _why(error: BaseException) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else "process ended"


async def _stop(worker: _Worker) -> None:
    worker.ready.clear()
    process, worker.process = worker.process, None
    if process is None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
