"""Owns how a missing frame is made up: the last pitch period goes on and fades.

Pure. Must not know packets or time. The method is that of ITU-T G.711, appendix I, without its
growing set of periods: a recogniser gains nothing by them.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import FRAME_S, Pcm

LOWEST_HZ: Final = 66
HIGHEST_HZ: Final = 400
"""Range of the human pitch (G.711 appendix I: 66 to 200 Hz; children are higher)."""
HOLD_S: Final = 0.01
"""Full strength, then it fades in a straight line to nothing."""
FADE_S: Final = 0.09
_MATCH_S: Final = 0.02
"""So much of the end is compared to find the period: a whole one of the lowest voices."""
_JOIN_S: Final = 0.005
"""The made-up voice goes over into the real one within it."""

_Wave = npt.NDArray[np.float32]


class Concealer:
    """One caller's audio, in frames of 20 ms at `rate` Hz."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frame = round(rate * FRAME_S)
        self._shortest, self._longest = rate // HIGHEST_HZ, rate // LOWEST_HZ
        self._match = round(rate * _MATCH_S)
        self._join = round(rate * _JOIN_S)
        self._ramp = np.linspace(0.0, 1.0, self._join, dtype=np.float32)
        self._cross = np.linspace(0.0, 1.0, self._frame, dtype=np.float32)
        self._past: _Wave = np.zeros(self._longest + self._match, dtype=np.float32)
        self._period: _Wave | None = None  # while something is made up
        self._made = 0  # samples made up in a row

    def real(self, frame: Pcm) -> Pcm:
        """Hear a frame; behind made-up ones its beginning is joined to them."""
        if self._period is not None:
            made = self._next(self._join)
            frame = frame.copy()
            head = frame[: self._join].astype(np.float32)
            frame[: self._join] = _whole(made + (head - made) * self._ramp)
            self._period = None
        self._remember(frame.astype(np.float32))
        return frame

    def made_up(self) -> Pcm:
        """20 ms that go on from what was heard, fading."""
        if self._period is None:
            self._period, self._made = self._last_period(), 0
        return _whole(self._next(self._frame))

    def merged(self, first: Pcm, second: Pcm) -> Pcm:
        """Two frames as one: the first goes over into the second."""
        return _whole(first * (1 - self._cross) + second * self._cross)

    def _remember(self, wave: _Wave) -> None:
        size = self._past.size
        self._past = np.concatenate([self._past, wave])[-size:]

    def _last_period(self) -> _Wave:
        """The last stretch of audio that is most like what came before it."""
        end = self._past[-self._match :]
        before = self._past[: -self._shortest]
        likeness = np.correlate(before, end, mode="valid")  # by start; the last is the shortest
        energy = np.cumsum(np.concatenate([np.zeros(1, np.float32), before**2]))
        strength = np.sqrt(np.maximum(energy[self._match :] - energy[: -self._match], 1.0))
        start = int(np.argmax(likeness / strength))
        lag = self._past.size - self._match - start
        return self._past[-lag:].copy()

    def _next(self, samples: int) -> _Wave:
        assert self._period is not None
        at = self._made + np.arange(samples)
        self._made += samples
        fade = 1.0 - (at / self._rate - HOLD_S) / FADE_S
        wave: _Wave = self._period[at % self._period.size] * np.clip(fade, 0.0, 1.0)
        return wave.astype(np.float32)


def _whole(wave: npt.NDArray[np.floating]) -> Pcm:
    samples: Pcm = np.clip(np.rint(wave), -32_768, 32_767).astype(np.int16)
    return samples
