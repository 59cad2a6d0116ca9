"""The door `/asterisk/media`: in virtual time on a socket that only records, then for real."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from warmline.audio.frame import Frame
from warmline.gateway.asterisk.calls import AsteriskCalls
from warmline.gateway.asterisk.channel import ChannelCodec, MediaStart
from warmline.gateway.asterisk.http import asterisk_router
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.asterisk.websocket import MAX_ERRORS, MAX_MARKS, ChannelFarEnd
from warmline.gateway.leg import Leg
from warmline.gateway.link import Link
from warmline.gateway.protocol import UVICORN_OPTIONS
from warmline.ports import AudioProfile, Digit, Handover, Line, LineEvent, LineInfo, MarkPlayed

InVirtualTime = Callable[[Coroutine[Any, Any, None]], None]
START = {"event": "MEDIA_START", "format": "ulaw", "optimal_frame_size": 160, "ptime": 20}
BILLING = Handover("billing", "asked", "call-1")


class Peer:
    """Starlette's socket as far as the door uses it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.scope = {"extensions": {"warmline.abort": {"abort": self._abort}}}
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.texts: list[dict[str, Any]] = []
        self.audio: list[tuple[float, int]] = []
        self.closed: int | None = None
        self.aborted = False

    async def receive(self) -> dict[str, Any]:
        return await self.inbox.get()

    async def send_text(self, text: str) -> None:
        if self.closed is not None:
            raise WebSocketDisconnect(1006)
        self.texts.append(json.loads(text))

    async def send_bytes(self, data: bytes) -> None:
        self.audio.append((self.loop.time(), len(data)))

    async def close(self, code: int) -> None:
        self.closed = code
        self.leave()

    def _abort(self) -> None:
        self.aborted = True

    def say(self, event: str, **fields: object) -> None:
        text = json.dumps({"event": event} | fields)
        self.inbox.put_nowait({"type": "websocket.receive", "text": text})

    def speak(self, seconds: float) -> None:
        data = b"\x20" * round(seconds * 8_000)
        self.inbox.put_nowait({"type": "websocket.receive", "bytes": data})

    def leave(self, code: int = 1001) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": code})

    @property
    def commands(self) -> list[str]:
        return [text["command"] for text in self.texts]


class Call:
    """A leg on the door, its peer, and what the application got."""

    def __init__(self, *, key: str = "u-1", frame_bytes: int = 160) -> None:
        self.peer, self.calls = Peer(), AsteriskCalls()
        start = MediaStart(format="ulaw", frame_bytes=frame_bytes, json=True)
        link = Link(self.peer, 5.0)  # type: ignore[arg-type]
        self.far_end = ChannelFarEnd(link, ChannelCodec(start), key, self.calls, 5.0)
        profile = AudioProfile(
            name="asterisk", rate=8_000, codec="mulaw", lead_s=0.06, echoes_marks=True
        )
        info = LineInfo(door="asterisk", caller="", flow="", profile=profile)
        self.line = Leg(self.far_end, info, AsteriskSettings().leg)
        self.events: list[LineEvent] = []

    async def __aenter__(self) -> "Call":
        reader = self.far_end.read(self.line, [b"\x20" * 160])
        self.attended = asyncio.create_task(self.line.attend(self._handle, reader))
        await asyncio.sleep(0.001)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.peer.leave()
        await self.attended

    async def _handle(self, line: Line) -> None:
        async for event in line:
            self.events.append(event)

    def marks(self) -> list[str]:
        return [event.name for event in self.events if isinstance(event, MarkPlayed)]

    def heard(self) -> int:
        return sum(isinstance(event, Frame) for event in self.events)


def pcm(seconds: float) -> "np.typing.NDArray[np.int16]":
    return np.full(round(seconds * 8_000), 1000, dtype=np.int16)


