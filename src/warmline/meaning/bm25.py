"""BM25: how well the words of a question are found in each of some documents. Pure.

Knows no articles. Words are counted by their stem, common words not at all.
"""

from collections import Counter
from collections.abc import Sequence
from math import log
from typing import Final

import numpy as np

from warmline import spoken
from warmline.meaning.stems import stem
from warmline.meaning.vectors import Floats

_K1: Final = 1.2
_B: Final = 0.75
"""The usual constants of BM25 (Robertson and Zaragoza, 2009)."""
_COMMON: Final = spoken.FILLERS | frozenset(
    spoken.words(
        "a an the and or but if of to for in on at by with about from into out up than then as "
        "i i'm i'd i've i'll me my mine we our us you your he she they their it it's its this "
        "that that's these those there is isn't are am was were be been being do don't does "
        "doesn't did didn't have haven't has had can can't could would will won't shall should "
        "may might must not no yes what what's which who whom whose where when why how any some "
        "all just also still yet only very much many get got give tell know want need let say "
        "one ones thing things something hi hello thanks thank"
    )
)


def terms(text: str) -> list[str]:
    """The stems of the words that say something."""
    return [stem(word) for word in spoken.words(text) if word not in _COMMON]


class Bm25:
    """An index of some documents."""

    def __init__(self, documents: Sequence[str]) -> None:
        """`documents` are plain texts; at least one."""
        counts = [Counter(terms(text)) for text in documents]
        sizes = np.array([count.total() for count in counts], dtype=float)
        frequency = Counter(term for count in counts for term in count)
        self._idf = {term: self._rarity(df, len(counts)) for term, df in frequency.items()}
        self._unseen = self._rarity(0, len(counts))
        norm = _K1 * (1 - _B + _B * sizes / max(sizes.mean(), 1.0))
        self._parts: dict[str, Floats] = {}
        for term, idf in self._idf.items():
            times = np.array([count[term] for count in counts], dtype=float)
            self._parts[term] = idf * times / (times + norm)
        self._size = len(counts)

    def coverage(self, question: str) -> Floats:
        """Score of each document as a share of what a perfect one would have: 0 to 1, (n,).

        A term that no document holds counts in full: a question about what is nowhere written
        is not answered by the words around it.
        """
        asked = set(terms(question))
        best = sum(self._idf.get(term, self._unseen) for term in asked)
        if not best:
            return np.zeros(self._size)
        return (
            sum((self._parts[term] for term in asked if term in self._parts), np.zeros(self._size))
            / best
        )

    @staticmethod
    def _rarity(df: int, size: int) -> float:
        return log(1 + (size - df + 0.5) / (df + 0.5))
