"""How the caller's audio sounded, chunk by chunk: level, tonality, bands. Pure signal analysis.

Knows no words, no turns and no thresholds of what counts: `background` judges.

Tonality is the share of a chunk's energy (200 to 3,400 Hz) in partials that stood still for the
last 0.2 s. Notes stand still, played or sung; the pitch of a speaking voice never does. It is the
continuous frequency activation of Seyerlehner et al. ("Automatic music detection in television
productions", DAFx 2007), cut down to what a telephone band shows. Measured over whole turns,
weighted by energy: speech 0.00 to 0.31 (median below 0.05; 0.47 once, in an echoing room), sung
words 0.07 to 0.6 (median 0.37), over instruments 0.2 to 0.6.
"""

from collections import deque
from dataclasses import dataclass
from math import log10
from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import RATE, Pcm

_Floats = npt.NDArray[np.float32]
_Flags = npt.NDArray[np.bool_]

WINDOW: Final = 2048
"""Samples (128 ms) of a spectrum: 8 Hz to a bin, so that a gliding pitch leaves its bin."""
KEEP_S: Final = 40.0
"""So far back sounds can be looked at: the longest turn and what came before it."""
SILENT_DB: Final = -60.0
"""dB full scale; below it a chunk is not analysed."""

_HZ: Final = RATE / WINDOW
_LOW, _HIGH = round(200 / _HZ), round(3_400 / _HZ)
_AROUND: Final = 16
"""Bins (125 Hz) on each side of a peak that it must stand out from."""
_STANDS_OUT: Final = 4.0
"""A partial has so many times (6 dB) the mean power around it."""
_LAGS: Final = (2, 4, 6)
"""Chunks back (64, 128, 192 ms) at which a partial that stands still was there already."""
_EDGES: Final = np.unique(np.geomspace(1, _HIGH - _LOW, 17).astype(np.intp))[:-1]
"""Lower edges of the bands of a print, in bins above 200 Hz."""
_FLOOR: Final = 1e4
_FULL_SCALE: Final = 32_768.0**2


@dataclass(frozen=True, slots=True)
class _Chunk:
    end: float
    power: float
    """Mean square of the samples (full scale 1.0)."""
    tonality: float
    bands: _Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A stretch of audio, summed up."""

    seconds: float
    """Of audio that was heard: lost frames do not count."""
    level_db: float
    """Mean power in dB full scale."""
    loud_db: float
    """Level that 95 % of its chunks do not exceed."""
    depth_db: float
    """Between the levels that 10 and 90 % of its chunks do not exceed."""
    tonality: float
    """0 to 1, weighted by energy."""


SILENCE: Final = Sound(seconds=0.0, level_db=-100.0, loud_db=-100.0, depth_db=0.0, tonality=0.0)


class SoundTrack:
    """The last 40 s of one call. Feed it chunks of equal length, in order."""

    def __init__(self) -> None:
        self._window: _Floats = np.zeros(WINDOW, dtype=np.float32)
        self._hann: _Floats = np.hanning(WINDOW).astype(np.float32)
        self._peaks: deque[_Flags | None] = deque(maxlen=_LAGS[-1])
        self._chunks: deque[_Chunk] = deque()
        self._chunk_s = 0.0

    def push(self, samples: Pcm, end: float) -> float:
        """A chunk (16 kHz) that ends at `end` seconds; gives its level in dB full scale."""
        self._window[: -samples.size] = self._window[samples.size :]
        self._window[-samples.size :] = samples
        new = self._window[-samples.size :]
        self._chunk_s = samples.size / RATE
        power = float(new @ new) / samples.size / _FULL_SCALE
        tonality, bands = 0.0, None
        if _db(power) < SILENT_DB:
            self._peaks.append(None)
        else:
            tonality, bands = self._analyse()
        self._chunks.append(_Chunk(end, power, tonality, bands))
        while self._chunks[0].end < end - KEEP_S:
            self._chunks.popleft()
        return _db(power)

    def sound(self, start: float, end: float) -> Sound:
        """From `start` to `end` (seconds of audio), as far as it is remembered."""
        chunks = [chunk for chunk in self._chunks if start < chunk.end <= end]
        if not chunks:
            return SILENCE
        power = np.array([chunk.power for chunk in chunks])
        levels = 10 * np.log10(power + 1e-10)
        low, high, loud = np.percentile(levels, [10, 90, 95])
        tonality = np.array([chunk.tonality for chunk in chunks])
        return Sound(
            seconds=len(chunks) * self._chunk_s,
            level_db=_db(float(power.mean())),
            loud_db=float(loud),
            depth_db=float(high - low),
            tonality=float(tonality @ power / max(power.sum(), 1e-10)),
        )

    def print(self, start: float, end: float) -> _Floats:
        """Log energies in bands, shape (chunks, 15): by it a recording is known again."""
        silence = np.full(_EDGES.size, np.log(_FLOOR), dtype=np.float32)
        rows = [
            silence if chunk.bands is None else chunk.bands
            for chunk in self._chunks
            if start < chunk.end <= end
        ]
        return np.array(rows, dtype=np.float32).reshape(-1, _EDGES.size)

    def _analyse(self) -> tuple[float, _Floats]:
        spectrum = np.fft.rfft(self._window * self._hann)[_LOW - _AROUND : _HIGH + _AROUND]
        wide = spectrum.real**2 + spectrum.imag**2
        total = np.concatenate([[0.0], np.cumsum(wide, dtype=np.float64)])
        size = 2 * _AROUND + 1
        mean = (total[size:] - total[:-size]) / size
        power, below, above = (
            wide[at : at + mean.size] for at in (_AROUND, _AROUND - 1, _AROUND + 1)
        )
        peaks: _Flags = (power > below) & (power >= above) & (power > _STANDS_OUT * mean)
        held = peaks.copy()
        for lag in _LAGS:
            before = self._peaks[-lag] if len(self._peaks) >= lag else None
            if before is None:
                held[:] = False
                break
            held[1:-1] &= before[:-2] | before[1:-1] | before[2:]
        self._peaks.append(peaks)
        partials = float((power + below + above)[held].sum())
        bands: _Floats = np.log(np.add.reduceat(power, _EDGES) + _FLOOR, dtype=np.float32)
        return min(1.0, partials / max(float(power.sum()), 1e-9)), bands


def alike(one: _Floats, other: _Floats) -> float:
    """How alike two prints are, -1 to 1, at the best shift up to a quarter of a second.

    0 where their lengths differ by more than that. The same recording once more, cut by a
    detector, gives 0.96 and more; a synthesizer that says the same again up to 0.97, people
    less, other sentences of the same voice at most 0.75.
    """
    most = 8
    if abs(len(one) - len(other)) > most or min(len(one), len(other)) <= 2 * most:
        return 0.0
    best = 0.0
    for shift in range(-most, most + 1):
        a, b = one[max(0, shift) :], other[max(0, -shift) :]
        size = min(len(a), len(b))
        a, b = a[:size] - a[:size].mean(axis=0), b[:size] - b[:size].mean(axis=0)
        norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
        best = max(best, float((a * b).sum()) / norm) if norm > 1e-6 else best
    return best


def _db(power: float) -> float:
    return 10 * log10(power + 1e-10)
