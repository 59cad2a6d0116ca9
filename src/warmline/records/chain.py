"""The audit's chain: each entry is sealed with the seal of the one before. Pure.

Who changes, drops or slips in an entry would have to make all later seals anew. Cutting off the
newest entries leaves a good chain: note `head` elsewhere to find that out too.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warmline.records import codec


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Somebody did something."""

    id: int
    """1, 2, 3 … without gaps."""
    at: datetime
    user_id: str
    """Who did it; `system` where nobody did."""
    action: str
    """For example `sign_in`, `listen`, `export`."""
    subject: str
    """A call, a user: whom it concerns."""
    details: Mapping[str, Any]
    """JSON values."""
    prev_hash: str
    """The seal of the entry before; empty for the first."""
    hash: str
    """SHA-256, in hex, of all the above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a look at the whole audit has found."""

    entries: int
    """Good ones, from the first on."""
    head: str
    """The seal of the last of them."""
    broken_at: int | None
    """The first entry that does not fit to those before; None when all do."""
    known_found: bool
    """Whether the seal that was known from before is there."""

    @property
    def intact(self) -> bool:
        return self.broken_at is None and self.known_found


def seal(
    *,
    id: int,  # noqa: A002 - the field's name
    at: datetime,
    user_id: str,
    action: str,
    subject: str,
    details: Mapping[str, Any],
    prev_hash: str,
) -> str:
    """The hash of an entry. Raises ValueError when a number in `details` is not finite."""
    told = [id, codec.iso(at), user_id, action, subject, details, prev_hash]
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


class Check:
    """Takes the entries in order, and says what is wrong with them."""

    def __init__(self, known: str = "") -> None:
        self._known = known
        self._found = not known
        self._entries = 0
        self._head = ""
        self._broken_at: int | None = None

    def handle(self, entry: AuditEntry) -> None:
        """Nothing behind the first broken entry is looked at."""
        if self._broken_at is not None:
            return
        if not self._fits(entry):
            self._broken_at = entry.id
            return
        self._entries, self._head = entry.id, entry.hash
        self._found |= entry.hash == self._known

    def verdict(self) -> Verdict:
        return Verdict(
            entries=self._entries,
            head=self._head,
            broken_at=self._broken_at,
            known_found=self._found,
        )

    def _fits(self, entry: AuditEntry) -> bool:
        expected = seal(
            id=self._entries + 1,
            at=entry.at,
            user_id=entry.user_id,
            action=entry.action,
            subject=entry.subject,
            details=entry.details,
            prev_hash=self._head,
        )
        same_place = entry.id == self._entries + 1 and entry.prev_hash == self._head
        return same_place and entry.hash == expected
