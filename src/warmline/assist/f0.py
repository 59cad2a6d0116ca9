"""The fundamental frequency of a voice, frame by frame. Pure; knows spectra and nothing else.

Autocorrelation of the Hann-windowed frame over that of its window (Boersma 1993, "Accurate
short-term analysis of the fundamental frequency"), but the path search is replaced by a second
look around the utterance's own median, so that all of it is array arithmetic. Against Praat's
two-pass tracker on 60 clips (LibriSpeech, accented readers) at 8 kHz mu-law, 2.8 % of the voiced
frames are more than 20 % off, in 0.6 ms a second; WORLD's DIO has 5.4 % in 1.9 ms and its Harvest
2.5 % in 135 ms. Behind a 300 Hz high pass it is 7.5 %, 66 % and 22 % (Praat itself: 7.1 %).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.assist.frames import FFT, HANN, RATE, Flags, Numbers

LOWEST_HZ: Final = 75.0
HIGHEST_HZ: Final = 500.0
"""Men's creak is below, children's shouting above."""
VOICED: Final = 0.5
"""Normalised autocorrelation from which on a frame is voiced (Praat: 0.45; noise is about 0.3)."""

_OCTAVE_COST: Final = 0.02
"""For each octave downwards: all multiples of a period fit as well as the period."""
_FAR_COST: Final = 0.3
_NEAR_OCTAVES: Final = 0.4
"""Within five semitones of the utterance's median a pitch costs nothing, beyond it does."""
_JUMP_OCTAVES: Final = 0.25
_ABOUT: Final = 5
"""Frames (50 ms) that a pitch is compared with: voices do not jump and are not shorter."""

_FIRST, _LAST = int(RATE / HIGHEST_HZ), int(RATE / LOWEST_HZ) + 1
_LAGS: Final = np.arange(_FIRST, _LAST + 1)
_WINDOW_R: Final = np.fft.irfft(np.abs(np.fft.rfft(HANN, FFT)) ** 2)[: _LAST + 2]
_RUMBLE: Final = int(60.0 * FFT / RATE)


def track(power: npt.NDArray[np.float32], active: Flags) -> Numbers:
    """Hz per frame, shape (n,); NaN where there is no voice.

    `power`: spectra as in `frames.Frames.power`; `active`: frames that are loud enough to look at.
    """
    if not active.any():
        return np.full(active.size, np.nan)
    r = _correlations(power)
    hertz, strength = _best(r, None)
    voiced = active & (strength > VOICED)
    if voiced.any():
        hertz, strength = _best(r, float(np.median(hertz[voiced])))
        voiced = active & (strength > VOICED)
    return _steady(np.where(voiced, hertz, np.nan))


def _correlations(power: npt.NDArray[np.float32]) -> Numbers:
    """Normalised autocorrelation per frame and lag 0 … `_LAST` + 1."""
    power = power.copy()
    power[:, :_RUMBLE] = 0
    r = np.fft.irfft(power, axis=1)[:, : _LAST + 2].astype(np.float64)
    return np.asarray(r / np.maximum(r[:, :1], 1e-12) / (_WINDOW_R / _WINDOW_R[0]))


def _best(r: Numbers, centre: float | None) -> tuple[Numbers, Numbers]:
    """Of each frame's peaks the one that fits best: its frequency and how periodic it is."""
    before, here, after = r[:, _FIRST - 1 : _LAST], r[:, _FIRST : _LAST + 1], r[:, _FIRST + 1 :]
    cost = _OCTAVE_COST * np.log2(_LAGS / _FIRST)
    if centre is not None:
        away = np.abs(np.log2(RATE / _LAGS / centre))
        cost = cost + _FAR_COST * np.maximum(0.0, away - _NEAR_OCTAVES)
    peak = (here >= before) & (here > after)
    rows = np.arange(len(r))
    at = np.where(peak, here - cost, -1.0).argmax(axis=1)
    a, b, c = before[rows, at], here[rows, at], after[rows, at]
    # The top of the parabola through the three samples.
    bend = np.minimum(a - 2 * b + c, -1e-9)
    shift = np.clip(0.5 * (a - c) / bend, -0.5, 0.5)
    strength = np.where(peak[rows, at], b - 0.25 * (a - c) * shift, 0.0)
    return RATE / (_LAGS[at] + shift), strength


def _steady(hertz: Numbers) -> Numbers:
    """Without frames that jump away from those about them, and without lonely ones."""
    about = np.lib.stride_tricks.sliding_window_view(
        np.pad(hertz, _ABOUT // 2, constant_values=np.nan), _ABOUT
    )
    count = _ABOUT - np.isnan(about).sum(axis=1)
    middle = np.sort(about, axis=1)[np.arange(len(hertz)), np.maximum(0, count - 1) // 2]
    with np.errstate(invalid="ignore"):
        steady = (count >= 3) & (np.abs(np.log2(hertz / middle)) <= _JUMP_OCTAVES)
    return np.where(steady, hertz, np.nan)
