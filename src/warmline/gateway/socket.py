"""Owns the WebSocket door `/audio`: from the handshake over `start` to the end of the call.

Must not know what a call does: the handler gets the line, and its return ends the call.
"""

import asyncio
import logging
import traceback
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, WebSocket

from warmline.audio.frame import FRAME_S
from warmline.errors import CallRefused, ConfigError
from warmline.gateway.intake import Intake
from warmline.gateway.line import Link, SocketLine
from warmline.gateway.playout import LEAD_S, MAX_LEAD_S, Playout
from warmline.gateway.wire import MAX_MESSAGE, SUBPROTOCOL, Error, Start, WireCodec, WireError
from warmline.ports import CallHandler, LineInfo

_LOG: Final = logging.getLogger(__name__)


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
    max_queue_s: float = 20.0
    """`play` waits while more than this is queued."""
    input_ring_s: float = 30.0
    """Caller's audio kept for a call that does not keep up: the longest utterance."""
    burst_s: float = 5.0
    """How far a caller may run ahead of real time, after a stall of the network."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name}: must be more than 0")
        if not FRAME_S <= self.lead_s <= MAX_LEAD_S:
            raise ConfigError(f"lead_s: must be {FRAME_S} to {MAX_LEAD_S} seconds")


def audio_router(handler: CallHandler, settings: SocketSettings | None = None) -> APIRouter:
    """The route `/audio`. `handler` gets the line of each caller; its return ends the call."""
    router = APIRouter()
    settings = settings or SocketSettings()

    @router.websocket("/audio")
    async def audio(websocket: WebSocket) -> None:
        offered = websocket.scope["subprotocols"]
        if offered and SUBPROTOCOL not in offered:
            await websocket.close()
            return
        await websocket.accept(SUBPROTOCOL if offered else None)
        link = Link(websocket, settings.stall_timeout_s)
        codec = WireCodec(settings.max_message)
        if (start := await _await_start(link, codec, settings.start_timeout_s)) is not None:
            await _attend(_line(link, codec, start, settings), handler)

    return router


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
    await link.close(Error(code=error.code, message=str(error)), error.close_code)
    return None


def _line(link: Link, codec: WireCodec, start: Start, settings: SocketSettings) -> SocketLine:
    return SocketLine(
        link,
        codec,
        LineInfo(door="socket", caller=start.caller, flow=start.flow, rate=start.rate),
        intake=Intake(start.rate, ring_s=settings.input_ring_s, burst_s=settings.burst_s),
        playout=Playout(start.rate, settings.lead_s),
        max_queue_s=settings.max_queue_s,
    )


async def _attend(line: SocketLine, handler: CallHandler) -> None:
    """Run the call and its two tasks; when this returns, none of them lives."""
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(line.read(), name="line reader")
        tasks.create_task(line.send(), name="line sender")
        try:
            await handler(line)
        except CallRefused as refused:
            await line.fail(refused.code, str(refused), 1008)
        except Exception as error:
            # The words of an unforeseen error may be the caller's; its place never is.
            _LOG.error("call %s: failed: %s", line.call_id or "not started", _place(error))
            await line.fail("internal", "the call failed, please try again", 1011)
        else:
            await line.hang_up("completed")
        reader.cancel()


def _place(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}"
