"""Owns random tokens, what is kept of them, and the clock that they live by.

Must not know what a token is for. One is 256 random bits, and only its SHA-256 is kept: who steals
the database opens no door with it, and looking one up by its hash tells nothing by its time.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def new_token() -> str:
    """Fit for cookies, headers and addresses."""
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """Names something in logs and addresses; opens nothing."""
    return secrets.token_hex(8)


def hash_of(token: str) -> str:
    """A token has no pattern that somebody could guess, so one quick round is enough."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def utc_now() -> datetime:
    return datetime.now(UTC)
