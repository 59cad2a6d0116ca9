"""Owns hold music on a line: endless, a little ahead of real time, and gone at once.

Must not know why somebody waits.
"""

import asyncio
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Final

import numpy as np

from warmline.audio import files, music
from warmline.audio.frame import FRAME_S, Pcm
from warmline.errors import AudioError
from warmline.ports import Line

AHEAD_S: Final = 0.2
"""So much is queued on the line: it hides a busy event loop, and `clear` throws it away."""
_PIECE_S: Final = 0.1
"""Written at once: a caller on hold wakes us ten times a second."""


class HoldMusic:
    """Our own piece, or a sound file, at the rate of one line. Iterating gives frames of 20 ms.

    The clip is shared by all lines of a rate. Making it takes 20 to 100 ms, so a server makes
    one for each rate at its start.
    """

    def __init__(self, rate: int, file: Path | None = None) -> None:
        """`rate` in Hz. Raises AudioError: the file cannot be read, or is shorter than 1 s."""
        self.rate = rate
        self._clip = _clip(rate, file)

    def __iter__(self) -> Iterator[Pcm]:
        return self._pieces(FRAME_S)

    async def play(self, line: Line) -> None:
        """Play until cancelled or the line has ended: from the beginning, behind what is queued.

        The end of it stops the music at once, unless something is queued behind it already.
        """
        clock = asyncio.get_running_loop().time
        rise = np.linspace(0, 1, round(self.rate * _PIECE_S))
        end = clock() + line.stats.behind_s
        ours = -1  # where in the line's queue the music ends
        try:
            for number, piece in enumerate(self._pieces(_PIECE_S)):
                await asyncio.sleep(end - AHEAD_S - clock())
                if line.gone:
                    return
                await line.play(piece if number else (piece * rise).astype(np.int16))
                ours = line.queued
                end = max(end, clock()) + piece.size / self.rate
        finally:
            # Who had us cancelled may have spoken meanwhile. To clear that too would leave the
            # speaker waiting for the end of its sentence for ever.
            if line.queued == ours:
                line.clear()

    def _pieces(self, seconds: float) -> Iterator[Pcm]:
        size = round(self.rate * seconds)
        return cycle([self._clip[at : at + size] for at in range(0, self._clip.size, size)])


@cache
def _clip(rate: int, file: Path | None) -> Pcm:
    if file is None:
        return music.piece(rate)
    try:
        return music.looped(files.read(file, rate), rate)
    except ValueError as error:
        raise AudioError(f"{file}: {error}") from None
