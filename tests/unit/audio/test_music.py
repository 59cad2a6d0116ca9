"""Hold music, listened to by numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio import g711, music
from warmline.audio.frame import Pcm

RATES = [8000, 16_000, 24_000, 48_000]


def dbfs(samples: Pcm) -> float:
    return float(10 * np.log10(np.mean((samples / 32_768) ** 2)))


@pytest.mark.parametrize("rate", RATES)
def test_it_is_quiet_and_never_clips(rate: int) -> None:
    piece = music.piece(rate)
    assert dbfs(piece) == pytest.approx(music.LEVEL_DBFS, abs=0.1)
    assert np.abs(piece.astype(int)).max() < music.PEAK * 32_768
    seconds = piece.reshape(-1, rate * 4 // 5)
    assert all(abs(dbfs(part) - music.LEVEL_DBFS) < 5 for part in seconds), "no holes, no bangs"


@pytest.mark.parametrize("rate", RATES)
def test_it_is_whole_frames_and_has_no_seam(rate: int) -> None:
    piece = music.piece(rate)
    assert piece.size / rate == 25.6
    steps = np.abs(np.diff(np.concatenate([piece, piece[:1]]).astype(int)))
    assert steps[-1] <= np.percentile(steps, 99)


def test_a_telephone_loses_nothing_of_it() -> None:
    piece = music.piece(8000)
    power = np.abs(np.fft.rfft(piece)) ** 2
    pitches = np.fft.rfftfreq(piece.size, 1 / 8000)
    assert power[(pitches > 200) & (pitches < 3400)].sum() > 0.999 * power.sum()
    error = g711.decode(g711.encode(piece)).astype(float) - piece
    assert dbfs(piece) - 10 * np.log10(np.mean((error / 32_768) ** 2)) > 30


def test_it_is_the_same_every_time() -> None:
    assert np.array_equal(music.piece(8000), music.piece(8000))


@given(st.integers(8000, 24_000), st.floats(50, 3000), st.floats(100, 32_767))
def test_any_clip_becomes_a_loop_without_a_click(size: int, hz: float, loud: float) -> None:
    clip = (loud * np.sin(2 * np.pi * hz * np.arange(size) / 8000)).astype(np.int16)
    loop = music.looped(clip, 8000)
    assert loop.size % 160 == 0
    assert size - 160 - 400 < loop.size <= size - 400
    steps = np.abs(np.diff(np.concatenate([loop, loop[:1]]).astype(int)))
    assert steps[-1] <= 2 * np.pi * hz / 8000 * music.PEAK * 32_768 * 1.5 + 2
    assert dbfs(loop) <= music.LEVEL_DBFS + 0.5


def test_a_clip_with_high_peaks_stays_below_the_bound() -> None:
    clip = np.zeros(16_000, dtype=np.int16)
    clip[::4000] = 30_000
    assert np.abs(music.looped(clip, 8000)).max() <= music.PEAK * 32_768


def test_a_silent_clip_stays_silent() -> None:
    assert not music.looped(np.zeros(8000, dtype=np.int16), 8000).any()


def test_a_clip_that_is_too_short() -> None:
    with pytest.raises(ValueError, match="at least 1 s long, not 0.50 s"):
        music.looped(np.zeros(4000, dtype=np.int16), 8000)
