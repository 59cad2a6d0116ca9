"""Callers who want to be called: kept whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from unit.accounts.people import eventually
from unit.desk.pages import CALLER, STARTED, Log
from warmline.desk import callbacks as module
from warmline.desk.callbacks import Callbacks
from warmline.events import CallbackRequested, CallEnded
from warmline.records import StoreError
from warmline.records.database import Database
from warmline.records.desk import DeskStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DeskStore]:
    database = await Database.open(tmp_path / "desk.db")
    yield DeskStore(database)
    await database.close()


async def running_until(callbacks: Callbacks, count: int) -> None:
    async def does() -> bool:
        return len(callbacks.open) == count

    task = asyncio.create_task(callbacks.run())
    await eventually(does)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def requested(callbacks: Callbacks, call_id: str) -> None:
    log = Log(call_id, callbacks.observe)
    log.add(STARTED, CallbackRequested(queue="orders", number=""), CallEnded(reason="completed"))


async def test_from_the_log_to_somebody_who_calls(store: DeskStore) -> None:
    callbacks = Callbacks(store)
    requested(callbacks, "c1")
    requested(callbacks, "c2")
    await running_until(callbacks, 2)
    first = callbacks.open[0]
    assert (first.call_id, first.caller, first.queue) == ("c1", CALLER, "orders")
    assert await callbacks.done(first.id, "u1")
    assert not await callbacks.done(first.id, "u2")
    await running_until(callbacks, 1)


async def test_those_of_before_the_start_are_there(store: DeskStore) -> None:
    callbacks = Callbacks(store)
    requested(callbacks, "c1")
    await running_until(callbacks, 1)
    await running_until(Callbacks(store), 1)


async def test_a_database_that_is_away(
    store: DeskStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    callbacks, add, failures = Callbacks(store), store.add_callback, 3

    async def sometimes(**values: Any) -> int:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreError("desk.db: cannot be written")
        return await add(**values)

    monkeypatch.setattr(store, "add_callback", sometimes)
    requested(callbacks, "c1")
    await running_until(callbacks, 1)
    assert CALLER not in caplog.text
