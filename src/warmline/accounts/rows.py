"""Owns how users stand in the database, and which changes of them are taken.

Pure. Must not know passwords, sessions or who asks.
"""

from typing import Any

from warmline.accounts import user
from warmline.accounts.user import User
from warmline.records.accounts import UserChanges, UserRow


def user_of(row: UserRow) -> User:
    return User(
        user_id=row.user_id,
        login=row.login,
        name=row.name,
        roles=row.roles,
        skills=row.skills,
        queues=row.queues,
        enabled=row.enabled,
        has_password=row.password_hash is not None,
    )


def checked(changes: UserChanges) -> UserChanges:
    """The changes as they are kept. Raises AccountError. A login stays what it is."""
    found = UserChanges()
    if "name" in changes:
        found["name"] = user.name(changes["name"])
    if "roles" in changes:
        found["roles"] = user.roles(changes["roles"])
    if "skills" in changes:
        found["skills"] = user.skills(changes["skills"])
    if "queues" in changes:
        found["queues"] = user.queues(changes["queues"])
    if "enabled" in changes:
        found["enabled"] = changes["enabled"]
    return found


def plain(row: UserRow) -> dict[str, Any]:
    """What can be changed about a user, as JSON has it: for the audit."""
    return {
        "name": row.name,
        "roles": sorted(row.roles),
        "skills": dict(row.skills),
        "queues": list(row.queues),
        "enabled": row.enabled,
    }


def changed(before: UserRow, after: UserRow) -> dict[str, Any]:
    was = plain(before)
    return {key: value for key, value in plain(after).items() if value != was[key]}
