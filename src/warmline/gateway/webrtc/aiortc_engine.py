"""Owns connections with browsers, by aiortc.

Must not know the door, calls or HTTP. Whatever is not in aiortc's interface is done in
`aiortc_seams`.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket
from aiortc.sdp import candidate_from_sdp

from warmline.audio.frame import Pcm
from warmline.errors import place
from warmline.gateway.webrtc.aiortc_seams import (
    agree,
    guard,
    limit_addresses,
    round_trip_s,
    use_tap,
)
from warmline.gateway.webrtc.arrivals import Quality
from warmline.gateway.webrtc.candidate import MAX_CANDIDATES
from warmline.gateway.webrtc.codec import Encoder, VoicePacket, rate_of
from warmline.gateway.webrtc.ear import Ear
from warmline.gateway.webrtc.engine import Closed, Heard, PeerEvent, Pressed, Said
from warmline.gateway.webrtc.ice import IceServer
from warmline.gateway.webrtc.jitter import JitterSettings
from warmline.gateway.webrtc.offer import CLOCK_RATES, Offer, OfferRefused
from warmline.gateway.webrtc.payloads import KeyPresses
from warmline.ports import AudioProfile

_LOG: Final = logging.getLogger(__name__)

LEAD_S: Final = 0.04
"""Two frames: what a busy event loop may be late. A browser's own buffer rides out the rest."""
MAX_EVENTS: Final = 64
MAX_TEXTS: Final = 64
"""Texts that wait for the data channel to open; the oldest goes first."""
MAX_UNSENT: Final = 262_144
"""Bytes that a page may leave untaken in its data channel; beyond it texts are lost."""
_FLUSH_S: Final = 0.5
_CLOSE_S: Final = 5.0
_PROFILE_CODECS: Final = {"opus": "opus", "pcmu": "mulaw", "pcma": "alaw"}