def test_audio_keys_and_marks(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.say("DTMF_END", digit="7")
            call.peer.speak(0.1)
            await call.line.play(pcm(0.5))
            call.line.mark("the end")
            await asyncio.sleep(0.6)
            assert Digit("7") in call.events
            assert call.heard() >= 6  # one was held from before MEDIA_START
            assert [size for _, size in call.peer.audio] == [160] * 25
            assert call.peer.texts == [{"command": "MARK_MEDIA", "correlation_id": "m1"}]
            assert call.marks() == []
            call.peer.say("MEDIA_MARK_PROCESSED", correlation_id="m1")
            await asyncio.sleep(0.01)
            assert call.marks() == ["the end"]

    in_virtual_time(main())


def test_a_mark_that_is_never_echoed_is_played_by_the_clock(
    in_virtual_time: InVirtualTime,
) -> None:
    async def main() -> None:
        async with Call() as call:
            await call.line.play(pcm(0.1))
            call.line.mark("lost")
            await asyncio.sleep(3.0)
            assert call.marks() == ["lost"]

    in_virtual_time(main())


def test_a_barge_in_flushes_and_forgets_the_marks(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            await call.line.play(pcm(0.06))
            call.line.mark("cut")
            await asyncio.sleep(0.02)
            call.line.clear()
            await asyncio.sleep(0.01)
            assert call.peer.commands == ["MARK_MEDIA", "FLUSH_MEDIA", "CONTINUE_MEDIA"]
            call.peer.say("MEDIA_MARK_PROCESSED", correlation_id="m1")
            call.peer.say("MEDIA_MARK_PROCESSED", correlation_id="never set")
            await asyncio.sleep(3.0)
            assert call.marks() == []

    in_virtual_time(main())


def test_asterisk_s_frames_of_30_ms(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call(frame_bytes=240) as call:
            await call.line.play(pcm(0.1))
            call.line.mark("filled up")
            await asyncio.sleep(0.5)
            assert [size for _, size in call.peer.audio] == [240] * 4

    in_virtual_time(main())


def test_a_full_asterisk_gets_nothing_more_for_a_while(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.say("MEDIA_XOFF")
            await asyncio.sleep(0.01)
            await call.line.play(pcm(2.0))
            await asyncio.sleep(1.0)
            assert call.peer.audio == []
            call.line.clear()
            await asyncio.sleep(0.01)
            assert "FLUSH_MEDIA" in call.peer.commands, "a barge-in goes through"
            call.peer.say("MEDIA_XON")
            await call.line.play(pcm(0.1))
            await asyncio.sleep(0.5)
            assert len(call.peer.audio) == 5

    in_virtual_time(main())


def test_an_asterisk_that_stays_full_is_gone(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            call.peer.say("MEDIA_XOFF")
            await asyncio.sleep(0.01)
            call.peer.say("MEDIA_XOFF")
            await call.line.play(pcm(10.0))
            await asyncio.sleep(6.0)
            assert call.line.gone == "caller_stalled"
            assert call.peer.aborted

    in_virtual_time(main())


def test_hanging_up_and_giving_back(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            await call.line.hang_up("completed")
            assert (call.peer.commands, call.peer.closed) == (["HANGUP"], 1000)
            assert call.calls.next_step("u-1", 1.0) == "next=end"
        async with Call() as call:
            assert await call.line.transfer(BILLING)
            await call.attended
            assert (call.peer.commands, call.peer.closed) == (["HANGUP"], 1000)
            assert call.line.gone == "escalated"
            assert call.calls.next_step("u-1", 1.0).startswith("queue=billing")
        async with Call(key="") as call:
            assert not await call.line.transfer(BILLING)
            assert call.peer.closed is None

    in_virtual_time(main())


@pytest.mark.parametrize(
    ("event", "fields", "code"),
    [
        ("MEDIA_START", START, 1008),
        ("ERROR", {"error_text": "?"}, 1008),
    ],
)
def test_an_asterisk_that_makes_no_sense(
    in_virtual_time: InVirtualTime, event: str, fields: dict[str, Any], code: int
) -> None:
    async def main() -> None:
        async with Call() as call:
            for _ in range(MAX_ERRORS + 1):
                call.peer.say(**{"event": event} | fields)
            await call.attended
            assert call.line.gone == "bad_input"
            assert call.peer.closed == code
            assert call.calls.next_step("u-1", 1.0) == "next=failed&reason=bad_input"

    in_virtual_time(main())


def test_a_few_errors_cost_no_call(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            for _ in range(MAX_ERRORS):
                call.peer.say("ERROR", error_text="?")
            call.peer.say("STATUS", queue_length=0)
            await asyncio.sleep(0.1)
            assert call.line.gone == ""

    in_virtual_time(main())


def test_marks_do_not_pile_up(in_virtual_time: InVirtualTime) -> None:
    async def main() -> None:
        async with Call() as call:
            await call.line.play(pcm(0.1))
            for number in range(MAX_MARKS + 5):
                call.line.mark(f"n{number}")
            await asyncio.sleep(0.3)
            call.peer.say("MEDIA_MARK_PROCESSED", correlation_id="m1")
            call.peer.say("MEDIA_MARK_PROCESSED", correlation_id="m6")
            await asyncio.sleep(0.01)
            assert call.marks()[-1] == f"n{MAX_MARKS + 4}", "all stand at the same place"

    in_virtual_time(main())


# --- a real server ----------------------------------------------------------------------------

MEDIA = Subprotocol("media")
SIGNED_IN = {"Authorization": "Basic YXN0ZXJpc2s6aHVzaA=="}  # asterisk:hush
SETTINGS = AsteriskSettings(password="hush", secret="hush", start_timeout_s=0.5)


@asynccontextmanager
async def serving(
    seen: list[LineInfo], settings: AsteriskSettings = SETTINGS
) -> AsyncIterator[str]:
    async def handle(line: Line) -> None:
        seen.append(line.info)
        await line.started("c1")
        async for event in line:
            if isinstance(event, Digit):
                await line.transfer(BILLING)

    app = FastAPI()
    app.include_router(asterisk_router(handle, AsteriskCalls(), settings))
    config = uvicorn.Config(app, log_config=None, port=0, **UVICORN_OPTIONS)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/asterisk/media"
    finally:
        async with asyncio.timeout(5):
            await server.shutdown()


async def close_code(client: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed):
        while True:
            await client.recv()
    return client.close_code


async def test_the_handshake_and_a_call() -> None:
    seen: list[LineInfo] = []
    async with asyncio.timeout(10), serving(seen) as url:
        query = "?uuid=u-1&from=%2B15550100&to=100&flow=orders"
        async with connect(
            url + query, subprotocols=[MEDIA], additional_headers=SIGNED_IN
        ) as client:
            assert client.subprotocol == "media"
            await client.send(bytes(160))
            await client.send(json.dumps(START))
            await client.send('{"event":"DTMF_END","channel_id":"1.2","digit":"0"}')
            assert json.loads(await client.recv()) == {"command": "HANGUP"}
            assert await close_code(client) == 1000
    assert [(info.door, info.caller, info.called, info.flow) for info in seen] == [
        ("asterisk", "+15550100", "100", "orders")
    ]
    assert (seen[0].profile.codec, seen[0].rate) == ("mulaw", 8_000)


@pytest.mark.parametrize(
    ("headers", "subprotocol", "settings"),
    [
        (SIGNED_IN, None, SETTINGS),
        (SIGNED_IN, "other", SETTINGS),
        ({}, "media", SETTINGS),
        ({"Authorization": "Basic YXN0ZXJpc2s6d3Jvbmc="}, "media", SETTINGS),
        ({"Authorization": "Bearer YXN0ZXJpc2s6aHVzaA=="}, "media", SETTINGS),
        ({"Authorization": "Basic !"}, "media", SETTINGS),
        ({"Authorization": "Basic YXN0ZXJpc2s6"}, "media", AsteriskSettings()),
    ],
    ids=["none", "other", "nobody", "wrong", "bearer", "no base64", "closed"],
)
async def test_who_may_not_enter(
    headers: dict[str, str], subprotocol: str | None, settings: AsteriskSettings
) -> None:
    subprotocols = [Subprotocol(subprotocol)] if subprotocol else None
    async with asyncio.timeout(10), serving([], settings) as url:
        with pytest.raises(InvalidStatus) as raised:
            await connect(url, subprotocols=subprotocols, additional_headers=headers)
        assert raised.value.response.status_code == 403


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (None, 1008),
        ("STATUS queue_length:0", 1008),
        ('{"event":"MEDIA_START","format":"opus"}', 1003),
        ('{"event":', 1007),
    ],
)
async def test_a_connection_that_never_becomes_a_call(first: str | None, code: int) -> None:
    seen: list[LineInfo] = []
    async with (
        asyncio.timeout(10),
        serving(seen) as url,
        connect(url, subprotocols=[MEDIA], additional_headers=SIGNED_IN) as client,
    ):
        if first is not None:
            await client.send(first)
        assert await close_code(client) == code
    assert seen == []


async def test_a_connection_that_leaves_at_once() -> None:
    seen: list[LineInfo] = []
    async with asyncio.timeout(10), serving(seen) as url:
        client = await connect(url, subprotocols=[MEDIA], additional_headers=SIGNED_IN)
        await client.close()
    assert seen == []


async def test_plain_text_is_answered_in_plain_text() -> None:
    async with (
        asyncio.timeout(10),
        serving([]) as url,
        connect(url + "?uuid=1", subprotocols=[MEDIA], additional_headers=SIGNED_IN) as client,
    ):
        await client.send("MEDIA_START format:slin16 optimal_frame_size:640 ptime:20")
        await client.send("DTMF_END digit:5")
        assert await client.recv() == "HANGUP"
