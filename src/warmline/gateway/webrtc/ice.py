"""Owns which STUN and TURN servers callers are told of, and their short-lived credentials.

Pure: the caller brings the time of day. Must not know any WebRTC stack.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from warmline.errors import ConfigError

_URL: Final = re.compile(r"(stuns?|turns?):[\w.\-\[\]:]+(\?transport=(udp|tcp))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class IceSettings:
    urls: tuple[str, ...] = ()
    """stun:HOST:PORT and turn:HOST:PORT?transport=udp. None by default: callers who reach this
    server directly need none, and no stranger learns of the call."""
    turn_secret: str = ""
    """coturn's `static-auth-secret`; each caller gets credentials of their own by it."""
    for_us: bool = False
    """We use them too: only for a server that callers do not reach at an address of its own.
    A server of this list that does not answer then makes each caller wait 5 s."""
    turn_ttl_s: int = 4 * 3600
    """Seconds: the longest call. coturn asks for them again whenever a call is prolonged."""

    def __post_init__(self) -> None:
        for url in self.urls:
            if not _URL.fullmatch(url):
                raise ConfigError(f"ice urls: {url!r} is no stun:HOST:PORT or turn:HOST:PORT")
        if self.turn_ttl_s <= 0:
            raise ConfigError("turn_ttl_s: must be more than 0")
        if any(url.startswith("turn") for url in self.urls) and not self.turn_secret:
            raise ConfigError("turn_secret: is needed for turn: servers (coturn use-auth-secret)")


@dataclass(frozen=True, slots=True, kw_only=True)
class IceServer:
    """As `RTCIceServer` of the W3C's WebRTC; names and all."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""

    def as_json(self) -> dict[str, object]:
        server: dict[str, object] = {"urls": list(self.urls)}
        if self.username:
            server |= {"username": self.username, "credential": self.credential}
        return server


def ice_servers(settings: IceSettings, name: str, wall_s: float) -> list[IceServer]:
    """What one caller, or our own side, may use.

    `name` tells coturn's log whose the credentials are; `wall_s` is Unix time in seconds. Their
    form is that of draft-uberti-behave-turn-rest-00, which coturn implements.
    """
    plain = tuple(url for url in settings.urls if url.startswith("stun"))
    turn = tuple(url for url in settings.urls if url.startswith("turn"))
    servers = [IceServer(urls=plain)] if plain else []
    if turn:
        username = f"{int(wall_s) + settings.turn_ttl_s}:{name}"
        digest = hmac.digest(settings.turn_secret.encode(), username.encode(), hashlib.sha1)
        credential = base64.b64encode(digest).decode()
        servers.append(IceServer(urls=turn, username=username, credential=credential))
    return servers
