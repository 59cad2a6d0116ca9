"""The pool with scripted workers in virtual time: who waits for whom, and what overload does."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from virtual_time import run
from warmline.errors import InferenceError
from warmline.inference import pipe
from warmline.inference.job import Served
from warmline.inference.layout import KEPT, Place
from warmline.inference.monitor import Monitor
from warmline.inference.pipe import Message
from warmline.inference.pool import PoolSettings, WorkerPool
from warmline.inference.pressure import Pressure

BOTH = (Place(lowest=KEPT), Place(niceness=10))


@dataclass(eq=False)
class Scripted:
    """A worker that takes as long as the request says (seconds), all of a batch."""

    place: Place
    log: list[tuple[int, str]] = field(default_factory=list)
    pid: int = 1
    starts: int = 0
    _dead: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        await asyncio.sleep(0.5)
        self._dead.clear()
        self.starts += 1

    async def ask(self, request: Message) -> Message:
        parts = pipe.apart(request)
        self.log += [(self.place.lowest, part.head["say"]) for part in parts]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(sum(part.head["takes"] for part in parts)):
                await self._dead.wait()
            raise EOFError
        return pipe.together([Message({"say": part.head["say"]}) for part in parts])

    async def ended(self) -> str:
        await self._dead.wait()
        return "killed"

    async def stop(self) -> None:
        self._dead.set()

    def kill(self) -> None:
        self._dead.set()


@dataclass
class Stage:
    """A pool of scripted workers, and what became of its jobs."""

    places: tuple[Place, ...] = BOTH
    batch: int = 1
    queue_limit: int = 64
    workers: list[Scripted] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    pressure: Pressure = field(default_factory=Pressure)

    def play(self, scene: Callable[[WorkerPool], Awaitable[None]]) -> None:
        run(self._play(scene))

    async def _play(self, scene: Callable[[WorkerPool], Awaitable[None]]) -> None:
        settings = PoolSettings(
            name="ears",
            target="",
            arguments={},
            places=self.places,
            batch=self.batch,
            queue_limit=self.queue_limit,
        )
        monitor = Monitor(self.pressure)

        def told(served: Served) -> None:
            self.served.append(served)
            monitor.served(served)

        pool = WorkerPool(settings, on_served=told, new_worker=self._worker)
        async with pool, monitor.watching(pool):
            await pool.wait_ready()
            await scene(pool)

    def _worker(self, place: Place) -> Scripted:
        self.workers.append(Scripted(place))
        return self.workers[-1]

    @property
    def order(self) -> list[str]:
        return [said for worker in self.workers for _, said in worker.log]


async def asked(pool: WorkerPool, say: str, takes: float = 0.1, **how: Any) -> str:
    """What the worker said, or `refused`."""
    try:
        answer = await pool.ask({"say": say, "takes": takes}, **how)
    except InferenceError as error:
        return f"refused: {error}"
    return str(answer.head["say"])


def test_a_partial_never_takes_the_last_worker_from_a_final() -> None:
    stage = Stage()

    async def scene(pool: WorkerPool) -> None:
        clock = asyncio.get_running_loop().time
        partials = [asyncio.create_task(asked(pool, f"p{n}", 5.0, priority=3)) for n in range(4)]
        await asyncio.sleep(1.0)
        begun = clock()
        assert await asked(pool, "final") == "final"
        assert clock() - begun == pytest.approx(0.1)
        for partial in partials:
            partial.cancel()

    stage.play(scene)
    assert stage.workers[0].log == [(KEPT, "final")]


def test_both_workers_take_finals_of_a_burst() -> None:
    stage = Stage()

    async def scene(pool: WorkerPool) -> None:
        await asyncio.gather(*(asked(pool, f"f{n}") for n in range(4)))

    stage.play(scene)
    assert [len(worker.log) for worker in stage.workers] == [2, 2]
    assert max(one.took_s for one in stage.served) == pytest.approx(0.2)


def test_too_late_before_it_was_begun_is_dropped_and_a_final_never_is() -> None:
    stage = Stage(places=(Place(),))

    async def scene(pool: WorkerPool) -> None:
        long = asyncio.create_task(asked(pool, "long", 1.0))
        await asyncio.sleep(0)
        said = await asyncio.gather(
            asked(pool, "check", priority=1, within_s=0.5),
            asked(pool, "partial", priority=3, within_s=2.0),
            asked(pool, "final", within_s=0.5),
        )
        assert [*said] == [
            "refused: ears: too late: no worker was free in time",
            "partial",
            "final",
        ]
        assert await long == "long"

    stage.play(scene)
    assert stage.order == ["long", "final", "partial"]
    late = [(one.priority, one.late) for one in stage.served]
    assert late == [(0, False), (1, True), (0, True), (3, False)]


def test_only_what_would_wait_goes_together() -> None:
    stage = Stage(batch=4)

    async def scene(pool: WorkerPool) -> None:
        await asyncio.gather(*(asked(pool, f"f{n}", kind="a", together=9) for n in range(2)))
        assert [one.company for one in stage.served] == [0, 0]
        await asyncio.gather(*(asked(pool, f"g{n}", kind="a", together=9) for n in range(5)))
        assert [one.company for one in stage.served[2:]] == [0, 0, 2, 2, 2]

    stage.play(scene)


def test_no_more_go_together_than_their_kind_bears() -> None:
    stage = Stage(places=(Place(),), batch=4)

    async def scene(pool: WorkerPool) -> None:
        await asyncio.gather(*(asked(pool, f"f{n}", kind="a", together=2) for n in range(4)))
        assert [one.company for one in stage.served] == [0, 1, 1, 0]

    stage.play(scene)


def test_a_batch_whose_worker_dies_is_answered_one_by_one() -> None:
    stage = Stage(places=(Place(),), batch=4)

    async def scene(pool: WorkerPool) -> None:
        tasks = [asyncio.create_task(asked(pool, f"f{n}", kind="a", together=9)) for n in range(4)]
        await asyncio.sleep(0.15)  # the first alone, then three
        stage.workers[0].kill()
        assert await asyncio.gather(*tasks) == ["f0", "f1", "f2", "f3"]

    stage.play(scene)
    assert stage.order == ["f0", "f1", "f2", "f3", "f1", "f2", "f3"]
    assert [one.company for one in stage.served] == [0, 0, 0, 0]


def test_a_job_given_to_a_worker_that_dies_at_that_moment_is_not_lost() -> None:
    stage = Stage()

    async def scene(pool: WorkerPool) -> None:
        await asyncio.sleep(0)
        stage.workers[0].kill()
        assert await asked(pool, "final") == "final"

    stage.play(scene)


@pytest.mark.parametrize("seed", range(3))
def test_thirty_calls_on_two_slow_workers(seed: int) -> None:
    """Ten times what they can bear, and a worker is killed in the middle of it."""
    stage, draw = Stage(), random.Random(seed)
    rungs: list[int] = []
    answered: list[float] = []
    refused = 0
    longest = 0

    async def caller(pool: WorkerPool, until: float) -> None:
        nonlocal refused, longest
        clock = asyncio.get_running_loop().time
        while clock() < until:
            speech = [
                asyncio.create_task(asked(pool, "partial", 0.3, priority=3, within_s=0.8))
                for _ in range(3 if stage.pressure.rung < 2 else 0)
                if await asyncio.sleep(draw.uniform(0.4, 1.2), True)
            ]
            await asyncio.sleep(draw.uniform(0.2, 2.0))
            begun = clock()
            if stage.pressure.rung < 4:
                takes = 0.5 if stage.pressure.rung < 3 else 0.2
                assert await asked(pool, "final", takes, within_s=0.7) == "final"
                answered.append(clock() - begun)
            else:
                refused += 1
            longest = max(longest, pool.queued)
            await asyncio.gather(*speech)
            await asyncio.sleep(2.0)

    async def scene(pool: WorkerPool) -> None:
        stage.pressure.watch(lambda rung, because: rungs.append(rung))
        calls = [asyncio.create_task(caller(pool, 60.0)) for _ in range(30)]
        await asyncio.sleep(20.0)
        stage.workers[0].kill()
        await asyncio.gather(*calls)
        assert max(rungs) == 4
        await asyncio.sleep(600.0)
        assert stage.pressure.rung == 0
        assert pool.queued == 0
        assert await asked(pool, "final") == "final"

    stage.play(scene)
    assert stage.workers[0].starts == 2
    assert all(abs(late - early) == 1 for early, late in zip([0, *rungs], rungs, strict=False))
    assert longest <= 64
    assert len(answered) > 100
    assert max(answered) < 10
    assert refused
    finals = [one for one in stage.served if one.priority == 0]
    assert len(finals) == len(answered) + 1
