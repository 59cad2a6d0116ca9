"""Makes a clip of what a voice gives, so that clips can be joined: one level, no silence before,
a breath after, no step at the ends. Pure; knows no voice.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import Pcm

VERSION: Final = 1
"""Count it up when clips come out differently: those on disk are then made anew."""
SILENCE: Final = 0.004
"""Amplitude (full scale 1.0) below which the start and the end of a clip are silence."""
KEEP_BEFORE_S: Final = 0.01
KEEP_AFTER_S: Final = 0.12
"""Silence kept at the ends: no click before, a breath between clauses."""
FADE_S: Final = 0.005
LEVEL_DB: Final = -19.0
"""RMS (full scale) of the frames that hold a voice. Near to what Piper gives by itself, which
makes all peaks equal, so that its clauses differ by 6 dB."""
_VOICED_DB: Final = 25.0
"""Frames that are less than this below the loudest hold a voice."""
_FRAME_S: Final = 0.02
_KNEE: Final = 0.8
"""Share of full scale above which peaks are rounded off."""

Floats = npt.NDArray[np.floating[Any]]


def shape(audio: Floats, rate: int) -> Pcm:
    """Mono of any level, full scale 1.0, at `rate` Hz; silence gives no samples."""
    if not audio.size or not (peak := float(np.abs(audio).max())):
        return np.zeros(0, dtype=np.int16)
    audio = audio / peak
    loud = np.flatnonzero(np.abs(audio) > SILENCE)
    first = max(0, int(loud[0]) - int(KEEP_BEFORE_S * rate))
    audio = audio[first : int(loud[-1]) + int(KEEP_AFTER_S * rate)]
    pcm: Pcm = (_faded(_levelled(audio, rate), rate) * 32_767).astype(np.int16)
    return pcm


def _levelled(audio: Floats, rate: int) -> Floats:
    size = min(audio.size, round(_FRAME_S * rate))
    frames = audio[: audio.size // size * size].reshape(-1, size)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    voiced = power[power >= power.max() * 10 ** (-_VOICED_DB / 10)]
    level = max(float(np.sqrt(voiced.mean())), 1e-4)
    wanted = audio * (10 ** (LEVEL_DB / 20) / level)
    amount = np.abs(wanted)
    bent = _KNEE + (1 - _KNEE) * np.tanh(np.maximum(amount - _KNEE, 0.0) / (1 - _KNEE))
    return np.where(amount > _KNEE, np.copysign(bent, wanted), wanted)


def _faded(audio: Floats, rate: int) -> Floats:
    size = min(round(FADE_S * rate), audio.size // 2)
    ramp = (np.arange(size) + 0.5) / max(size, 1)
    audio = audio.copy()
    audio[:size] *= ramp
    audio[audio.size - size :] *= ramp[::-1]
    return audio
