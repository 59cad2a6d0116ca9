"""Where in a sentence the phrases of a closed set stand, as said or as misheard. Pure.

Knows phrases and sounds; nothing of fields, confidence or recognisers. Every run of words is
compared with every phrase by weighted edit distance over their sounds (Needleman-Wunsch), all
at once in numpy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.answers.sounds import LOSE, REPLACE, numbers, sounds, spoken_words

MAX_PHRASES: Final = 2000
"""Phrases of one set, alternatives multiplied out."""
MAX_WORDS: Final = 60
"""Words of a sentence that are looked at."""
_UNLIKE: Final = 0.42
"""Share of a phrase's sounds that may be lost before it is another phrase."""

Costs = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """Words `start` to `end` (not included) may be a phrase."""

    start: int
    end: int
    phrase: int
    """Its place in the set."""
    cost: float
    """Edit distance of the sounds; 0: the same words."""


def expand(pattern: str) -> list[str]:
    """All that "(a|b) c (d|)" can be, in order: "a c d", "a c", "b c d", "b c".

    Raises ValueError for brackets that do not match or nest, and for more than `MAX_PHRASES`.
    """
    parts: list[list[str]] = []
    size = 1
    for at, plain in enumerate(pattern.split("(")):
        inside, bracket, after = plain.partition(")")
        if bracket != (")" if at else "") or ")" in after:
            raise ValueError(f"expected matching brackets that do not nest: {pattern}")
        parts += [inside.split("|"), [after]] if at else [[plain]]
        size *= len(parts[-2]) if at else 1
        if size > MAX_PHRASES:
            raise ValueError(f"expected at most {MAX_PHRASES} alternatives: {pattern}")
    return [" ".join("".join(chosen).split()) for chosen in product(*parts)]


class ClosedSet:
    """The sounds of all phrases; made once, asked for every sentence."""

    def __init__(self, phrases: Sequence[str]) -> None:
        """Raises ValueError for no phrase or more than `MAX_PHRASES`, or one without words."""
        said = [numbers("".join(map(sounds, spoken_words(phrase)))) for phrase in phrases]
        if not 0 < len(said) <= MAX_PHRASES or not all(one.size for one in said):
            raise ValueError(f"expected 1 to {MAX_PHRASES} phrases, each with words")
        self._sizes = np.array([one.size for one in said])
        longest = int(self._sizes.max())
        self._sounds = np.zeros((len(said), longest), dtype=np.intp)
        for row, one in zip(self._sounds, said, strict=True):
            row[: one.size] = one
        # Cost of saying nothing of the first n sounds.
        self._missed = np.zeros((len(said), longest + 1), dtype=np.float32)
        np.cumsum(LOSE[self._sounds], axis=1, out=self._missed[:, 1:])
        self._limits = _UNLIKE * self._missed[np.arange(len(said)), self._sizes]

    def spans(self, said: Sequence[str]) -> list[Span]:
        """All places where a phrase may stand; `said` are `spoken_words`."""
        found: list[Span] = []
        starts: list[int] = []
        costs = np.empty((0, *self._missed.shape), dtype=np.float32)
        for at, word in enumerate(said[:MAX_WORDS]):
            starts.append(at)
            costs = np.concatenate([costs, self._missed[None]])
            for sound in numbers(sounds(word)):
                costs = self._heard(sound, costs)
            whole = costs[:, np.arange(len(self._sizes)), self._sizes]
            found += [
                Span(starts[row], at + 1, int(phrase), float(whole[row, phrase]))
                for row, phrase in np.argwhere(whole <= self._limits)
            ]
            alive = (costs.min(axis=2) <= self._limits).any(axis=1)
            costs = costs[alive]
            starts = [start for start, lives in zip(starts, alive, strict=True) if lives]
        return found

    def _heard(self, sound: np.intp, before: Costs) -> Costs:
        """One more sound: a column of the edit distance, for all starts and phrases at once."""
        costs = before + LOSE[sound]
        taken = before[:, :, :-1] + REPLACE[sound][self._sounds]
        np.minimum(costs[:, :, 1:], taken, out=costs[:, :, 1:])
        missed: Costs = self._missed + np.minimum.accumulate(costs - self._missed, axis=2)
        return missed
