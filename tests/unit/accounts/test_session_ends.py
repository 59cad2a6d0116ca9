"""Whoever listens hears of each end: by an admin, by another program, in trouble."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from unit.accounts.people import Hours, Told, add, sign_in
from warmline.accounts.accounts import Accounts
from warmline.accounts.passwords import Passwords
from warmline.accounts.sessions import POLL_S
from warmline.records import StoreError
from warmline.records.accounts import AccountStore, SessionRow
from warmline.records.database import Database

HOUR = 3600.0


@asynccontextmanager
async def another_program(path: Path, hours: Hours, hashes: Passwords) -> AsyncIterator[Accounts]:
    """As `warmline users` beside the server."""
    database = await Database.open(path)
    accounts = await Accounts.open(AccountStore(database), clock=hours, hashes=hashes, poll_s=0)
    yield accounts
    await database.close()


@pytest.fixture
def beside(
    tmp_path: Path, hours: Hours, hashes: Passwords
) -> Callable[[], AbstractAsyncContextManager[Accounts]]:
    return lambda: another_program(tmp_path / "accounts.db", hours, hashes)


async def test_disabled(accounts: Accounts, told: Told) -> None:
    user = await add(accounts, "anna")
    token = await sign_in(accounts)
    await accounts.disable(user.user_id)
    assert told == 2 * [(user.user_id, "disabled")]
    assert await accounts.session(token) is None
    await accounts.disable(user.user_id, True)
    assert await accounts.session(token) is None


async def test_other_roles(accounts: Accounts, told: Told) -> None:
    user = await add(accounts, "anna")
    token = await sign_in(accounts)
    await accounts.change(user.user_id, {"name": "Anna B.", "roles": frozenset({"agent"})})
    session = await accounts.session(token)
    assert session and session.user.name == "Anna B."
    await accounts.change(user.user_id, {"roles": frozenset({"agent", "admin"})})
    assert await accounts.session(token) is None
    assert set(told) == {(user.user_id, "roles")}


async def test_another_password(accounts: Accounts, told: Told) -> None:
    user = await add(accounts, "anna")
    token = await sign_in(accounts)
    link = await accounts.new_link(user.user_id)
    assert await accounts.session(token)
    new = await accounts.set_password(link, "another good password")
    assert await accounts.session(token) is None and await accounts.session(new.token)
    assert set(told) == {(user.user_id, "password")}


async def test_disabled_by_another_program(
    accounts: Accounts, told: Told, beside: Callable[[], AbstractAsyncContextManager[Accounts]]
) -> None:
    assert POLL_S <= 1.0
    user = await add(accounts, "anna")
    token = await sign_in(accounts)
    async with beside() as other:
        await other.disable(user.user_id)
    await told.wait(2)
    assert set(told) == {(user.user_id, "disabled")}
    assert await accounts.session(token) is None


async def test_disabled_while_the_other_program_dies_on_the_way(
    accounts: Accounts, store: AccountStore, told: Told
) -> None:
    """The sessions were not ended any more: the first request does it."""
    user = await add(accounts, "anna")
    token = await sign_in(accounts)
    await store.update_user(user.user_id, enabled=False)
    assert await accounts.session(token) is None
    assert set(told) == {(user.user_id, "disabled")}


async def test_an_end_in_the_database_is_noticed(
    accounts: Accounts, store: AccountStore, hours: Hours, told: Told
) -> None:
    user = await add(accounts, "anna")
    await store.end_sessions(user.user_id, hours())
    await told.wait()
    assert told == [(user.user_id, "ended")]


async def test_one_who_is_told_and_breaks_stops_nobody(
    accounts: Accounts, hours: Hours, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(session_id: str, user_id: str, why: str) -> None:
        raise RuntimeError("secret words")

    accounts.on_end(breaks)
    told = Told(accounts)
    for login in ("anna", "bob"):
        await add(accounts, login)
        hours.pass_(HOUR)
        await told.wait(len(told) + 1)
    assert caplog.text.count("could not be told") == 2
    assert "secret words" not in caplog.text


async def test_a_database_that_is_away_for_a_while(
    accounts: Accounts,
    store: AccountStore,
    hours: Hours,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = Told(accounts)
    user = await add(accounts, "anna")
    asked = asyncio.Event()

    async def away() -> list[SessionRow]:
        asked.set()
        raise StoreError("accounts.db: cannot be read (SQLITE_BUSY)")

    with monkeypatch.context() as patch:
        patch.setattr(store, "sessions_open", away)
        for _ in range(3):
            asked.clear()
            await asyncio.wait_for(asked.wait(), 10)
    assert caplog.text.count("who is still signed in") == 1
    hours.pass_(HOUR)
    await told.wait()
    assert told == [(user.user_id, "idle")]
