"""Owns the accounts: signing in, users and their changes, one-time links.

Must not know HTTP nor pages. Joins the database, the hashes, the limits, the sessions and the
links; what changes is told to `audit`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from warmline.accounts import (
    Conflict,
    TooMany,
    Unknown,
    WrongPassword,
    passwords,
    rows,
    user,
)
from warmline.accounts.audit import Audit, no_audit
from warmline.accounts.limits import Limits
from warmline.accounts.links import FIRST, Links
from warmline.accounts.passwords import Passwords
from warmline.accounts.rows import user_of
from warmline.accounts.sessions import POLL_S, Ended, Sessions, SessionSettings
from warmline.accounts.tokens import Clock, new_id, utc_now
from warmline.accounts.user import User
from warmline.records.accounts import AccountStore, LoginTaken, UserChanges, UserRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in."""

    session_id: str
    """Names it in logs and in `on_end`; opens nothing."""
    user: User
    csrf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    user: User
    token: str
    """For the cookie."""
    csrf: str


class Accounts:
    """Made by `open`. For one event loop's thread only. Methods raise AccountError with words for
    whoever asked, and StoreError when the database cannot be used. `by` is who asks: a user's id,
    or the name of a program, for the audit."""

    def __init__(
        self,
        store: AccountStore,
        sessions: Sessions,
        hashes: Passwords,
        audit: Audit,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = hashes
        self._audit = audit
        self._clock = clock
        self._monotonic = monotonic
        self._limits = Limits()
        self._links = Links(store, audit, clock)
        self._changing = asyncio.Lock()  # two admins must not disable each other at once

    @classmethod
    async def open(
        cls,
        store: AccountStore,
        settings: SessionSettings | None = None,
        *,
        audit: Audit = no_audit,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        hashes: Passwords | None = None,
        poll_s: float = POLL_S,
    ) -> "Accounts":
        """Raises StoreError when the database cannot be read."""
        sessions = Sessions(store, settings or SessionSettings(), audit, clock)
        if hashes is None:
            hashes = await asyncio.to_thread(Passwords)
        accounts = cls(store, sessions, hashes, audit, clock, monotonic)
        await sessions.start(poll_s)
        return accounts

    async def close(self) -> None:
        """Nobody is signed out by it. Idempotent."""
        await self._sessions.close()
        self._passwords.close()

    def on_end(self, told: Ended) -> None:
        """Call `told(session_id, user_id, why)` when a session ends, for whatever reason, at most a
        second later: then sockets that it opened are closed."""
        self._sessions.on_end(told)

    # --- signing in ---------------------------------------------------------------------------

    async def sign_in(self, login: str, password: str, address: str) -> SignedIn:
        """Raises WrongPassword, or TooMany. `address` is where the request comes from."""
        subject = user.searched(login)
        if wait_s := self._limits.begin(subject, address, self._monotonic()):
            raise TooMany(wait_s)
        row = await self._store.user_by_login(subject)
        try:
            right = await self._passwords.verify(row.password_hash if row else None, password)
        except TooMany:
            self._limits.undo(subject, address)
            raise
        if row is None or not right or not row.enabled:
            await self._audit("sign_in_failed", "", subject, {"address": address})
            raise WrongPassword
        self._limits.succeeded(subject, address)
        if row.password_hash and self._passwords.is_old(row.password_hash):
            new = await self._passwords.hash(passwords.normal(password))
            await self._store.set_password_hash(row.user_id, new)
        signed_in = await self._begin(row)
        await self._audit("signed_in", row.user_id, row.login, {"address": address})
        return signed_in

    async def session(self, token: str) -> Session | None:
        """Who has this token, if their session goes on; a sign of life."""
        row = await self._sessions.find(token)
        found = await self._store.user(row.user_id) if row else None
        if row is None or found is None:
            return None
        if not found.enabled:
            await self._sessions.end_all(found.user_id, "disabled")
            return None
        return Session(session_id=row.session_id, user=user_of(found), csrf=row.csrf)

    def touch(self, session_id: str) -> None:
        """A sign of life over a socket: the page's heartbeat. Never waits."""
        self._sessions.touch(session_id)

    def is_open(self, session_id: str) -> bool:
        """Whether it goes on, as far as is known now: for a socket that has just been opened."""
        return self._sessions.is_open(session_id)

    async def sign_out(self, token: str, why: str = "signed_out") -> None:
        """Nothing happens when nobody has this token."""
        if row := await self._sessions.find(token):
            await self._sessions.end(row.session_id, why)

    async def _begin(self, row: UserRow) -> SignedIn:
        token, session = await self._sessions.begin(row.user_id)
        return SignedIn(user=user_of(row), token=token, csrf=session.csrf)

    # --- users --------------------------------------------------------------------------------

    async def users(self) -> list[User]:
        """All, by login."""
        return [user_of(row) for row in await self._store.users()]

    async def create(
        self,
        login: str,
        name: str,
        roles: Sequence[str],
        skills: Mapping[str, int] | None = None,
        queues: Sequence[str] = (),
        *,
        by: str = "",
    ) -> tuple[User, str]:
        """A new user, and the token of the link with which they set their password."""
        row = UserRow(
            user_id=new_id(),
            login=user.login(login),
            name=user.name(name),
            roles=user.roles(roles),
            skills=user.skills(skills or {}),
            queues=user.queues(queues),
            created_at=self._clock(),
        )
        try:
            await self._store.add_user(row)
        except LoginTaken:
            raise Conflict(f"login: {row.login} belongs to another user") from None
        await self._audit("user_added", by, row.user_id, {"login": row.login, **rows.plain(row)})
        return user_of(row), await self._links.make(row.user_id, by=by)

    async def change(self, user_id: str, changes: UserChanges, *, by: str = "") -> User:
        """Change name, roles, skills, queues or `enabled`. Whoever loses or gets a role, or is
        disabled, is signed out. Raises Unknown; Conflict for the last admin."""
        taken = rows.checked(changes)
        async with self._changing:
            before = await self._known(user_id)
            if not (taken.get("enabled", True) and "admin" in taken.get("roles", {"admin"})):
                await self._keep_an_admin(user_id)
            after = await self._store.update_user(user_id, **taken) or before
        if not after.enabled or after.roles != before.roles:
            await self._sessions.end_all(user_id, "roles" if after.enabled else "disabled")
        if before.enabled and not after.enabled:
            await self._links.end(user_id)
        await self._audit("user_changed", by, user_id, rows.changed(before, after))
        return user_of(after)

    async def disable(self, user_id: str, enabled: bool = False, *, by: str = "") -> User:
        return await self.change(user_id, {"enabled": enabled}, by=by)

    async def _known(self, user_id: str) -> UserRow:
        if (row := await self._store.user(user_id)) is None:
            raise Unknown
        return row

    async def _keep_an_admin(self, but: str) -> None:
        able = {
            row.user_id
            for row in await self._store.users()
            if row.enabled and row.password_hash and "admin" in row.roles
        }
        if able == {but}:
            raise Conflict("There must be one administrator: make another one first.")

    # --- links --------------------------------------------------------------------------------

    async def first_link(self) -> str | None:
        """The token of a link that creates the admin; None when there are users already."""
        return await self._links.first()

    async def new_link(self, user_id: str, *, by: str = "") -> str:
        """The token of a link with which this user sets a new password; earlier ones are void.
        Raises Unknown; Conflict for one who is disabled."""
        row = await self._known(user_id)
        if not row.enabled:
            raise Conflict(f"{row.login} is disabled: enable them first")
        await self._links.end(user_id)
        return await self._links.make(user_id, by=by)

    async def look(self, link_token: str) -> tuple[User, bool]:
        """Whose link it is, and whether they choose their login and name. Raises BadLink."""
        link, row = await self._links.look(link_token)
        return user_of(row), link.purpose == FIRST

    async def set_password(
        self, link_token: str, password: str, login: str = "", name: str = ""
    ) -> SignedIn:
        """Use a link up, set the password, sign in; all other sessions of the user end.

        Raises BadLink, and AccountError for a password that cannot be taken, which leaves the link
        good. Of several who use a link at once, one succeeds.
        """
        link, row = await self._links.look(link_token)
        changes = UserChanges()
        if link.purpose == FIRST:
            changes["login"] = user.login(login or row.login)
            changes["name"] = user.name(name or row.name)
            other = await self._store.user_by_login(changes["login"])
            if other is not None and other.user_id != row.user_id:
                raise Conflict(f"login: {changes['login']} belongs to another user")
        taken = passwords.check(password, changes.get("login", row.login), row.name, name)
        await self._links.use(link_token)
        await self._store.set_password_hash(row.user_id, await self._passwords.hash(taken))
        row = await self._store.update_user(row.user_id, **changes) or row
        await self._sessions.end_all(row.user_id, "password")
        return await self._begin(row)
