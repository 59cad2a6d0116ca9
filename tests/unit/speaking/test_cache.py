"""One synthesis for all who ask, bounded memory, and nobody who takes another's clause away."""

import asyncio

import numpy as np
import pytest

from warmline.audio.frame import Pcm
from warmline.errors import InferenceError
from warmline.speaking.cache import ClauseCache

RATE = 22_050
CLIP = 4_410
"""Samples of each clip: 0.2 s, 8,820 bytes."""


class GatedSynthesizer:
    """Gives 0.2 s at 22,050 Hz for whatever text, once `gate` is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[tuple[str, str, float]] = []
        self.failures = 0

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        self.asked.append((text, voice, pace))
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise InferenceError("voice: given up")
        return np.full(CLIP, 1_000, dtype=np.int16), RATE


@pytest.fixture
async def synthesizer() -> GatedSynthesizer:
    return GatedSynthesizer()


@pytest.fixture
async def cache(synthesizer: GatedSynthesizer) -> ClauseCache:
    return ClauseCache(synthesizer)


async def clip(cache: ClauseCache, text: str = "Hello.", rate: int = RATE) -> Pcm:
    return await cache.clip(text, voice="", pace=1.0, rate=rate)


async def test_a_clause_is_synthesized_once(
    cache: ClauseCache, synthesizer: GatedSynthesizer
) -> None:
    first, second = await clip(cache), await clip(cache)
    assert first is second and first.size == CLIP
    assert synthesizer.asked == [("Hello.", "", 1.0)]


async def test_text_voice_and_pace_make_a_clause(
    cache: ClauseCache, synthesizer: GatedSynthesizer
) -> None:
    wanted = [("a", "", 1.0), ("b", "", 1.0), ("a", "joe", 1.0), ("a", "", 1.2)]
    for text, voice, pace in wanted * 2:
        await cache.clip(text, voice=voice, pace=pace, rate=RATE)
    assert synthesizer.asked == wanted


async def test_all_who_ask_at_once_wait_for_one_synthesis(
    cache: ClauseCache, synthesizer: GatedSynthesizer
) -> None:
    synthesizer.gate.clear()
    askers = [asyncio.create_task(clip(cache, rate=rate)) for rate in (8_000, RATE, 8_000)]
    askers.append(asyncio.create_task(cache.render("Hello.", "", 1.0)))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    synthesizer.gate.set()
    eight, native, again, _ = await asyncio.gather(*askers)
    assert len(synthesizer.asked) == 1
    assert (native.size, eight.size, again.size) == (CLIP, 1_600, 1_600)


async def test_an_asker_who_goes_takes_nothing_from_the_others(
    cache: ClauseCache, synthesizer: GatedSynthesizer
) -> None:
    synthesizer.gate.clear()
    gone, stays = asyncio.create_task(clip(cache)), asyncio.create_task(clip(cache))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    synthesizer.gate.set()
    assert (await stays).size == CLIP
    assert len(synthesizer.asked) == 1


async def test_what_the_last_asker_left_behind_is_kept(
    cache: ClauseCache, synthesizer: GatedSynthesizer
) -> None:
    synthesizer.gate.clear()
    gone = asyncio.create_task(clip(cache))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    synthesizer.gate.set()
    await clip(cache)
    assert len(synthesizer.asked) == 1


async def test_a_failure_reaches_all_who_asked_and_is_not_kept(
    cache: ClauseCache, synthesizer: GatedSynthesizer
) -> None:
    synthesizer.failures = 1
    results = await asyncio.gather(clip(cache), clip(cache), return_exceptions=True)
    assert [type(result) for result in results] == [InferenceError] * 2
    assert cache.size == 0
    assert (await clip(cache)).size == CLIP
    assert len(synthesizer.asked) == 2


async def test_a_failure_that_nobody_waits_for_is_quiet(
    cache: ClauseCache, synthesizer: GatedSynthesizer, caplog: pytest.LogCaptureFixture
) -> None:
    synthesizer.failures = 1
    gone = asyncio.create_task(clip(cache))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert (await clip(cache)).size == CLIP
    assert not caplog.records


async def test_each_rate_is_kept_and_made_from_the_voices_own(
    cache: ClauseCache, synthesizer: GatedSynthesizer
) -> None:
    await cache.render("Hello.", "", 1.0)
    assert cache.size == CLIP * 2
    eight = await clip(cache, rate=8_000)
    assert eight.size == 1_600 and eight is await clip(cache, rate=8_000)
    assert (await clip(cache, rate=48_000)).size == 9_600
    await cache.render("Hello.", "", 1.0)
    assert len(synthesizer.asked) == 1
    assert cache.size == 2 * (CLIP + 1_600 + 9_600)


async def test_the_clip_that_was_not_used_for_longest_goes(synthesizer: GatedSynthesizer) -> None:
    cache = ClauseCache(synthesizer, max_bytes=2 * CLIP * 2)
    for text in ("a", "b", "a", "c"):
        await clip(cache, text)
        assert cache.size <= 2 * CLIP * 2
    await clip(cache, "a")
    assert [text for text, _, _ in synthesizer.asked] == ["a", "b", "c"]
    await clip(cache, "b")
    assert [text for text, _, _ in synthesizer.asked] == ["a", "b", "c", "b"]


async def test_a_clip_above_the_bound_is_played_and_goes_next(
    synthesizer: GatedSynthesizer,
) -> None:
    cache = ClauseCache(synthesizer, max_bytes=100)
    assert (await clip(cache, "a")).size == CLIP
    assert (await clip(cache, "b")).size == CLIP
    assert cache.size == CLIP * 2


async def test_a_rate_outlives_the_clip_that_it_was_made_from(
    synthesizer: GatedSynthesizer,
) -> None:
    cache = ClauseCache(synthesizer, max_bytes=CLIP * 2 + 1_000)
    await clip(cache, "a", rate=8_000)  # the native clip had to go
    assert cache.size == 2 * 1_600
    await clip(cache, "a", rate=8_000)
    assert len(synthesizer.asked) == 1
    await clip(cache, "a", rate=16_000)
    assert len(synthesizer.asked) == 2
