"""Owns what a user is: login, name, roles, skills, queues, and what these may be.

Pure. Must not know passwords, sessions or the database.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from warmline.accounts import AccountError

ROLES: Final = ("agent", "supervisor", "admin")
"""agent: the desk; supervisor: the wall; admin: the users. Nobody has one by having another."""
PROGRAM: Final = "program"
"""The role of a program that shows the API key; no user can have it."""
SKILL_LEVELS: Final = range(1, 6)
MAX_NAME: Final = 80
MAX_WORDS: Final = 64
"""Skills or queues of one user."""

_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")  # as flows and the configuration name them


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    user_id: str
    login: str
    """Lower case: see `login`."""
    name: str
    """As colleagues and callers may hear it."""
    roles: frozenset[str]
    skills: Mapping[str, int] = field(default_factory=dict)
    """1 (a beginner) to 5 each."""
    queues: tuple[str, ...] = ()
    """Those whose callers this agent takes; none named: all."""
    enabled: bool = True
    has_password: bool = False
    """False until the first link was used: nobody can sign in yet."""


def login(text: str) -> str:
    """A login as it is kept. Raises AccountError: 1 to 64 of a-z, 0-9 and . _ @ + -"""
    found = unicodedata.normalize("NFKC", text).strip().lower()
    if not _LOGIN.fullmatch(found):
        raise AccountError("login: 1 to 64 letters a-z, digits and . _ @ + - please")
    return found


def searched(text: str) -> str:
    """What somebody gave for a login, to look for it and to tell of it: one short line."""
    found = unicodedata.normalize("NFKC", text[:MAX_NAME]).strip().lower()
    return "".join(char for char in found if char.isprintable())


def name(text: str) -> str:
    """A name as it is kept: one printable line. Raises AccountError."""
    found = " ".join(text.split())
    if not found or len(found) > MAX_NAME or not found.isprintable():
        raise AccountError(f"name: 1 to {MAX_NAME} printable characters please")
    return found


def roles(given: Iterable[str]) -> frozenset[str]:
    """Raises AccountError: one or more of ROLES."""
    found = frozenset(given)
    if not found or not found <= set(ROLES):
        raise AccountError(f"roles: one or more of {', '.join(ROLES)} please")
    return found


def skills(given: Mapping[str, int]) -> dict[str, int]:
    """Raises AccountError: names of skills, each with a level of 1 to 5."""
    words(given, "skills")
    if not all(level in SKILL_LEVELS for level in given.values()):
        raise AccountError("skills: a level of 1 to 5 each please")
    return dict(sorted(given.items()))


def queues(given: Iterable[str]) -> tuple[str, ...]:
    """Raises AccountError when one cannot be a queue's name. Whether it exists is not asked: the
    configuration may name it tomorrow."""
    return words(given, "queues")


def words(given: Iterable[str], what: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(given))
    if len(found) > MAX_WORDS or not all(_WORD.fullmatch(word) for word in found):
        raise AccountError(f"{what}: names of a-z, 0-9, _ and - please, {MAX_WORDS} at most")
    return found
