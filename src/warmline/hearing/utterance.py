"""The audio of the turn that is being spoken: a pre-roll ring, then all that follows. Pure.

Nothing of it is thrown away before its words are known.
"""

from collections import deque

import numpy as np

from warmline.audio.frame import RATE, Frame, Pcm

PRE_ROLL_S = 0.32
"""Kept from before the voice was noticed: a short "yes" stays whole."""
_KEEP_S = 2.0
"""An ended turn's audio is kept so long, longer than a caller may take to go on."""
CUT_SEARCH_S = 2.0
"""A turn that must be cut is cut at its quietest moment within so many last seconds."""
_CUT_WINDOW = RATE // 10


class Utterance:
    """Chunks of one call in order. While nobody speaks it is a ring of `PRE_ROLL_S`."""

    def __init__(self, chunk: int) -> None:
        self._ring: deque[Pcm] = deque(maxlen=max(1, int(PRE_ROLL_S * RATE) // chunk))
        self._chunks: list[Pcm] | None = None
        self._over: list[Pcm] = []
        """The last turn and what came after it, while the caller may still go on."""
        self._over_for = 0
        self.size = 0
        """Samples of the turn so far."""

    def push(self, chunk: Frame) -> None:
        if self._chunks is None:
            self._ring.append(chunk.samples)
            self._keep_for_later(chunk.samples)
        else:
            self._chunks.append(chunk.samples)
            self.size += chunk.samples.size

    def begin(self) -> None:
        """A voice was noticed: from here on all is kept."""
        self._chunks = list(self._ring)
        self.size = sum(chunk.size for chunk in self._chunks)

    def end(self) -> None:
        """Its words are on their way: back to the ring (which still holds the last moment)."""
        self._over, self._over_for = self._chunks or [], 0
        self._ring.extend(self._over)
        self._chunks, self.size = None, 0

    def go_on(self) -> None:
        """The turn that ended last was not over: all since its beginning is one turn."""
        self._chunks, self._over = self._over, []
        self.size = sum(chunk.size for chunk in self._chunks)

    def _keep_for_later(self, samples: Pcm) -> None:
        if self._over:
            self._over.append(samples)
            self._over_for += samples.size
            if self._over_for > _KEEP_S * RATE:
                self._over = []

    def audio(self) -> Pcm:
        """All samples of the turn so far."""
        return np.concatenate(self._chunks) if self._chunks else np.zeros(0, dtype=np.int16)

    def split(self, least: int = 0) -> Pcm:
        """Cut at the quietest moment of the last two seconds, but behind `least` samples; gives
        the part before it.

        The rest stays as the beginning of the next turn, so that no word is lost.
        """
        audio = self.audio()
        search = int(CUT_SEARCH_S * RATE)
        at = least if least > audio.size - search else quietest(audio, search)
        self._chunks, self.size = [audio[at:]], audio.size - at
        return audio[:at]


def quietest(audio: Pcm, search: int) -> int:
    """Index of the middle of the quietest 100 ms within the last `search` samples."""
    tail = audio[-search:].astype(np.float64)
    if tail.size <= _CUT_WINDOW:
        return audio.size
    energy = np.convolve(tail**2, np.ones(_CUT_WINDOW), mode="valid")
    return audio.size - tail.size + int(energy.argmin()) + _CUT_WINDOW // 2
