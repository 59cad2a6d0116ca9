"""Pitch of voices that are known exactly, from every door, and of what is no voice."""

import numpy as np
import pytest

from made_voices import voice
from warmline.assist import f0
from warmline.assist.frames import Numbers, frames
from warmline.audio import g711
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample


def track(samples: Pcm) -> Numbers:
    view = frames(samples)
    return f0.track(view.power, view.level > view.level.max(initial=-100.0) - 30)


def voiced(hertz: Numbers) -> Numbers:
    return hertz[~np.isnan(hertz)]


def off(samples: Pcm, hertz: float) -> float:
    """Semitones between the median and the truth."""
    return float(abs(12 * np.log2(np.median(voiced(track(samples))) / hertz)))


@pytest.mark.parametrize("hertz", [80, 100, 125, 160, 200, 250, 320, 420])
def test_finds_the_pitch_of_any_voice(hertz: float) -> None:
    assert off(voice(2.0, hertz), hertz) < 0.3


@pytest.mark.parametrize("hertz", [90, 130, 210])
def test_a_telephone_makes_no_difference(hertz: float) -> None:
    wide = voice(2.0, hertz)
    narrow = resample(g711.decode(g711.encode(resample(wide, RATE, 8_000))), 8_000, RATE)
    assert off(narrow, hertz) < 0.3


@pytest.mark.parametrize("hertz", [110, 180])
def test_hears_a_fundamental_that_the_line_cut_off(hertz: float) -> None:
    spectrum = np.fft.rfft(voice(2.0, hertz).astype(np.float64))
    spectrum[np.fft.rfftfreq(2 * RATE, 1 / RATE) < 300] = 0
    assert off(np.fft.irfft(spectrum).astype(np.int16), hertz) < 0.3


def test_follows_a_glide() -> None:
    hertz = voiced(track(voice(2.0, 150, glide=2 ** (3 / 12))))
    low, high = np.percentile(12 * np.log2(hertz / 150), [5, 95])
    assert -3.5 < low < -1.8
    assert 1.8 < high < 3.5


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(RATE, dtype=np.int16),
        np.random.default_rng(0).normal(0, 3_000, RATE).astype(np.int16),
        np.zeros(100, dtype=np.int16),
        np.zeros(0, dtype=np.int16),
    ],
    ids=["silence", "hiss", "less than a frame", "nothing"],
)
def test_hears_no_voice_where_there_is_none(samples: Pcm) -> None:
    hertz = track(samples)
    assert voiced(hertz).size <= 0.1 * hertz.size


def test_a_click_within_a_vowel_does_not_move_the_pitch() -> None:
    samples = voice(1.0, 120).copy()
    samples[3_000:3_004] = 30_000
    assert off(samples, 120) < 0.3
