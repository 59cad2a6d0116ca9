"""Short-time spectra of a caller's turn, the one view of the audio that all measures share. Pure.

Everything is looked at as a telephone hears it: at 8 kHz, and levels only from 300 to 3,400 Hz.
So the same voice gives the same figures from a browser (48 kHz) and from a telephone.
Knows no pitch, no mood and no call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.audio import frame
from warmline.audio.frame import Pcm
from warmline.audio.resample import resample

RATE: Final = 8_000
WINDOW: Final = 320
"""Samples of a frame: 40 ms, three periods of the deepest voice (`f0.LOWEST_HZ`)."""
HOP: Final = 80
HOP_S: Final = HOP / RATE
FFT: Final = 512
"""At least a window and the longest lag, so that autocorrelation does not wrap round."""
HANN: Final = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
FLOOR_DB: Final = -100.0
"""What silence counts as."""

LOW_HZ: Final = (300.0, 1_000.0)
HIGH_HZ: Final = (1_000.0, 3_400.0)
"""The telephone's band in two halves: what a raised voice moves from the first to the second."""
_HERTZ: Final = np.fft.rfftfreq(FFT, 1 / RATE)
_MARGIN_S: Final = 0.1
"""Around the others' speech: their voice comes back a little later."""

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """One row every 10 ms."""

    power: npt.NDArray[np.float32]
    """Power spectra, shape (n, FFT / 2 + 1)."""
    low: Numbers
    """dB relative to full scale of 300-1,000 Hz, shape (n,)."""
    high: Numbers
    """The same of 1,000-3,400 Hz."""
    level: Numbers
    """The same of both together."""
    alone: Flags
    """Nobody else was heard at that moment, shape (n,)."""

    @property
    def size(self) -> int:
        return self.level.size


def frames(samples: Pcm, others: Sequence[tuple[float, float]] = ()) -> Frames:
    """Spectra of 16 kHz audio; `others`: seconds from the first sample when somebody else spoke.

    Audio shorter than one window (40 ms) gives no rows.
    """
    signal = resample(samples, frame.RATE, RATE).astype(np.float32) / 32_768
    count = max(0, 1 + (signal.size - WINDOW) // HOP)
    cut = (
        np.lib.stride_tricks.sliding_window_view(signal, WINDOW)[::HOP][:count]
        if count
        else np.zeros((0, WINDOW), dtype=np.float32)
    )
    spectra = np.fft.rfft(cut * HANN, FFT, axis=1)
    power = (spectra.real**2 + spectra.imag**2).astype(np.float32)
    low, high = _band(power, LOW_HZ), _band(power, HIGH_HZ)
    return Frames(
        power=power,
        low=_decibels(low),
        high=_decibels(high),
        level=_decibels(low + high),
        alone=_alone(count, others),
    )


def _band(power: npt.NDArray[np.float32], band: tuple[float, float]) -> Numbers:
    """Mean square of the samples within a band (Parseval, both halves of the spectrum)."""
    inside = (band[0] <= _HERTZ) & (band[1] > _HERTZ)
    total = power[:, inside].sum(axis=1, dtype=np.float64)
    return np.asarray(2 * total / (FFT * float(np.sum(HANN**2))), dtype=np.float64)


def _decibels(mean_square: Numbers) -> Numbers:
    return np.asarray(10 * np.log10(np.maximum(mean_square, 10 ** (FLOOR_DB / 10))))


def _alone(count: int, others: Sequence[tuple[float, float]]) -> Flags:
    begin = np.arange(count) * HOP_S
    alone = np.ones(count, dtype=np.bool_)
    for start, end in others:
        alone &= (begin + WINDOW / RATE < start - _MARGIN_S) | (begin > end + _MARGIN_S)
    return alone
