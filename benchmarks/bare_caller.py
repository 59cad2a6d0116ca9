"""A virtual caller for any voice server with a WebSocket: paced like a telephone, heard like one.

Speaks "bare" (benchmarks/peers/README.md) and, so that both sides are called by the same code,
Warmline's own audio door. Owns one call's clock and tracks; knows no flow and no figure.
"""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from warmline.audio.frame import FRAME, FRAME_S, RATE, Pcm
from warmline.caller.client import CallFailed, Recording
from warmline.caller.tracks import AUDIBLE, BLOCK_S, Track

QUIET_S: Final = 0.8
"""The bot has finished when it was silent for so long."""
LISTENS_S: Final = 30.0
REPLY_TIMEOUT_S: Final = 10.0
READY_TIMEOUT_S: Final = 60.0
"""Some servers load their models when they are called, and for several callers in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Speak these samples (16 kHz), then wait for the answer."""

    samples: Pcm
    into_s: float | None = None
    """Begin when the bot has been audible for so long since the last step, not when it is quiet:
    an interruption. The step before must not wait: `waits=False`."""
    waits: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the server said that it understood. `at` on the caller's clock."""

    at: float
    text: str
    final: bool


@dataclass(slots=True, kw_only=True)
class BareRecording(Recording):
    """`received` is what a telephone would have played: a clear drops what was still to come."""

    clears: list[tuple[float, float]] = field(default_factory=list)
    """When, and how many seconds of unplayed audio were dropped."""
    words: list[Words] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a door wants to hear before it says that it is ready."""

    start: dict[str, Any]
    subprotocol: str


async def place_bare_call(
    url: str, steps: Sequence[Play], *, opening: Opening | None = None, answers: bool = True
) -> BareRecording:
    """Call, listen to the greeting, go through the steps, hang up.

    `answers=False`: the server only writes down, so nothing is waited for but its last words.
    Raises CallFailed: it cannot be reached, or never said that it was ready.
    """
    return await _Call(url, opening, answers).run(steps)


class _Call:
    def __init__(self, url: str, opening: Opening | None, answers: bool) -> None:
        self._url, self._opening, self._answers = url, opening, answers
        self._clock = asyncio.get_running_loop().time
        now = self._clock()
        track = Track(RATE, now)
        self._record = BareRecording(sent=track, received=Track(RATE, now), connected_at=now)
        self._to_send: deque[Pcm] = deque()
        self._all_sent = asyncio.Event()
        self._ready = asyncio.Event()
        self._over = asyncio.Event()

    async def run(self, steps: Sequence[Play]) -> BareRecording:
        opening = self._opening
        try:
            async with connect(
                self._url,
                subprotocols=[opening.subprotocol] if opening else None,  # type: ignore[list-item]
                max_size=2**22,
                compression=None,
                ping_interval=None,
                open_timeout=READY_TIMEOUT_S,
            ) as connection:
                if opening:
                    await connection.send(json.dumps(opening.start))
                await self._talk(connection, steps)
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
            why = str(error) or type(error).__name__
            raise CallFailed(f"{self._url}: cannot be called ({why.splitlines()[0]})") from None
        self._record.ended = self._record.ended or "caller_hung_up"
        return self._record

    async def _talk(self, connection: ClientConnection, steps: Sequence[Play]) -> None:
        receive = asyncio.create_task(self._receive(connection))
        send = asyncio.create_task(self._send(connection))
        script = asyncio.create_task(self._go_through(steps))
        await asyncio.wait({receive, script}, return_when=asyncio.FIRST_COMPLETED)
        for task in (script, send, receive):
            task.cancel()
        for result in await asyncio.gather(script, send, receive, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, ConnectionClosed):
                raise result

    # --- the two directions ----------------------------------------------------------------

    async def _send(self, connection: ClientConnection) -> None:
        """One frame each 20 ms, at its end, as a microphone gives it."""
        await self._ready.wait()
        silence = np.zeros(FRAME, dtype=np.int16)
        zero = self._record.sent.zero = self._clock()
        number = 0
        while True:
            number += 1
            due = zero + number * FRAME_S
            await asyncio.sleep(max(0.0, due - self._clock()))
            self._record.lateness.append(self._clock() - due)
            pcm = self._to_send.popleft() if self._to_send else silence
            self._record.sent.append(pcm)
            await connection.send(pcm.tobytes())
            if not self._to_send:
                self._all_sent.set()

    async def _receive(self, connection: ClientConnection) -> None:
        try:
            async for message in connection:
                now = self._clock()
                if isinstance(message, bytes):
                    pcm = np.frombuffer(message, dtype=np.int16)
                    self._record.received.append_at(now, pcm)
                else:
                    self._control(now, json.loads(message))
        except ConnectionClosed:
            pass
        finally:
            self._over.set()

    def _control(self, now: float, message: dict[str, Any]) -> None:
        record = self._record
        match message:
            case {"type": "ready", "rate": int(rate)}:
                record.received = Track(rate, record.connected_at)
                self._begin(now)
            case {"type": "started", "call_id": call_id}:
                record.call_id = call_id
                self._begin(now)
            case {"type": "clear"}:
                record.clears.append((now, max(0.0, record.received.end - now)))
                record.received.cut(now)
            case {"type": "partial" | "final" as kind, "text": text}:
                record.words.append(Words(at=now, text=text, final=kind == "final"))
            case {"type": "ended", "reason": reason}:
                record.ended = reason
            case {"type": "error", "message": text}:
                record.ended = text

    def _begin(self, now: float) -> None:
        self._record.started_at = now
        self._ready.set()

    # --- the script --------------------------------------------------------------------------

    async def _go_through(self, steps: Sequence[Play]) -> None:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await self._ready.wait()
        since = self._record.connected_at
        if self._answers:
            await self._until_answered(since, READY_TIMEOUT_S)
        for step in steps:
            if step.into_s is not None:
                await self._until_audible(since, step.into_s)
            since = await self._speak(step.samples)
            if not self._answers:
                await self._until_written(since)
            elif step.waits:
                await self._until_answered(since, REPLY_TIMEOUT_S)

    async def _speak(self, samples: Pcm) -> float:
        """Returns the moment at which the last sample was sent."""
        padded = np.concatenate([samples, np.zeros(-samples.size % FRAME, dtype=np.int16)])
        begin = self._record.sent.end
        self._record.spoken.append((begin, begin + padded.size / RATE))
        self._to_send.extend(padded.reshape(-1, FRAME))
        self._all_sent.clear()
        await self._all_sent.wait()
        return self._clock()

    async def _until_answered(self, since: float, timeout_s: float) -> None:
        """Until the bot said something after `since` and then was quiet."""
        deadline = self._clock() + timeout_s
        while not self._over.is_set():
            await asyncio.sleep(FRAME_S)
            now, received = self._clock(), self._record.received
            audible = self._audible(since)
            if audible is not None and now - received.end > QUIET_S:
                return
            if now > (since + LISTENS_S if audible is not None else deadline):
                return

    async def _until_audible(self, since: float, seconds: float) -> None:
        """Until the first sound after `since` is so old, or no sound came at all."""
        deadline = self._clock() + REPLY_TIMEOUT_S
        while not self._over.is_set() and self._clock() < deadline:
            await asyncio.sleep(FRAME_S)
            first = self._audible(since)
            if first is not None and self._clock() >= first + seconds:
                return

    async def _until_written(self, since: float) -> None:
        """Until no new words came for a while."""
        while not self._over.is_set() and self._clock() < since + REPLY_TIMEOUT_S:
            await asyncio.sleep(FRAME_S)
            words = self._record.words
            if words and self._clock() > max(since, words[-1].at) + 2 * QUIET_S:
                return

    def _audible(self, since: float) -> float | None:
        received = self._record.received
        if received.end <= since:
            return None
        loud = np.flatnonzero(received.loudness(since, self._clock()) > AUDIBLE)
        return since + float(loud[0]) * BLOCK_S if loud.size else None
