"""Owns who passes an HTTP route or a WebSocket: cookie, roles, origin, CSRF token, API key.

Must not know what is behind a route, nor passwords. Other rooms get a `Guard` and say
`Depends(guard.needs("agent"))`.

A browser sends our cookie with whatever any page asks of it. So a request that changes something
must also come from a page of ours, by `Sec-Fetch-Site` and `Origin`, and carry the session's
CSRF token, which only a page of ours can read. Nobody sends an API key by accident: it needs
neither.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from fastapi import HTTPException, Request, Response, WebSocket
from starlette.requests import HTTPConnection

from warmline.accounts.accounts import Accounts, Session
from warmline.accounts.user import PROGRAM, User
from warmline.errors import ConfigError
from warmline.records import StoreError

CSRF_HEADER: Final = "X-Warmline-CSRF"
COOKIE: Final = "warmline"
SECURE_COOKIE: Final = "__Host-warmline"
"""The prefix makes browsers refuse it from other hosts, by plain http and for parts of a host."""
_SAFE: Final = {"GET", "HEAD", "OPTIONS"}
_MIN_KEY: Final = 16
_HOST: Final = re.compile(r"([^\[\]:]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?")
_BEARER: Final = {"WWW-Authenticate": "Bearer"}
_PROGRAM_USER: Final = User(user_id="", login="", name="API key", roles=frozenset({PROGRAM}))

_AWAY: Final = "The accounts cannot be read now."
_SIGN_IN: Final = "Sign in first."
_ROLE: Final = "Your account may not do this."
_CSRF: Final = f"{CSRF_HEADER}: send the token that GET /api/session gives."
_FOREIGN: Final = (
    "This did not come from a page of this server. Behind a proxy, let it pass on the Host header, "
    "or name the pages' address in accounts.origins."
)
_PLAIN: Final = (
    "Signing in needs https, or this machine itself (http://localhost). Put a TLS proxy before "
    "the server, or set accounts.secure = false in a network that you trust."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSettings:
    secure: bool | None = None
    """Whether browsers reach us by https. None: as the request says, and plain http is good for
    this machine only. True: a proxy makes it https. False: plain http is good for all."""
    origins: tuple[str, ...] = ()
    """Our pages' own addresses, as https://voice.example.com, where a proxy changes the host."""
    api_key: str = field(default="", repr=False)
    """With it programs pass where a route lets programs pass; empty: none does."""

    def __post_init__(self) -> None:
        if self.api_key and len(self.api_key) < _MIN_KEY:
            raise ConfigError(f"accounts.api_key: must have {_MIN_KEY} characters or more")


class Guard:
    def __init__(self, accounts: Accounts, settings: GuardSettings | None = None) -> None:
        self._accounts = accounts
        self._settings = settings or GuardSettings()
        self._origins = {origin.rstrip("/").lower() for origin in self._settings.origins}

    def needs(self, *roles: str, program: bool = False) -> Callable[[Request], Awaitable[User]]:
        """For `Depends`: the user who asks, with one of these roles (any, when none is named).

        Answers 401 when nobody is signed in, 503 when that cannot be known; 403 for another role,
        and for what changes something but is not from a page of ours. `program`: the API key
        passes too, as a user of that role.
        """

        async def check(request: Request) -> User:
            if (key := _bearer(request)) is not None:
                return self._program(key, program)
            user = (await self.session(request)).user
            if roles and user.roles.isdisjoint(roles):
                raise HTTPException(403, _ROLE)
            return user

        return check

    async def session(self, request: Request) -> Session:
        """The session of a request, for any role; checks and answers as `needs` does."""
        changes = request.method not in _SAFE
        if changes:
            self.check_origin(request)
        try:
            session = await self._accounts.session(self.token(request))
        except StoreError as error:
            raise HTTPException(503, _AWAY) from error
        if session is None:
            raise HTTPException(401, _SIGN_IN)
        if changes and not _same(request.headers.get(CSRF_HEADER, ""), session.csrf):
            raise HTTPException(403, _CSRF)
        return session

    async def websocket(self, socket: WebSocket) -> Session | None:
        """Who opens a WebSocket; None: it was refused, with 403 before the upgrade.

        Browsers let every page open one to us with our cookie, and ask nobody: so `Origin` must
        be there and ours. Look at the user's roles; `Accounts.on_end` tells when to close it.
        """
        session = None
        if "origin" in socket.headers and self._is_ours(socket):
            with suppress(StoreError):  # who cannot be known is not let in
                session = await self._accounts.session(self.token(socket))
        if session is None:
            await socket.close()
        return session

    def check_origin(self, request: Request) -> None:
        """Answers 403 to what does not come from a page of ours, as far as browsers say."""
        if not self._is_ours(request):
            raise HTTPException(403, _FOREIGN)

    def check_way(self, request: Request) -> None:
        """Answers 403 when a cookie would go over a network in the clear."""
        if not (self._secure(request) or self._settings.secure is False or _is_here(request)):
            raise HTTPException(403, _PLAIN)

    def token(self, connection: HTTPConnection) -> str:
        """The session's token as the cookie says; empty without one."""
        return connection.cookies.get(self._cookie(connection), "")

    def set_cookie(self, request: Request, response: Response, token: str) -> None:
        """It lasts as long as the browser runs; the server knows when the session is over."""
        self._set_cookie(request, response, token, None)

    def delete_cookie(self, request: Request, response: Response) -> None:
        self._set_cookie(request, response, "", 0)

    def _set_cookie(
        self, request: Request, response: Response, token: str, max_age: int | None
    ) -> None:
        name, secure = self._cookie(request), self._secure(request)
        response.set_cookie(
            name, token, max_age, path="/", secure=secure, httponly=True, samesite="strict"
        )

    def _program(self, key: str, welcome: bool) -> User:
        if not (self._settings.api_key and _same(key, self._settings.api_key)):
            raise HTTPException(401, "Authorization: this is not the API key.", _BEARER)
        if not welcome:
            raise HTTPException(403, "The API key does not open this; sign in instead.")
        return _PROGRAM_USER

    def _is_ours(self, connection: HTTPConnection) -> bool:
        """All that the browser says must fit; a request that says nothing is from no page."""
        site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
        if origin is not None and not self._is_our_origin(connection, origin.lower()):
            return False
        return site == "same-origin" if site is not None else origin is not None

    def _is_our_origin(self, connection: HTTPConnection, origin: str) -> bool:
        scheme = "https" if self._secure(connection) else "http"
        host = connection.headers.get("host", "").lower()
        return origin in self._origins or (bool(host) and origin == f"{scheme}://{host}")

    def _secure(self, connection: HTTPConnection) -> bool:
        return connection.scope["scheme"] in ("https", "wss") or self._settings.secure is True

    def _cookie(self, connection: HTTPConnection) -> str:
        return SECURE_COOKIE if self._secure(connection) else COOKIE


def _bearer(request: Request) -> str | None:
    """The token of `Authorization: Bearer`, None without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _same(given: str, right: str) -> bool:
    """In a time that tells nothing, not even of the length."""
    first, second = (hashlib.sha256(text.encode()).digest() for text in (given, right))
    return hmac.compare_digest(first, second)


def _is_here(request: Request) -> bool:
    """Whether the browser runs on this machine, or at the end of a tunnel: it says localhost."""
    host = _HOST.fullmatch(request.headers.get("host", ""))
    if host is None or host[1].lower() == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host[1].strip("[]")).is_loopback
    except ValueError:
        return False
