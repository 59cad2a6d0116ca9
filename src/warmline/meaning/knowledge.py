"""Finds the passage that answers a question, or says that none does. Knows no call, no files.

Three views of likeness are added: to the nearest way of asking, to the passage as a whole
(both by embedding), and the share of the question's words that the passage holds (BM25).
Each alone takes a neighbouring question for its own; their sum seldom does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.errors import FlowError
from warmline.meaning.articles import Passage
from warmline.meaning.bm25 import Bm25
from warmline.meaning.normal import normal
from warmline.meaning.tfidf import Similarity
from warmline.meaning.vectors import Embed, Floats, sigmoid

ANSWER: Final = 0.60
"""Confidence from which a passage may be spoken; below it nothing is said. Measured on the
questions of tests/real/test_meaning.py."""
_MAX_LEAD: Final = 0.3
"""What a passage is ahead of the next best counts up to here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calibration:
    """Weights of a logistic regression of "this passage answers it"."""

    likeness: float
    lead: float
    constant: float


_EMBEDDED: Final = _Calibration(likeness=4.9, lead=5.5, constant=-6.8)
_WORDS_ALONE: Final = _Calibration(likeness=4.4, lead=4.6, constant=-3.45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A passage that may answer the question."""

    passage: Passage
    confidence: float
    """0 to 1: how likely it is that the passage supports an answer."""


class Knowledge:
    """An index of passages, built once; may be shared by calls."""

    def __init__(self, passages: Sequence[Passage], embed: Embed | None) -> None:
        """With `embed` None (no model on this machine) it goes by the words alone.

        Raises FlowError when there are no passages.
        """
        if not passages:
            raise FlowError("knowledge:1: no passages: write an article with one at least")
        self._passages = tuple(passages)
        asks = [[normal(text) for text in (p.heading, *p.questions)] for p in passages]
        self._owner = np.array([at for at, some in enumerate(asks) for _ in some])
        flat = [text for some in asks for text in some]
        self._words = Bm25([_whole(passage) for passage in passages])
        self._embed = embed
        if embed:
            self._asks = embed(flat)
            self._bodies = embed([normal(f"{p.short} {p.more}") for p in passages])
        else:
            self._similarity = Similarity(flat)

    def search(self, text: str, limit: int = 3) -> list[Found]:
        """The best passages, best first, whatever their confidence. Empty text finds none."""
        asked = normal(text)
        if not asked:
            return []
        confidence = self._confidence(asked)
        best = np.argsort(-confidence, kind="stable")[:limit]
        return [Found(passage=self._passages[at], confidence=float(confidence[at])) for at in best]

    def answer(self, text: str) -> Found | None:
        """The passage that may be spoken; None when none supports an answer."""
        found = self.search(text, limit=1)
        return found[0] if found and found[0].confidence >= ANSWER else None

    def _confidence(self, asked: str) -> Floats:
        """Of each passage: by its likeness to the question, and by its lead over the others."""
        likeness = self._words.coverage(asked)
        if self._embed:
            vector = self._embed([asked])[0]
            likeness = likeness + self._nearest(self._asks @ vector) + self._bodies @ vector
        else:
            likeness = likeness + self._nearest(self._similarity(asked))
        lead = np.clip(likeness - _best_other(likeness), -_MAX_LEAD, _MAX_LEAD)
        weights = _EMBEDDED if self._embed else _WORDS_ALONE
        return sigmoid(weights.likeness * likeness + weights.lead * lead + weights.constant)

    def _nearest(self, likeness: Floats) -> Floats:
        """Of all ways to ask for a passage, the best."""
        nearest = np.full(len(self._passages), -1.0)
        np.maximum.at(nearest, self._owner, likeness)
        return nearest


def _best_other(values: Floats) -> Floats:
    """For each value the greatest of the others; itself when it is alone."""
    if values.size == 1:
        return values
    second, first = np.sort(values)[-2:]
    best_others: Floats = np.where(np.arange(values.size) == values.argmax(), second, first)
    return best_others


def _whole(passage: Passage) -> str:
    """All that is written about it."""
    p = passage
    return " ".join((p.article, p.heading, *p.questions, p.short, p.more))
