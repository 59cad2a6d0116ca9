"""Both directions of a call on one clock, and what can be measured in them. Pure."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import Pcm

BLOCK_S = 0.005
"""Loudness is measured in blocks of 5 ms."""
AUDIBLE = 0.004
"""Root mean square (full scale 1.0) from which the bot is audible: -48 dBFS."""
ONSET_S = 0.1
"""So long it must have been silent for a sound to be the beginning of an answer."""
_SMOOTH = 4
"""Blocks: the voice's level is that of 20 ms."""
_GAP = 20
_BURST = 24
"""Blocks: 100 and 120 ms."""
_RANGE_DB = 20.0
"""The last sounds of a sentence are 10-15 dB below its loud parts, room noise 20 and more."""


@dataclass(slots=True)
class Track:
    """Samples of one direction; `zero` is the moment (seconds, any clock) of the first."""

    rate: int
    zero: float
    size: int = 0
    _buffer: Pcm = field(default_factory=lambda: np.zeros(0, dtype=np.int16))
    """Twice as long whenever it is full: who looks at the track while it grows copies nothing."""

    def append(self, pcm: Pcm) -> None:
        if self.size + pcm.size > self._buffer.size:
            longer = np.zeros(2 * (self.size + pcm.size), dtype=np.int16)
            longer[: self.size] = self.samples()
            self._buffer = longer
        self._buffer[self.size : self.size + pcm.size] = pcm
        self.size += pcm.size

    def append_at(self, moment: float, pcm: Pcm) -> None:
        """As a player would: at once when idle, otherwise behind what still plays."""
        gap = int((moment - self.zero) * self.rate) - self.size
        if gap > 0:
            self.append(np.zeros(gap, dtype=np.int16))
        self.append(pcm)

    def cut(self, moment: float) -> None:
        """What was to be played after this moment is thrown away."""
        self.size = min(self.size, max(0, int((moment - self.zero) * self.rate)))

    @property
    def end(self) -> float:
        """The moment at which the last sample is over."""
        return self.zero + self.size / self.rate

    def samples(self) -> Pcm:
        """All of them; not to be kept while the track grows."""
        return self._buffer[: self.size]

    def loudness(self, start: float, end: float) -> npt.NDArray[np.float64]:
        """Root mean square (full scale 1.0) of each block between two moments, shape (n,)."""
        block = int(BLOCK_S * self.rate)
        first = max(0, int((start - self.zero) * self.rate))
        last = max(first, int((end - self.zero) * self.rate))
        part = self.samples()[first:last]
        whole = part[: part.size // block * block].reshape(-1, block).astype(np.float64)
        return np.asarray(np.sqrt((whole**2).mean(axis=1)) / 32_768)


def voice_end(track: Track, start: float, end: float) -> float | None:
    """The moment at which the voice between two moments is over; None when there is none.

    The voice is what is less than `_RANGE_DB` below the loud parts of the stretch. A breath or
    a click behind it (shorter than `_BURST`, apart by more than `_GAP`) is not voice.
    """
    loudness = track.loudness(start, end)
    if loudness.size < _SMOOTH or loudness.max() < AUDIBLE:
        return None
    level = 20 * np.log10(np.convolve(loudness, np.ones(_SMOOTH) / _SMOOTH, "same") + 1e-6)
    runs = _runs(level >= np.percentile(level, 95) - _RANGE_DB)
    long = [run for run in runs if run[1] - run[0] >= _BURST] or runs
    return max(start, track.zero) + (long[-1][1] - _SMOOTH // 2) * BLOCK_S


def _runs(loud: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Begin and end (exclusive) of each stretch, gaps of `_GAP` blocks bridged."""
    at = np.flatnonzero(loud)
    breaks = np.flatnonzero(np.diff(at) > _GAP)
    begins = at[np.concatenate([[0], breaks + 1])]
    ends = at[np.concatenate([breaks, [at.size - 1]])] + 1
    return list(zip(begins.tolist(), ends.tolist(), strict=True))


def onset(track: Track, after: float) -> float | None:
    """Where the first sound behind `after` begins; earlier when it was audible there already.

    A sound begins after `ONSET_S` of silence.
    """
    loud = np.flatnonzero(track.loudness(track.zero, track.end) > AUDIBLE)
    starts = loud[np.diff(loud, prepend=-np.inf) > ONSET_S / BLOCK_S]
    now = (after - track.zero) / BLOCK_S
    behind = loud[loud >= now]
    return track.zero + float(starts[starts <= behind[0]][-1]) * BLOCK_S if behind.size else None


def first_audible(track: Track, start: float, end: float) -> float | None:
    """The first moment between two at which something can be heard."""
    loud = np.flatnonzero(track.loudness(start, end) > AUDIBLE)
    return max(start, track.zero) + float(loud[0]) * BLOCK_S if loud.size else None
