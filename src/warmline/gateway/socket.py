"""Owns the WebSocket door `/audio`: from the handshake over `start` to the end of the call.

Must not know what a call does: the handler gets the line, and its return ends the call.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, WebSocket

from warmline.audio.frame import FRAME_S, Pcm
from warmline.errors import ConfigError
from warmline.gateway.far_end import Farewell, LegSettings
from warmline.gateway.leg import Leg
from warmline.gateway.link import Link
from warmline.gateway.lobby import Lobby
from warmline.gateway.playout import LEAD_S, MAX_LEAD_S
from warmline.gateway.wire import (
    MAX_MESSAGE,
    SUBPROTOCOL,
    Clear,
    Dtmf,
    Ended,
    Error,
    MarkSet,
    ServerMessage,
    Start,
    Started,
    Stop,
    WireCodec,
    WireError,
)
from warmline.ports import AudioProfile, CallHandler, Caption, Handover, LineInfo

_GONE: Final = {1002: "bad_input", 1007: "bad_input", 1009: "bad_input", 1012: "server_stopped"}
"""Why a connection closed that the line did not close: our own protocol's close codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketSettings:
    start_timeout_s: float = 5.0
    """A connection that has not said `start` by then is closed."""
    max_message: int = MAX_MESSAGE
    """Bytes."""
    stall_timeout_s: float = 5.0
    """A caller that takes nothing from us for so long is gone."""
    lead_s: float = LEAD_S
    """How far ahead of real time audio is sent."""
    leg: LegSettings = LegSettings()

    def __post_init__(self) -> None:
        for name in ("start_timeout_s", "max_message", "stall_timeout_s"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name}: must be more than 0")
        if not FRAME_S <= self.lead_s <= MAX_LEAD_S:
            raise ConfigError(f"lead_s: must be {FRAME_S} to {MAX_LEAD_S} seconds")


def audio_router(
    handler: CallHandler, settings: SocketSettings | None = None, lobby: Lobby | None = None
) -> APIRouter:
    """The route `/audio`. `handler` gets the line of each caller; its return ends the call.

    `lobby` is shared by the doors that strangers may knock at.
    """
    router = APIRouter()
    settings, lobby = settings or SocketSettings(), lobby or Lobby()

    @router.websocket("/audio")
    async def audio(websocket: WebSocket) -> None:
        offered = websocket.scope["subprotocols"]
        known = not offered or SUBPROTOCOL in offered
        seat = lobby.enter(websocket.client.host if websocket.client else "") if known else None
        if seat is None:
            await websocket.close()  # before it was accepted: HTTP 403
            return
        link = Link(websocket, settings.stall_timeout_s)
        codec = WireCodec(settings.max_message)
        try:
            await websocket.accept(SUBPROTOCOL if offered else None)
            start = await _await_start(link, codec, settings.start_timeout_s)
        finally:
            seat.leave()
        if start is not None:
            leg = Leg(SocketFarEnd(link, codec), _info(start, settings.lead_s), settings.leg)
            await leg.attend(handler, read(leg, link, codec))

    return router


def _info(start: Start, lead_s: float) -> LineInfo:
    profile = AudioProfile(name="socket", rate=start.rate, codec=start.encoding, lead_s=lead_s)
    return LineInfo(door="socket", caller=start.caller, flow=start.flow, profile=profile)


async def _await_start(link: Link, codec: WireCodec, timeout_s: float) -> Start | None:
    """The client's `start`; None when the connection was closed instead."""
    try:
        async with asyncio.timeout(timeout_s):
            while codec.start is None:
                match await link.receive():
                    case str(text):
                        codec.text(text)
                    case bytes(data):
                        codec.binary(data)
                    case int():
                        return None
            return codec.start
    except TimeoutError:
        error = WireError("start_timeout", f"send start within {timeout_s:g} s", 1008)
    except WireError as wrong:
        error = wrong
    await SocketFarEnd(link, codec).close(Farewell.refusing(error))
    return None


class SocketFarEnd:
    """A client of `warmline.audio.v1` (see `far_end.FarEnd`)."""

    reads = False

    def __init__(self, link: Link, codec: WireCodec) -> None:
        self._link = link
        self._codec = codec

    async def started(self, call_id: str) -> None:
        await self._text(Started(call_id=call_id))

    async def audio(self, frame: Pcm) -> None:
        await self._link.audio(self._codec.encode(frame))

    async def mark(self, name: str) -> None:
        await self._text(MarkSet(name=name))

    async def clear(self) -> None:
        await self._text(Clear())

    async def show(self, caption: Caption) -> None:
        pass  # programs read the record

    async def transfer(self, handover: Handover) -> bool:
        return False

    async def close(self, farewell: Farewell) -> None:
        last: ServerMessage = Ended(reason=farewell.reason)
        if farewell.code:
            last = Error(code=farewell.code, message=farewell.message)
        await self._link.close(farewell.close_code, last.model_dump_json())

    def abort(self) -> None:
        self._link.abort()

    async def _text(self, message: ServerMessage) -> None:
        await self._link.text(message.model_dump_json())


async def read(leg: Leg, link: Link, codec: WireCodec) -> None:
    """Take what the client sends until the line ends."""
    while not leg.gone:
        match await link.receive():
            case str(text):
                match codec.text(text):
                    case Dtmf(digit=digit):
                        leg.digit(digit)
                    case Stop():
                        leg.end("caller_hung_up", Farewell("caller_hung_up"))
                    case Start():
                        raise AssertionError("the codec refuses a second start")
            case bytes(data):
                await leg.audio(codec.binary(data))
            case int(code):
                leg.end(_GONE.get(code, "caller_hung_up"))
