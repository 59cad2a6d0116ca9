"""What a door brings to a leg: how its far end is talked to, and how a call ends there.

Must not know any door, nor what a call does.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from warmline.audio.frame import Pcm
from warmline.gateway.wire import WireError
from warmline.ports import Caption, Handover


class FarEndGone(Exception):
    """The peer has left; its reader knows why."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """The end of a call as the far end is told it."""

    reason: str
    """A CallEnded reason."""
    code: str = ""
    """What went wrong, for programs; empty for an end in peace."""
    message: str = ""
    """The same for people."""
    close_code: int = 1000
    """WebSocket close code (RFC 6455, section 7.4.1)."""

    @classmethod
    def refusing(cls, error: WireError) -> "Farewell":
        """For a far end that broke its protocol."""
        return cls("bad_input", error.code, str(error), error.close_code)


class FarEnd(Protocol):
    """How a door talks to its peer. The leg's sender alone calls it, one call at a time.

    All but `abort` raise TimeoutError for a peer who takes nothing, and FarEndGone.
    """

    async def started(self, call_id: str) -> None:
        """The call is accepted."""

    async def audio(self, frame: Pcm) -> None:
        """Send one frame of exactly 20 ms at the profile's rate."""

    async def mark(self, name: str) -> None:
        """Set a mark behind the audio sent so far."""

    async def clear(self) -> None:
        """Have all thrown away that was sent and not played yet."""

    @property
    def reads(self) -> bool:
        """Whether the caller reads captions along; False at doors without a screen."""

    async def show(self, caption: Caption) -> None:
        """Doors without a screen do nothing."""

    async def transfer(self, handover: Handover) -> bool:
        """See `ports.Line.transfer`; doors that cannot give False."""

    async def close(self, farewell: Farewell) -> None:
        """End the connection politely."""

    def abort(self) -> None:
        """Drop the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSettings:
    """Limits of one leg, in seconds."""

    max_queue_s: float = 20.0
    """`play` waits while more than this is queued."""
    input_ring_s: float = 30.0
    """Caller's audio kept for a call that does not keep up: the longest utterance."""
    burst_s: float = 5.0
    """How far a caller may run ahead of real time, after a stall of the network."""
    silent_s: float = 15.0
    """A far end that sends no audio for so long is gone (`media_timeout`)."""
    first_audio_s: float = 30.0
    """The same before its first audio."""
    fill_after_s: float = math.inf
    """A far end that may stop sending while nobody speaks: after so long silence takes the
    place of what does not come, so that the caller's turns still end."""
