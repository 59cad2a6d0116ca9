"""Real processes: what a death, a hang or a broken engine costs those who wait."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from warmline.errors import InferenceError
from warmline.inference.pool import PoolSettings, WorkerPool

OpenPool = Callable[..., "asyncio.Future[WorkerPool]"]
HERE = Path(__file__).parent


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PoolSettings:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    return PoolSettings(
        name="test",
        target="engines:echo",
        arguments={"marker": str(tmp_path / "died")},
        job_timeout_s=5.0,
    )


@pytest.fixture
async def pools() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def start(pools: AsyncExitStack, settings: PoolSettings) -> WorkerPool:
    pool = await pools.enter_async_context(WorkerPool(settings))
    await pool.wait_ready()
    return pool


async def test_answers_carry_their_bytes(pools: AsyncExitStack, settings: PoolSettings) -> None:
    pool = await start(pools, settings)
    answers = await asyncio.gather(*(pool.ask({"say": n}, bytes([n])) for n in range(20)))
    assert [(a.head["said"], a.body) for a in answers] == [(n, bytes([n])) for n in range(20)]
    assert len({a.head["pid"] for a in answers}) == 1
    assert pool.pids == [answers[0].head["pid"]]


async def test_a_request_outlives_its_worker(pools: AsyncExitStack, settings: PoolSettings) -> None:
    pool = await start(pools, settings)
    answer = await pool.ask({"do": "die-once", "say": "kept"}, b"audio")
    assert (answer.head["said"], answer.body) == ("kept", b"audio")


async def test_an_idle_worker_that_is_killed_is_replaced(
    pools: AsyncExitStack, settings: PoolSettings
) -> None:
    restarts: list[str] = []
    pool = await pools.enter_async_context(WorkerPool(settings, restarts.append))
    await pool.wait_ready()
    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)
    answer = await pool.ask({"say": "after"})
    assert answer.head["said"] == "after"
    assert answer.head["pid"] != pid
    assert restarts == ["test"]


async def test_a_hanging_worker_is_killed_and_the_request_given_up_after_its_tries(
    pools: AsyncExitStack, settings: PoolSettings
) -> None:
    pool = await start(pools, replace(settings, job_timeout_s=0.2, tries=2))
    with pytest.raises(InferenceError, match="given up after 2 workers"):
        await pool.ask({"do": "hang"})
    assert (await pool.ask({"say": "next"})).head["said"] == "next"


async def test_an_engine_error_is_one_request_s_own_and_says_nothing_of_its_content(
    pools: AsyncExitStack, settings: PoolSettings
) -> None:
    pool = await start(pools, settings)
    with pytest.raises(InferenceError, match="ValueError") as caught:
        await pool.ask({"do": "raise"})
    assert "secret" not in str(caught.value)
    assert (await pool.ask({"do": "print", "say": "alive"})).head["said"] == "alive"


async def test_urgent_requests_overtake_and_withdrawn_ones_are_skipped(
    pools: AsyncExitStack, settings: PoolSettings
) -> None:
    pool = await start(pools, settings)
    order: list[str] = []

    async def ask(name: str, priority: int) -> None:
        await pool.ask({"say": name}, priority=priority)
        order.append(name)

    tasks = [asyncio.create_task(ask(f"partial {n}", 2)) for n in range(4)]
    tasks += [asyncio.create_task(ask("final", 0))]
    await asyncio.sleep(0)
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order[:2] == ["partial 0", "final"]  # what was begun is not stopped
    assert sorted(order) == ["final", "partial 0", "partial 1", "partial 2"]


async def test_what_queues_and_is_alike_goes_together(
    pools: AsyncExitStack, settings: PoolSettings
) -> None:
    settings = replace(settings, target="engines:many", arguments={}, batch=3)
    pool = await start(pools, settings)
    kinds = ["a", "a", "a", "b", "", "a", "", "a"]
    answers = await asyncio.gather(
        *(pool.ask({"n": n}, bytes([n]), kind=kind, together=9) for n, kind in enumerate(kinds))
    )
    assert [answer.body for answer in answers] == [bytes([n]) for n in range(len(kinds))]
    assert [answer.head["together"] for answer in answers] == [1, 3, 3, 1, 1, 3, 1, 1]


async def test_a_bad_one_costs_its_company_nothing(
    pools: AsyncExitStack, settings: PoolSettings
) -> None:
    settings = replace(settings, target="engines:many", arguments={}, batch=4)
    pool = await start(pools, settings)
    asked = [pool.ask({"do": do}, kind="a", together=9) for do in ("", "", "raise", "")]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(answer, InferenceError) for answer in answers] == [False, False, True, False]


async def test_a_full_queue_refuses_the_least_urgent(
    pools: AsyncExitStack, settings: PoolSettings
) -> None:
    pool = await pools.enter_async_context(WorkerPool(replace(settings, queue_limit=2)))
    tasks = [asyncio.create_task(pool.ask({"say": n}, priority=2)) for n in range(3)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, InferenceError) for result in results] == [False, False, True]


async def test_what_waits_fails_when_the_pool_is_closed(settings: PoolSettings) -> None:
    async with WorkerPool(settings) as pool:
        await pool.wait_ready()
        pids = pool.pids
        waiting = asyncio.create_task(pool.ask({"do": "hang"}))
        await asyncio.sleep(0)
    with pytest.raises(InferenceError, match="stopped"):
        await waiting
    with pytest.raises(InferenceError, match="stopped"):
        await pool.ask({})
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_an_engine_that_cannot_start_is_named(
    pools: AsyncExitStack, settings: PoolSettings
) -> None:
    settings = replace(settings, target="engines:broken", arguments={}, name="ears")
    pool = await pools.enter_async_context(WorkerPool(settings))
    with pytest.raises(InferenceError, match="ears: .*cannot start"):
        await pool.wait_ready()
    assert not pool.ready


async def test_the_worker_ends_with_its_server(tmp_path: Path) -> None:
    program = """
import asyncio, os, sys
from warmline.inference.pool import PoolSettings, WorkerPool
async def main():
    async with WorkerPool(PoolSettings(name="t", target="engines:echo", arguments={})) as pool:
        await pool.wait_ready()
        print(pool.pids[0], flush=True)
        os._exit(1)
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(HERE)},
    )
    # The worker holds our pipe's other end too, so its end of file is the worker's death.
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    assert int(output) > 0
