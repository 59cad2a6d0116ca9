"""Tonality and levels of made sounds. (Of voices and real music: tests/real.)"""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import RATE, Pcm
from warmline.hearing.soundtrack import KEEP_S, SILENCE, SoundTrack, alike

CHUNK = 512


def heard(wave: npt.NDArray[np.float64] | Pcm, track: SoundTrack | None = None) -> SoundTrack:
    track = track or SoundTrack()
    chunks = wave[: wave.size // CHUNK * CHUNK].astype(np.int16).reshape(-1, CHUNK)
    for number, chunk in enumerate(chunks, 1):
        track.push(chunk, number * CHUNK / RATE)
    return track


def tonality(wave: npt.NDArray[np.float64]) -> float:
    return heard(wave).sound(0.5, wave.size / RATE).tonality


def harmonics(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A buzz whose pitch runs along `hertz`, sample by sample."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return np.asarray(1_500 * np.sum([np.sin(k * phase) / k for k in range(1, 13)], axis=0))


def time(seconds: float) -> npt.NDArray[np.float64]:
    return np.arange(int(seconds * RATE)) / RATE


def noise(seconds: float, level: float = 1_000) -> npt.NDArray[np.float64]:
    return np.random.default_rng(1).normal(0, level, int(seconds * RATE))


def test_notes_stand_still() -> None:
    steps = np.repeat([220.0, 262.0, 294.0, 220.0, 196.0, 330.0], RATE // 2)
    assert tonality(harmonics(steps)) > 0.5


def test_chords_over_noise_are_still_tonal() -> None:
    chord = harmonics(np.full(3 * RATE, 196.0)) + harmonics(np.full(3 * RATE, 247.0))
    assert tonality(chord + noise(3, 300)) > 0.5


@pytest.mark.parametrize("low", [90.0, 180.0])
def test_a_pitch_that_glides_as_a_speaking_voice_does_is_not_tonal(low: float) -> None:
    glide = low * 2 ** (0.4 * np.abs(np.sin(2 * np.pi * 1.3 * time(4))))
    assert tonality(harmonics(glide)) < 0.25


@pytest.mark.parametrize("level", [30.0, 1_000.0, 10_000.0])
def test_noise_is_not_tonal(level: float) -> None:
    assert tonality(noise(3, level)) < 0.05


def test_silence_is_nothing() -> None:
    sound = heard(np.zeros(RATE)).sound(0, 1)
    assert (sound.tonality, sound.depth_db) == (0.0, 0.0)
    assert sound.level_db == pytest.approx(-100)
    assert SoundTrack().sound(0, 1) == SILENCE


def test_levels() -> None:
    loud_and_quiet = np.where(time(4) % 0.4 < 0.2, 1.0, 0.1) * 3_276.8
    sound = heard(loud_and_quiet).sound(0, 4)
    assert sound.level_db == pytest.approx(-23, abs=0.5)
    assert sound.loud_db == pytest.approx(-20, abs=0.5)
    assert sound.depth_db == pytest.approx(20, abs=1)
    assert sound.seconds == pytest.approx(4, abs=0.05)


def test_lost_frames_do_not_count() -> None:
    track = SoundTrack()
    for end in (0.032, 0.064, 30.0):
        track.push(np.full(CHUNK, 1_000, dtype=np.int16), end)
    assert track.sound(0, 30).seconds == pytest.approx(3 * 0.032)


def test_what_is_long_ago_is_forgotten() -> None:
    track = heard(noise(KEEP_S + 5))
    assert track.sound(0, 4) == SILENCE
    assert len(track.print(0, 100)) <= KEEP_S * RATE / CHUNK + 1


def syllables(seed: int) -> npt.NDArray[np.float64]:
    """Noise in other colours and levels every tenth of a second."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(30):
        hertz = np.full(RATE // 10, rng.uniform(90, 250))
        parts.append(harmonics(hertz) * rng.uniform(0.05, 1) + noise(0.1, rng.uniform(5, 500)))
    return np.concatenate(parts)


@given(st.integers(min_value=0, max_value=4 * CHUNK))
def test_a_recording_is_known_again_however_it_falls_into_chunks(offset: int) -> None:
    first = heard(syllables(1)).print(0, 10)
    again = heard(np.concatenate([np.zeros(offset), syllables(1)])).print(0, 10)
    assert alike(first, again) > 0.85


def test_another_is_not() -> None:
    one, other = (heard(syllables(seed)).print(0, 10) for seed in (1, 2))
    assert alike(one, one) == pytest.approx(1.0)
    assert alike(one, other) < 0.8
    assert alike(one, one[:50]) == 0.0
    assert alike(one[:5], one[:5]) == 0.0


def test_prints_of_silence_are_like_nothing() -> None:
    silence = heard(np.zeros(4 * RATE)).print(0, 4)
    assert silence.shape == (125, 15)
    assert alike(silence, silence) == 0.0
