"""Users, their sessions and one-time links in the database: plain rows, kept and found.

Knows no password and no token, only what they were hashed to; no clock; decides nothing.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from warmline.records import StoreError
from warmline.records.database import Database
from warmline.records.schema import links, sessions, users


class LoginTaken(StoreError):
    """Another user has this login, or one that differs in upper and lower case only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """Somebody with an account. All times of this module have a zone; milliseconds are kept."""

    user_id: str
    login: str
    """As it was written; found again whatever its case."""
    name: str
    password_hash: str | None = None
    """None until they have set a password."""
    roles: frozenset[str] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    queues: tuple[str, ...] = ()
    enabled: bool = True
    created_at: datetime


class UserChanges(TypedDict, total=False):
    """What can be changed about a user."""

    login: str
    name: str
    roles: frozenset[str]
    skills: Mapping[str, int]
    queues: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    session_id: str
    token_hash: str
    user_id: str
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    """The absolute end; when idling ends it, `seen_at` tells."""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    token_hash: str
    user_id: str
    purpose: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class AccountStore:
    """The tables of users, sessions and links. All methods raise StoreError when the database
    cannot be read or written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- users --------------------------------------------------------------------------------

    async def add_user(self, user: UserRow) -> None:
        """Raises LoginTaken; the same for a `user_id` that is there."""
        await self._write_user(sa.insert(users).values(_user_values(asdict(user))), user.login)

    async def user(self, user_id: str) -> UserRow | None:
        return await self._one_user(users.c.user_id == user_id)

    async def user_by_login(self, login: str) -> UserRow | None:
        """Whatever the case of its letters."""
        return await self._one_user(users.c.login_key == login_key(login))

    async def users(self) -> list[UserRow]:
        """All, by login."""
        rows = await self._database.read(sa.select(users).order_by(users.c.login_key))
        return [_user(row) for row in rows]

    async def update_user(self, user_id: str, **changes: Unpack[UserChanges]) -> UserRow | None:
        """Change what is given; how the user is then, None for nobody. Raises LoginTaken."""
        if changes:
            values = _user_values(dict(changes))
            change = sa.update(users).where(users.c.user_id == user_id).values(values)
            await self._write_user(change, changes.get("login", ""))
        return await self.user(user_id)

    async def set_password_hash(self, user_id: str, password_hash: str) -> bool:
        """False when there is no such user."""
        change = sa.update(users).where(users.c.user_id == user_id)
        return await self._database.change(change.values(password_hash=password_hash)) > 0

    async def _one_user(self, condition: sa.ColumnElement[bool]) -> UserRow | None:
        rows = await self._database.read(sa.select(users).where(condition))
        return _user(rows[0]) if rows else None

    async def _write_user(self, statement: sa.Executable, login: str) -> None:
        try:
            await self._database.change(statement)
        except IntegrityError:
            raise LoginTaken(f"the login {login!r} belongs to another user") from None

    # --- sessions -----------------------------------------------------------------------------

    async def add_session(self, session: SessionRow) -> None:
        """Raises StoreError also when the user is gone or the token's hash is there already."""
        await self._add(sa.insert(sessions).values(asdict(session)))

    async def session_by_token_hash(self, token_hash: str) -> SessionRow | None:
        """Ended and expired ones too: the caller judges by the time that it knows."""
        query = sa.select(sessions).where(sessions.c.token_hash == token_hash)
        rows = await self._database.read(query)
        return SessionRow(**rows[0]._mapping) if rows else None

    async def touch_session(self, session_id: str, seen_at: datetime) -> bool:
        """It was used; False when it has ended meanwhile."""
        open_ = (sessions.c.session_id == session_id) & sessions.c.ended_at.is_(None)
        change = sa.update(sessions).where(open_).values(seen_at=seen_at)
        return await self._database.change(change) > 0

    async def end_session(self, session_id: str, at: datetime) -> bool:
        """False when it had ended before: of several who end it, one is told True."""
        open_ = (sessions.c.session_id == session_id) & sessions.c.ended_at.is_(None)
        change = sa.update(sessions).where(open_).values(ended_at=at)
        return await self._database.change(change) > 0

    async def end_sessions(self, user_id: str, at: datetime) -> list[str]:
        """End all open sessions of a user; their ids."""
        open_ = (sessions.c.user_id == user_id) & sessions.c.ended_at.is_(None)
        change = sa.update(sessions).where(open_).values(ended_at=at)
        async with self._database.changing() as connection:
            ended = await connection.execute(change.returning(sessions.c.session_id))
            return list(ended.scalars())

    async def sessions_open(self) -> list[SessionRow]:
        """All that were not ended, the oldest first; some may have expired."""
        query = sa.select(sessions).where(sessions.c.ended_at.is_(None))
        rows = await self._database.read(query.order_by(sessions.c.created_at))
        return [SessionRow(**row._mapping) for row in rows]

    # --- links --------------------------------------------------------------------------------

    async def add_link(self, link: LinkRow) -> None:
        """Raises StoreError also when the user is gone or the token's hash is there already."""
        await self._add(sa.insert(links).values(asdict(link)))

    async def link(self, token_hash: str) -> LinkRow | None:
        """Used and expired ones too."""
        rows = await self._database.read(sa.select(links).where(links.c.token_hash == token_hash))
        return LinkRow(**rows[0]._mapping) if rows else None

    async def use_link(self, token_hash: str, at: datetime) -> LinkRow | None:
        """Use it up, if that was not done before and it has not expired at `at`.

        Of several who try it at once, exactly one gets the link; all others None.
        """
        good = (links.c.token_hash == token_hash) & links.c.used_at.is_(None)
        change = sa.update(links).where(good, links.c.expires_at > at).values(used_at=at)
        async with self._database.changing() as connection:
            row = (await connection.execute(change.returning(*links.c))).one_or_none()
            return LinkRow(**row._mapping) if row else None

    async def end_links(self, user_id: str, at: datetime) -> int:
        """Use up all open links of a user, for example because a new one is made; how many."""
        open_ = (links.c.user_id == user_id) & links.c.used_at.is_(None)
        return await self._database.change(sa.update(links).where(open_).values(used_at=at))

    async def forget(self, before: datetime) -> None:
        """Delete the sessions and links that ended or expired before that time."""
        old = sa.or_(sessions.c.ended_at < before, sessions.c.expires_at < before)
        used = sa.or_(links.c.used_at < before, links.c.expires_at < before)
        async with self._database.changing() as connection:
            await connection.execute(sa.delete(sessions).where(old))
            await connection.execute(sa.delete(links).where(used))

    async def _add(self, statement: sa.Executable) -> None:
        try:
            await self._database.change(statement)
        except IntegrityError as error:
            raise StoreError(
                f"{self._database.where}: refused ({StoreError.code(error)})"
            ) from None


def login_key(login: str) -> str:
    """Equal for logins that count as the same: case and Unicode's spellings do not matter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login).casefold())


def _user_values(changes: dict[str, Any]) -> dict[str, Any]:
    """What the table takes for a user's fields."""
    values = dict(changes)
    if "login" in values:
        values["login_key"] = login_key(values["login"])
    for name, plain in ("roles", sorted), ("skills", dict), ("queues", list):
        if name in values:
            values[name] = plain(values[name])
    return values


def _user(row: sa.Row[Any]) -> UserRow:
    values = row._asdict()
    del values["login_key"]
    values |= {"roles": frozenset(values["roles"]), "queues": tuple(values["queues"])}
    return UserRow(**values)
