"""Owns single-use tokens: what a signed request may hand to the connection that follows it.

Must not know doors nor the clock: its callers bring `now` (any monotonic seconds).

A token is 256 random bits and is kept as its SHA-256 only. So the lookup can be a plain one:
how long it takes depends on the hash of a guess, which says nothing about the real tokens.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

TOKEN_S: Final = 60.0
"""Seconds from a web page or webhook to the connection that it announces, with much to spare."""
MAX_TOKENS: Final = 1024
"""Unused tokens kept; the oldest goes first. At 60 s each that is 17 new calls a second."""
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class _Issued:
    bound: str
    until: float


class TokenStore:
    """Tokens that each open one door once, and say whom they were made for."""

    def __init__(self, max_tokens: int = MAX_TOKENS) -> None:
        self._max = max_tokens
        self._issued: dict[bytes, _Issued] = {}

    def __len__(self) -> int:
        """Tokens that were neither used nor thrown away."""
        return len(self._issued)

    def issue(self, bound: str, ttl_s: float = TOKEN_S, *, now: float) -> str:
        """A new token, good for `ttl_s` seconds: 64 hexadecimal digits, which any door can pass.

        `bound` is what `redeem` gives back: a call's id, say.
        """
        self._forget_old(now)
        token = secrets.token_hex(_BYTES)
        self._issued[_key(token)] = _Issued(bound, now + ttl_s)
        return token

    def redeem(self, token: str, *, now: float) -> str | None:
        """What the token is bound to; None when it is unknown, too old or was used before."""
        issued = self._issued.pop(_key(token), None)
        return issued.bound if issued is not None and now < issued.until else None

    def _forget_old(self, now: float) -> None:
        for key in [key for key, issued in self._issued.items() if now >= issued.until]:
            del self._issued[key]
        while len(self._issued) >= self._max:
            del self._issued[next(iter(self._issued))]


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
