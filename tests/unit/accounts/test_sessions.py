"""How long somebody is signed in, and who is told when it ends."""

from pathlib import Path

import pytest

from unit.accounts.people import Hours, Paper, Told, add, all_bytes, eventually, sign_in
from warmline.accounts.accounts import Accounts
from warmline.accounts.passwords import Passwords
from warmline.accounts.sessions import MAX_SESSIONS, SAVE_S, SessionSettings
from warmline.errors import ConfigError
from warmline.records.accounts import AccountStore

ADDRESS = "192.0.2.1"
HOUR = 3600.0


async def test_it_goes_on_while_it_is_used(accounts: Accounts, hours: Hours) -> None:
    user = await add(accounts, "anna")
    token = await sign_in(accounts)
    for _ in range(11):
        hours.pass_(0.99 * HOUR)
        session = await accounts.session(token)
        assert session and session.user == user


async def test_a_heartbeat_is_a_sign_of_life(accounts: Accounts, hours: Hours) -> None:
    await add(accounts, "anna")
    token = await sign_in(accounts)
    session = await accounts.session(token)
    assert session
    for _ in range(4):
        hours.pass_(0.9 * HOUR)
        accounts.touch(session.session_id)
    assert await accounts.session(token)
    accounts.touch("somebody-else")


async def test_idle(accounts: Accounts, hours: Hours) -> None:
    await add(accounts, "anna")
    token = await sign_in(accounts)
    hours.pass_(HOUR)
    assert await accounts.session(token) is None
    hours.pass_(-HOUR)  # over is over, whatever the clock says later
    assert await accounts.session(token) is None


async def test_the_longest(accounts: Accounts, hours: Hours, told: Told) -> None:
    user = await add(accounts, "anna")
    token = await sign_in(accounts)
    for _ in range(24):
        assert await accounts.session(token)
        hours.pass_(0.5 * HOUR)
    await told.wait()
    assert await accounts.session(token) is None
    assert (user.user_id, "too_long") in told


async def test_nobody_needs_to_ask(accounts: Accounts, hours: Hours, told: Told) -> None:
    """The sockets of who only listens are closed too."""
    user = await add(accounts, "anna")
    hours.pass_(HOUR)
    await told.wait()
    assert told == [(user.user_id, "idle")]


async def test_each_has_a_token_of_their_own(accounts: Accounts, told: Told) -> None:
    user = await add(accounts, "anna")
    first, second = await sign_in(accounts), await sign_in(accounts)
    assert first != second and len(first) >= 43  # 256 bits
    one, other = await accounts.session(first), await accounts.session(second)
    assert one and other
    assert one.session_id != other.session_id and one.csrf != other.csrf
    await accounts.sign_out(first)
    assert await accounts.session(first) is None and await accounts.session(second)
    assert not accounts.is_open(one.session_id) and accounts.is_open(other.session_id)
    assert told == [(user.user_id, "signed_out")]
    await accounts.sign_out(first)
    assert len(told) == 1


async def test_only_a_hash_of_the_token_is_kept(
    accounts: Accounts, store: AccountStore, tmp_path: Path
) -> None:
    await add(accounts, "anna")
    token = await sign_in(accounts)
    assert token not in str(await store.sessions_open())
    assert token.encode() not in all_bytes(tmp_path)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 100_000])
async def test_what_is_no_token(accounts: Accounts, token: str) -> None:
    assert await accounts.session(token) is None


async def test_it_outlives_the_server(store: AccountStore, hours: Hours, hashes: Passwords) -> None:
    async def start() -> Accounts:
        return await Accounts.open(store, clock=hours, hashes=hashes, poll_s=0.01)

    accounts = await start()
    await add(accounts, "anna")
    token = await sign_in(accounts)
    hours.pass_(0.9 * HOUR)
    assert await accounts.session(token)
    await accounts.close()
    await accounts.close()
    hours.pass_(0.9 * HOUR)  # what was seen before the stop was saved
    accounts = await start()
    told = Told(accounts)
    assert await accounts.session(token)
    hours.pass_(HOUR)
    await told.wait(1)
    assert await accounts.session(token) is None
    await accounts.close()


async def test_signs_of_life_are_saved_now_and_then(
    accounts: Accounts, store: AccountStore, hours: Hours
) -> None:
    await add(accounts, "anna")
    [row] = await store.sessions_open()
    hours.pass_(SAVE_S + 1)
    accounts.touch(row.session_id)

    async def saved() -> bool:
        [row] = await store.sessions_open()
        return row.seen_at == hours()

    await eventually(saved)


async def test_browsers_that_were_left_open(accounts: Accounts, told: Told) -> None:
    user = await add(accounts, "anna")  # who is signed in by that
    tokens = [await sign_in(accounts) for _ in range(MAX_SESSIONS)]
    assert told == [(user.user_id, "replaced")]
    assert all([await accounts.session(token) for token in tokens])
    await sign_in(accounts)
    assert await accounts.session(tokens[0]) is None


async def test_each_end_is_audited_once(accounts: Accounts, paper: Paper, hours: Hours) -> None:
    user = await add(accounts, "anna")
    paper.lines.clear()
    token = await sign_in(accounts)
    session = await accounts.session(token)
    assert session
    await accounts.sign_out(token)
    assert paper.lines == [
        ("signed_in", user.user_id, "anna", {"address": ADDRESS}),
        ("signed_out", user.user_id, session.session_id, {"why": "signed_out"}),
    ]


@pytest.mark.parametrize(("idle_s", "longest_s"), [(59, 3600), (3601, 3600)])
def test_settings_that_are_refused(idle_s: float, longest_s: float) -> None:
    with pytest.raises(ConfigError, match=r"accounts\.idle_minutes"):
        SessionSettings(idle_s=idle_s, longest_s=longest_s)
