"""TF-IDF similarity of short texts, by words and by pieces of words. Pure; numpy only.

Knows no intents. Pieces of words keep what the recogniser half heard ("canceling" and
"cancelled"), words and pairs of words keep the rest.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import log
from typing import Final

import numpy as np

from warmline.meaning.vectors import Floats

Grams = Callable[[str], Iterator[str]]

_PIECES: Final = range(2, 6)
"""Characters of a piece of a word; a blank stands for the word's edge."""


def words(text: str) -> Iterator[str]:
    """Single words and pairs of neighbours, of a text whose words are parted by blanks."""
    single = text.split()
    yield from single
    yield from (f"{one} {two}" for one, two in zip(single, single[1:], strict=False))


def pieces(text: str) -> Iterator[str]:
    """All runs of 2 to 5 characters inside one word and its edges."""
    for word in text.split():
        edged = f" {word} "
        for size in _PIECES:
            yield from (edged[at : at + size] for at in range(len(edged) - size + 1))


class Tfidf:
    """An inverted index of normalised vectors; idf = ln((1 + n) / (1 + df)) + 1."""

    def __init__(self, texts: Sequence[str], grams: Grams) -> None:
        self._grams = grams
        self._size = len(texts)
        counts = [Counter(grams(text)) for text in texts]
        frequency = Counter(gram for count in counts for gram in count)
        self._idf = {gram: self._weight(df) for gram, df in frequency.items()}
        self._unseen = self._weight(0)
        postings = defaultdict[str, list[tuple[int, float]]](list)
        for row, count in enumerate(counts):
            for gram, weight in self._vector(count).items():
                postings[gram].append((row, weight))
        self._rows = {g: np.array([row for row, _ in found]) for g, found in postings.items()}
        self._weights = {g: np.array([w for _, w in found]) for g, found in postings.items()}

    def similarity(self, text: str) -> Floats:
        """Cosine (0 to 1) of the text to each of the indexed texts, shape (n,).

        What no indexed text holds counts in the text's length: a sentence that shares one word
        with an example is not like it.
        """
        known = [
            (g, w) for g, w in self._vector(Counter(self._grams(text))).items() if g in self._rows
        ]
        if not known:
            return np.zeros(self._size)
        rows = np.concatenate([self._rows[gram] for gram, _ in known])
        weights = np.concatenate([self._weights[gram] * weight for gram, weight in known])
        sums: Floats = np.bincount(rows, weights, minlength=self._size).astype(np.float64)
        return sums

    def _vector(self, count: Counter[str]) -> dict[str, float]:
        vector = {g: times * self._idf.get(g, self._unseen) for g, times in count.items()}
        length = sum(weight * weight for weight in vector.values()) ** 0.5
        return {gram: weight / length for gram, weight in vector.items()}

    def _weight(self, df: int) -> float:
        return log((1 + self._size) / (1 + df)) + 1


class Similarity:
    """The mean of both views: words, and pieces of words."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words, self._pieces = Tfidf(texts, words), Tfidf(texts, pieces)

    def __call__(self, text: str) -> Floats:
        """0 to 1 to each of the texts, shape (n,)."""
        mean: Floats = (self._words.similarity(text) + self._pieces.similarity(text)) / 2
        return mean
