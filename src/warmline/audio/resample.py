"""Rate conversion: soxr for whole clips, a short polyphase filter for live streams.

soxr's streams work in blocks: 8 to 16 kHz comes out in pieces of 59 ms (LQ) to 108 ms (MQ),
which a caller would wait for at the end of each turn. The filter here answers each 20 ms
frame at once with a fixed delay of `TAPS / 2` input samples (2 ms at 8 kHz).
"""

from math import gcd
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from warmline.audio.frame import Pcm

TAPS: Final = 32
"""Input samples that one output sample looks at when the rate goes up; more when it goes down."""
_BETA: Final = 8.0
"""Kaiser window: about 80 dB of stop band (Oppenheim & Schafer, eq. 7.75)."""
_PASS: Final = 0.9
"""Share of the narrower band that is passed unchanged."""


def _filters(up: int, down: int) -> npt.NDArray[np.float32]:
    """Windowed-sinc low pass cut into `up` phases, shape (up, taps), each summing to 1."""
    taps = TAPS * max(1, -(-down // up))
    n = np.arange(taps * up) - (taps * up - 1) / 2
    cutoff = _PASS * min(1.0, up / down) / up
    kernel = np.sinc(cutoff * n) * np.kaiser(taps * up, _BETA)
    phases = kernel.reshape(taps, up).T[:, ::-1]
    return np.ascontiguousarray(phases / phases.sum(axis=1, keepdims=True), dtype=np.float32)


class StreamResampler:
    """Mono int16 from `source` Hz to `target` Hz, piece by piece; equal rates cost nothing."""

    def __init__(self, source: int, target: int) -> None:
        common = gcd(source, target)
        self._up, self._down = target // common, source // common
        self._filters = _filters(self._up, self._down)
        self._history = np.zeros(self._filters.shape[1] - 1, dtype=np.float32)
        self._phase = 0

    def push(self, pcm: Pcm) -> Pcm:
        """All output samples whose input is complete; how the input is cut makes no difference."""
        if self._up == self._down or not pcm.size:
            return pcm
        signal = np.concatenate([self._history, pcm.astype(np.float32)])
        times = np.arange(self._phase, pcm.size * self._up, self._down)
        self._phase = (times[-1] + self._down if times.size else self._phase) - pcm.size * self._up
        self._history = signal[pcm.size :]
        taps = self._filters.shape[1]
        windows = np.lib.stride_tricks.sliding_window_view(signal, taps)[times // self._up]
        out = np.einsum("ij,ij->i", windows, self._filters[times % self._up])
        rounded: Pcm = np.clip(np.rint(out), -32_768, 32_767).astype(np.int16)
        return rounded


def resample(pcm: Pcm, source: int, target: int) -> Pcm:
    """A whole clip of mono int16 from `source` Hz to `target` Hz."""
    if source == target:
        return pcm
    out: Pcm = np.asarray(soxr.resample(pcm, source, target, quality="HQ"), dtype=np.int16)
    return out
