"""Owns the AudioSocket door: a TCP server to which Asterisk connects, one connection a call.

Must not know what a call does, nor the bytes of a message (`audiosocket`).

Asterisk hangs up when two seconds pass without audio from either side, and may hear nothing
from a server that has not spoken yet. So frames of silence go out from the first moment, here
until the call is known and then as the profile's `continuous` audio. There is no message to
throw audio away: after a barge-in at most `lead_s` of speech is still heard.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, assert_never

from warmline.audio.frame import Pcm
from warmline.audio.resample import resample
from warmline.errors import ConfigError
from warmline.gateway.asterisk.audiosocket import (
    Audio,
    Failed,
    HungUp,
    Identified,
    Key,
    encode,
)
from warmline.gateway.asterisk.audiosocket_peer import CLOSE_S, AudioSocketPeer
from warmline.gateway.asterisk.calls import AsteriskCalls, Caller
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.far_end import FarEndGone, Farewell
from warmline.gateway.leg import Leg
from warmline.gateway.wire import WireError
from warmline.ports import AudioProfile, CallHandler, Caption, Handover, LineInfo

_LOG: Final = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 512
"""At once; further ones are closed, and the dialplan leads their callers to a person."""


@asynccontextmanager
async def audiosocket_server(
    handler: CallHandler, calls: AsteriskCalls, settings: AsteriskSettings
) -> AsyncIterator[tuple[str, int]]:
    """Take calls on `audiosocket_host` and `audiosocket_port` (0 takes any free port).

    Yields the address in use. At the end live calls are given back to their dialplans.
    Raises ConfigError when it cannot listen there.
    """
    door = AudioSocketDoor(handler, calls, settings)
    host, port = settings.audiosocket_host, settings.audiosocket_port
    try:
        server = await asyncio.start_server(door.connected, host, port)
    except OSError as error:
        raise ConfigError(
            f"audiosocket_host, audiosocket_port: cannot listen on {host}:{port}: {error}; "
            "stop the other program or choose another port"
        ) from None
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        server.close()
        await door.close()


class AudioSocketDoor:
    """All connections of one server."""

    def __init__(
        self, handler: CallHandler, calls: AsteriskCalls, settings: AsteriskSettings
    ) -> None:
        self._handler = handler
        self._calls = calls
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()
        self._legs: set[Leg] = set()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lead a connection in a task of its own."""
        peer = AudioSocketPeer(reader, writer, self._settings.stall_timeout_s)
        if len(self._tasks) >= MAX_CONNECTIONS:
            _LOG.warning("audiosocket: more than %d connections at once", MAX_CONNECTIONS)
            peer.abort()
            return
        task = asyncio.create_task(self._answer(peer), name="audiosocket")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give all calls back to their dialplans, and wait until none is left."""
        for leg in self._legs:
            leg.end("server_stopped", Farewell("server_stopped"))
        if tasks := set(self._tasks):
            await asyncio.wait(tasks, timeout=2 * CLOSE_S if self._legs else 0)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _answer(self, peer: AudioSocketPeer) -> None:
        try:
            await self._attend(peer)
        except (FarEndGone, TimeoutError):
            pass  # before there was a call
        except WireError as error:
            _LOG.warning("audiosocket: connection closed: %s", error)
        finally:
            peer.abort()

    async def _attend(self, peer: AudioSocketPeer) -> None:
        uuid, rate = await peer.identify(self._settings.start_timeout_s)
        caller = self._calls.claim(uuid, peer.now())
        if caller is None and self._settings.secret:
            raise WireError("unknown_uuid", "the call's UUID was not registered before", 1008)
        far_end = AudioSocketFarEnd(peer, rate, uuid if self._settings.secret else "", self._calls)
        info = _info(caller or Caller(), rate, self._settings.lead_s)
        leg = Leg(far_end, info, self._settings.leg)
        self._legs.add(leg)
        try:
            await leg.attend(self._handler, read(leg, peer))
        finally:
            self._legs.discard(leg)


def _info(caller: Caller, rate: int, lead_s: float) -> LineInfo:
    return LineInfo(
        door="audiosocket",
        caller=caller.number,
        called=caller.called,
        flow=caller.flow,
        profile=AudioProfile(
            name="audiosocket", rate=rate, codec="pcm16", lead_s=lead_s, continuous=True
        ),
    )


class AudioSocketFarEnd:
    """An Asterisk behind AudioSocket (see `far_end.FarEnd`)."""

    reads = False

    def __init__(self, peer: AudioSocketPeer, rate: int, key: str, calls: AsteriskCalls) -> None:
        """`key` is under what the dialplan asks for the outcome; empty when it does not ask."""
        self._peer = peer
        self._rate = rate
        self._key = key
        self._calls = calls

    async def started(self, call_id: str) -> None:
        pass

    async def audio(self, frame: Pcm) -> None:
        await self._peer.send(encode(frame, self._rate))

    async def mark(self, name: str) -> None:
        pass  # our clock knows what was played

    async def clear(self) -> None:
        pass  # no such message: silence follows

    async def show(self, caption: Caption) -> None:
        pass

    async def transfer(self, handover: Handover) -> bool:
        if not self._key:
            return False
        self._calls.hand_over(self._key, handover, self._peer.now())
        await self._peer.part()
        return True

    async def close(self, farewell: Farewell) -> None:
        self._calls.ended(self._key, farewell.reason, self._peer.now())
        with contextlib.suppress(FarEndGone):
            await self._peer.part()

    def abort(self) -> None:
        self._peer.abort()


async def read(leg: Leg, peer: AudioSocketPeer) -> None:
    """Take what Asterisk sends until it closes; after the leg's end nothing of it counts."""
    rate = leg.info.rate
    while True:
        try:
            message = await peer.receive()
        except FarEndGone:
            leg.end("caller_hung_up")
            return
        if leg.gone:
            continue
        match message:
            case Audio(samples=samples):
                same = message.rate == rate
                await leg.audio(samples if same else resample(samples, message.rate, rate))
            case Key(digit=digit):
                leg.digit(digit)
            case HungUp():
                leg.end("caller_hung_up")
            case Failed():
                leg.end("failed", Farewell("failed"))
            case Identified():
                raise AssertionError("the codec refuses a second UUID")
            case _:
                assert_never(message)
