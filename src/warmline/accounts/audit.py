"""Owns how the room's deeds come into the audit. Must not know what they mean.

Actions: signed_in, sign_in_failed, signed_out, user_added, user_changed, link_made, link_used.
Never a password, a token or a hash.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from warmline.accounts.tokens import Clock, utc_now
from warmline.records.desk import DeskStore

Audit = Callable[[str, str, str, Mapping[str, Any]], Awaitable[None]]
"""(action, user_id of who did it, subject, details); raises StoreError when it cannot be kept."""


async def no_audit(action: str, user_id: str, subject: str, details: Mapping[str, Any]) -> None:
    """Where nothing is audited."""


def audit_in(desk: DeskStore, clock: Clock = utc_now) -> Audit:
    """An audit that is kept in the database, where it cannot be changed unseen."""

    async def audit(action: str, user_id: str, subject: str, details: Mapping[str, Any]) -> None:
        await desk.audit(action, user_id=user_id, subject=subject, details=details, at=clock())

    return audit
