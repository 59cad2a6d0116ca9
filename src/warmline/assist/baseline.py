"""How one caller sounds when calm, learned from their first turns. Pure; one object per call.

A caller who is angry from the first word is the blind spot: their anger is the baseline, and
only their words show it. The alternative, one measure for all voices, is worse: women, children
and loud telephones would all be upset.
"""

from typing import Final

import numpy as np

from warmline.assist.frames import Numbers
from warmline.assist.prosody import Prosody

MEASURES: Final = ("pitch", "pitch_high", "pitch_range", "level", "balance", "tempo")
_SPREAD: Final = np.array([0.8, 1.0, 1.1, 1.3, 1.3, 0.15])
"""Standard deviations of one calm speaker from sentence to sentence, in each measure's unit, for
long utterances: read speech of 10 and 105 speakers (LibriSpeech test-other, speechocean762)."""
_SHORT_S: Final = 4.0
"""An utterance with so much voice has twice the variance of a long one (same clips, cut)."""
LEARN_S: Final = 3.0
"""Seconds of voice that make a baseline …"""
LEARN_TURNS: Final = 2
"""… in at least so many turns."""
_ADAPT: Final = 0.1
"""Share by which a calm turn moves the baseline: people warm up, and telephones are moved."""
_WEIGHED_S: Final = 0.2
"""Turns with less voice than that teach nothing."""


class Baseline:
    """Learns from turns of one caller, then says how far later ones are from them."""

    def __init__(self) -> None:
        self._centre: Numbers = np.full(len(MEASURES), np.nan)
        self._weight: Numbers = np.zeros(len(MEASURES))
        self._voiced_s = 0.0
        self._turns = 0

    @property
    def ready(self) -> bool:
        return self._voiced_s >= LEARN_S and self._turns >= LEARN_TURNS

    def learn(self, prosody: Prosody) -> None:
        """One of the first turns; counts by its seconds of voice."""
        if prosody.voiced_s < _WEIGHED_S:
            return
        values = _values(prosody)
        known = ~np.isnan(values)
        self._weight[known] += prosody.voiced_s
        share = prosody.voiced_s / np.maximum(self._weight, 1e-9)
        start = np.where(np.isnan(self._centre), values, self._centre)
        self._centre = np.where(known, start + share * (values - start), self._centre)
        self._voiced_s += prosody.voiced_s
        self._turns += 1

    def adapt(self, prosody: Prosody) -> None:
        """A later turn that was calm; short ones count for less."""
        values = _values(prosody)
        share = _ADAPT * min(1.0, prosody.voiced_s / LEARN_S)
        moved = self._centre + share * (values - self._centre)
        start = np.where(np.isnan(self._centre), values, self._centre)
        self._centre = np.where(np.isnan(moved), start, moved)

    def differences(self, prosody: Prosody) -> Numbers:
        """How far this turn is from calm, in the units of `MEASURES`; NaN where unknown."""
        return np.asarray(_values(prosody) - self._centre)

    def deviations(self, prosody: Prosody) -> Numbers:
        """The same in standard deviations of a calm speaker, for turns and baselines as short
        as these; NaN where unknown."""
        doubt = 1 + _SHORT_S / max(prosody.voiced_s, 0.1) + _SHORT_S / max(self._voiced_s, 0.1)
        return np.asarray(self.differences(prosody) / (_SPREAD * np.sqrt(doubt)))


def _values(prosody: Prosody) -> Numbers:
    values = (getattr(prosody, name) for name in MEASURES)
    return np.array([np.nan if value is None else value for value in values])
