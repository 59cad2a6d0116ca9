"""Owns what a password may be, and its hash: argon2id, in threads of its own.

Only importer of argon2. Must not know users, sessions or the database.
"""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from warmline.accounts import AccountError, TooMany
from warmline.accounts.worst import is_guessed_first

MIN_LENGTH: Final = 10
"""NIST SP 800-63B asks for 8 or more where there is a second factor, 15 where there is none; call
centres type theirs each morning, and our limits leave a guesser a few hundred tries a day."""
MAX_LENGTH: Final = 256
"""NIST asks for 64 or more; longer ones only cost time."""
AT_ONCE: Final = 2
"""Each hash takes 64 MiB (RFC 9106, the second recommended option, argon2-cffi's default) and
about 0.1 s of four threads."""
MAX_WAITING: Final = 32
"""More are refused: a few seconds of work."""
_BUSY_S: Final = 2.0


def check(password: str, *told: str) -> str:
    """The password as it is hashed. `told` is what everybody knows of the user: login, name.

    Raises AccountError: too short or long, or among the first that anybody would guess. There
    are no rules of which characters there must be (NIST SP 800-63B, section 3.1.1.2).
    """
    found = normal(password)
    if not MIN_LENGTH <= len(found) <= MAX_LENGTH:
        raise AccountError(f"password: {MIN_LENGTH} to {MAX_LENGTH} characters please")
    if is_guessed_first(found, told):
        raise AccountError(
            "password: this one is among the first that a guesser would try; "
            "a few words that do not belong together are a good one"
        )
    return found


def normal(password: str) -> str:
    """The same characters however a keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


_Result = TypeVar("_Result")


class Passwords:
    """Hashes and verifies, AT_ONCE at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(AT_ONCE, "passwords")
        self._waiting = 0
        # Of no password: unknown users take as long as known ones.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Of a password that `check` gave. Never refuses: only who has a link comes here."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password of this hash; of None nothing is, after the same time.
        Raises TooMany when MAX_WAITING wait already."""
        if self._waiting >= MAX_WAITING:
            raise TooMany(_BUSY_S)
        right = await self._run(self._verify, kept or self._nobody, normal(password))
        return right and kept is not None

    def is_old(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than new ones are."""
        return self._hasher.check_needs_rehash(kept)

    async def _run(self, work: Callable[..., _Result], *arguments: str) -> _Result:
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
