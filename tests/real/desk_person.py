"""People as programs, with mouths and ears: a caller at `/audio`, and an agent at the desk.

They know the server by what goes over its sockets, as browsers do. An agent's audio is an aiortc
peer that brings the desk's media token; what somebody hears stays on their own clock.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Self

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
from websockets.typing import Origin

from warmline.audio.frame import FRAME, FRAME_S, RATE, Pcm
from warmline.caller.tracks import AUDIBLE, Track
from warmline.gateway.webrtc.aiortc_seams import use_tap
from warmline.gateway.webrtc.codec import Decoder, Encoder, VoicePacket

QUIET_S: Final = 1.0
"""Who was silent for so long has finished."""
PATIENCE_S: Final = 30.0
PING_S: Final = 5.0
_LOOK_S: Final = 0.05
_SILENCE: Final = np.zeros(FRAME, dtype=np.int16)


async def until(true: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> None:
    """Wait for a condition."""
    try:
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise AssertionError(f"in vain waited for: {what}") from None


class Voice:
    """A mouth that sends 20 ms of audio in real time, and ears: 16 kHz, on one clock."""

    def __init__(self, send: Callable[[Pcm], Awaitable[None]]) -> None:
        self._send = send
        self._clock = asyncio.get_running_loop().time
        self._words: deque[Pcm] = deque()
        self.sent = Track(RATE, self._clock())
        self.heard = Track(RATE, self._clock())
        self.held_up: list[tuple[float, float]] = []
        """Of each piece that was heard: its begin, and how long it had waited behind others."""

    @property
    def now(self) -> float:
        return self._clock()

    async def talk(self) -> None:
        self.sent.zero = self._clock()
        for number in range(10**9):
            pcm = self._words.popleft() if self._words else _SILENCE
            self.sent.append(pcm)
            await self._send(pcm)
            await asyncio.sleep(self.sent.zero + (number + 1) * FRAME_S - self._clock())

    def hear(self, pcm: Pcm) -> None:
        now = self._clock()
        waited = max(0.0, self.heard.end - now)
        self.held_up.append((now + waited - self.heard.zero, waited))
        self.heard.append_at(now, pcm)

    def held_up_between(self, begin: float, end: float) -> tuple[float, float]:
        """The shortest and the longest wait behind others (seconds) in a stretch of `heard`.

        Who plays without pause and drops nothing stays behind by the line's longest stall.
        """
        waits = [waited for at, waited in self.held_up if begin <= at < end]
        return min(waits), max(waits)

    async def say(self, pcm: Pcm) -> float:
        """Gives the moment at which it began, when all of it was sent."""
        begun = self._clock()
        padded = np.concatenate([pcm, np.zeros(-pcm.size % FRAME, dtype=np.int16)])
        self._words.extend(padded.reshape(-1, FRAME))
        await until(lambda: not self._words, "the end of what is said", 60)
        return begun

    async def quiet(self, since: float | None = None) -> Pcm:
        """Until somebody spoke (after `since`), and then was silent; gives what was heard."""
        since = self._clock() if since is None else since
        await until(lambda: self._loudest(since, self._clock()) > AUDIBLE, "a voice")
        await until(
            lambda: self._loudest(self._clock() - QUIET_S, self._clock()) <= AUDIBLE, "silence"
        )
        return self.since(since)

    def since(self, moment: float) -> Pcm:
        """What was heard from then on."""
        return self.heard.samples()[max(0, round((moment - self.heard.zero) * RATE)) :]

    def _loudest(self, begin: float, end: float) -> float:
        return float(self.heard.loudness(begin, end).max(initial=0))


class Phone(Voice):
    """A caller. Made by `phone`."""

    def __init__(self, client: ClientConnection, call_id: str) -> None:
        super().__init__(self._frame)
        self._client = client
        self.call_id = call_id
        self.ended = ""

    async def _frame(self, pcm: Pcm) -> None:
        await self._client.send(pcm.tobytes())

    async def press(self, keys: str) -> None:
        for key in keys:
            await self._client.send(json.dumps({"type": "dtmf", "digit": key}))
            await asyncio.sleep(0.1)

    async def listen(self) -> None:
        async for message in self._client:
            if isinstance(message, bytes):
                self.hear(np.frombuffer(message, dtype=np.int16))
                continue
            match json.loads(message):
                case {"type": "clear"}:
                    self.heard.cut(self.now)
                case {"type": "ended", "reason": reason}:
                    self.ended = reason


@asynccontextmanager
async def phone(url: str, flow: str, caller: str) -> AsyncIterator[Phone]:
    """A call that has begun; hangs up at the end."""
    address = url.replace("http", "ws", 1) + "/audio"
    async with connect(address, compression=None, max_size=2**20) as client:
        start = {"type": "start", "encoding": "pcm16", "rate": RATE}
        await client.send(json.dumps(start | {"flow": flow, "caller": caller}))
        made = Phone(client, json.loads(await client.recv())["call_id"])
        async with _running(made.talk(), made.listen()):
            yield made


class _Mouth(MediaStreamTrack):
    """Coded frames, sent when they come."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: asyncio.Queue[VoicePacket] = asyncio.Queue()
        self._encoder = Encoder("opus")

    async def send(self, pcm: Pcm) -> None:
        if (packet := self._encoder.encode(pcm)) is not None:
            self._packets.put_nowait(packet)

    async def recv(self) -> VoicePacket:
        return await self._packets.get()


