"""A telephone caller beyond the limit: on hold with words, then led, or rescued."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from busy import FullHouse
from warmline.call.lobby import LobbySettings

ProviderOf = Callable[..., AbstractAsyncContextManager[Any]]


async def test_who_is_held_hears_it_and_is_led(provider_of: ProviderOf) -> None:
    house = FullHouse()
    async with provider_of(house.handle) as provider, provider.call() as stream:
        await stream.until("media")
        assert (house.lobby.held, house.led) == (1, [])
        house.free()
        await house.waited.wait()
        for _ in range(4):
            await stream.media()
        assert await stream.closed() == 1000
        answer = await provider.post("/twilio/after-stream")
        assert "<Hangup" in answer.text
    assert house.led == ["audio at 0"]


async def test_who_held_in_vain_is_rescued(provider_of: ProviderOf) -> None:
    house = FullHouse(LobbySettings(hold_s=0.1))
    async with provider_of(house.handle) as provider, provider.call() as stream:
        await stream.until("media")
        await stream.closed()
        answer = await provider.post("/twilio/after-stream")
        assert "<Say>" in answer.text
        assert provider.counts["after-stream-rescue"] == 1
    assert not house.led
