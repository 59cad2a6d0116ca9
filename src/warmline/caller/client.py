"""One call over the plain WebSocket door: sends in real time, keeps both tracks and all marks."""

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from warmline.audio import g711
from warmline.audio.frame import Pcm
from warmline.caller.tracks import AUDIBLE, Track
from warmline.errors import WarmlineError

FRAME_S: Final = 0.02
QUIET_S: Final = 0.8
"""The bot has finished when it was silent for so long."""
LISTENS_S: Final = 30.0
"""The longest that is listened to: hold music has no end."""
REPLY_TIMEOUT_S: Final = 10.0
GREETING_TIMEOUT_S: Final = 10.0
KEY_GAP_S: Final = 0.15
HOLES_S: Final = (0.005, 0.25)
"""A silence of such a length with sound on both sides is a hole; a longer one may be meant."""


class CallFailed(WarmlineError):
    """The server refused the call or cannot be reached."""


@dataclass(frozen=True, slots=True)
class Play:
    """Speak these samples (at the call's rate), then wait for the answer."""

    samples: Pcm


@dataclass(frozen=True, slots=True)
class Press:
    """Press these keys, then wait for the answer."""

    keys: str


Step = Play | Press


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    url: str = "http://127.0.0.1:8080"
    flow: str = ""
    caller: str = "+15550100"
    encoding: str = "pcm16"
    rate: int = 16_000
    """Samples a second (Hz), both ways."""


@dataclass(slots=True, kw_only=True)
class Recording:
    """What happened, on the caller's own monotonic clock (seconds)."""

    sent: Track
    received: Track
    connected_at: float
    """When the connection was begun."""
    started_at: float = 0.0
    """When the server said that the call had started: 0 on the call's clock."""
    call_id: str = ""
    ended: str = ""
    """The reason that the server gave, or caller_hung_up."""
    spoken: list[tuple[float, float]] = field(default_factory=list)
    """Begin and end of what was played, in order, in `sent`."""
    keys: list[tuple[float, str]] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    """How late (seconds) each of our frames was sent: the caller's own pacing error."""
    gaps: list[float] = field(default_factory=list)
    """Seconds that the bot's voice was missing for, each time that it broke off in a sound."""


async def place_call(options: CallOptions, steps: Iterable[Step]) -> Recording:
    """Call, go through the steps, hang up. Raises CallFailed. A step is asked for when the one
    before it was answered."""
    return await _Call(options).run(steps)


