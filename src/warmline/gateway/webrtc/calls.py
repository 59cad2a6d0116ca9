"""Owns all calls of the WebRTC door: how many there may be, how one is found, how all end.

Must not know SDP, HTTP or any WebRTC stack.
"""

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from warmline.errors import place
from warmline.gateway.far_end import Farewell, LegSettings
from warmline.gateway.webrtc.call import Call
from warmline.gateway.webrtc.ear import SILENT_S
from warmline.gateway.webrtc.engine import Engine, Peer
from warmline.gateway.webrtc.offer import Offer, OfferRefused
from warmline.ports import DESK, CallHandler, LineInfo

_LOG: Final = logging.getLogger(__name__)
AGENT_AWAY_S: Final = 8.0
"""An agent of whom nothing comes for so long is lost: a caller waits."""
MAX_JOINING: Final = 4
"""Connections that a caller who comes back may be making at once."""
_STOP_S: Final = 5.0
"""So long calls may take to end when the server stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    max_calls: int = 50
    """Calls and connections that are being made; a core carries about so many."""
    connect_timeout_s: float = 15.0
    """From the answer to audio; ICE's own checks go on for ever when candidates may come."""
    away_s: float = 30.0
    """A caller of whom nothing comes may return within this; then `media_timeout`. The line's
    silence of the first 5 s is real, after that the call stands still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a caller asks for besides audio."""

    flow: str = ""
    caller: str = ""
    captions: bool = False
    door: str = "webrtc"


@dataclass(slots=True)
class Calls:
    handler: CallHandler
    engine: Engine
    limits: CallLimits
    _calls: dict[str, Call] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _accepting: int = 0

    def __len__(self) -> int:
        return len(self._calls) + self._accepting

    def find(self, pc_id: str) -> Call | None:
        return self._calls.get(pc_id)

    async def begin(self, offer: Offer, wish: Wish) -> Call:
        """Answer an offer; the call begins when it is connected. Raises OfferRefused."""
        if len(self) >= self.limits.max_calls:
            raise OfferRefused("busy", "all lines are busy, please try again later", 503)
        peer = await self._accept(offer)
        info = LineInfo(door=wish.door, caller=wish.caller, flow=wish.flow, profile=peer.profile)
        away_s = AGENT_AWAY_S if wish.door == DESK else self.limits.away_s
        settings = LegSettings(silent_s=away_s - SILENT_S)
        call = Call(secrets.token_urlsafe(16), peer, info, settings, captions=wish.captions)
        self._calls[call.pc_id] = call
        self._spawn(self._run(call), "webrtc call")
        return call

    async def rejoin(self, call: Call, offer: Offer) -> Peer:
        """Answer an offer with which a caller comes back. Raises OfferRefused."""
        if call.joining >= MAX_JOINING:
            raise OfferRefused("busy", "wait until your last connection is up, or failed", 503)
        peer = await self._accept(offer)
        if peer.profile != call.leg.info.profile:
            await peer.close()
            raise OfferRefused("codec_changed", "sdp: a call goes on with its first codec", 422)
        self._spawn(call.rejoin(peer, self.limits.connect_timeout_s), "webrtc rejoin")
        return peer

    async def close(self) -> None:
        """End all calls, politely first. For the end of the server."""
        for call in self._calls.values():
            call.leg.end("server_stopped", Farewell("server_stopped"))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOP_S)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _accept(self, offer: Offer) -> Peer:
        self._accepting += 1
        try:
            return await self.engine.accept(offer)
        finally:
            self._accepting -= 1

    async def _run(self, call: Call) -> None:
        try:
            await call.run(self.handler, self.limits.connect_timeout_s)
        except Exception as error:
            _LOG.error("call %s: failed: %s", call.leg.call_id or "not started", place(error))
        finally:
            del self._calls[call.pc_id]

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
