"""Cuts a stream of frames into chunks of another length. Pure."""

from collections.abc import Iterator

import numpy as np

from warmline.audio.frame import Frame, Pcm


class Rechunker:
    """Frames of any length in, chunks of exactly `size` samples out, positions kept.

    A jump in the positions (lost frames) drops the unfinished chunk: a chunk never holds
    audio from both sides of a gap.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._rest: Pcm = np.zeros(0, dtype=np.int16)
        self._position = 0

    def push(self, frame: Frame) -> Iterator[Frame]:
        """The chunks that are complete now."""
        if frame.position != self._position + self._rest.size:
            self._rest = self._rest[:0]
            self._position = frame.position
        samples = np.concatenate([self._rest, frame.samples]) if self._rest.size else frame.samples
        whole = samples.size - samples.size % self._size
        for start in range(0, whole, self._size):
            yield Frame(samples[start : start + self._size], self._position + start)
        self._position += whole
        self._rest = samples[whole:]
