"""Owns what an operator can set at the Asterisk doors. Must not know sockets or calls."""

from dataclasses import dataclass, field

from warmline.audio.frame import FRAME_S
from warmline.errors import ConfigError
from warmline.gateway.far_end import LegSettings
from warmline.gateway.playout import LEAD_S, MAX_LEAD_S

MAX_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskSettings:
    """All doors are closed until `audiosocket_port` or `password` is set."""

    audiosocket_host: str = "127.0.0.1"
    """AudioSocket has neither encryption nor sign-in: listen on a private address only."""
    audiosocket_port: int = 0
    """TCP port of AudioSocket, usually 9019; 0 is off."""
    user: str = "asterisk"
    """Asterisk's name at `/asterisk/media` (HTTP Basic)."""
    password: str = field(default="", repr=False)
    """Asterisk's password there; the door is closed without one."""
    secret: str = field(default="", repr=False)
    """What the dialplan shows at `/asterisk/register` and `/asterisk/next`; without one these
    are closed, callers cannot be given back to a queue, and AudioSocket takes any UUID."""
    start_timeout_s: float = 5.0
    """A connection that has not said which call it is by then is closed."""
    stall_timeout_s: float = 5.0
    """An Asterisk that takes nothing from us for so long is gone."""
    lead_s: float = LEAD_S
    """How far ahead of real time audio is sent."""
    leg: LegSettings = LegSettings(silent_s=120.0, fill_after_s=0.2)
    """A muted phone sends nothing for long. The connection itself tells when Asterisk is gone,
    and silence in place of the audio lets the flow ask and give up."""

    def __post_init__(self) -> None:
        if not 0 <= self.audiosocket_port <= MAX_PORT:
            raise ConfigError(f"audiosocket_port: must be 0 (off) to {MAX_PORT}")
        for name in ("start_timeout_s", "stall_timeout_s"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name}: must be more than 0")
        if not FRAME_S <= self.lead_s <= MAX_LEAD_S:
            raise ConfigError(f"lead_s: must be {FRAME_S} to {MAX_LEAD_S} seconds")
        if self.password and not self.user:
            raise ConfigError("user: must not be empty where password is set")
