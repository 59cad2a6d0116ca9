"""A voice made louder without clipping. Pure."""

import numpy as np

from warmline.audio.frame import Pcm

FULL_SCALE = 32_767.0
KNEE = 0.6
"""Share of full scale up to which the gain is exact; above, peaks are rounded off."""


def louder(clip: Pcm, gain_db: float) -> Pcm:
    """The clip (16-bit mono) with `gain_db` decibels more; its peaks bend instead of clipping."""
    if not gain_db or not clip.size:
        return clip
    wanted = clip * (10 ** (gain_db / 20) / FULL_SCALE)
    size = np.abs(wanted)
    over = np.maximum(0.0, size - KNEE) / (1 - KNEE)
    bent = np.where(size > KNEE, KNEE + (1 - KNEE) * np.tanh(over), size)
    return np.asarray(np.copysign(bent, wanted) * FULL_SCALE, dtype=np.int16)
