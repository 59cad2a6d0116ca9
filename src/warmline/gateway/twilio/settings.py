"""Owns what the telephone networks' door is configured with, and refuses half of it.

Must not know how the values come here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from warmline.audio.frame import FRAME_S
from warmline.errors import ConfigError
from warmline.gateway.playout import MAX_LEAD_S
from warmline.gateway.twilio.messages import Dialect

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164
_SIP: Final = re.compile(
    r"sips?:[\w.!~*'()%+-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252})(:[0-9]{1,5})?"
    r"(;transport=(udp|tcp|tls))?",
    re.ASCII,
)
_ACCOUNT: Final = re.compile(r"[\w-]{1,64}", re.ASCII)  # AC + 32 hex; a UUID at SignalWire
MIN_STREAM_TOKEN: Final = 16
"""Characters: 96 bits or more, if they are random."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSettings:
    """Without any secret the door is off (`enabled`)."""

    public_url: str = ""
    """Our address as the provider sees it, such as `https://voice.example.com`: signatures are
    checked against it, whatever proxies are in between."""
    account_sid: str = ""
    auth_token: str = field(default="", repr=False)
    """Twilio's (or SignalWire's): signs webhooks, opens the REST API."""
    api_url: str = "https://api.twilio.com/2010-04-01"
    plivo_auth_token: str = field(default="", repr=False)
    stream_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Dialect (signalwire, telnyx, plivo) to the secret that its streams carry as
    `Authorization: Bearer` or as the parameter `token`."""
    numbers: Mapping[str, str] = field(default_factory=dict)
    """Number that was called to the flow that answers."""
    transfers: Mapping[str, str] = field(default_factory=dict)
    """Queue, or `default` for all others, to the number or SIP URI of its people. Nothing else
    is ever dialled."""
    caller_id: str = ""
    """Number shown to those people; empty: the caller's own."""
    dial_timeout_s: int = 20
    """How long their phone rings."""
    rescue: str = ""
    """Name of the transfer that takes callers when this server fails; empty: a sentence."""
    rescue_text: str = "We cannot take your call at the moment. Please call again later."
    no_answer_text: str = "Nobody could take your call. I am the automated assistant again."
    """Said to a caller whom no person answered."""
    insecure_loopback: bool = False
    """For simulators: webhooks without a signature and streams without a token are taken from
    this machine itself, and `public_url` must be on it."""
    start_timeout_s: float = 5.0
    """A connection that has not said `start` by then is closed."""
    stall_timeout_s: float = 5.0
    """A provider that takes nothing from us for so long is gone."""
    lead_s: float = 0.1
    """How far ahead of real time audio is sent. The provider buffers and paces; more would only
    delay the duck of a barge-in."""
    rest_timeout_s: float = 3.0
    """For a transfer by REST, all tries together; then the stream's end leads to the person."""

    def __post_init__(self) -> None:
        for name in ("start_timeout_s", "stall_timeout_s", "rest_timeout_s", "dial_timeout_s"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name}: must be more than 0")
        if not FRAME_S <= self.lead_s <= MAX_LEAD_S:
            raise ConfigError(f"lead_s: must be {FRAME_S} to {MAX_LEAD_S} seconds")
        self._check_accounts()
        self._check_destinations()

    @property
    def enabled(self) -> bool:
        return bool(self.public_url)

    @property
    def twilio(self) -> bool:
        """Whether Twilio's own routes are open."""
        return bool(self.auth_token) or self.insecure_loopback

    @property
    def plivo(self) -> bool:
        return bool(self.plivo_auth_token)

    def url(self, path: str, scheme: str = "http") -> str:
        """An absolute URL of ours; `ws` for a WebSocket. TLS where `public_url` has it."""
        rest = self.public_url.rstrip("/").removeprefix("http")
        return f"{scheme}{rest}{path}"

    def destination(self, queue: str) -> str | None:
        """Where a queue's people are called."""
        return self.transfers.get(queue) or self.transfers.get("default")

    def _check_accounts(self) -> None:
        proofs = self.auth_token or self.plivo_auth_token or self.stream_tokens
        if bool(self.auth_token) != bool(self.account_sid):
            raise ConfigError("account_sid and auth_token: set both or neither")
        if self.account_sid and not _ACCOUNT.fullmatch(self.account_sid):
            raise ConfigError("account_sid: that is no account id; Twilio's begins with AC")
        if proofs and not self.public_url:
            raise ConfigError("public_url: set it to the address that the provider calls")
        if self.public_url and not (proofs or self.insecure_loopback):
            raise ConfigError("auth_token: set it with account_sid, or set stream_tokens")
        for name in ("public_url", "api_url"):
            _check_url(name, getattr(self, name))
        if self.insecure_loopback and urlsplit(self.public_url).hostname not in LOOPBACK:
            raise ConfigError("insecure_loopback: only with a public_url such as http://127.0.0.1")
        known = {dialect.value for dialect in Dialect if dialect is not Dialect.TWILIO}
        for name, token in self.stream_tokens.items():
            if name not in known:
                raise ConfigError(f"stream_tokens: the dialects are {', '.join(sorted(known))}")
            if len(token) < MIN_STREAM_TOKEN:
                raise ConfigError(
                    f"stream_tokens.{name}: use {MIN_STREAM_TOKEN} characters or more"
                )

    def _check_destinations(self) -> None:
        for name, destination in self.transfers.items():
            if not (_NUMBER.fullmatch(destination) or _SIP.fullmatch(destination)):
                raise ConfigError(
                    f"transfers.{name}: give a number such as +14155550100, or sip:NAME@HOST"
                )
        if self.rescue and self.rescue not in self.transfers:
            raise ConfigError(f"rescue: there is no transfer {self.rescue!r}")
        if self.caller_id and not _NUMBER.fullmatch(self.caller_id):
            raise ConfigError("caller_id: give a number such as +14155550100")


def _check_url(name: str, url: str) -> None:
    """TLS, but on this machine itself."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        _port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise ConfigError(f"{name}: that is no URL") from None
    local = parts.scheme == "http" and host in LOOPBACK
    if not host or parts.query or parts.fragment or parts.username or parts.password:
        raise ConfigError(f"{name}: give scheme and host, such as https://voice.example.com")
    if parts.scheme != "https" and not local:
        raise ConfigError(f"{name}: must begin with https://")