class _Voice(MediaStreamTrack):
    """What the peer hears: packets, sent when they come. The leg keeps the pace."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: deque[VoicePacket] = deque(maxlen=4)
        self._some = asyncio.Event()

    def put(self, packet: VoicePacket) -> None:
        self._packets.append(packet)
        self._some.set()

    def clear(self) -> None:
        self._packets.clear()

    async def recv(self) -> VoicePacket:
        while not self._packets:
            self._some.clear()
            await self._some.wait()
            if self.readyState != "live":
                raise MediaStreamError
        return self._packets.popleft()


class AiortcEngine:
    def __init__(
        self,
        ice_servers: Callable[[], Sequence[IceServer]] = tuple,
        addresses: Sequence[str] = (),
        jitter: JitterSettings | None = None,
    ) -> None:
        """`ice_servers`: for our own side, asked for each call. `addresses`: our own ones to
        offer; all but loopback if none is given."""
        self._ice_servers = ice_servers
        self._addresses = list(addresses)
        self._jitter = jitter

    async def accept(self, offer: Offer) -> "AiortcPeer":
        """See `engine.Engine`."""
        # A list even if it is empty: aiortc's default would be a STUN server of Google's.
        servers = [
            RTCIceServer(list(server.urls), server.username or None, server.credential or None)
            for server in self._ice_servers()
        ]
        configuration = RTCConfiguration(servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        peer = AiortcPeer(offer, configuration, self._jitter)
        try:
            await peer.negotiate(self._addresses)
        except Exception as error:
            # aiortc's parser and state machine raise whatever they stumble over.
            _LOG.info("an offer could not be answered: %s", place(error))
            await peer.close()
            raise OfferRefused("bad_sdp", "sdp: the offer cannot be answered") from None
        except BaseException:
            await peer.close()
            raise
        return peer


class AiortcPeer:
    """See `engine.Peer`."""

    def __init__(
        self, offer: Offer, configuration: RTCConfiguration, jitter: JitterSettings | None
    ) -> None:
        self.answer = ""
        self.ufrag = offer.ufrag
        self.profile = AudioProfile(
            name="webrtc",
            rate=rate_of(offer.codec),
            codec=_PROFILE_CODECS[offer.codec],
            lead_s=LEAD_S,
            continuous=True,
        )
        self._offer = offer
        self._loop = asyncio.get_running_loop()
        self._ear = Ear(offer.codec, CLOCK_RATES[offer.codec], jitter)
        self._keys = KeyPresses()
        self._encoder = Encoder(offer.codec, in_band_fec=offer.in_band_fec)
        self._voice = _Voice()
        self._channel: RTCDataChannel | None = None
        self._untold: deque[str] = deque(maxlen=MAX_TEXTS)
        self._events: deque[PeerEvent] = deque()
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self._ended = False
        self._candidates = 0
        self._closing: asyncio.Task[None] | None = None
        self._connection = RTCPeerConnection(configuration)
        self._transceiver = self._connection.addTransceiver(self._voice, direction="sendrecv")
        use_tap(self._transceiver.receiver, self._packet)
        self._connection.on("connectionstatechange", self._state_changed)
        self._connection.on("datachannel", self._opened)

    async def negotiate(self, addresses: list[str]) -> None:
        """Make the answer. Raises anything."""
        connection, transceiver = self._connection, self._transceiver
        if addresses:
            limit_addresses(transceiver.receiver, addresses)
        description = RTCSessionDescription(sdp=self._offer.sdp, type="offer")
        await connection.setRemoteDescription(description)
        agree(transceiver, self._offer)
        await self.add_candidates(self._offer.candidates)
        await connection.setLocalDescription()
        guard(transceiver.receiver)
        self.answer = self._offer.complete(connection.localDescription.sdp)

    async def add_candidates(self, candidates: Sequence[str]) -> None:
        for text in candidates[: MAX_CANDIDATES - self._candidates]:
            self._candidates += 1
            candidate = candidate_from_sdp(text)
            candidate.sdpMid = self._transceiver.mid
            await self._connection.addIceCandidate(candidate)

    async def connected(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                while self._connection.connectionState not in ("connected", "failed", "closed"):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return self._connection.connectionState == "connected"

    async def receive(self) -> PeerEvent:
        while True:
            if self._events:
                return self._events.popleft()
            if self._ended:
                return Closed()
            due, now = self._ear.due, self._loop.time()
            if due is not None and now >= due:
                return Heard(self._ear.pull(now))
            self._wake.clear()
            timer = None if due is None else self._loop.call_at(due, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                if timer is not None:
                    timer.cancel()

    @property
    def quality(self) -> Quality:
        round_trip = round_trip_s(self._transceiver.sender)
        return replace(self._ear.quality, round_trip_ms=1000 * round_trip)

    def send(self, frame: Pcm) -> None:
        if not self._ended and (packet := self._encoder.encode(frame)) is not None:
            self._voice.put(packet)

    def clear(self) -> None:
        self._voice.clear()

    def tell(self, text: str) -> None:
        channel = self._channel
        if channel is None:
            self._untold.append(text)
        elif channel.readyState == "open" and channel.bufferedAmount < MAX_UNSENT:
            channel.send(text)

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="webrtc close")
        await asyncio.shield(self._closing)

    # --- what aiortc calls -----------------------------------------------------------------

    def _packet(self, packet: RtpPacket) -> None:
        """An RTP packet of an agreed payload type, authenticated."""
        if packet.payload_type in self._offer.key_types:
            self._ear.other(seq=packet.sequence_number)
            key = self._keys.push(packet.ssrc, packet.timestamp, packet.payload)
            if key is not None:
                self._happened(Pressed(key))
            return
        idle = self._ear.due is None
        self._ear.push(
            seq=packet.sequence_number,
            timestamp=packet.timestamp,
            ssrc=packet.ssrc,
            payload=packet.payload,
            now=self._loop.time(),
        )
        if idle:
            self._wake.set()

    def _opened(self, channel: RTCDataChannel) -> None:
        if self._channel is not None:
            return  # one is enough; nobody listens to the others
        self._channel = channel
        channel.on("message", self._heard_text)
        channel.on("close", self._end)
        while self._untold:
            self.tell(self._untold.popleft())

    def _heard_text(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self._happened(Said(message))

    def _happened(self, event: PeerEvent) -> None:
        if len(self._events) < MAX_EVENTS:
            self._events.append(event)
            self._wake.set()

    def _state_changed(self) -> None:
        self._changed.set()
        if self._connection.connectionState in ("failed", "closed"):
            self._end()

    def _end(self) -> None:
        self._ended = True
        self._wake.set()

    async def _close(self) -> None:
        self._end()
        self._voice.stop()
        if self._channel is not None and self._channel.bufferedAmount:
            flushed = asyncio.Event()
            self._channel.on("bufferedamountlow", flushed.set)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(flushed.wait(), _FLUSH_S)
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._connection.close()
        except Exception as error:
            _LOG.warning("a WebRTC connection did not close cleanly: %s", place(error))
