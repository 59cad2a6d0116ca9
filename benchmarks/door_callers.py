"""Callers at each door: just enough of every protocol to speak, to listen and to hang up.

Knows the doors by what goes over their sockets. A caller is an async context manager: it gives
a function that sends 20 ms of audio, and hands what it hears to `hear`.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import httpx
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.rtp import RtpPacket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from warmline.audio import g711
from warmline.audio.frame import Pcm
from warmline.gateway.webrtc.aiortc_seams import use_tap
from warmline.gateway.webrtc.codec import Decoder, Encoder, VoicePacket

Ports = Mapping[str, int | str]
"""Of the server: `http`, others by the door's name; and its passwords."""
Hear = Callable[[Pcm], None]
Talk = Callable[[Pcm], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    name: str
    rate: int
    """Hz, in both directions."""
    call: Callable[[Ports, Hear], AbstractAsyncContextManager[Talk]]
    delay_ms: float
    """One way, at most."""
    idle_percent: float | None = None
    """Of a core, at most."""
    talking_percent: float | None = None


@asynccontextmanager
async def listening(work: Awaitable[None]) -> AsyncIterator[None]:
    """Read what comes while the caller lives; that the server closes is no error."""

    async def read() -> None:
        with suppress(ConnectionClosed, asyncio.IncompleteReadError, ConnectionError):
            await work

    reading = asyncio.create_task(read())
    try:
        yield
    finally:
        reading.cancel()
        await asyncio.wait([reading])


def pcm16(data: bytes) -> Pcm:
    return np.frombuffer(data, dtype="<i2").astype(np.int16)


@asynccontextmanager
async def audio_socket(ports: Ports, hear: Hear, room: str = "") -> AsyncIterator[Talk]:
    """`/audio`, 16 kHz; those of a room are joined by a bridge."""

    async def read(client: ClientConnection) -> None:
        async for message in client:
            if isinstance(message, bytes):
                hear(pcm16(message))

    url = f"ws://127.0.0.1:{ports['http']}/audio"
    async with connect(url, compression=None) as client:
        sound = {"encoding": "pcm16", "rate": 16_000}
        await client.send(json.dumps({"type": "start", "flow": room, **sound}))
        await client.recv()
        async with listening(read(client)):
            yield lambda pcm: client.send(pcm.tobytes())


@asynccontextmanager
async def asterisk_media(ports: Ports, hear: Hear) -> AsyncIterator[Talk]:
    """`/asterisk/media`, mu-law, as Asterisk 22.8's chan_websocket."""

    async def read(client: ClientConnection) -> None:
        async for message in client:
            if isinstance(message, bytes):
                hear(g711.decode(message))
            elif (command := json.loads(message))["command"] == "MARK_MEDIA":
                event = {"event": "MEDIA_MARK_PROCESSED", "correlation_id": command["id"]}
                await client.send(json.dumps(event))

    url = f"ws://127.0.0.1:{ports['http']}/asterisk/media"
    basic = base64.b64encode(f"asterisk:{ports['asterisk_password']}".encode()).decode()
    async with connect(
        url,
        compression=None,
        subprotocols=[Subprotocol("media")],
        additional_headers={"Authorization": f"Basic {basic}"},
    ) as client:
        start = {"event": "MEDIA_START", "connection_id": "media1", "channel": "WebSocket/media1"}
        start |= {"channel_id": "1.1", "format": "ulaw"}
        sizes = {"optimal_frame_size": 160, "ptime": 20}
        await client.send(json.dumps(start | sizes))
        async with listening(read(client)):
            yield lambda pcm: client.send(g711.encode(pcm))


@asynccontextmanager
async def audiosocket(ports: Ports, hear: Hear) -> AsyncIterator[Talk]:
    """AudioSocket, 8 kHz slin, as Asterisk's application."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(ports["audiosocket"]))

    async def read() -> None:
        while True:
            head = await reader.readexactly(3)
            data = await reader.readexactly(int.from_bytes(head[1:], "big"))
            if head[0] == 0x10:
                hear(pcm16(data))

    async def talk(pcm: Pcm) -> None:
        writer.write(b"\x10" + (2 * pcm.size).to_bytes(2, "big") + pcm.astype("<i2").tobytes())
        await writer.drain()

    try:
        writer.write(b"\x01\x00\x10" + uuid4().bytes)
        async with listening(read()):
            yield talk
    finally:
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def twilio_media(ports: Ports, hear: Hear) -> AsyncIterator[Talk]:
    """`/twilio/media`, mu-law in JSON, as Twilio after its webhook was answered."""
    numbers = count(1)
    stream, call = f"MZ{uuid4().hex}", f"CA{uuid4().hex}"

    def text(event: str, **body: object) -> str:
        ids = {"sequenceNumber": str(next(numbers)), "streamSid": stream}
        return json.dumps({"event": event, **ids, **body})

    async def read(client: ClientConnection) -> None:
        async for message in client:
            command = json.loads(message)
            if command["event"] == "media":
                hear(g711.decode(base64.b64decode(command["media"]["payload"])))
            elif command["event"] == "mark":
                await client.send(text("mark", mark=command["mark"]))

    chunks = count(1)

    async def talk(pcm: Pcm) -> None:
        chunk = next(chunks)
        payload = base64.b64encode(g711.encode(pcm)).decode()
        place = {"track": "inbound", "chunk": str(chunk), "timestamp": str(20 * chunk)}
        await client.send(text("media", media={**place, "payload": payload}))

    url = f"ws://127.0.0.1:{ports['http']}/twilio/media"
    async with connect(url, compression=None) as client:
        await client.send(
            json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        )
        sound = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        ids = {"accountSid": f"AC{uuid4().hex}", "streamSid": stream, "callSid": call}
        start = {**ids, "tracks": ["inbound"], "mediaFormat": sound, "customParameters": {}}
        await client.send(text("start", start=start))
        async with listening(read(client)):
            yield talk


class _Voice(MediaStreamTrack):
    """Coded frames, sent when they come."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: asyncio.Queue[VoicePacket] = asyncio.Queue()
        self._encoder = Encoder("opus")

    async def talk(self, pcm: Pcm) -> None:
        if (packet := self._encoder.encode(pcm)) is not None:
            self._packets.put_nowait(packet)

    async def recv(self) -> VoicePacket:
        return await self._packets.get()


@asynccontextmanager
async def webrtc(ports: Ports, hear: Hear) -> AsyncIterator[Talk]:
    """`/webrtc/offer`, Opus: an aiortc peer that hears packets as they come, without a buffer."""
    decoder = Decoder("opus")

    def take(packet: RtpPacket) -> None:
        if (pcm := decoder.decode(packet.payload)) is not None:
            hear(pcm)

    voice, up, over = _Voice(), asyncio.Event(), asyncio.Event()
    peer = RTCPeerConnection(RTCConfiguration([]))
    channel = peer.createDataChannel("warmline")
    channel.on("open", up.set)

    @channel.on("message")
    def told(text: str) -> None:
        if json.loads(text)["type"] == "ended":
            over.set()

    try:
        transceiver = peer.addTransceiver(voice, direction="sendrecv")
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        transceiver.setCodecPreferences([c for c in codecs if c.mimeType == "audio/opus"])
        use_tap(transceiver.receiver, take)
        await peer.setLocalDescription(await peer.createOffer())
        offer = {"type": "offer", "sdp": peer.localDescription.sdp}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['http']}") as client:
            answer = (await client.post("/webrtc/offer", json=offer)).raise_for_status().json()
        await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        async with asyncio.timeout(10):
            await up.wait()
        yield voice.talk
        channel.send('{"type": "stop"}')  # or the server waits for us to come back
        async with asyncio.timeout(10):
            await over.wait()
    finally:
        await peer.close()


