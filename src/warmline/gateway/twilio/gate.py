"""Owns who may open a media stream: by a signature or bearer token at the handshake, or by a
token in `start`.

Must not know sockets or routes. A signature of the handshake alone lets nobody in: it is the
same for every call, so who has seen one could use it again.
"""

from collections.abc import Mapping
from enum import Enum, auto

from warmline.gateway.tokens import TokenStore
from warmline.gateway.twilio.instructions import MEDIA
from warmline.gateway.twilio.messages import Started
from warmline.gateway.twilio.settings import LOOPBACK, TwilioSettings
from warmline.gateway.twilio.signature import bearer_matches, token_matches, twilio_signed


class Proof(Enum):
    GIVEN = auto()
    AWAITED = auto()
    """In `start`."""
    FALSE = auto()


class Gate:
    """That of one provider's streams."""

    def __init__(self, settings: TwilioSettings, tokens: TokenStore, provider: str) -> None:
        self.provider = provider
        self._settings = settings
        self._tokens = tokens
        self._shared = settings.stream_tokens.get(provider, "")
        self._one_time = provider == "twilio" or (provider == "plivo" and settings.plivo)

    def knock(self, headers: Mapping[str, str], host: str) -> Proof:
        """What the handshake proves. `host` is the address that it comes from."""
        if signature := headers.get("x-twilio-signature", ""):
            url = self._settings.url(MEDIA, "ws")
            if self.provider == "twilio" and not twilio_signed(
                self._settings.auth_token, signature, url
            ):
                return Proof.FALSE
        elif self.provider == "twilio" and is_local(self._settings, headers, host):
            return Proof.GIVEN
        if self._shared and (authorization := headers.get("authorization", "")):
            return Proof.GIVEN if bearer_matches(self._shared, authorization) else Proof.FALSE
        return Proof.AWAITED

    def admits(self, start: Started, now: float) -> bool:
        """Whether the token in `start` is good for this call; a one-time token is used up."""
        token = start.parameters.get("token", "")
        if self._one_time and (bound := self._tokens.redeem(token, now=now)) is not None:
            return bound == start.call
        return token_matches(self._shared, token)


def is_local(settings: TwilioSettings, headers: Mapping[str, str], host: str) -> bool:
    """Whether a request without a signature may pass, being from this very machine. What a
    proxy here passes on is not."""
    forwarded = any(name in headers for name in ("forwarded", "x-forwarded-for", "via"))
    return settings.insecure_loopback and host in LOOPBACK and not forwarded
