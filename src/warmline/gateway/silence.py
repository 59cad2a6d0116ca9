"""Owns what it means that a far end sends no audio: first silence, then the end of the line.

Pure: the caller brings the clock (any monotonic seconds).
"""

from typing import Final

from warmline.audio.frame import FRAME_S
from warmline.gateway.far_end import LegSettings

FILL: Final = 5
"""Frames of silence that are filled in at once."""


class SilenceWatch:
    def __init__(self, settings: LegSettings, now: float) -> None:
        self._settings = settings
        self._since = now
        self._heard = False
        self._filled_s = 0.0  # of the silence since then

    def heard(self, now: float) -> bool:
        """Audio came; says whether it was the first."""
        first = not self._heard
        self._since, self._filled_s, self._heard = now, 0.0, True
        return first

    def gives_up(self) -> float:
        """When the far end must be taken for gone."""
        settings = self._settings
        return self._since + (settings.silent_s if self._heard else settings.first_audio_s)

    def next(self) -> float:
        """When to look again."""
        return min(self.gives_up(), self._next_fill())

    def frames(self, now: float) -> int:
        """How many frames of silence to put in place of audio that did not come."""
        frames = 0
        while now >= self._next_fill():
            frames += FILL
            self._filled_s += FILL * FRAME_S
        return frames

    def _next_fill(self) -> float:
        after = self._settings.fill_after_s if self._heard else self._settings.first_audio_s
        return self._since + after + self._filled_s
