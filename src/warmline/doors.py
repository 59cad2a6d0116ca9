"""Joins the callers' doors with the settings: which are open, and how.

The only place that knows all doors. Must not know what a call does.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from fastapi import APIRouter

from warmline.config import Settings
from warmline.errors import ConfigError
from warmline.gateway.asterisk.audiosocket_server import audiosocket_server
from warmline.gateway.asterisk.calls import AsteriskCalls
from warmline.gateway.asterisk.http import asterisk_router
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.lobby import Lobby
from warmline.gateway.socket import SocketSettings, audio_router
from warmline.gateway.twilio.door import twilio_router
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.gateway.webrtc.access import Access, Guest
from warmline.gateway.webrtc.door import WebRtcSettings, new_access, webrtc_router
from warmline.gateway.webrtc.ice import IceSettings, ice_servers
from warmline.ports import CallHandler


class Doors:
    """All doors of one server. Raises ConfigError for settings that contradict each other."""

    def __init__(
        self, settings: Settings, handler: CallHandler, count: Callable[[str], None]
    ) -> None:
        """`count` is told by a short name what a door refused or its provider reported."""
        self._handler = handler
        lobby = Lobby()
        self._calls = AsteriskCalls()
        with _of_section("asterisk"):
            self._asterisk = _asterisk(settings)
        self.routers: list[APIRouter] = [
            audio_router(handler, _socket(settings), lobby),
            asterisk_router(handler, self._calls, self._asterisk),
        ]
        with _of_section("twilio"):
            self.routers.append(twilio_router(handler, _twilio(settings), count, lobby))
        self._access: Access | None = None
        self._ice = IceSettings()
        if settings.webrtc.enabled:
            with _of_section("webrtc"):
                webrtc = _webrtc(settings)
            self._access, self._ice = new_access(webrtc), webrtc.ice
            self.routers.append(webrtc_router(handler, webrtc, access=self._access))

    def media_token(self, user_id: str, call_id: str) -> str:
        """With it an agent's page brings its audio to a call; empty when browsers cannot call."""
        if self._access is None:
            return ""
        now = asyncio.get_running_loop().time()
        return self._access.issue(now, Guest(user_id, call_id))

    def ice_servers(self) -> list[dict[str, Any]]:
        """What a page needs to reach us, as in `/webrtc/token`."""
        return [server.as_json() for server in ice_servers(self._ice, "agent", time.time())]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """The doors that are not the web server's. Raises ConfigError."""
        if not self._asterisk.audiosocket_port:
            yield
            return
        async with audiosocket_server(self._handler, self._calls, self._asterisk):
            yield


@contextmanager
def _of_section(name: str) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{name}.{error}") from None


def _socket(settings: Settings) -> SocketSettings:
    door = settings.audio_door
    return SocketSettings(
        start_timeout_s=door.start_timeout_s,
        stall_timeout_s=door.stall_timeout_s,
        lead_s=door.lead_s,
    )


def _asterisk(settings: Settings) -> AsteriskSettings:
    door = settings.asterisk
    return AsteriskSettings(
        audiosocket_host=door.audiosocket_host,
        audiosocket_port=door.audiosocket_port,
        user=door.user,
        password=door.password.get_secret_value(),
        secret=door.secret.get_secret_value(),
    )


def _twilio(settings: Settings) -> TwilioSettings:
    door = settings.twilio
    return TwilioSettings(
        public_url=door.public_url,
        account_sid=door.account_sid,
        auth_token=door.auth_token.get_secret_value(),
        api_url=door.api_url,
        plivo_auth_token=door.plivo_auth_token.get_secret_value(),
        stream_tokens={
            name: token.get_secret_value() for name, token in door.stream_tokens.items()
        },
        numbers=door.numbers,
        transfers=door.transfers,
        caller_id=door.caller_id,
        dial_timeout_s=door.dial_timeout_s,
        rescue=door.rescue,
        insecure_loopback=door.insecure_loopback,
    )


def _webrtc(settings: Settings) -> WebRtcSettings:
    door = settings.webrtc
    return WebRtcSettings(
        addresses=door.addresses,
        api_key=door.api_key.get_secret_value(),
        ice=IceSettings(
            urls=door.ice_servers,
            turn_secret=door.turn_secret.get_secret_value(),
            turn_ttl_s=round(settings.call.max_minutes * 60),
        ),
    )
