"""A bad network on loopback, a caller who speaks through it, and three who listen.

Knows WebRTC stacks: stock aiortc, our engine, and wrtc (libwebrtc) where it is installed.
"""

import asyncio
import fractions
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.gateway.webrtc.aiortc_engine import AiortcEngine
from warmline.gateway.webrtc.engine import Closed, Heard
from warmline.gateway.webrtc.offer import read

WIRE_RATE: Final = 48_000
FRAME: Final = WIRE_RATE // 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What happens to the caller's audio packets on their way."""

    loss: float
    """Share of packets, each on its own."""
    jitter_ms: float
    """Each packet is delayed by up to so much, evenly; none overtakes another."""
    seed: int = 1


# --- the network ------------------------------------------------------------------------------


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, got: Callable[[bytes, Any], None]) -> None:
        self._got = got
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._got(data, addr)


class Relay:
    """Stands before one listener; only audio towards it suffers."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._random = random.Random(network.seed)
        self._loop = asyncio.get_running_loop()
        self._free_at = 0.0
        self._caller: Any = None
        self._listener: Any = None
        self._front: _Socket
        self._back: _Socket

    async def before(self, answer: str) -> str:
        """The listener's answer, leading to this relay instead."""
        found = re.search(r"a=candidate:\S+ 1 udp \d+ (127\.0\.0\.1) (\d+) typ host", answer)
        assert found, "the listener has no address on loopback"
        self._listener = (found[1], int(found[2]))
        local = ("127.0.0.1", 0)
        _, self._front = await self._loop.create_datagram_endpoint(
            lambda: _Socket(self._from_caller), local
        )
        _, self._back = await self._loop.create_datagram_endpoint(
            lambda: _Socket(self._from_listener), local
        )
        port = self._front.transport.get_extra_info("sockname")[1]
        lines = [line for line in answer.splitlines() if not line.startswith("a=candidate")]
        at = next(n for n, line in enumerate(lines) if line.startswith("a=mid"))
        lines.insert(at, f"a=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host")
        return "\r\n".join(line for line in lines if line != "a=end-of-candidates") + "\r\n"

    def close(self) -> None:
        self._front.transport.close()
        self._back.transport.close()

    def _from_caller(self, data: bytes, addr: Any) -> None:
        self._caller = addr
        if not (127 < data[0] < 192) or 200 <= data[1] <= 206:
            self._back.transport.sendto(data, self._listener)
            return
        lost = self._random.random() < self._network.loss
        delay = self._random.random() * self._network.jitter_ms / 1000
        if lost:
            return
        self._free_at = max(self._free_at, self._loop.time() + delay)
        self._loop.call_at(self._free_at, self._pass_on, data)

    def _pass_on(self, data: bytes) -> None:
        if not self._back.transport.is_closing():
            self._back.transport.sendto(data, self._listener)

    def _from_listener(self, data: bytes, addr: Any) -> None:
        if self._caller is not None:
            self._front.transport.sendto(data, self._caller)


# --- the caller ---------------------------------------------------------------------------------


class Voice(MediaStreamTrack):
    """Speech at 16 kHz, frame by frame at the pace of real time, then silence."""

    kind = "audio"

    def __init__(self, speech: Pcm) -> None:
        super().__init__()
        self._speech = resample(speech, RATE, WIRE_RATE)
        self._sent = 0
        self._time = asyncio.get_running_loop().time
        self.began = 0.0
        """When the first frame was handed out; its last sample is taken to be spoken then."""

    async def recv(self) -> AudioFrame:
        if not self._sent:
            self.began = self._time()
        await asyncio.sleep(max(0.0, self.began + self._sent * 0.02 - self._time()))
        samples = self._speech[self._sent * FRAME : (self._sent + 1) * FRAME]
        samples = np.pad(samples, (0, FRAME - samples.size))
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = WIRE_RATE, self._sent * FRAME
        frame.time_base = fractions.Fraction(1, WIRE_RATE)
        self._sent += 1
        return frame


# --- who listens --------------------------------------------------------------------------------


@dataclass(slots=True)
class Recording:
    """What a listener gave out, piece by piece, with the time of each."""

    rate: int = RATE
    pieces: list[Pcm] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    some: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, pcm: Pcm, now: float) -> None:
        self.pieces.append(pcm)
        self.times.append(now)
        self.some.set()


class Listener(Protocol):
    recording: Recording

    async def answer(self, offer: str) -> str: ...
    async def close(self) -> None: ...


class Ours:
    def __init__(self) -> None:
        self.recording = Recording()

    async def answer(self, offer: str) -> str:
        self._peer = await AiortcEngine(addresses=["127.0.0.1"]).accept(read(offer))
        self._task = asyncio.create_task(self._listen())
        return self._peer.answer

    async def close(self) -> None:
        await self._peer.close()
        await self._task

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while not isinstance(event := await self._peer.receive(), Closed):
            if isinstance(event, Heard):
                self.recording.add(event.pcm, loop.time())


class Track:
    """A stack with aiortc's interface: aiortc itself, or wrtc's imitation of it."""

    def __init__(self, connection: Any, description: Any) -> None:
        self.recording = Recording(rate=WIRE_RATE)
        self._connection, self._description = connection, description
        self._tasks: list[asyncio.Task[None]] = []
        connection.on("track", lambda track: self._tasks.append(
            asyncio.create_task(self._listen(track))
        ))  # fmt: skip

    async def answer(self, offer: str) -> str:
        await self._connection.setRemoteDescription(self._description(sdp=offer, type="offer"))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return str(self._connection.localDescription.sdp)

    async def close(self) -> None:
        await self._connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self, track: Any) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                frame = await track.recv()
                samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))
                self.recording.add(samples[:, 0].astype(np.int16), loop.time())
        except MediaStreamError:
            pass


def stock() -> Listener:
    return Track(RTCPeerConnection(RTCConfiguration([])), RTCSessionDescription)


def libwebrtc() -> Listener:
    """Raises ImportError where wrtc is not installed."""
    import webrtc
    from webrtc import aiortc as imitation

    if not getattr(libwebrtc, "ready", False):
        webrtc.allow_loopback()
        libwebrtc.ready = True  # type: ignore[attr-defined]
    return Track(
        imitation.RTCPeerConnection(imitation.RTCConfiguration([])),
        imitation.RTCSessionDescription,
    )


# --- a call -------------------------------------------------------------------------------------


async def call(
    speech: Pcm, listener: Listener, network: Network, extra_s: float
) -> tuple[float, Recording]:
    """Speak through the network; when it began (see `Voice.began`) and what was heard."""
    caller, voice = RTCPeerConnection(RTCConfiguration([])), Voice(speech)
    relay = Relay(network)
    caller.addTrack(voice)
    await caller.setLocalDescription()
    offer = caller.localDescription.sdp
    lines = [line for line in offer.splitlines() if "candidate" not in line]
    answer = await relay.before(await listener.answer("\r\n".join(lines) + "\r\n"))
    await caller.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.wait_for(listener.recording.some.wait(), 20)
    await asyncio.sleep(speech.size / RATE + extra_s)
    await asyncio.gather(caller.close(), listener.close())
    relay.close()
    return voice.began, listener.recording
