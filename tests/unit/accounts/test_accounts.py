"""Signing in, users, one-time links."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from unit.accounts.people import PASSWORD, Hours, Paper, add, all_bytes
from warmline.accounts import (
    AccountError,
    BadLink,
    Conflict,
    TooMany,
    Unknown,
    WrongPassword,
)
from warmline.accounts.accounts import Accounts
from warmline.accounts.audit import audit_in
from warmline.accounts.limits import PAIR
from warmline.accounts.links import LINK_S
from warmline.accounts.passwords import Passwords
from warmline.accounts.user import User
from warmline.records.accounts import AccountStore, UserChanges
from warmline.records.database import Database
from warmline.records.desk import DeskStore

HERE = "192.0.2.1"


# --- the first admin ------------------------------------------------------------------------------


async def test_the_first_link_makes_the_admin(accounts: Accounts, paper: Paper) -> None:
    link = await accounts.first_link()
    assert link
    user, first = await accounts.look(link)
    assert first and user.roles == {"admin"} and not user.has_password
    done = await accounts.set_password(link, PASSWORD, "Anna", "Anna Berg")
    assert (done.user.login, done.user.name) == ("anna", "Anna Berg")
    assert done.user.roles == {"admin"}
    assert await accounts.session(done.token)
    assert await accounts.first_link() is None
    assert paper.actions == ["link_made", "link_used"]


async def test_each_start_prints_one_until_one_is_used(accounts: Accounts) -> None:
    first, second = await accounts.first_link(), await accounts.first_link()
    assert first and second and len(await accounts.users()) == 1
    await accounts.set_password(first, PASSWORD)
    with pytest.raises(BadLink):
        await accounts.set_password(second, PASSWORD, "mallory", "Mallory")


async def test_no_first_link_beside_users_of_the_command_line(accounts: Accounts) -> None:
    await accounts.create("anna", "Anna", ["agent"])
    assert await accounts.first_link() is None


async def test_the_login_of_another_user(accounts: Accounts) -> None:
    link = await accounts.first_link()
    assert link
    await accounts.create("anna", "Anna", ["agent"])
    with pytest.raises(Conflict):
        await accounts.set_password(link, PASSWORD, "ANNA", "Anna")
    await accounts.set_password(link, PASSWORD, "admin", "Root")


# --- signing in -----------------------------------------------------------------------------------


async def test_wrong_unknown_disabled_and_new_users_are_told_the_same(
    accounts: Accounts, paper: Paper
) -> None:
    await add(accounts, "anna")
    gone = await add(accounts, "bob")
    await accounts.disable(gone.user_id)
    await accounts.create("new", "New", ["agent"])
    paper.lines.clear()
    said = set()
    for login, password in [
        *(("anna", "wrong password"), ("nobody", PASSWORD), ("bob", PASSWORD)),
        *(("new", PASSWORD), ("", PASSWORD), ("anna", "")),
    ]:
        with pytest.raises(WrongPassword) as refused:
            await accounts.sign_in(login, password, HERE)
        said.add(str(refused.value))
    assert len(said) == 1
    assert [line[:3] for line in paper.lines][:2] == [
        ("sign_in_failed", "", "anna"),
        ("sign_in_failed", "", "nobody"),
    ]
    assert "wrong password" not in str(paper.lines)


async def test_unknown_users_cost_the_same_work(
    accounts: Accounts, hashes: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(accounts, "anna")
    verified = list[str]()
    verify = PasswordHasher.verify

    def seen(self: PasswordHasher, hash: str, password: str) -> bool:
        verified.append(hash)
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", seen)
    for login in ("anna", "nobody"):
        with pytest.raises(WrongPassword):
            await accounts.sign_in(login, "wrong password", HERE)
    assert len(verified) == 2
    assert verified[0].split("$")[:4] == verified[1].split("$")[:4]


async def test_the_case_of_a_login_does_not_matter(accounts: Accounts) -> None:
    user = await add(accounts, "anna")
    assert (await accounts.sign_in(" ANNA ", PASSWORD, HERE)).user == user


async def test_guessing_is_slowed_down_and_the_owner_comes_in_after_the_wait(
    accounts: Accounts, hours: Hours
) -> None:
    await add(accounts, "anna")
    for _ in range(PAIR.free + 1):
        with pytest.raises(WrongPassword):
            await accounts.sign_in("anna", "wrong password", HERE)
    with pytest.raises(TooMany) as refused:
        await accounts.sign_in("anna", PASSWORD, HERE)
    assert 0 < refused.value.retry_s <= 1
    await accounts.sign_in("anna", PASSWORD, "192.0.2.2")  # from their own place at once
    hours.pass_(refused.value.retry_s)
    await accounts.sign_in("anna", PASSWORD, HERE)


async def test_a_hundred_guesses_at_once_are_a_hundred(accounts: Accounts) -> None:
    await add(accounts, "anna")
    guesses = [accounts.sign_in("anna", f"guess number {n}", HERE) for n in range(100)]
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(result, WrongPassword) for result in results) == PAIR.free + 1
    assert sum(isinstance(result, TooMany) for result in results) == 99 - PAIR.free


async def test_being_busy_is_not_held_against_anybody(
    accounts: Accounts, hashes: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(accounts, "anna")

    async def busy(kept: str | None, password: str) -> bool:
        raise TooMany(2.0)

    with monkeypatch.context() as patch:
        patch.setattr(hashes, "verify", busy)
        for _ in range(100):
            with pytest.raises(TooMany):
                await accounts.sign_in("anna", PASSWORD, HERE)
    await accounts.sign_in("anna", PASSWORD, HERE)


async def test_old_hashes_are_made_anew(accounts: Accounts, store: AccountStore) -> None:
    user = await add(accounts, "anna")
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await store.set_password_hash(user.user_id, old)
    await accounts.sign_in("anna", PASSWORD, HERE)
    row = await store.user(user.user_id)
    assert row and row.password_hash and row.password_hash != old
    await accounts.sign_in("anna", PASSWORD, HERE)
    assert await store.user(user.user_id) == row


# --- links ----------------------------------------------------------------------------------------


async def test_of_fifty_who_use_a_link_at_once_one_succeeds(accounts: Accounts) -> None:
    _, link = await accounts.create("anna", "Anna", ["agent"])
    tries = [accounts.set_password(link, f"password of number {n}") for n in range(50)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    [winner] = [n for n, result in enumerate(results) if not isinstance(result, BaseException)]
    assert all(isinstance(r, BadLink) for n, r in enumerate(results) if n != winner)
    await accounts.sign_in("anna", f"password of number {winner}", HERE)


async def test_a_password_that_is_refused_leaves_the_link_good(accounts: Accounts) -> None:
    _, link = await accounts.create("anna.berg.77", "Anna Berg", ["agent"])
    for bad in ("short", "password2026", "anna.berg.77", "anna berg anna berg"):
        with pytest.raises(AccountError, match=r"^password: "):
            await accounts.set_password(link, bad)
    await accounts.set_password(link, PASSWORD)


async def test_links_end(accounts: Accounts, hours: Hours) -> None:
    user, link = await accounts.create("anna", "Anna", ["agent"])
    hours.pass_(LINK_S)
    newer = await accounts.new_link(user.user_id)
    newest = await accounts.new_link(user.user_id)
    for token in (link, newer, "", "x", "\ud800"):
        with pytest.raises(BadLink):
            await accounts.look(token)
        with pytest.raises(BadLink):
            await accounts.set_password(token, PASSWORD)
    await accounts.set_password(newest, PASSWORD, "other", "Other")
    [only] = await accounts.users()
    assert (only.login, only.name) == ("anna", "Anna")  # not theirs to choose


async def test_no_link_for_one_who_is_disabled(accounts: Accounts) -> None:
    user, link = await accounts.create("anna", "Anna", ["agent"])
    await accounts.disable(user.user_id)
    with pytest.raises(BadLink):
        await accounts.look(link)
    with pytest.raises(Conflict):
        await accounts.new_link(user.user_id)
    await accounts.disable(user.user_id, True)
    with pytest.raises(BadLink):
        await accounts.look(link)


# --- users ----------------------------------------------------------------------------------------


async def test_a_user_as_it_was_given(accounts: Accounts, admin: User, paper: Paper) -> None:
    paper.lines.clear()
    user, _ = await accounts.create(
        "Anna", " Anna  Berg ", ["agent"], {"french": 5}, ["orders"], by=admin.user_id
    )
    assert user == User(
        user_id=user.user_id,
        login="anna",
        name="Anna Berg",
        roles=frozenset({"agent"}),
        skills={"french": 5},
        queues=("orders",),
    )
    assert await accounts.users() == [user, admin]
    assert paper.actions == ["user_added", "link_made"]
    assert {line[1] for line in paper.lines} == {admin.user_id}
    with pytest.raises(Conflict):
        await accounts.create("ANNA", "Other", ["agent"])


async def test_changes(accounts: Accounts, admin: User, paper: Paper) -> None:
    user, _ = await accounts.create("anna", "Anna", ["agent"])
    paper.lines.clear()
    changes: UserChanges = {"name": "Anna B", "skills": {"tax": 2}, "queues": ("orders",)}
    after = await accounts.change(user.user_id, changes, by=admin.user_id)
    assert (after.name, after.skills, after.queues) == ("Anna B", {"tax": 2}, ("orders",))
    plain = {"name": "Anna B", "skills": {"tax": 2}, "queues": ["orders"]}
    assert paper.lines == [("user_changed", admin.user_id, user.user_id, plain)]
    with pytest.raises(Unknown):
        await accounts.change("nobody", changes)
    with pytest.raises(AccountError):
        await accounts.change(user.user_id, {"roles": frozenset()})


@pytest.mark.parametrize("changes", [{"enabled": False}, {"roles": frozenset({"agent"})}])
async def test_the_last_admin_stays(accounts: Accounts, admin: User, changes: UserChanges) -> None:
    await accounts.create("invited", "Invited", ["admin"])  # who may never come
    with pytest.raises(Conflict):
        await accounts.change(admin.user_id, changes)
    other = await add(accounts, "other", "admin")
    both = [accounts.change(user.user_id, changes) for user in (admin, other)]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(result, Conflict) for result in results) == 1


async def test_the_audit_is_kept(
    database: Database, store: AccountStore, hashes: Passwords
) -> None:
    desk = DeskStore(database)
    accounts = await Accounts.open(store, audit=audit_in(desk), hashes=hashes)
    user = await add(accounts, "anna")
    with pytest.raises(WrongPassword):
        await accounts.sign_in("anna", "wrong password", HERE)
    await accounts.close()
    entries = await desk.audit_entries()
    told = {entry.action: entry for entry in entries}
    assert told.keys() == {"user_added", "link_made", "link_used", "sign_in_failed"}
    assert told["user_added"].subject == user.user_id


async def test_no_secret_is_audited_or_kept(
    accounts: Accounts, paper: Paper, tmp_path: Path
) -> None:
    _, link = await accounts.create("anna", "Anna", ["agent"])
    await accounts.set_password(link, PASSWORD)
    signed_in = await accounts.sign_in("anna", PASSWORD, HERE)
    everything = str(paper.lines).encode()
    everything += all_bytes(tmp_path)
    for secret in (link, PASSWORD, signed_in.token):
        assert secret.encode() not in everything


async def test_nothing_is_audited_without_an_audit() -> None:
    from warmline.accounts.audit import no_audit

    details: Mapping[str, Any] = {}
    await no_audit("signed_in", "u1", "anna", details)
