"""The one audio format inside Warmline: 16 kHz, mono, signed 16 bit, in frames of 20 ms."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.int16]
"""Mono samples, shape (n,), signed 16 bit."""

RATE = 16_000
"""Samples a second (Hz) of the caller's audio inside Warmline."""
FRAME_S = 0.02
"""Seconds of one frame: the packet length of nearly all telephony."""
FRAME = int(RATE * FRAME_S)
"""Samples of one frame at `RATE`: 320."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of the caller's audio, usually of 20 ms."""

    samples: Pcm
    position: int
    """Number of caller's samples (at `RATE`) before this frame."""
