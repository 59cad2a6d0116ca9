"""Owns who may call by WebRTC: join tokens, and who gets one.

Must not know calls or SDP. A token opens the door once, within a minute. The page of our own
origin gets one, and a program that has the API key; other origins' pages do not. An agent gets
one for a call from the desk.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from warmline.gateway.tokens import TokenStore

_BOUND: Final = "webrtc"


@dataclass(frozen=True, slots=True)
class Guest:
    """Whom a token was made for: a caller, or (with both) an agent who comes to a call."""

    user_id: str = ""
    call_id: str = ""


class Access:
    def __init__(self, *, api_key: str, token_s: float, required: bool) -> None:
        self._api_key = api_key
        self._required = required
        self._tokens = TokenStore()
        self.token_s = token_s

    def may_have_token(self, headers: Mapping[str, str]) -> bool:
        return self._has_key(headers) or same_origin(headers)

    def issue(self, now: float, guest: Guest | None = None) -> str:
        bound = f"{_BOUND} {guest.user_id} {guest.call_id}" if guest else _BOUND
        return self._tokens.issue(bound, self.token_s, now=now)

    def admits(self, token: str, now: float) -> Guest | None:
        """Who may begin now, None for nobody; uses the token up."""
        match (self._tokens.redeem(token, now=now) or "").split(" "):
            case [_, user_id, call_id]:
                return Guest(user_id, call_id)
            case [known] if known == _BOUND or not self._required:
                return Guest()
            case _:
                return None

    def _has_key(self, headers: Mapping[str, str]) -> bool:
        given = bearer(headers).encode()
        return bool(self._api_key) and hmac.compare_digest(given, self._api_key.encode())


def bearer(headers: Mapping[str, str]) -> str:
    """The token of `Authorization: Bearer`; empty without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a page of ours asks. `Sec-Fetch-Site` is the better witness;
    programs that forge either could as well have loaded the page."""
    if site := headers.get("sec-fetch-site", ""):
        return site == "same-origin"
    origin, host = headers.get("origin", ""), headers.get("host", "")
    return bool(host) and origin.partition("://")[2].lower() == host.lower()