class _Call:
    def __init__(self, options: CallOptions) -> None:
        self._options = options
        self._clock = asyncio.get_running_loop().time
        now = self._clock()
        self._record = Recording(
            sent=Track(options.rate, now), received=Track(options.rate, now), connected_at=now
        )
        self._to_send: deque[Pcm] = deque()
        self._all_sent = asyncio.Event()
        self._over = asyncio.Event()
        self._started = asyncio.Event()
        self._error = ""

    async def run(self, steps: Iterable[Step]) -> Recording:
        try:
            async with connect(
                socket_url(self._options.url),
                subprotocols=["warmline.audio.v1"],  # type: ignore[list-item]
                max_size=2**20,
                compression=None,
            ) as connection:
                await self._talk(connection, steps)
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
            raise CallFailed(
                f"{self._options.url}: cannot be called ({_first_line(error)}); "
                "is the server running? `warmline serve` starts one"
            ) from None
        if self._error and not self._record.call_id:
            raise CallFailed(self._error)
        self._record.ended = self._record.ended or self._error or "caller_hung_up"
        return self._record

    async def _talk(self, connection: ClientConnection, steps: Iterable[Step]) -> None:
        start: dict[str, Any] = {
            "type": "start",
            "encoding": self._options.encoding,
            "rate": self._options.rate,
            "caller": self._options.caller,
        }
        if self._options.flow:
            start["flow"] = self._options.flow
        await connection.send(json.dumps(start))
        receive = asyncio.create_task(self._receive(connection))
        send = asyncio.create_task(self._send(connection))
        script = asyncio.create_task(self._go_through(connection, steps))
        await asyncio.wait({receive, script}, return_when=asyncio.FIRST_COMPLETED)
        for task in (script, send, receive):
            task.cancel()
        results = await asyncio.gather(script, send, receive, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, ConnectionClosed):
                raise result

    # --- the two directions ----------------------------------------------------------------

    async def _send(self, connection: ClientConnection) -> None:
        """One frame each 20 ms, at its end, as a microphone gives it."""
        await self._started.wait()
        frame = int(self._options.rate * FRAME_S)
        silence = np.zeros(frame, dtype=np.int16)
        zero = self._record.sent.zero = self._clock()
        number = 0
        while True:
            number += 1
            due = zero + number * FRAME_S
            await asyncio.sleep(max(0.0, due - self._clock()))
            self._record.lateness.append(self._clock() - due)
            pcm = self._to_send.popleft() if self._to_send else silence
            self._record.sent.append(pcm)
            await connection.send(self._encode(pcm))
            if not self._to_send:
                self._all_sent.set()

    async def _receive(self, connection: ClientConnection) -> None:
        try:
            async for message in connection:
                if isinstance(message, bytes):
                    self._hear(self._clock(), self._decode(message))
                else:
                    self._control(json.loads(message))
        except ConnectionClosed:
            pass
        finally:
            self._over.set()

    def _hear(self, now: float, pcm: Pcm) -> None:
        received = self._record.received
        late, edge = now - received.end, received.rate // 100
        in_a_sound = _audible(received.samples()[-edge:]) and _audible(pcm[:edge])
        if in_a_sound and HOLES_S[0] < late < HOLES_S[1]:
            self._record.gaps.append(late)
        received.append_at(now, pcm)

    def _control(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "started", "call_id": call_id}:
                self._record.call_id = call_id
                self._record.started_at = self._clock()
                self._started.set()
            case {"type": "clear"}:
                self._record.received.cut(self._clock())
            case {"type": "ended", "reason": reason}:
                self._record.ended = reason
            case {"type": "error", "code": code, "message": text}:
                self._error = f"{code}: {text}"

    def _encode(self, pcm: Pcm) -> bytes:
        return g711.encode(pcm) if self._options.encoding == "mulaw" else pcm.tobytes()

    def _decode(self, data: bytes) -> Pcm:
        if self._options.encoding == "mulaw":
            return g711.decode(data)
        return np.frombuffer(data, dtype=np.int16)

    # --- the script --------------------------------------------------------------------------

    async def _go_through(self, connection: ClientConnection, steps: Iterable[Step]) -> None:
        await self._started.wait()
        await self._until_answered(self._record.connected_at, GREETING_TIMEOUT_S)
        for step in steps:
            match step:
                case Play(samples):
                    since = await self._speak(samples)
                case Press(keys):
                    since = await self._press(connection, keys)
            await self._until_answered(since, REPLY_TIMEOUT_S)
        await connection.send('{"type":"stop"}')
        await self._over.wait()

    async def _speak(self, samples: Pcm) -> float:
        """Returns the moment at which the last sample was sent."""
        frame = int(self._options.rate * FRAME_S)
        padded = np.concatenate([samples, np.zeros(-samples.size % frame, dtype=np.int16)])
        self._to_send.extend(padded.reshape(-1, frame))
        self._all_sent.clear()
        begin = self._record.sent.end
        await self._all_sent.wait()
        self._record.spoken.append((begin, begin + samples.size / self._options.rate))
        return self._clock()

    async def _press(self, connection: ClientConnection, keys: str) -> float:
        for key in keys:
            self._record.keys.append((self._clock(), key))
            await connection.send(json.dumps({"type": "dtmf", "digit": key}))
            await asyncio.sleep(KEY_GAP_S)
        return self._clock() - KEY_GAP_S

    async def _until_answered(self, since: float, timeout_s: float) -> None:
        """Until the bot said something after `since` and then was quiet."""
        received = self._record.received
        deadline = self._clock() + timeout_s
        while not self._over.is_set():
            await asyncio.sleep(FRAME_S)
            now = self._clock()
            answered = (
                received.end > since and received.loudness(since, now).max(initial=0) > AUDIBLE
            )
            if answered and now - received.end > QUIET_S:
                return
            if now > (since + LISTENS_S if answered else deadline):
                return


def socket_url(url: str) -> str:
    """The server's address as that of its audio door. Raises CallFailed when it is none."""
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        _ = parts.port  # looked at only now
    except ValueError as error:
        raise CallFailed(f"{url}: no address ({error}); expected http://HOST:PORT") from None
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path if parts.path.strip("/") else "/audio"
    return urlunsplit((scheme, parts.netloc, path, "", ""))


def api_url(url: str) -> str:
    """The same server's address for its API."""
    parts = urlsplit(socket_url(url))
    scheme = {"ws": "http", "wss": "https"}[parts.scheme]
    return urlunsplit((scheme, parts.netloc, "", "", ""))


def _audible(pcm: Pcm) -> bool:
    return bool(pcm.size and np.sqrt(np.mean(pcm.astype(np.float64) ** 2)) > AUDIBLE * 32_768)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