@asynccontextmanager
async def headset(url: str, token: str) -> AsyncIterator[Voice]:
    """An agent's audio, by `/webrtc/offer` with the desk's media token."""
    mouth, up, decoder = _Mouth(), asyncio.Event(), Decoder("opus")
    voice = Voice(mouth.send)

    def take(packet: RtpPacket) -> None:
        if (pcm := decoder.decode(packet.payload)) is not None:
            voice.hear(pcm)

    peer = RTCPeerConnection(RTCConfiguration([]))
    channel = peer.createDataChannel("warmline")
    channel.on("open", up.set)
    try:
        transceiver = peer.addTransceiver(mouth, direction="sendrecv")
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        transceiver.setCodecPreferences([c for c in codecs if c.mimeType == "audio/opus"])
        use_tap(transceiver.receiver, take)
        await peer.setLocalDescription(await peer.createOffer())
        offer = {"type": "offer", "sdp": peer.localDescription.sdp, "token": token}
        async with httpx.AsyncClient(base_url=url) as client:
            answer = (await client.post("/webrtc/offer", json=offer)).raise_for_status().json()
        await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        async with asyncio.timeout(10):
            await up.wait()
        async with _running(voice.talk()):
            yield voice
            if channel.readyState == "open":
                channel.send('{"type": "stop"}')  # or the server waits for us to come back
                await asyncio.sleep(0.1)
    finally:
        await peer.close()


class Agent:
    """Somebody with an account: signed in, and their page open. Made by `at_desk`."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._feed: ClientConnection
        self.url = str(client.base_url).rstrip("/")
        self.user: dict[str, Any] = {}
        self.floor: dict[str, Any] = {"offer": None, "assignment": None}
        self.seen: list[dict[str, Any]] = []
        """All messages of the live feed."""
        self.panel: dict[str, dict[str, Any]] = {}
        """Everything that a page shows of the watched calls, by key."""

    async def enter(self, path: str, **body: Any) -> None:
        """By /api/setup or /api/session."""
        answer = (await self._client.post(path, json=body)).raise_for_status().json()
        self.user = answer["user"]
        self._client.headers["X-Warmline-CSRF"] = answer["csrf"]

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        """Of the HTTP API; gives its JSON, None where there is none. Raises HTTPStatusError."""
        answer = await self._client.request(method, path, json=body or None)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def post(self, path: str, **body: Any) -> Any:
        return await self.ask("POST", f"/api/desk{path}", **body)

    async def get(self, path: str) -> httpx.Response:
        return (await self._client.get(path)).raise_for_status()

    async def watch(self, call_id: str) -> None:
        await self._feed.send(json.dumps({"type": "watch", "call": call_id}))

    async def offer(self) -> dict[str, Any]:
        await until(lambda: self.floor["offer"], "an offer")
        return dict(self.floor["offer"])

    async def reads(self, who: str, voice: Voice, pcm: Pcm) -> float:
        """Let the caller or an agent say this, until their words are on the page for good; gives
        the moment at which they began."""
        before = len(self.seen)
        begun = await voice.say(pcm)

        def final() -> bool:
            changes = [c for message in self.seen[before:] for c in message.get("changes", [])]
            keys = {c["key"] for c in changes if c.get("who") == who}
            lines = [self.panel[key] for key in keys if key in self.panel]
            return bool(lines) and all(line["final"] for line in lines)

        await until(final, f"the words of the {who} after {self.lines()}")
        return begun

    def lines(self) -> list[str]:
        return [f"{c['name']}: {c['text']}" for c in self.panel.values() if c.get("kind") == "line"]

    @asynccontextmanager
    async def page(self) -> AsyncIterator[Self]:
        """The live feed is open."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._client.cookies.items())
        address = self.url.replace("http", "ws", 1) + "/api/live"
        page = connect(
            address, additional_headers={"Cookie": cookie}, origin=Origin(self.url), max_size=None
        )
        async with page as self._feed, _running(self._read(), self._live()):
            yield self

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            await self._feed.send('{"type": "ping"}')

    async def _read(self) -> None:
        async for text in self._feed:
            message = json.loads(text)
            self.seen.append(message)
            match message:
                case {"type": "floor"}:
                    self.floor = message
                case {"type": "snapshot", "view": changes} | {"type": "call", "changes": changes}:
                    for change in changes:
                        if "gone" in change:
                            self.panel.pop(change["key"], None)
                        else:
                            self.panel[change["key"]] = change


@asynccontextmanager
async def agent(url: str) -> AsyncIterator[Agent]:
    """Nobody yet: let them `enter`."""
    headers = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        yield Agent(client)


@asynccontextmanager
async def _running(*works: Any) -> AsyncIterator[None]:
    """Read and send meanwhile; that the server closes is no error."""

    async def run(work: Awaitable[None]) -> None:
        with suppress(ConnectionClosed):
            await work

    tasks = [asyncio.create_task(run(work)) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled() and (error := task.exception()):
                raise error
