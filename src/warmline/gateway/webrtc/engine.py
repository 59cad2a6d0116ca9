"""Owns what a WebRTC stack must do for the door, so that one can be put in another's place.

Must not know any stack. An engine brings its own jitter buffer, decoder and concealment: the
door gets 20 ms frames at the pace of real time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from warmline.audio.frame import Pcm
from warmline.gateway.webrtc.arrivals import Quality
from warmline.gateway.webrtc.offer import Offer
from warmline.ports import AudioProfile


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller's next audio: 20 ms, or more from peers who send longer packets."""

    pcm: Pcm
    """At the profile's rate."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key, by RFC 4733."""

    key: str


@dataclass(frozen=True, slots=True)
class Said:
    """A text came through the data channel."""

    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is over, ended by the peer, broken, or closed by us; the last event."""


PeerEvent = Heard | Pressed | Said | Closed


class Peer(Protocol):
    """One connection with a caller's browser."""

    @property
    def answer(self) -> str:
        """The SDP answer."""

    @property
    def ufrag(self) -> str:
        """The peer's ICE user name: it tells one session of ICE from another."""

    @property
    def profile(self) -> AudioProfile: ...

    @property
    def quality(self) -> Quality: ...

    async def add_candidates(self, candidates: Sequence[str]) -> None:
        """More of the peer's addresses (values of `a=candidate`); useless ones are ignored."""

    async def connected(self, timeout_s: float) -> bool:
        """Wait until audio can flow; False when it cannot."""

    async def receive(self) -> PeerEvent:
        """The next event. Without packets for a while there are no more frames."""

    def send(self, frame: Pcm) -> None:
        """Send 20 ms at the profile's rate, now. Without a connection it is lost."""

    def clear(self) -> None:
        """Drop audio that was not sent yet."""

    def tell(self, text: str) -> None:
        """Send a text through the data channel; what was told before it opened is kept."""

    async def close(self) -> None:
        """Send what was told, and end the connection. Idempotent."""


class Engine(Protocol):
    async def accept(self, offer: Offer) -> Peer:
        """Answer an offer. Raises OfferRefused; nothing is left over then."""
