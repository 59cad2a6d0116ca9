"""Owns the door `/asterisk/media`, to which Asterisk's WebSocket media channel connects.

Must not know what a call does, nor how an event or command is written (`channel`).

Asterisk paces and keeps up to 20 s; it gets no more than `lead_s`, so that a barge-in has
little to throw away there. It throws its notices of marks away too (FLUSH_MEDIA), so the
names of marks that may still be echoed are forgotten with it.
"""

import asyncio
import hmac
import logging
from base64 import b64decode
from binascii import Error as Base64Error
from collections import deque
from collections.abc import Mapping
from typing import Final, assert_never

from fastapi import APIRouter, WebSocket

from warmline.audio.frame import Pcm
from warmline.gateway.asterisk.calls import AsteriskCalls, Caller, label
from warmline.gateway.asterisk.channel import (
    MAX_BINARY,
    SUBPROTOCOL,
    ChannelCodec,
    Failed,
    Flow,
    Key,
    MarkPlayed,
    MediaStart,
    Other,
    parse,
)
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.far_end import FarEndGone, Farewell
from warmline.gateway.leg import Leg
from warmline.gateway.link import Link
from warmline.gateway.wire import WireError
from warmline.ports import AudioProfile, CallHandler, Caption, Handover, LineInfo

_LOG: Final = logging.getLogger(__name__)

MAX_MARKS: Final = 256
"""Marks on their way; of more the oldest are forgotten, and our clock decides about them."""
MAX_ERRORS: Final = 50
"""Errors that Asterisk may tell in one call."""
_HELD: Final = 50
"""Pieces of audio kept that come before MEDIA_START (Asterisk 22.7 does that): 1 s."""
_GONE: Final = {1002: "bad_input", 1007: "bad_input", 1009: "bad_input", 1012: "server_stopped"}
"""Why a connection closed that the line did not close: our own protocol's close codes."""


def media_router(
    handler: CallHandler, calls: AsteriskCalls, settings: AsteriskSettings
) -> APIRouter:
    """The route `/asterisk/media`; it refuses all while no password is set."""
    router = APIRouter()

    @router.websocket("/media")
    async def media(websocket: WebSocket) -> None:
        allowed = _may_enter(websocket.headers.get("authorization", ""), settings)
        if not allowed or SUBPROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.close()  # HTTP 403
            return
        await websocket.accept(SUBPROTOCOL)
        link = Link(websocket, settings.stall_timeout_s)
        try:
            async with asyncio.timeout(settings.start_timeout_s):
                start, held = await _await_start(link)
        except FarEndGone:
            return
        except TimeoutError:
            await link.close(1008)
            return
        except WireError as error:
            _LOG.warning("asterisk media: connection closed: %s", error)
            await link.close(error.close_code)
            return
        query = websocket.query_params
        key = label(query.get("uuid", "")) if settings.secret else ""
        codec = ChannelCodec(start)
        far_end = ChannelFarEnd(link, codec, key, calls, settings.stall_timeout_s)
        leg = Leg(far_end, _info(start, query, settings.lead_s), settings.leg)
        await leg.attend(handler, far_end.read(leg, held))

    return router


def _may_enter(authorization: str, settings: AsteriskSettings) -> bool:
    """Whether an HTTP Basic header (RFC 7617) has the settings' user and password."""
    scheme, _, credentials = authorization.partition(" ")
    try:
        given = b64decode(credentials.strip(), validate=True)
    except (Base64Error, ValueError):
        return False
    wanted = f"{settings.user}:{settings.password}".encode()
    same = hmac.compare_digest(given, wanted)
    return same and scheme.lower() == "basic" and bool(settings.password)


def _info(start: MediaStart, query: Mapping[str, str], lead_s: float) -> LineInfo:
    caller = Caller.of(query)
    return LineInfo(
        door="asterisk",
        caller=caller.number,
        called=caller.called,
        flow=caller.flow,
        profile=AudioProfile(
            name="asterisk", rate=start.rate, codec=start.codec, lead_s=lead_s, echoes_marks=True
        ),
    )


