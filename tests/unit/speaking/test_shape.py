"""Clips that can be joined: one level, nothing before them, no step at their ends or between."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import Pcm
from warmline.speaking.shape import KEEP_AFTER_S, KEEP_BEFORE_S, LEVEL_DB, Floats, shape

RATE = 22_050


def spoken(seconds: float, amplitude: float, *, hertz: float = 150.0, rate: int = RATE) -> Floats:
    """A vowel between half a second of silence on both sides."""
    at = np.arange(round(seconds * rate)) / rate
    vowel = amplitude * np.sin(2 * np.pi * hertz * at) * (1 + 0.5 * np.sin(2 * np.pi * 4 * at))
    return np.pad(vowel, round(0.5 * rate))


def level_db(clip: Pcm) -> float:
    body = clip[round(0.05 * RATE) : -round((KEEP_AFTER_S + 0.05) * RATE)] / 32_768
    return float(20 * np.log10(np.sqrt(np.mean(body**2))))


def largest_step(clip: Pcm) -> int:
    return int(np.abs(np.diff(clip.astype(np.int32))).max())


def test_the_silence_before_goes_and_a_breath_stays_after() -> None:
    clip = shape(spoken(1.0, 0.5), RATE)
    loud = np.flatnonzero(np.abs(clip) > 300)
    assert loud[0] / RATE <= KEEP_BEFORE_S + 0.002
    assert (clip.size - loud[-1]) / RATE == pytest.approx(KEEP_AFTER_S, abs=0.01)
    assert clip.size / RATE == pytest.approx(1.0 + KEEP_BEFORE_S + KEEP_AFTER_S, abs=0.01)


@pytest.mark.parametrize("amplitude", [0.02, 0.1, 0.4, 0.9])
def test_all_clips_have_one_level(amplitude: float) -> None:
    assert level_db(shape(spoken(1.0, amplitude), RATE)) == pytest.approx(LEVEL_DB, abs=0.7)


@given(
    first=st.floats(0.05, 0.6),
    second=st.floats(0.05, 0.6),
    amplitudes=st.tuples(st.floats(0.01, 0.9), st.floats(0.01, 0.9)),
)
def test_a_join_has_no_step_larger_than_those_inside(
    first: float, second: float, amplitudes: tuple[float, float]
) -> None:
    clips = [
        shape(spoken(seconds, amplitude)[round(0.5 * RATE) : -round(0.5 * RATE)], RATE)
        for seconds, amplitude in zip((first, second), amplitudes, strict=True)
    ]  # voices that begin and end at full amplitude: the hardest to join
    assert largest_step(np.concatenate(clips)) <= max(map(largest_step, clips)) + 1


def test_peaks_bend_and_do_not_clip() -> None:
    audio = spoken(1.0, 0.05)
    audio[audio.size // 2] = 1.0  # a plosive: everything else is 26 dB below
    clip = shape(audio, RATE)
    assert np.abs(clip).max() < 32_767


@pytest.mark.parametrize("audio", [np.zeros(0), np.zeros(5_000)])
def test_silence_is_no_clip(audio: Floats) -> None:
    assert shape(audio, RATE).size == 0


@given(size=st.integers(1, 400), rate=st.sampled_from([8_000, 16_000, 22_050]))
def test_however_short_it_stays_finite(size: int, rate: int) -> None:
    clip = shape(np.full(size, 0.3), rate)
    assert 0 < clip.size <= size + round(KEEP_AFTER_S * rate)
