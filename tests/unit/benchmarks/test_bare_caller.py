"""The caller for any voice server, against little servers on the loopback."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

import bare_caller
from bare_caller import Opening, Play, place_bare_call
from warmline.audio.frame import FRAME, RATE, Pcm
from warmline.caller.client import CallFailed
from warmline.caller.tracks import AUDIBLE

OUT_RATE = 24_000
Handler = Callable[[ServerConnection], Awaitable[None]]


def _first(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return offered[0] if offered else None


@pytest.fixture(autouse=True)
def soon_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """These servers say all that they have to say at once."""
    monkeypatch.setattr(bare_caller, "QUIET_S", 0.1)


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    async with serve(handler, "127.0.0.1", 0, select_subprotocol=_first) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/"


def sound(seconds: float, rate: int) -> Pcm:
    return np.full(round(seconds * rate), 3000, dtype=np.int16)


async def say(socket: ServerConnection, seconds: float) -> None:
    await socket.send(sound(seconds, OUT_RATE).tobytes())


async def answering(socket: ServerConnection) -> None:
    """Greets; once the caller was loud and is quiet again: two partials and an answer."""
    await socket.send(json.dumps({"type": "ready", "rate": OUT_RATE}))
    await say(socket, 0.1)
    loud = False
    async for message in socket:
        assert isinstance(message, bytes)
        assert len(message) == 2 * FRAME
        now = bool(np.frombuffer(message, dtype=np.int16).any())
        if loud and not now:
            await socket.send(json.dumps({"type": "partial", "text": "good"}))
            await socket.send(json.dumps({"type": "final", "text": "good morning"}))
            await say(socket, 0.2)
        loud = now


async def test_a_whole_call_gives_both_tracks_and_the_words() -> None:
    spoken = sound(0.11, RATE)
    async with served(answering) as url:
        recording = await place_bare_call(url, [Play(samples=spoken)])
    assert recording.ended == "caller_hung_up"
    assert recording.received.rate == OUT_RATE
    [(begin, end)] = recording.spoken
    first = round((begin - recording.sent.zero) * RATE)
    assert np.array_equal(recording.sent.samples()[first : first + spoken.size], spoken)
    assert end - begin == pytest.approx(0.12)
    assert [(one.text, one.final) for one in recording.words] == [
        ("good", False),
        ("good morning", True),
    ]
    loud = recording.received.loudness(end, recording.received.end) > AUDIBLE
    assert loud.any()
    assert recording.lateness


async def test_a_clear_drops_what_was_to_come() -> None:
    async def clearing(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"type": "ready", "rate": OUT_RATE}))
        await say(socket, 30.0)
        await socket.send(json.dumps({"type": "clear"}))
        await say(socket, 0.05)
        await socket.wait_closed()

    async with served(clearing) as url:
        recording = await place_bare_call(url, [])
    [(_, dropped)] = recording.clears
    assert dropped > 20
    assert recording.received.end - recording.connected_at < 10


async def test_an_interruption_begins_into_the_answer() -> None:
    async def talking(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"type": "ready", "rate": OUT_RATE}))
        await say(socket, 0.05)
        loud = 0
        async for message in socket:
            assert isinstance(message, bytes)
            voiced = bool(np.frombuffer(message, dtype=np.int16).any())
            loud += voiced
            if loud == 2 and not voiced:
                loud = 10
                await say(socket, 1.0)
            if loud == 11:
                loud = 20
                await socket.send(json.dumps({"type": "clear"}))
                await say(socket, 0.05)

    word = sound(0.04, RATE)
    async with served(talking) as url:
        recording = await place_bare_call(
            url, [Play(samples=word, waits=False), Play(samples=word, into_s=0.1)]
        )
    [(_, asked), (into, _)] = recording.spoken
    assert into > asked
    assert recording.received.loudness(asked, into).max() > AUDIBLE
    assert len(recording.clears) == 1


async def test_who_only_writes_down_is_not_waited_for() -> None:
    async def writing(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"type": "ready", "rate": RATE}))
        async for message in socket:
            if np.frombuffer(message, dtype=np.int16).any():  # type: ignore[arg-type]
                await socket.send(json.dumps({"type": "partial", "text": "good"}))

    async with served(writing) as url:
        recording = await place_bare_call(url, [Play(samples=sound(0.02, RATE))], answers=False)
    assert [one.text for one in recording.words] == ["good"]


async def test_a_door_may_want_an_opening_first() -> None:
    heard: list[object] = []

    async def door(socket: ServerConnection) -> None:
        assert socket.subprotocol == "door.v1"
        heard.append(json.loads(await socket.recv()))
        await socket.send(json.dumps({"type": "started", "call_id": "c1"}))
        await socket.send(sound(0.05, RATE).tobytes())
        await socket.send(json.dumps({"type": "ended", "reason": "completed"}))
        await socket.close()

    async with served(door) as url:
        opening = Opening(start={"type": "start", "flow": "answers"}, subprotocol="door.v1")
        recording = await place_bare_call(url, [], opening=opening)
    assert heard == [{"type": "start", "flow": "answers"}]
    assert (recording.call_id, recording.ended) == ("c1", "completed")


async def test_a_server_that_is_not_there_is_named() -> None:
    async with served(answering) as url:
        pass
    with pytest.raises(CallFailed, match="cannot be called"):
        await place_bare_call(url, [])
