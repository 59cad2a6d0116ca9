"""Two directions on one clock, measured on sounds whose onsets are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import Pcm
from warmline.caller.tracks import AUDIBLE, BLOCK_S, Track, first_audible, voice_end

ZERO = 1_000.0
RATES = [8_000, 16_000, 24_000, 48_000]


def sound(rate: int, *parts: tuple[float, float]) -> Pcm:
    """Noise of (seconds, level) one after the other."""
    rng = np.random.default_rng(1)
    pieces = [rng.normal(0, level * 32_767, int(seconds * rate)) for seconds, level in parts]
    return np.clip(np.concatenate(pieces), -32_768, 32_767).astype(np.int16)


def track(rate: int, *parts: tuple[float, float]) -> Track:
    made = Track(rate, ZERO)
    made.append(sound(rate, *parts))
    return made


def ones(samples: int) -> Pcm:
    return np.ones(samples, dtype=np.int16)


def test_what_comes_while_idle_plays_at_once_and_else_behind() -> None:
    played = Track(1_000, ZERO)
    played.append_at(ZERO + 0.5, ones(100))
    played.append_at(ZERO + 0.55, ones(100))
    played.append_at(ZERO + 1.0, ones(100))
    assert np.flatnonzero(played.samples()).tolist() == [*range(500, 700), *range(1_000, 1_100)]
    assert played.end == pytest.approx(ZERO + 1.1)


@pytest.mark.parametrize(
    ("moment", "left"), [(-1.0, 0), (0.0, 0), (0.25, 250), (0.5, 500), (0.9, 500)]
)
def test_a_cut_throws_away_what_was_to_come(moment: float, left: int) -> None:
    played = Track(1_000, ZERO)
    played.append(ones(200))
    played.append(ones(300))
    played.cut(ZERO + moment)
    assert played.size == played.samples().size == left
    played.append_at(ZERO + 0.6, ones(10))
    assert played.end == pytest.approx(ZERO + 0.61)


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 50), st.booleans()), max_size=20))
def test_the_size_is_that_of_the_samples(steps: list[tuple[float, int, bool]]) -> None:
    played = Track(100, ZERO)
    for moment, samples, cut in steps:
        if cut:
            played.cut(ZERO + moment)
        else:
            played.append_at(ZERO + moment, ones(samples))
        assert played.samples().size == played.size


def test_an_empty_track_is_silent() -> None:
    empty = Track(8_000, ZERO)
    assert empty.samples().size == 0 and empty.end == ZERO
    assert first_audible(empty, ZERO, ZERO + 1) is None
    assert voice_end(empty, ZERO, ZERO + 1) is None


def test_loudness_is_measured_in_whole_blocks() -> None:
    full = Track(1_000, ZERO)
    full.append(np.full(1_000, -32_768, dtype=np.int16))
    assert full.loudness(ZERO - 5, ZERO + 5).tolist() == [1.0] * 200
    assert full.loudness(ZERO + 0.5, ZERO + 0.514).tolist() == [1.0] * 2
    assert full.loudness(ZERO + 2, ZERO + 1).size == 0


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("onset", [0.0, 0.333, 1.2])
def test_the_first_audible_moment(rate: int, onset: float) -> None:
    bot = track(rate, (onset, AUDIBLE / 3), (1.0, 0.05))
    found = first_audible(bot, ZERO - 3, ZERO + 3)
    assert found == pytest.approx(ZERO + onset, abs=BLOCK_S)
    later = first_audible(bot, ZERO + onset + 0.1, ZERO + 3)
    assert later == pytest.approx(ZERO + onset + 0.1, abs=BLOCK_S)
    assert first_audible(bot, ZERO - 3, ZERO + onset) is None


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("noise", [0.0, 0.0005, 0.006], ids=["clean", "quiet", "noisy"])
@pytest.mark.parametrize("seconds", [0.3, 1.0, 3.0])
def test_the_end_of_a_voice(rate: int, noise: float, seconds: float) -> None:
    caller = track(rate, (0.5, noise), (seconds, 0.1), (0.5, noise))
    found = voice_end(caller, ZERO + 0.5, ZERO + seconds + 1.0)
    assert found == pytest.approx(ZERO + 0.5 + seconds, abs=0.0125)


def test_a_pause_inside_is_not_the_end() -> None:
    caller = track(16_000, (0.5, 0.1), (0.6, 0.001), (0.5, 0.05), (0.5, 0.001))
    assert voice_end(caller, ZERO, ZERO + 2.1) == pytest.approx(ZERO + 1.6, abs=0.0125)


@pytest.mark.parametrize("samples", [1_600, 16_000])
def test_an_even_sound_ends_at_its_end(samples: int) -> None:
    caller = Track(16_000, ZERO)
    caller.append(np.full(samples, 8_000, dtype=np.int16))
    assert voice_end(caller, ZERO, caller.end) == pytest.approx(caller.end, abs=0.02)


def test_no_voice_has_no_end() -> None:
    caller = track(16_000, (2.0, AUDIBLE / 4))
    assert voice_end(caller, ZERO, ZERO + 2) is None
    assert voice_end(caller, ZERO + 1, ZERO + 1.01) is None