async def _await_start(link: Link) -> tuple[MediaStart, list[bytes]]:
    """MEDIA_START, and the audio before it. Raises WireError, FarEndGone."""
    held: deque[bytes] = deque(maxlen=_HELD)
    while True:
        match await link.receive():
            case str(text):
                if isinstance(event := parse(text), MediaStart):
                    return event, list(held)
            case bytes(data):
                held.append(data[:MAX_BINARY])
            case int():
                raise FarEndGone


class ChannelFarEnd:
    """An Asterisk behind its WebSocket channel (see `far_end.FarEnd`), and its reader."""

    reads = False

    def __init__(
        self,
        link: Link,
        codec: ChannelCodec,
        key: str,
        calls: AsteriskCalls,
        stall_timeout_s: float,
    ) -> None:
        """`key` is under what the dialplan asks for the outcome; empty when it does not ask."""
        self._link = link
        self._codec = codec
        self._key = key
        self._calls = calls
        self._stall_timeout_s = stall_timeout_s
        self._loop = asyncio.get_running_loop()
        self._full_since: float | None = None  # Asterisk takes no audio
        self._marks: dict[str, str] = {}  # our ids, and the names of the call's
        self._marks_set = 0
        self._errors = 0

    async def started(self, call_id: str) -> None:
        pass

    async def audio(self, frame: Pcm) -> None:
        """A full Asterisk has 18 s of audio to play: what comes then is dropped, for a while."""
        if self._full_since is not None:
            if self._loop.time() > self._full_since + self._stall_timeout_s:
                raise TimeoutError
            return
        if data := self._codec.encode(frame):
            await self._link.audio(data)

    async def mark(self, name: str) -> None:
        if data := self._codec.flush():
            await self._link.audio(data)
        self._marks_set += 1
        self._marks[id := f"m{self._marks_set}"] = name
        if len(self._marks) > MAX_MARKS:
            del self._marks[next(iter(self._marks))]
        await self._link.text(self._codec.command("MARK_MEDIA", id))

    async def clear(self) -> None:
        self._codec.drop()
        self._marks.clear()
        # A flush does not end a pause, whatever the manual says.
        for command in ("FLUSH_MEDIA", "CONTINUE_MEDIA"):
            await self._link.text(self._codec.command(command))

    async def show(self, caption: Caption) -> None:
        pass

    async def transfer(self, handover: Handover) -> bool:
        if not self._key:
            return False
        self._calls.hand_over(self._key, handover, self._loop.time())
        await self._part(1000)
        return True

    async def close(self, farewell: Farewell) -> None:
        self._calls.ended(self._key, farewell.reason, self._loop.time())
        await self._part(farewell.close_code)

    def abort(self) -> None:
        self._link.abort()

    async def _part(self, code: int) -> None:
        """End this channel; with `g` in its Dial() the dialplan goes on."""
        await self._link.close(code, self._codec.command("HANGUP"))

    async def read(self, leg: Leg, held: list[bytes]) -> None:
        """Take what Asterisk sends until the line ends, `held` before it."""
        for data in held:
            await leg.audio(self._codec.decode(data))
        while not leg.gone:
            match await self._link.receive():
                case str(text):
                    self._take(leg, text)
                case bytes(data):
                    await leg.audio(self._codec.decode(data))
                case int(code):
                    leg.end(_GONE.get(code, "caller_hung_up"))

    def _take(self, leg: Leg, text: str) -> None:
        match event := parse(text):
            case Key(digit=digit):
                leg.digit(digit)
            case MarkPlayed(id=id):
                if (name := self._marks.pop(id, None)) is not None:
                    leg.mark_echoed(name)
            case Flow(may_send=True):
                self._full_since = None
            case Flow():
                self._full_since = self._full_since or self._loop.time()
            case Failed():
                self._errors += 1
                if self._errors > MAX_ERRORS:
                    raise WireError("bad_message", "Asterisk understands no command", 1008)
            case MediaStart():
                raise WireError("bad_message", "MEDIA_START: it was sent already", 1008)
            case Other():
                pass
            case _:
                assert_never(event)
