"""The way of messages to the leg, in virtual time: floods, bad audio, what is missing."""

import asyncio
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

import pytest

from warmline.audio.frame import Pcm
from warmline.gateway.twilio.messages import StreamReader
from warmline.gateway.twilio.pump import (
    BAD_MEDIA_BURST,
    MAX_DROPPED,
    MESSAGE_BURST,
    SLACK_FRAMES,
    Pump,
    StreamEnd,
)
from warmline.gateway.wire import WireError

InVirtualTime = Callable[[Coroutine[Any, Any, None]], None]
FRAME = b64encode(b"\x80" * 160).decode()
START = {
    "streamSid": "MZ1",
    "callSid": "CA1",
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
}


class Peer:
    """A leg that notes what it gets, and a link whose other end says what it is told to; a float
    is a pause in seconds."""

    def __init__(self, messages: Iterable[str | int | float]) -> None:
        self._messages: Iterator[str | int | float] = iter(messages)
        self.read = 0
        self.frames = 0
        self.missing = 0
        self.gone = ""

    async def receive(self) -> str | int:
        for message in self._messages:
            if isinstance(message, float):
                await asyncio.sleep(message)
                continue
            self.read += 1
            return message
        return 1000

    async def audio(self, pcm: Pcm) -> None:
        self.frames += pcm.size // 160

    def lost(self, frames: int) -> None:
        self.missing += frames

    def late(self, frames: int) -> None:
        pass


class Case:
    def __init__(self, *messages: str | int | float) -> None:
        self.peer = Peer(messages)
        self.counts: Counter[str] = Counter()

    async def run(self) -> StreamEnd:
        reader = StreamReader()
        reader.text(json.dumps({"event": "start", "streamSid": "MZ1", "start": START}))
        assert reader.start is not None
        pump = Pump(self.peer, self.peer, reader, reader.start, self._count)  # type: ignore[arg-type]
        return await pump.run()

    def _count(self, name: str) -> None:
        self.counts[name] += 1


def media(chunk: int, payload: str = FRAME) -> str:
    fields = {"chunk": chunk, "timestamp": chunk * 20, "payload": payload}
    return json.dumps({"event": "media", "streamSid": "MZ1", "media": fields})


NOISE = json.dumps({"event": "noise"})


def test_a_flood_is_dropped_and_then_refused(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        case = Case(*([NOISE] * 5000))
        with pytest.raises(WireError, match="real time") as refused:
            await case.run()
        assert (refused.value.code, refused.value.close_code) == ("too_fast", 1008)
        assert case.peer.read == MESSAGE_BURST + MAX_DROPPED + 1
        assert case.counts == {"too_fast": 1}

    in_virtual_time(main())


def test_a_thousand_messages_a_second_are_thinned_out(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        messages = [part for chunk in range(2000) for part in (media(chunk), 0.001)]
        case = Case(*messages)
        assert await case.run() is StreamEnd.LOST
        assert MESSAGE_BURST + 150 < case.peer.frames < MESSAGE_BURST + 250
        assert case.peer.missing <= SLACK_FRAMES, "nothing was missing in real time"

    in_virtual_time(main())


def test_five_seconds_at_once_are_heard_whole(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        case = Case(5.0, *(media(chunk) for chunk in range(250)))
        await case.run()
        assert (case.peer.frames, case.peer.missing) == (250, 0)

    in_virtual_time(main())


def test_a_gap_is_filled_up_to_real_time(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        case = Case(media(0), 2.0, media(100), media(101), media(102))
        await case.run()
        assert (case.peer.frames, case.peer.missing) == (4, 99)
        case = Case(media(0), media(100), media(101), media(102))
        await case.run()
        assert case.peer.missing <= SLACK_FRAMES

    in_virtual_time(main())


def test_bad_audio_now_and_then(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        now_and_then = [part for chunk in range(100) for part in (media(chunk, "="), 0.2)]
        case = Case(*now_and_then)
        assert await case.run() is StreamEnd.LOST
        assert case.counts == {"bad_media": 100}
        with pytest.raises(WireError, match="not base64"):
            await Case(*(media(chunk, "=") for chunk in range(100))).run()
        case = Case(*(media(chunk, "=") for chunk in range(int(BAD_MEDIA_BURST))))
        assert await case.run() is StreamEnd.LOST

    in_virtual_time(main())


@pytest.mark.parametrize(
    ("message", "end"),
    [
        (json.dumps({"event": "stop", "stop": {"callSid": "CA1"}}), StreamEnd.STOPPED),
        (1000, StreamEnd.LOST),
        (1006, StreamEnd.LOST),
        (1012, StreamEnd.SERVER_STOPPED),
    ],
)
def test_ends(in_virtual_time: InVirtualTime, message: str | int, end: StreamEnd) -> None:
    """What waits for a message in between is not lost with it."""

    async def main() -> None:
        case = Case(media(0), media(2), message)
        assert await case.run() is end
        assert (case.peer.frames, case.peer.missing) == (2, 1)

    in_virtual_time(main())
