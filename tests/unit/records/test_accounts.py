"""Users, sessions and links are kept and found; what must happen once happens once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from warmline.records import StoreError
from warmline.records.accounts import (
    AccountStore,
    LinkRow,
    LoginTaken,
    SessionRow,
    UserRow,
    login_key,
)
from warmline.records.database import Database

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
HOUR = timedelta(hours=1)


def user(user_id: str = "u1", login: str = "Anna") -> UserRow:
    return UserRow(
        user_id=user_id,
        login=login,
        name="Anna Nagy",
        roles=frozenset({"agent", "supervisor"}),
        skills={"billing": 3},
        queues=("orders", "billing"),
        created_at=NOW,
    )


def session(session_id: str = "s1", user_id: str = "u1") -> SessionRow:
    return SessionRow(
        session_id=session_id,
        token_hash=f"hash of {session_id}",
        user_id=user_id,
        csrf="c",
        created_at=NOW,
        seen_at=NOW,
        expires_at=NOW + HOUR,
    )


def link(token_hash: str = "l1") -> LinkRow:
    return LinkRow(
        token_hash=token_hash,
        user_id="u1",
        purpose="setup",
        created_at=NOW,
        expires_at=NOW + HOUR,
    )


@pytest.fixture
async def accounts(database: Database) -> AccountStore:
    accounts = AccountStore(database)
    await accounts.add_user(user())
    return accounts


async def test_a_user_comes_back_as_they_were(accounts: AccountStore) -> None:
    assert await accounts.user("u1") == user()
    assert await accounts.user("nobody") is None
    await accounts.add_user(user("u2", "aaron"))
    assert [one.user_id for one in await accounts.users()] == ["u2", "u1"]


@pytest.mark.parametrize("login", ["anna", "ANNA", "Anna", "\uff21nna"])
async def test_a_login_is_one_whatever_its_case(accounts: AccountStore, login: str) -> None:
    assert await accounts.user_by_login(login) == user()
    with pytest.raises(LoginTaken, match="belongs to another user"):
        await accounts.add_user(user("u2", login))
    await accounts.add_user(user("u3", "eva"))
    with pytest.raises(LoginTaken):
        await accounts.update_user("u3", login=login)
    assert len(await accounts.users()) == 2


async def test_of_two_who_want_a_login_at_once_one_gets_it(accounts: AccountStore) -> None:
    wishes = (accounts.add_user(user(f"n{number}", "new")) for number in range(4))
    ends = await asyncio.gather(*wishes, return_exceptions=True)
    assert [type(end) for end in ends if end is not None] == [LoginTaken] * 3


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("straße", "STRASSE", True), ("é", "e\u0301", True), ("é", "e", False), ("a", "а", False)],
)
def test_which_logins_count_as_the_same(one: str, other: str, same: bool) -> None:
    assert (login_key(one) == login_key(other)) is same


async def test_changes(accounts: AccountStore) -> None:
    changed = await accounts.update_user("u1", login="Eva", skills={}, enabled=False)
    assert changed is not None
    assert (changed.login, changed.skills, changed.enabled) == ("Eva", {}, False)
    assert (changed.roles, changed.queues) == (user().roles, user().queues)
    assert await accounts.user_by_login("eva") == changed
    assert await accounts.user_by_login("anna") is None
    assert await accounts.update_user("u1") == changed
    assert await accounts.update_user("nobody", name="x") is None
    assert await accounts.set_password_hash("u1", "$argon2id$…")
    assert not await accounts.set_password_hash("nobody", "x")
    changed = await accounts.user("u1")
    assert changed is not None and changed.password_hash == "$argon2id$…"


async def test_hostile_text_is_kept_or_replaced(accounts: AccountStore) -> None:
    hostile = "'; DROP TABLE users; -- \u202e\ud800\0"
    await accounts.update_user("u1", name=hostile, queues=(hostile,))
    kept = await accounts.user("u1")
    replaced = hostile.replace("\ud800", "\ufffd").replace("\0", "\ufffd")
    assert kept is not None and (kept.name, kept.queues) == (replaced, (replaced,))
    assert await accounts.user_by_login(hostile) is None


async def test_sessions(accounts: AccountStore) -> None:
    await accounts.add_session(session())
    assert await accounts.session_by_token_hash("hash of s1") == session()
    assert await accounts.session_by_token_hash("another") is None
    later = NOW + timedelta(minutes=5)
    assert await accounts.touch_session("s1", later)
    found = await accounts.session_by_token_hash("hash of s1")
    assert found is not None and found.seen_at == later
    assert [await accounts.end_session("s1", later) for _ in range(2)] == [True, False]
    assert not await accounts.touch_session("s1", later + HOUR)
    found = await accounts.session_by_token_hash("hash of s1")
    assert found is not None and (found.ended_at, found.seen_at) == (later, later)


async def test_all_sessions_of_a_user_end(accounts: AccountStore) -> None:
    await accounts.add_user(user("u2", "eva"))
    for number in range(3):
        await accounts.add_session(session(f"s{number}"))
    await accounts.add_session(session("other", "u2"))
    await accounts.end_session("s0", NOW)
    assert sorted(await accounts.end_sessions("u1", NOW)) == ["s1", "s2"]
    assert await accounts.end_sessions("u1", NOW) == []
    assert [one.session_id for one in await accounts.sessions_open()] == ["other"]


async def test_what_has_no_user_or_is_there_is_refused(accounts: AccountStore) -> None:
    await accounts.add_session(session())
    await accounts.add_link(link())
    with pytest.raises(StoreError, match="refused"):
        await accounts.add_session(session("s1"))
    with pytest.raises(StoreError, match="refused"):
        await accounts.add_session(session("s2", "nobody"))
    with pytest.raises(StoreError, match="refused"):
        await accounts.add_link(link())


async def test_a_link_is_good_once(accounts: AccountStore) -> None:
    await accounts.add_link(link())
    assert await accounts.link("l1") == link()
    uses = await asyncio.gather(*(accounts.use_link("l1", NOW) for _ in range(20)))
    used = [one for one in uses if one is not None]
    assert [one.user_id for one in used] == ["u1"]
    assert await accounts.use_link("another", NOW) is None


async def test_a_link_expires_or_is_taken_back(accounts: AccountStore) -> None:
    for name in "l1", "l2":
        await accounts.add_link(link(name))
    assert await accounts.use_link("l1", NOW + HOUR) is None
    assert await accounts.end_links("u1", NOW) == 2
    assert await accounts.use_link("l1", NOW) is None


async def test_what_is_over_can_be_forgotten(accounts: AccountStore) -> None:
    for number in range(2):
        await accounts.add_session(session(f"s{number}"))
    await accounts.add_link(link())
    await accounts.end_session("s0", NOW)
    await accounts.forget(NOW + timedelta(seconds=1))
    assert [one.session_id for one in await accounts.sessions_open()] == ["s1"]
    assert await accounts.session_by_token_hash("hash of s0") is None
    assert await accounts.link("l1") is not None
    await accounts.forget(NOW + 2 * HOUR)
    assert await accounts.sessions_open() == []
    assert await accounts.link("l1") is None
