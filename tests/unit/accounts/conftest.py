"""Accounts on a real database, with cheap hashes and a clock that tests move."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from unit.accounts.people import API_KEY, CHEAP, PASSWORD, Browser, Hours, Paper, Told
from warmline.accounts.accounts import Accounts
from warmline.accounts.guard import Guard, GuardSettings
from warmline.accounts.passwords import Passwords
from warmline.accounts.router import accounts_router
from warmline.accounts.user import User
from warmline.records.accounts import AccountStore
from warmline.records.database import Database


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def hashes() -> Passwords:
    return Passwords(CHEAP)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without users; to make one takes as long as the rest of a test."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"

    async def make() -> None:
        await (await Database.open(path)).close()

    asyncio.run(make())
    return path


@pytest.fixture
async def database(empty: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = Path(shutil.copy(empty, tmp_path / "accounts.db"))
    database = await Database.open(path)
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> AccountStore:
    return AccountStore(database)


@pytest.fixture
async def accounts(
    store: AccountStore, hours: Hours, paper: Paper, hashes: Passwords
) -> AsyncIterator[Accounts]:
    accounts = await Accounts.open(
        store,
        audit=paper,
        clock=hours,
        monotonic=lambda: hours.seconds,
        hashes=hashes,
        poll_s=0.01,
    )
    yield accounts
    await accounts.close()


@pytest.fixture
def told(accounts: Accounts) -> Told:
    return Told(accounts)


@pytest.fixture
async def admin(accounts: Accounts) -> User:
    link = await accounts.first_link()
    assert link is not None
    return (await accounts.set_password(link, PASSWORD, "root", "Root")).user


@pytest.fixture
def guard(accounts: Accounts) -> Guard:
    return Guard(accounts, GuardSettings(api_key=API_KEY))


@pytest.fixture
def app(accounts: Accounts, guard: Guard) -> FastAPI:
    app = FastAPI()
    app.include_router(accounts_router(accounts, guard))
    return app


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    browser = Browser(app)
    yield browser
    await browser.http.aclose()
