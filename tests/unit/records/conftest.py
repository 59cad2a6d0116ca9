"""Stores and databases on real files, always closed."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from warmline.records.database import Database
from warmline.records.store import Store

OpenStore = Callable[[], Awaitable[Store]]


@pytest.fixture(autouse=True)
async def no_thread_outlives_its_loop() -> AsyncIterator[None]:
    """aiosqlite does not wait for the thread of a connection that could not be opened."""
    yield
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 5.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "record" / "calls.db"


@pytest.fixture
async def open_store(file: Path) -> AsyncIterator[OpenStore]:
    """Opens the test's own file, which waits for no lock, as often as wanted."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_() -> Store:
            store = await Store.open(file, busy_s=0.01)
            stack.push_async_callback(store.close, 0.1)
            return store

        yield open_


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    return await open_store()


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    database = await Database.open(file)
    yield database
    await database.close()
