"""From what a person types to the two addresses of a server."""

import numpy as np
import pytest

from warmline.caller.client import CallFailed, CallOptions, _Call, api_url, place_call, socket_url


@pytest.mark.parametrize(
    ("url", "door", "api"),
    [
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/audio", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "ws://127.0.0.1:8080/audio", "http://127.0.0.1:8080"),
        ("https://warm.example", "wss://warm.example/audio", "https://warm.example"),
        ("localhost:9000", "ws://localhost:9000/audio", "http://localhost:9000"),
        ("warm.example", "ws://warm.example/audio", "http://warm.example"),
        ("ws://warm.example/audio", "ws://warm.example/audio", "http://warm.example"),
        ("wss://warm.example/door", "wss://warm.example/door", "https://warm.example"),
        ("http://[::1]:8080", "ws://[::1]:8080/audio", "http://[::1]:8080"),
        ("http://a.example?x=1#y", "ws://a.example/audio", "http://a.example"),
    ],
)
def test_addresses(url: str, door: str, api: str) -> None:
    assert (socket_url(url), api_url(url)) == (door, api)


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://localhost:99999", "localhost:abc", "ftp://warm.example", ""]
)
async def test_what_is_no_address(url: str) -> None:
    with pytest.raises(CallFailed) as caught:
        await place_call(CallOptions(url=url), [])
    assert str(caught.value).startswith(f"{url}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("pause_s", "after", "gaps"),
    [(0.0, 1000, []), (0.003, 1000, []), (0.1, 1000, [0.1]), (0.1, 0, []), (0.3, 1000, [])],
)
async def test_a_hole_in_the_voice_has_sound_on_both_sides(
    pause_s: float, after: int, gaps: list[float]
) -> None:
    call = _Call(CallOptions(rate=8_000))
    begin = call._record.received.zero
    call._hear(begin, np.full(800, 1000, dtype=np.int16))
    call._hear(begin + 0.1 + pause_s, np.full(800, after, dtype=np.int16))
    assert call._record.gaps == pytest.approx(gaps, abs=0.001)
