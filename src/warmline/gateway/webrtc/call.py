"""Owns one caller of the WebRTC door: one leg, over all the connections that they have.

Must not know SDP, HTTP or any WebRTC stack. A browser whose network changes comes back with a
new connection; the call goes on with it under the same id. A connection that is over is waited
for a moment, because the new one may come second.
"""

import asyncio
import contextlib
from dataclasses import replace
from typing import Final

from warmline.audio.frame import Pcm
from warmline.gateway.far_end import FarEndGone, Farewell, LegSettings
from warmline.gateway.leg import Leg
from warmline.gateway.webrtc import messages
from warmline.gateway.webrtc.arrivals import Quality
from warmline.gateway.webrtc.engine import Closed, Heard, Peer, Pressed, Said
from warmline.gateway.wire import WireError
from warmline.ports import PARTY, CallHandler, Caption, Handover, LineInfo, LineStats

QUALITY_S: Final = 2.0
"""Between two reports to the page."""
MAX_TEXTS: Final = 100
"""Texts from the page between two reports: 50 a second. A person and a keep-alive need five."""
MAX_GARBAGE: Final = 32
"""Texts of a call that may be meaningless or too many."""
RETURN_S: Final = 3.0
"""A page may close its connection before it makes a new one."""


class _BrowserLeg(Leg):
    """Frames that were made up count as lost, not as received: the peers know which."""

    def __init__(self, call: "Call", info: LineInfo, settings: LegSettings) -> None:
        super().__init__(call, info, settings)
        self._call = call

    @property
    def stats(self) -> LineStats:
        heard = self._call.quality
        return replace(
            super().stats,
            received=heard.received,
            lost=heard.lost,
            late=heard.late,
            jitter_ms=round(heard.jitter_ms, 1),
            network_s=(heard.round_trip_ms + heard.delay_ms) / 1000,
        )


class Call:
    """The far end of a leg. `run` leads the call; `rejoin` gives it another connection."""

    def __init__(
        self, pc_id: str, peer: Peer, info: LineInfo, settings: LegSettings, *, captions: bool
    ) -> None:
        self.pc_id = pc_id
        """The page's name for the call; who knows it may take the call over."""
        self.newest = peer
        """The connection that is being made, or else the one of now."""
        self._peer = peer
        self._captions = captions
        self._joining = 0
        self._join_changed = asyncio.Event()
        self._garbage = 0
        self._texts = 0
        self._before = Quality()  # of the connections before this one
        self._told = Quality()
        self._tell_at = 0.0
        self._loop = asyncio.get_running_loop()
        self.leg: Leg = _BrowserLeg(self, info, settings)

    @property
    def peer(self) -> Peer:
        """The connection of now."""
        return self._peer

    @property
    def joining(self) -> int:
        """How many connections are being made."""
        return self._joining

    @property
    def quality(self) -> Quality:
        """Of all the caller's connections together; jitter and delay are those of now."""
        return self._before.before(self._peer.quality)

    async def run(self, handler: CallHandler, connect_timeout_s: float) -> None:
        """From the first connection to the end of the call; afterwards all is closed."""
        try:
            if await self._peer.connected(connect_timeout_s):
                await self.leg.attend(handler, self._read())
        finally:
            await self._peer.close()

    async def rejoin(self, peer: Peer, connect_timeout_s: float) -> None:
        """Go on over `peer` as soon as it is up; if it never is, all stays as it was."""
        self.newest = peer
        self._joining += 1
        self._join_changed.set()
        try:
            if self.leg.gone or not await peer.connected(connect_timeout_s):
                return
            self._before = self.quality
            peer, self._peer = self._peer, peer
            if self.leg.call_id:
                self._peer.tell(messages.started(self.leg.call_id))
        finally:
            self._joining -= 1
            self._join_changed.set()
            self.newest = self._peer if self.newest is peer else self.newest
            await peer.close()

    # --- FarEnd ----------------------------------------------------------------------------

    async def started(self, call_id: str) -> None:
        self._peer.tell(messages.started(call_id))

    async def audio(self, frame: Pcm) -> None:
        self._peer.send(frame)

    async def mark(self, name: str) -> None:
        """A browser does not tell what it has played: the leg's clock does."""

    async def clear(self) -> None:
        self._peer.clear()
        self._peer.tell(messages.clear())

    @property
    def reads(self) -> bool:
        return self._captions

    async def show(self, caption: Caption) -> None:
        if self._captions or caption.key == PARTY:  # who is there is no caption to choose
            self._peer.tell(messages.caption(caption))

    async def transfer(self, handover: Handover) -> bool:
        return False  # a browser has no telephone system

    async def close(self, farewell: Farewell) -> None:
        self._peer.tell(messages.ended(farewell))
        await self._peer.close()

    def abort(self) -> None:
        """`run` closes what is open."""

    # --- the reader ------------------------------------------------------------------------

    async def _read(self) -> None:
        while True:
            peer = self._peer
            match await peer.receive():
                case Heard(pcm):
                    await self.leg.audio(pcm)
                case Pressed(key):
                    self.leg.digit(key)
                case Said(text):
                    self._read_text(text)
                case Closed():
                    if not await self._returned(peer):
                        raise FarEndGone
            self._report()

    async def _returned(self, left: Peer) -> bool:
        """Whether the caller has another connection than this one, or has so very soon."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETURN_S) as patience:
                while self._peer is left:
                    until = self._loop.time() + RETURN_S
                    patience.reschedule(None if self._joining else until)
                    self._join_changed.clear()
                    await self._join_changed.wait()
        return self._peer is not left

    def _read_text(self, text: str) -> None:
        self._texts += 1
        match messages.read(text) if self._texts <= MAX_TEXTS else None:
            case messages.Dtmf(digit=digit):
                self.leg.digit(digit)
            case messages.Ping():
                self._peer.tell(messages.pong())
            case messages.Stop():
                self.leg.end("caller_hung_up", Farewell("caller_hung_up"))
            case messages.Captions(on=on):
                self._captions = on
            case messages.Signalling():
                pass
            case None:
                self._garbage += 1
                if self._garbage > MAX_GARBAGE:
                    raise WireError("bad_message", "data channel: too much that is not ours", 1008)

    def _report(self) -> None:
        if (now := self._loop.time()) < self._tell_at:
            return
        self._tell_at, self._texts = now + QUALITY_S, 0
        quality, told = self.quality, self._told
        self._told = quality
        lost = max(0, quality.lost - told.lost)
        received = max(0, quality.received - told.received)
        self._peer.tell(messages.quality(quality, lost / max(1, lost + received)))
