"""Owns the last minute of a call as it was heard: the caller, and all whom the caller heard. Pure.

Both tracks stand on the caller's audio clock. Secrets are silence here, so nothing that is
made of this memory can give one away.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import RATE, Frame, Pcm

KEPT_S: Final = 60.0
"""The last words of the longest turn (26 s) and what led to them."""
LATE_S: Final = 1.0
"""The others' audio may come so late and still finds its place."""


class AudioMemory:
    """Two rings of 16 kHz samples. `caller` moves the clock, `others` adds at a place in it."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._size = round(kept_s * RATE)
        self._tracks = np.zeros((2, self._size), dtype=np.int16)
        self.end = 0
        """Samples of the caller so far."""

    def caller(self, frame: Frame, *, secret: bool = False) -> None:
        """The caller's next frame; a hole before it is silence."""
        begin, end = frame.position, frame.position + frame.samples.size
        if end <= self.end:
            return
        before = max(self.end, end - self._size)
        # Others may be a second ahead: what they wrote there stays, room for more is made.
        self._tracks[1, self._at(before + RATE, end + RATE)] = 0
        self._tracks[0, self._at(before, end)] = 0
        if not secret:
            self._tracks[0, self._at(begin, end)] = frame.samples
        self.end = end

    def others(self, samples: Pcm, position: int) -> None:
        """Add a voice that the caller hears, from this place of the caller's clock on.

        What belongs more than a second ahead, or is forgotten already, is left out.
        """
        if position + samples.size > self.end + RATE or position < max(0, self.end - self._size):
            return
        here = self._at(position, position + samples.size)
        total = self._tracks[1, here].astype(np.int32) + samples
        self._tracks[1, here] = np.clip(total, -32_768, 32_767)

    def heard(self, begin_s: float, end_s: float) -> tuple[Pcm, Pcm]:
        """Caller and others in this stretch (seconds), as far as it is kept."""
        oldest = max(0, self.end - self._size + RATE)
        begin = min(max(round(begin_s * RATE), oldest), self.end)
        end = min(max(round(end_s * RATE), begin), self.end)
        both = self._tracks[:, self._at(begin, end)]
        return both[0], both[1]

    def _at(self, begin: int, end: int) -> npt.NDArray[np.intp]:
        return np.arange(begin, end) % self._size
