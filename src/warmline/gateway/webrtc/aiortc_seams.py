"""Owns what we do inside aiortc, behind its interface; `check` tells whether it can be done.

aiortc's own jitter buffer waits 80 ms, and 280 ms for the rest of a call once a packet was
lost; its decoder makes nothing up and is deaf after a bad packet. So the buffer of a receiver
is replaced by a tap that hands packets on and never releases one: aiortc's decoder sleeps.
Reports to the sender (RTCP) stay aiortc's. It knows no RFC 4733 either, nor how to keep to
some of our addresses.
"""

import struct
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from aioice import Candidate, stun
from aiortc import RTCRtpCodecParameters, RTCRtpReceiver, RTCRtpSender, RTCRtpTransceiver
from aiortc.rtp import RtpPacket

from warmline.gateway.webrtc.codec import rate_of
from warmline.gateway.webrtc.offer import CLOCK_RATES, Offer

TRIED: Final = {"aiortc": "1.16", "aioice": "0.13"}
"""Versions with which all of this was seen to work."""
_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"
_ROUND_TRIP: Final = "_RTCRtpSender__rtt"
_OPUS: Final[dict[str, int | str | None]] = {
    "minptime": 20,
    "maxplaybackrate": rate_of("opus"),
    "maxaveragebitrate": 32_000,
    "stereo": 0,
}
"""What a browser should send (RFC 7587, section 6.1). No error correction: FFmpeg's decoder
cannot use it, and it takes bits from the voice."""


_PARSE: Final = stun.parse_message


def _parse_stun(data: bytes) -> stun.Message:
    """aioice's parser, which stumbles over attributes of a wrong length."""
    try:
        return _PARSE(data)
    except struct.error:
        raise ValueError("a STUN attribute is malformed") from None


stun.parse_message = _parse_stun


class _Tap:
    """In the place of aiortc's jitter buffer: takes each packet and never releases one."""

    def __init__(self, take: Callable[[RtpPacket], None]) -> None:
        self._take = take

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        self._take(packet)
        return False, None


def use_tap(receiver: RTCRtpReceiver, take: Callable[[RtpPacket], None]) -> None:
    """Have each packet of an agreed payload type. Raises RuntimeError: see `check`."""
    if problem := check(receiver):
        raise RuntimeError(problem)
    setattr(receiver, _BUFFER, _Tap(take))


def check(receiver: RTCRtpReceiver) -> str:
    """What of aiortc's inside has moved; nothing when all is in its place."""
    ice = getattr(receiver.transport.transport, "_connection", None)
    seams: dict[str, bool] = {
        f"RTCRtpReceiver.{_BUFFER}.add": callable(
            getattr(getattr(receiver, _BUFFER, None), "add", None)
        ),
        "RTCRtpReceiver._handle_rtp_packet": hasattr(receiver, "_handle_rtp_packet"),
        "RTCIceTransport._connection.get_component_candidates": callable(
            getattr(ice, "get_component_candidates", None)
        ),
    }
    seams |= {
        f"aioice.Connection.{name}": hasattr(ice, name)
        for name in ("_protocols", "_remote_candidates")
    }
    moved = [name for name, there in seams.items() if not there]
    if not moved:
        return ""
    return (
        f"aiortc {version('aiortc')} has no {', '.join(moved)}: "
        f"install aiortc {TRIED['aiortc']}, or adapt {__name__}"
    )


def round_trip_s(sender: RTCRtpSender) -> float:
    """To the peer and back, by its reports (RTCP), smoothed; 0 before the first of them.

    aiortc tells it by `getStats` only, which waits; what has moved there counts as not known.
    """
    return float(getattr(sender, _ROUND_TRIP, None) or 0.0)


def limit_addresses(receiver: RTCRtpReceiver, own: list[str]) -> None:
    """Offer these addresses of ours and no others."""
    ice: Any = receiver.transport.transport._connection
    gather = ice.get_component_candidates

    async def limited(component: int, addresses: list[str]) -> list[Candidate]:
        found: list[Candidate] = await gather(component=component, addresses=own)
        return found

    ice.get_component_candidates = limited


def guard(receiver: RTCRtpReceiver) -> None:
    """Take media and DTLS from the peer's addresses only; to be called with sockets open.

    aioice passes on whatever comes to a socket of its. A stranger's ClientHello could be
    answered before the peer's, and an empty datagram from anybody would end the call.
    """
    ice: Any = receiver.transport.transport._connection
    for protocol in ice._protocols:
        protocol.datagram_received = partial(_from_peer, ice, protocol.datagram_received)


def _from_peer(
    ice: Any, take: Callable[[bytes, tuple[str, int]], None], data: bytes, addr: tuple[str, int]
) -> None:
    # STUN (RFC 7983: first byte 0 to 3) brings its own proof, and new addresses of the peer.
    if not data:
        return  # aiortc's DTLS transport would stumble over it and close
    if data[0] <= 3 or any(
        addr[0] == peer.host and addr[1] == peer.port for peer in ice._remote_candidates
    ):
        take(data, addr)


def agree(transceiver: RTCRtpTransceiver, offer: Offer) -> None:
    """The one codec as we want it, and keys: aiortc knows nothing of RFC 4733."""
    (codec,) = transceiver._codecs
    codec.payloadType = offer.payload_type
    codec.parameters = dict(_OPUS) if offer.codec == "opus" else {}
    keys = [
        RTCRtpCodecParameters(
            mimeType="audio/telephone-event",
            clockRate=CLOCK_RATES[offer.codec],
            channels=1,
            payloadType=payload_type,
            parameters={"0-15": None},
        )
        for payload_type in offer.key_types
    ]
    transceiver._codecs = [codec, *keys]
