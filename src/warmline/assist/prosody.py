"""How something was said, in units: pitch, level, balance, tempo, pauses. Pure.

Measures only; says nothing about moods, and knows no caller from another.
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.assist import f0
from warmline.assist.frames import HOP_S, RATE, WINDOW, Flags, Frames, Numbers

ACTIVE_DB: Final = 30.0
"""Frames down to so far below the loud ones (95th percentile) may be speech."""
_SPEAKING_DB: Final = 20.0
"""Frames down to so far below are speech for certain: pauses are between them."""
_LOUD: Final = 95
PAUSE_S: Final = 0.25
"""Shorter gaps are the closures of p, t, k and double consonants (Goldman-Eisler 1968)."""
_SYLLABLES_LEAST: Final = 5
"""Of shorter texts the tempo says nothing."""
_VOWELS: Final = re.compile(r"[aeiouy]+")
_SILENT_E: Final = re.compile(r"(?<=[^aeiouyl])e(?:d|s)?\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prosody:
    """One utterance. All of pitch, level and balance is of voiced frames only."""

    voiced_s: float
    """Seconds of voice; the other values mean nothing when it is 0."""
    pitch: float
    """Median, in semitones above 100 Hz."""
    pitch_high: float
    """90th percentile, in semitones above 100 Hz."""
    pitch_range: float
    """From the 10th to the 90th percentile, in semitones."""
    level: float
    """90th percentile, in dB relative to full scale, of 300-3,400 Hz."""
    balance: float
    """1,000-3,400 Hz over 300-1,000 Hz, median in dB: a raised voice is bright."""
    tempo: float | None
    """Syllables a second without pauses, on a scale of octaves; None for a few words."""
    pauses: float
    """Share of the utterance that is spent in pauses."""


def measure(frames: Frames, text: str) -> Prosody:
    """`text`: what was said, for the tempo; frames in which others spoke do not count."""
    if not frames.alone.any():
        return _SILENT
    loud = float(np.percentile(frames.level[frames.alone], _LOUD))
    active = frames.alone & (frames.level > loud - ACTIVE_DB)
    hertz = f0.track(frames.power, active)
    voiced = ~np.isnan(hertz)
    if not voiced.any():
        return _SILENT
    low, middle, high = np.percentile(12 * np.log2(hertz[voiced] / 100.0), [10, 50, 90])
    speaking_s, pauses = _time(frames.alone & (frames.level > loud - _SPEAKING_DB))
    syllables = count_syllables(text)
    known = syllables >= _SYLLABLES_LEAST and bool(frames.alone.all())
    return Prosody(
        voiced_s=float(voiced.sum() * HOP_S),
        pitch=float(middle),
        pitch_high=float(high),
        pitch_range=float(high - low),
        level=float(np.percentile(frames.level[voiced], 90)),
        balance=float(np.median(_balance(frames)[voiced])),
        tempo=float(np.log2(syllables / speaking_s)) if known else None,
        pauses=pauses,
    )


def count_syllables(text: str) -> int:
    """Groups of vowels without the silent e; a figure read aloud counts as one and a half."""
    lowered = text.lower()
    figures = sum(sign.isdigit() for sign in lowered)
    return len(_VOWELS.findall(_SILENT_E.sub("", lowered))) + round(1.5 * figures)


def _balance(frames: Frames) -> Numbers:
    return np.asarray(frames.high - frames.low)


def _time(speaking: Flags) -> tuple[float, float]:
    """Seconds of speech with its short gaps, and the share of the whole that are pauses."""
    at = np.flatnonzero(speaking)
    whole = float(at[-1] - at[0]) * HOP_S + WINDOW / RATE
    gaps = np.diff(at) * HOP_S
    paused = float(gaps[gaps >= PAUSE_S].sum())
    return whole - paused, paused / whole


_SILENT: Final = Prosody(
    voiced_s=0.0,
    pitch=0.0,
    pitch_high=0.0,
    pitch_range=0.0,
    level=0.0,
    balance=0.0,
    tempo=None,
    pauses=0.0,
)
