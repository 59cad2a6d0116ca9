"""What the WebRTC door's tests share: a browser's offer, and a caller made of stock aiortc."""

import asyncio
import contextlib
import fractions
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aioice.ice
import httpx
import numpy as np
import pytest
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from fastapi import FastAPI

from warmline.audio.frame import Frame, Pcm
from warmline.gateway.webrtc.calls import CallLimits
from warmline.gateway.webrtc.door import WebRtcSettings, webrtc_router
from warmline.ports import Digit, Line, LineEvent

CHROME = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS 6c1a
m=audio 50001 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 192.0.2.7
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2122260223 8a3b6a1e-6a3d-4b1c-9d3e-1f2a3b4c5d6e.local 50001 typ host generation 0
a=candidate:2 1 udp 2122194687 192.0.2.7 50002 typ host generation 0 network-id 1
a=candidate:3 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active generation 0
a=ice-ufrag:4ZcD
a=ice-pwd:2/1muCWoOi3uLifh0NuRHlmr
a=ice-options:trickle
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:6c1a 0d2e
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:1234567 cname:x
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:4ZcD
a=ice-pwd:2/1muCWoOi3uLifh0NuRHlmr
a=ice-options:trickle
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
a=setup:actpass
a=mid:1
a=sctp-port:5000
a=max-message-size:262144
""".replace("\n", "\r\n")  # noqa: E501


@pytest.fixture
def chrome_offer() -> str:
    """As Chrome makes it, with red left in."""
    return CHROME


class Mic(MediaStreamTrack):
    """A tone of 300 Hz, 20 ms at a time, at the pace of real time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0
        self._time = asyncio.get_running_loop().time
        self._began = self._time()

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(max(0.0, self._began + self._sent * 0.02 - self._time()))
        at = (self._sent * 960 + np.arange(960)) / 48_000
        samples = (8000 * np.sin(2 * np.pi * 300 * at)).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base = 48_000, fractions.Fraction(1, 48_000)
        frame.pts = self._sent * 960
        self._sent += 1
        return frame


class Caller:
    """Stock aiortc as a browser; it drains what it hears and keeps the loudest of it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.texts: list[dict[str, Any]] = []
        self.loudest = 0
        self.pc_id = ""
        self.connection: RTCPeerConnection
        self.channel: RTCDataChannel
        self._open = asyncio.Event()
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def offer(self) -> str:
        """A new connection, not yet answered."""
        self.connection = RTCPeerConnection(RTCConfiguration([]))
        self.connection.addTrack(Mic())
        self._open.clear()
        self.channel = self.connection.createDataChannel("warmline")
        self.channel.on("open", self._open.set)
        self.channel.on("message", self._told)
        self.connection.on("track", self._drain)
        await self.connection.setLocalDescription()
        return self.connection.localDescription.sdp

    async def answered(self, sdp: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        await self._open.wait()

    async def call(self, **fields: object) -> dict[str, Any]:
        """Connect, with a token of the door's; its answer."""
        if "pc_id" not in fields:
            origin = {"Origin": str(self.http.base_url)}
            token = (await self.http.post("/webrtc/token", headers=origin)).json()["token"]
            fields = {"token": token} | fields
        body = {"sdp": await self.offer(), "type": "offer"} | fields
        response = await self.http.post("/webrtc/offer", json=body)
        answer: dict[str, Any] = response.json()
        assert response.status_code == 200, answer
        self.pc_id = answer["pc_id"]
        await self.answered(answer["sdp"])
        return answer

    def say(self, **message: object) -> None:
        self.channel.send(json.dumps(message))

    async def told(self, kind: str) -> dict[str, Any]:
        """The next text of this type; it is taken out of those that came."""
        async with asyncio.timeout(10):
            while True:
                self._changed.clear()
                for text in self.texts:
                    if text["type"] == kind:
                        self.texts.remove(text)
                        return text
                await self._changed.wait()

    async def leave(self) -> None:
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _told(self, text: str) -> None:
        self.texts.append(json.loads(text))
        self._changed.set()

    def _drain(self, track: MediaStreamTrack) -> None:
        async def pump() -> None:
            with contextlib.suppress(MediaStreamError):
                while True:
                    frame = await track.recv()
                    assert isinstance(frame, AudioFrame)
                    self.loudest = max(self.loudest, int(np.abs(frame.to_ndarray()).max()))

        self._tasks.add(asyncio.create_task(pump()))


class Calls:
    """A handler that takes every call, keeps what comes and says a tone."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.events: list[LineEvent] = []
        self.gone: list[str] = []
        self.over = asyncio.Event()
        self._came = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        self.lines.append(line)
        await line.started(f"call-{len(self.lines)}")
        tone = 9000 * np.sin(2 * np.pi * 440 * np.arange(line.info.rate) / line.info.rate)
        await line.play(tone.astype(np.int16))
        async for event in line:
            self.events.append(event)
            self._came.set()
        self.gone.append(line.gone)
        self.over.set()

    @property
    def frames(self) -> list[Pcm]:
        return [event.samples for event in self.events if isinstance(event, Frame)]

    @property
    def digits(self) -> str:
        return "".join(event.digit for event in self.events if isinstance(event, Digit))

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not enough():
                self._came.clear()
                await self._came.wait()


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """ICE on 127.0.0.1 only, which aioice would leave out."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


@pytest.fixture
async def calls() -> Calls:
    return Calls()


OpenDoor = Callable[[WebRtcSettings], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def open_door(loopback: None, calls: Calls) -> OpenDoor:
    """The door with its real engine, in this process."""

    @contextlib.asynccontextmanager
    async def opened(settings: WebRtcSettings) -> AsyncIterator[httpx.AsyncClient]:
        app = FastAPI()
        app.include_router(webrtc_router(calls, settings))
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://warmline.test") as client,
        ):
            yield client

    return opened


@pytest.fixture
async def http(open_door: OpenDoor) -> AsyncIterator[httpx.AsyncClient]:
    async with open_door(WebRtcSettings(limits=CallLimits(max_calls=20))) as client:
        yield client


@pytest.fixture
async def caller(http: httpx.AsyncClient) -> AsyncIterator[Caller]:
    caller = Caller(http)
    yield caller
    await caller.leave()


@pytest.fixture
def new_caller(http: httpx.AsyncClient) -> Callable[[], Caller]:
    return lambda: Caller(http)