@asynccontextmanager
async def bridge(ports: Ports, hear: Hear) -> AsyncIterator[Talk]:
    """Two callers at `/audio` joined by a bridge: one speaks, the other hears it."""
    room = uuid4().hex
    async with (
        audio_socket(ports, lambda pcm: None, room) as speaker,
        audio_socket(ports, hear, room) as listener,
    ):

        async def talk(pcm: Pcm) -> None:
            await speaker(pcm)
            await listener(np.zeros_like(pcm))

        yield talk


DOORS: tuple[Door, ...] = (
    Door(name="audio", rate=16_000, call=audio_socket, delay_ms=20),
    Door(name="twilio", rate=8000, call=twilio_media, delay_ms=20),
    Door(name="asterisk", rate=8000, call=asterisk_media, delay_ms=20),
    Door(name="audiosocket", rate=8000, call=audiosocket, delay_ms=25),
    Door(
        name="webrtc",
        rate=16_000,
        call=webrtc,
        delay_ms=60,
        idle_percent=4,
        talking_percent=8,
    ),
    Door(name="bridge", rate=16_000, call=bridge, delay_ms=40),
)
"""The bounds are the project's own; AudioSocket's allows for the 20 ms of silence that must be
played out before a word, and the bridge's is beside those of its two doors."""
