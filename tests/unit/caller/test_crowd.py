"""Many callers against a bot that answers after a known time, over loopback."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve

from warmline.audio.frame import Pcm
from warmline.caller.client import CallOptions
from warmline.caller.crowd import Clip, phrases, run_crowd

RATE = 8_000
OPTIONS = CallOptions(rate=RATE)
QUIET, LOUD = 0.0, 0.2


def sound(*parts: tuple[float, float]) -> Pcm:
    """Noise of (seconds, level), one after the other."""
    rng = np.random.default_rng(1)
    pieces = [rng.normal(0, level * 32_767, int(seconds * RATE)) for seconds, level in parts]
    return np.clip(np.concatenate(pieces), -32_768, 32_767).astype(np.int16)


CLIP = Clip(name="hello", samples=sound((0.3, LOUD)))
ANSWER_S = 0.2


class Bot:
    """Greets, and answers `ANSWER_S` after a voice with a short tone; `busy` it refuses all."""

    def __init__(self, *, busy: bool = False) -> None:
        self.busy = busy
        self.calls = 0

    async def __call__(self, socket: ServerConnection) -> None:
        await socket.recv()
        if self.busy:
            await socket.send(json.dumps({"type": "error", "code": "busy", "message": "full"}))
            return
        self.calls += 1
        await socket.send(json.dumps({"type": "started", "call_id": f"c{self.calls}"}))
        await self.speak(socket)
        silent, spoke = 0.0, False
        async for message in socket:
            if isinstance(message, str):
                return
            loud = np.abs(np.frombuffer(message, dtype=np.int16).astype(np.int32)).max() > 500
            silent, spoke = (0.0, True) if loud else (silent + 0.02, spoke)
            if spoke and silent >= ANSWER_S - 0.001:
                spoke = False
                await self.speak(socket)

    async def speak(self, socket: ServerConnection) -> None:
        await socket.send(sound((0.1, LOUD)).tobytes())


@contextlib.asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[CallOptions]:
    async with serve(bot, "127.0.0.1", 0, subprotocols=["warmline.audio.v1"]) as server:  # type: ignore[list-item]
        port = next(iter(server.sockets)).getsockname()[1]
        yield CallOptions(url=f"http://127.0.0.1:{port}", rate=RATE)


async def crowd(bot: Bot, calls: int, **more: Any) -> Any:
    async with running(bot) as options:
        return await run_crowd(options, [CLIP], calls, **{"seconds": 2.0, "spread_s": 0.2} | more)


async def test_each_caller_talks_and_is_measured() -> None:
    bot = Bot()
    calls = await crowd(bot, 3)
    assert bot.calls == len(calls) == 3
    assert {call.caller for call in calls} == {0, 1, 2}
    for call in calls:
        assert not call.failure
        assert call.greeting_ms is not None
        assert call.turns
        assert call.late_ms
        for turn in call.turns:
            assert (turn.clip, turn.outcome) == ("hello", "answered")
            assert turn.v2v_ms is not None
            assert turn.v2v_ms > ANSWER_S * 1000 - 60, "not before it was spoken"


async def test_a_server_that_is_full_is_a_failure_of_each_call() -> None:
    calls = await crowd(Bot(busy=True), 2, seconds=0.1)
    assert [call.failure for call in calls] == ["busy: full"] * 2
    assert not any(call.turns for call in calls)


async def test_a_server_that_is_not_there() -> None:
    calls = await run_crowd(CallOptions(url="http://127.0.0.1:1"), [CLIP], 1, seconds=0.1)
    assert "cannot be called" in calls[0].failure


def test_a_recording_is_cut_at_its_pauses() -> None:
    recording = sound(
        *((0.5, QUIET), (1.0, LOUD), (0.5, QUIET), (0.2, LOUD), (0.5, QUIET), (0.5, LOUD)),
        *((0.2, QUIET), (0.5, LOUD), (0.4, QUIET), (7.0, LOUD)),
    )
    clips = phrases("a", recording, RATE)
    assert [clip.name for clip in clips] == ["a/1", "a/3"], "0.2 s are no turn, 7 s no answer"
    assert [clip.samples.size / RATE for clip in clips] == pytest.approx([1.2, 1.4], abs=0.05)


@pytest.mark.parametrize("nothing", [sound((1.0, QUIET)), np.zeros(0, dtype=np.int16)])
def test_there_are_no_phrases_in_silence(nothing: Pcm) -> None:
    assert phrases("a", nothing, RATE) == []
