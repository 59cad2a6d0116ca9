"""Owns how long somebody is signed in: tokens, idle and absolute ends, who is told of an end.

Must not know passwords or HTTP. The database is the truth: another program (`warmline users`) may
end sessions there, which is noticed within POLL_S.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from warmline.accounts.audit import Audit
from warmline.accounts.tokens import Clock, hash_of, new_id, new_token
from warmline.errors import ConfigError, place
from warmline.records import StoreError
from warmline.records.accounts import AccountStore, SessionRow

POLL_S: Final = 0.5
"""Between two looks at the database, while somebody is signed in: about a millisecond each."""
SAVE_S: Final = 60.0
"""How old the time of the last sign of life in the database may be; what a crash forgets."""
MAX_SESSIONS: Final = 10
"""Of one user: browsers that were left open. The oldest ends for an eleventh."""
FORGET_S: Final = 30 * 24 * 3600.0
"""So long ended sessions and used links are kept."""

Ended = Callable[[str, str, str], None]
"""Told (session_id, user_id, why); why is signed_out | replaced | idle | too_long | disabled |
roles | password | ended (by another program)."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """ASVS 5.0 (7.3.1, 7.3.2) wants both ends, chosen for the risk. A desk that is open sends a
    heartbeat each 5 s, so `idle_s` begins when the browser is closed or the laptop sleeps: an
    hour bears a lunch break, and is what NIST SP 800-63B-4 allows at level 2. 12 hours are a long
    shift with overtime: nobody is signed out in the middle of one, nobody stays overnight."""

    idle_s: float = 3600.0
    longest_s: float = 12 * 3600.0

    def __post_init__(self) -> None:
        if not 60.0 <= self.idle_s <= self.longest_s:
            raise ConfigError("accounts.idle_minutes: 1 to the minutes of accounts.longest_hours")


@dataclass(slots=True)
class _Open:
    user_id: str
    expires_at: datetime
    seen_at: datetime
    saved_at: datetime

    @classmethod
    def of(cls, row: SessionRow) -> "_Open":
        return cls(row.user_id, row.expires_at, row.seen_at, row.seen_at)


class Sessions:
    """Those of all users. For one event loop's thread only. Methods raise StoreError."""

    def __init__(
        self, store: AccountStore, settings: SessionSettings, audit: Audit, clock: Clock
    ) -> None:
        self._store = store
        self._settings = settings
        self._audit = audit
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._told: list[Ended] = []
        self._stop = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    async def start(self, poll_s: float = POLL_S) -> None:
        """Go on with those that were open when the server stopped, and watch all; with 0 nothing is
        watched: for another program beside the server."""
        if not poll_s:
            return
        for row in await self._store.sessions_open():
            self._know(row)
        self._watch = asyncio.create_task(self._watch_for_ever(poll_s), name="sessions-watch")

    async def close(self) -> None:
        """Stop watching; the sessions stay open for the next start. Idempotent."""
        self._stop.set()
        if self._watch is not None:
            await self._watch  # to its end: a query that is broken off leaves its thread behind
        with suppress(StoreError):
            await self._save(list(self._open), 0.0)

    def on_end(self, told: Ended) -> None:
        self._told.append(told)

    async def begin(self, user_id: str) -> tuple[str, SessionRow]:
        """A new session and its token, which is known nowhere else."""
        now = self._clock()
        token = new_token()
        row = SessionRow(
            session_id=new_id(),
            token_hash=hash_of(token),
            user_id=user_id,
            csrf=new_token(),
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(seconds=self._settings.longest_s),
        )
        await self._store.add_session(row)
        self._know(row)
        mine = [key for key, session in self._open.items() if session.user_id == user_id]
        for session_id in mine[:-MAX_SESSIONS]:
            await self.end(session_id, "replaced")
        await self._store.forget(now - timedelta(seconds=FORGET_S))
        return token, row

    async def find(self, token: str) -> SessionRow | None:
        """The open session of a token, which is a sign of life."""
        row = await self._store.session_by_token_hash(hash_of(token)) if token else None
        if row is None or row.ended_at is not None:
            return None
        session = self._open.get(row.session_id) or self._know(row)
        if why := self._over(session):
            await self.end(row.session_id, why)
            return None
        self.touch(row.session_id)
        return row

    def touch(self, session_id: str) -> None:
        """A sign of life. Never waits; nothing happens when the session is over."""
        if session := self._open.get(session_id):
            session.seen_at = self._clock()

    def is_open(self, session_id: str) -> bool:
        """As far as it is known now."""
        return session_id in self._open

    async def end(self, session_id: str, why: str) -> None:
        """End it and tell; nothing happens when it has ended before."""
        if await self._store.end_session(session_id, self._clock()):
            await self._gone(session_id, why)

    async def end_all(self, user_id: str, why: str) -> None:
        """End all sessions of a user and tell."""
        for session_id in await self._store.end_sessions(user_id, self._clock()):
            await self._gone(session_id, why)

    def _know(self, row: SessionRow) -> _Open:
        session = self._open[row.session_id] = _Open.of(row)
        return session

    async def _gone(self, session_id: str, why: str) -> None:
        session = self._open.pop(session_id, None)
        if session is None:  # those who listen have heard of it
            return
        for told in self._told:
            try:
                told(session_id, session.user_id, why)
            except Exception as error:  # the others must hear of it nevertheless
                _log.error("A session's end could not be told: %s", place(error))
        await self._audit("signed_out", session.user_id, session_id, {"why": why})

    def _over(self, session: _Open) -> str:
        """Why it is over; empty while it is not."""
        now = self._clock()
        if now >= session.expires_at:
            return "too_long"
        idle_s = (now - session.seen_at).total_seconds()
        return "idle" if idle_s >= self._settings.idle_s else ""

    async def _watch_for_ever(self, poll_s: float) -> None:
        failing = False
        while not self._stop.is_set():
            try:
                if self._open:
                    await self._look()
                failing = False
            except Exception as error:  # whatever it was: sockets must not stay open unwatched
                if not failing:
                    why = error if isinstance(error, StoreError) else place(error)
                    _log.error("It is not known who is still signed in: %s", why)
                failing = True
            with suppress(TimeoutError):
                async with asyncio.timeout(poll_s):
                    await self._stop.wait()

    async def _look(self) -> None:
        known = list(self._open)  # a session that begins during the query is not missed
        there = {row.session_id for row in await self._store.sessions_open()}
        for session_id in known:
            session = self._open.get(session_id)
            if session is None:
                continue
            if session_id not in there:
                user = await self._store.user(session.user_id)
                await self._gone(session_id, "ended" if user and user.enabled else "disabled")
            elif why := self._over(session):
                await self.end(session_id, why)
        await self._save(known, SAVE_S)

    async def _save(self, session_ids: list[str], older_s: float) -> None:
        for session_id in session_ids:
            session = self._open.get(session_id)
            if session and (session.seen_at - session.saved_at).total_seconds() > older_s:
                session.saved_at = session.seen_at
                await self._store.touch_session(session_id, session.seen_at)
