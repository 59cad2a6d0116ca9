"""Hold music: a small piece of our own, computed, and any clip made an endless loop. Pure.

Nobody owns royalties on it, and it needs no file. It is written for telephones: all partials
lie between 200 and 3,300 Hz, so that a call at 8 kHz loses nothing of it, and it is quiet.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import FRAME_S, Pcm
from warmline.audio.loudness import FULL_SCALE

LEVEL_DBFS: Final = -26.0
"""RMS of hold music over the whole loop: speech in telephony has about -20 (ITU-T P.56, G.100.1)
while it is spoken, and music goes on for minutes."""
PEAK: Final = 0.5
"""Share of full scale that no sample exceeds: a clip with higher peaks becomes quieter."""

_EIGHTH_S: Final = 0.4
"""75 beats a minute. A multiple of 20 ms, so that the loop is made of whole frames."""
_TONE_S: Final = 2.4
_ATTACK_S: Final = 0.015
_DECAY_S: Final = 0.55
_PARTIALS: Final = (1.0, 0.28, 0.09)
"""Amplitudes of the harmonics: the soft sound of an electric piano."""
_HIGHEST_HZ: Final = 3_300.0
_SEAM_S: Final = 0.05
"""Crossfade where a foreign clip is joined to itself."""

# Eight bars in C major: chords of four tones (MIDI numbers, 60 is middle C), each broken into
# eighths, below a slow tune in halves.
_CHORDS: Final = (
    *((60, 64, 67, 72), (57, 64, 69, 72), (60, 65, 69, 72), (59, 62, 67, 71)),
    *((59, 64, 67, 71), (60, 64, 69, 72), (62, 65, 69, 74), (59, 62, 65, 67)),
)
_BROKEN: Final = (0, 2, 1, 3, 2, 1, 3, 2)
_TUNE: Final = (76, 79, 76, 72, 77, 81, 79, 74, 76, 71, 72, 76, 77, 74, 71, 74)

Signal = npt.NDArray[np.float64]


def piece(rate: int) -> Pcm:
    """One round of the music at `rate` Hz: 25.6 s, whose end runs into its beginning."""
    eighth = round(_EIGHTH_S * rate)
    loop = np.zeros(len(_CHORDS) * len(_BROKEN) * eighth)
    tone = cache(lambda key: _tone(key, rate))
    for bar, chord in enumerate(_CHORDS):
        for step, voice in enumerate(_BROKEN):
            _add(loop, tone(chord[voice]) * 0.6, (bar * len(_BROKEN) + step) * eighth)
    for half, key in enumerate(_TUNE):
        _add(loop, tone(key), half * len(_BROKEN) // 2 * eighth)
    return _level(loop)


def looped(clip: Pcm, rate: int) -> Pcm:
    """Any clip as a loop: its end faded into its beginning, whole frames, our level.

    At least 1 s of audio; raises ValueError for less.
    """
    if clip.size < rate:
        raise ValueError(f"hold music must be at least 1 s long, not {clip.size / rate:.2f} s")
    seam, frame = round(_SEAM_S * rate), round(FRAME_S * rate)
    signal = clip[: (clip.size - seam) // frame * frame + seam].astype(np.float64)
    rise = np.sin(np.linspace(0, np.pi / 2, seam))
    loop = signal[:-seam]
    loop[:seam] = loop[:seam] * rise + signal[-seam:] * rise[::-1]
    return _level(loop)


def _tone(key: int, rate: int) -> Signal:
    """A struck tone that has died away after `_TONE_S`."""
    t = np.arange(round(_TONE_S * rate)) / rate
    pitch = 440.0 * 2 ** ((key - 69) / 12)
    partials = [
        size * np.sin(2 * np.pi * number * pitch * t)
        for number, size in enumerate(_PARTIALS, start=1)
        if number * pitch < _HIGHEST_HZ
    ]
    attack = np.sin(np.clip(t / _ATTACK_S, 0, 1) * np.pi / 2) ** 2
    tone: Signal = sum(partials) * attack * np.exp(-t / _DECAY_S) * (1 - t / _TONE_S) ** 2
    return tone


def _add(loop: Signal, tone: Signal, at: int) -> None:
    """What sounds on behind the end is heard at the beginning: so the loop has no seam."""
    fits = min(tone.size, loop.size - at)
    loop[at : at + fits] += tone[:fits]
    loop[: tone.size - fits] += tone[fits:]


def _level(signal: Signal) -> Pcm:
    rms, peak = np.sqrt(np.mean(signal**2)), np.abs(signal).max()
    if not peak:
        return np.zeros(signal.size, dtype=np.int16)
    gain = min(10 ** (LEVEL_DBFS / 20) / rms, PEAK / peak) * FULL_SCALE
    return np.asarray(np.rint(signal * gain), dtype=np.int16)
