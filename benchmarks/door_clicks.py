"""Clicks: a sound whose beginning can be found to the sample, on both sides of a door."""

from functools import cache
from math import inf

import numpy as np

from warmline.audio.frame import FRAME_S, Pcm

_LOUD = 20_000
_HZ = 1000
_ONSET = 5_000
"""What passes it first is the beginning, also after mu-law and Opus."""
_QUIET_S = 0.15


@cache
def click(rate: int, at: int = 0) -> Pcm:
    """A frame of 20 ms with 8 ms of a tone that begins at this sample (at most 12 ms in)."""
    frame = np.zeros(round(rate * FRAME_S), dtype=np.int16)
    length = rate * 8 // 1000
    frame[at : at + length] = _LOUD * np.sin(2 * np.pi * _HZ * (np.arange(length) + 0.5) / rate)
    return frame


class ClickDetector:
    """Finds where clicks begin; what is loud within 0.15 s after a click belongs to it."""

    def __init__(self) -> None:
        self._loud_at = -inf

    def push(self, samples: Pcm, now: float) -> int | None:
        """The sample at which a click begins in here; `now` in seconds."""
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _ONSET)
        if not loud.size:
            return None
        begins = now > self._loud_at + _QUIET_S
        self._loud_at = now
        return int(loud[0]) if begins else None
