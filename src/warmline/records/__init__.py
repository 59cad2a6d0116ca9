"""All that is kept in a database: calls and their events, accounts, the desk's papers.

Here: the room's own words; no database, no clock, no asyncio. `database` opens one and brings
its tables to this version (`schema`, `migrating`, `migrations`).

The calls: `backlog` holds what is not saved yet, `store` saves it, `codec` makes rows of
entries, `api` serves them. At a call's end `indexing` writes what it comes to (`digest`), so
that `history` can search (`words`) and count (`figures`).
The people: `accounts` keeps users and sessions; `desk` wrap-ups, call-backs, webhooks and the
audit (`chain`).
"""

from dataclasses import dataclass
from typing import Literal

from warmline.errors import WarmlineError

_DAMAGED = "is no usable SQLite database; move it away or put a backup in its place"
_DENIED = "cannot be written; check that its folder exists and belongs to the server's user"
_ADVICE = {
    "SQLITE_NOTADB": _DAMAGED,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_CANTOPEN": _DENIED,
    "SQLITE_READONLY": _DENIED,
    "SQLITE_BUSY": "is locked by another program; end that program, then start again",
}


class StoreError(WarmlineError):
    """The record of the calls cannot be opened or read."""

    @classmethod
    def opening(cls, where: object, error: Exception) -> "StoreError":
        """What is wrong with a database that could not be opened, and what to do."""
        if isinstance(error, OSError):
            return cls(f"{where}: {_DENIED} ({error.strerror})")
        # The first two words are SQLite's primary code; the rest is a finer distinction.
        primary = "_".join(cls.code(error).split("_")[:2])
        advice = _ADVICE.get(primary, "cannot be used as the record of the calls")
        return cls(f"{where}: {advice} ({getattr(error, 'orig', None) or error})")

    @staticmethod
    def code(error: Exception) -> str:
        """A name for a database's error; its text may hold what a caller said."""
        cause = getattr(error, "orig", None) or error
        name: str = getattr(cause, "sqlite_errorname", type(cause).__name__)
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call of the record. Times are UTC: ISO 8601 with milliseconds and a Z."""

    call_id: str
    started_at: str
    door: str
    caller: str
    flow: str
    flow_version: str
    ended_at: str | None
    """None while the call goes on."""
    reason: str | None
    """A CallEnded reason, or `interrupted`: the server died during the call."""
    turns: int
    """How often words of the caller were understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHealth:
    """How far the database is behind the calls."""

    state: Literal["ok", "failing", "closed"]
    error: str
    """Code of the last failure, as SQLITE_FULL; empty when all is well."""
    unsaved: int
    """Entries that wait to be saved."""
    lag_s: float
    """Age of the oldest of them, in seconds."""
    lost: int
    """Entries given up since the start."""
