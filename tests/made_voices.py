"""Voices computed for tests: their pitch, level and brightness are known exactly."""

from typing import Any

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import RATE, Pcm

_FORMANTS = ((500, 80), (1500, 120), (2500, 160))


def voice(
    seconds: float,
    hertz: float = 120.0,
    *,
    level_db: float = -26.0,
    glide: float = 1.0,
    tilt: float = 1.0,
    pause_s: float = 0.12,
    seed: int = 1,
) -> Pcm:
    """Vowels of about 0.3 s with pauses between, at 16 kHz.

    The pitch glides from `hertz / glide` to `hertz * glide` over each of them; harmonics fall
    with their number to the power of `tilt`; RMS of the vowels `level_db` (full scale).
    """
    rng = np.random.default_rng(seed)
    size, step = round(seconds * RATE), round((0.3 + pause_s) * RATE)
    signal = np.zeros(size)
    for begin in range(0, size, step):
        count = min(round(0.3 * RATE), size - begin)
        course = hertz * glide ** np.linspace(-1, 1, count) * (1 + 0.005 * rng.normal())
        phase = 2 * np.pi * np.cumsum(course) / RATE
        numbers = np.arange(1, int(3_600 / hertz) + 1)
        gains = _envelope(numbers * hertz) / numbers**tilt
        vowel = (gains[:, None] * np.sin(numbers[:, None] * phase)).sum(axis=0)
        edge = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / 320)
        signal[begin : begin + count] = vowel * edge / max(1e-9, float(np.std(vowel)))
    signal = signal * 10 ** (level_db / 20) + rng.normal(0, 10 ** (-70 / 20), size)
    return np.asarray(np.clip(np.rint(signal * 32_767), -32_768, 32_767), dtype=np.int16)


def _envelope(hertz: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
    peaks = [1 / (1 + ((hertz - centre) / width) ** 2) for centre, width in _FORMANTS]
    return np.asarray(0.05 + sum(peaks))
