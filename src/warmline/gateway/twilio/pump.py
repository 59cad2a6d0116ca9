"""Owns the way of a stream's messages to the leg: limits, order, and what is missing.

Must not know what a call does, nor how a stream is let in or what follows it.
"""

import asyncio
import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import Final, assert_never

from warmline.audio.frame import FRAME_S, Pcm
from warmline.gateway.leg import Leg
from warmline.gateway.link import Link
from warmline.gateway.twilio.limits import Bucket
from warmline.gateway.twilio.messages import (
    BadMedia,
    Complaint,
    Connected,
    Ignored,
    Key,
    MarkEchoed,
    Media,
    Started,
    Stopped,
    StreamEvent,
    StreamReader,
)
from warmline.gateway.twilio.order import Missing, Order
from warmline.gateway.wire import WireError

_LOG: Final = logging.getLogger(__name__)

Count = Callable[[str], None]
"""Told what happened to streams and webhooks, by a short name, for the metrics."""

MESSAGES_A_S: Final = 100.0
"""Twice what 20 ms messages need."""
MESSAGE_BURST: Final = 400.0
"""5 s of audio after a stall of the network, and what is said between."""
MAX_DROPPED: Final = 3000
"""Messages dropped for coming too fast (a minute's worth) before the stream is closed."""
BAD_MEDIA_A_S: Final = 10.0
BAD_MEDIA_BURST: Final = 25.0
"""Half a second without one good message in it is not the network's fault."""
SLACK_FRAMES: Final = 10
"""Missing audio is filled up to real time and this much more: 200 ms of jitter."""
_OUR_OWN: Final = 1012
"""Close code of this server when it stops."""


class StreamEnd(Enum):
    STOPPED = auto()
    """The provider said so."""
    LOST = auto()
    """The socket was closed, without a word or broken off."""
    SERVER_STOPPED = auto()
    BY_US = auto()


class Pump:
    """Brings one stream's messages to its leg."""

    def __init__(
        self,
        leg: Leg,
        link: Link,
        reader: StreamReader,
        start: Started,
        count: Count,
    ) -> None:
        self._leg = leg
        self._link = link
        self._reader = reader
        self._start = start
        self._count = count
        self._loop = asyncio.get_running_loop()
        self._order = Order(start.format.rate)
        self._late = 0  # of the order's, told to the leg already
        self._messages = Bucket(MESSAGES_A_S, MESSAGE_BURST)
        self._bad_media = Bucket(BAD_MEDIA_A_S, BAD_MEDIA_BURST)
        self._dropped = 0
        self._since: float | None = None  # when audio began
        self._taken_s = 0.0  # seconds of audio since then

    async def run(self) -> StreamEnd:
        """Until the line ends. Raises WireError when the peer breaks the protocol."""
        while not self._leg.gone:
            event: StreamEvent = Ignored()
            match await self._link.receive():
                case int(code):
                    await self._play(self._order.flush())
                    return StreamEnd.SERVER_STOPPED if code == _OUR_OWN else StreamEnd.LOST
                case _ if not self._messages.take(self._loop.time()):
                    await self._drop()
                case str(text):
                    event = self._reader.text(text)
                case bytes(data):
                    event = self._reader.binary(data)
            await self._take(event)
            if isinstance(event, Stopped):
                return StreamEnd.STOPPED
        return StreamEnd.BY_US

    async def _take(self, event: StreamEvent) -> None:
        match event:
            case Media():
                await self._play(self._order.push(event))
                self._leg.late(self._order.late - self._late)
                self._late = self._order.late
            case BadMedia():
                self._count("bad_media")
                if not self._bad_media.take(self._loop.time()):
                    raise WireError("bad_media", f"media: too many are {event.why}", 1008)
            case Key(digit=digit):
                self._leg.digit(digit)
            case MarkEchoed(name=name):
                self._leg.mark_echoed(name)
            case Complaint(code=code):
                self._count("complaint")
                _LOG.info("the provider of a stream complains: error %s", code)
            case Stopped():
                await self._play(self._order.flush())
            case Connected() | Started() | Ignored():
                pass
            case _ as never:
                assert_never(never)

    async def _play(self, pieces: list[Pcm | Missing]) -> None:
        for piece in pieces:
            now = self._loop.time()
            self._since = now if self._since is None else self._since
            match piece:
                case Missing(frames=frames):
                    behind = (now - self._since - self._taken_s) / FRAME_S
                    if (frames := min(frames, int(behind) + SLACK_FRAMES)) > 0:
                        self._taken_s += frames * FRAME_S
                        self._leg.lost(frames)
                case pcm:
                    self._taken_s += pcm.size / self._start.format.rate
                    await self._leg.audio(pcm)

    async def _drop(self) -> None:
        """A message too many; a peer that does not stop is closed."""
        self._dropped += 1
        if self._dropped == 1:
            self._count("too_fast")
        if self._dropped > MAX_DROPPED:
            raise WireError("too_fast", "messages: send audio at the pace of real time", 1008)
        await asyncio.sleep(0)  # a full socket must not keep the other calls waiting
