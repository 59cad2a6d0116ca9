"""Callers beyond the limit, over the real socket: they hear why, and are led when there is room."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect

from busy import FullHouse
from warmline.call.lobby import LobbySettings

Serve = Callable[..., AbstractAsyncContextManager[str]]
START = json.dumps({"type": "start", "encoding": "pcm16", "rate": 16000, "caller": "+15550100"})
FRAME = np.full(320, 1000, dtype="<i2").tobytes()


async def sentence(client: ClientConnection) -> bytes:
    """The first audio that comes."""
    async with asyncio.timeout(5):
        while True:
            if isinstance(message := await client.recv(), bytes):
                return message


async def text(client: ClientConnection) -> dict[str, str]:
    async with asyncio.timeout(30):
        while True:
            if isinstance(message := await client.recv(), str):
                found: dict[str, str] = json.loads(message)
                return found


async def test_who_is_held_hears_it_and_is_led_with_a_clock_of_their_own(serve: Serve) -> None:
    house = FullHouse()
    async with serve(house.handle) as url, connect(url, compression=None) as client:
        await client.send(START)
        assert await text(client) == {"type": "started", "call_id": "c1"}
        for _ in range(5):
            await client.send(FRAME)
        assert np.frombuffer(await sentence(client), dtype=np.int16).any()
        assert (house.lobby.held, house.led) == (1, [])
        house.free()
        await house.waited.wait()
        await client.send(FRAME)
        while (said := await text(client))["type"] != "ended":
            pass
        assert said == {"type": "ended", "reason": "completed"}
    assert house.led == ["audio at 0"]


async def test_who_may_not_hold_hears_it_and_is_refused(serve: Serve) -> None:
    house = FullHouse(LobbySettings(hold=False))
    async with serve(house.handle) as url, connect(url, compression=None) as client:
        await client.send(START)
        assert np.frombuffer(await sentence(client), dtype=np.int16).any()
        while (said := await text(client))["type"] != "error":
            pass
        assert said["code"] == "busy"
        await client.wait_closed()
        assert client.close_code == 1008
    assert not house.led


@pytest.mark.parametrize("settings", [LobbySettings(), LobbySettings(hold=False)])
async def test_who_leaves_while_all_is_busy_leaves_nothing(
    serve: Serve, settings: LobbySettings
) -> None:
    house = FullHouse(settings)
    async with serve(house.handle) as url:
        async with connect(url, compression=None) as client:
            await client.send(START)
            await sentence(client)
        async with asyncio.timeout(5):
            await house.over.wait()
    assert (house.lobby.held, house.lobby.admission.waiting) == (0, 0)
