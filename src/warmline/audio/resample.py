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

BLOCKS_PER_S: Final = 50
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
    """Mono int16 from `source` Hz to `target` Hz in blocks of 20 ms; equal rates cost nothing.

    Everything that does not change from block to block is laid out once: a call spends its
    life in here, and numpy's small change (views, index arrays) would be most of the cost.
    """

    def __init__(self, source: int, target: int) -> None:
        """Both rates must be whole multiples of 50 Hz."""
        common = gcd(source, target)
        self._up, down = target // common, source // common
        filters = _filters(self._up, down)
        self._history = filters.shape[1] - 1
        self._block, self._out_block = source // BLOCKS_PER_S, target // BLOCKS_PER_S
        self._signal = np.zeros(self._history + self._block, dtype=np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._signal, filters.shape[1])
        self._phases = [
            (windows[turn * down // self._up :: down], filters[turn * down % self._up])
            for turn in range(self._up)
        ]
        self._rest: Pcm | None = None if source == target else np.zeros(0, dtype=np.int16)

    def push(self, pcm: Pcm) -> Pcm:
        """All whole blocks that there are now; how the input is cut makes no difference."""
        if self._rest is None:
            return pcm
        if self._rest.size:
            pcm = np.concatenate([self._rest, pcm])
        blocks = pcm.size // self._block
        out = np.empty((blocks, self._out_block), dtype=np.float32)
        for number in range(blocks):
            self._signal[: self._history] = self._signal[self._block :]
            start = number * self._block
            self._signal[self._history :] = pcm[start : start + self._block]
            for turn, (windows, taps) in enumerate(self._phases):
                out[number, turn :: self._up] = windows @ taps
        self._rest = pcm[blocks * self._block :]
        np.rint(out, out=out)
        np.clip(out, -32_768, 32_767, out=out)
        return out.reshape(-1).astype(np.int16)


def resample(pcm: Pcm, source: int, target: int) -> Pcm:
    """A whole clip of mono int16 from `source` Hz to `target` Hz."""
    if source == target:
        return pcm
    out: Pcm = np.asarray(soxr.resample(pcm, source, target, quality="HQ"), dtype=np.int16)
    return out
