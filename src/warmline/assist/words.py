"""What a caller's words say about their mood, by a lexicon. Pure; knows no voice and no call.

VADER's lexicon and rules (Hutto & Gilbert 2014: 7,500 words rated by ten people each, negation,
"very", "but"), with the words of service calls put right (`service_words`): of 13,000 written
questions to a bank (BANKING77, on which the list was chosen) 0.6 % are below -0.5 where VADER
alone has 3.3 %. English only; irony, and anger in polite words, pass unnoticed. Only importer of
vader.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from vader import SentimentIntensityAnalyzer, negated

from warmline.assist.service_words import ADDED, PHRASES, TOPICS

_TELLING: Final = -1.2
"""Valence from which on a word is named as a reason."""
_NEGATION: Final = 3
"""Words before another that may turn it round, as in VADER."""
_SIGNS: Final = re.compile(r"[^\w' ]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a text says about the mood of who says it."""

    valence: float
    """-1 to 1; 0 for plain business."""
    count: int
    """How many words there were."""
    telling: tuple[str, ...]
    """The bad words, the worst first, as they were said."""


def judge(text: str) -> Words:
    """A transcript's mood. Capitals and exclamation marks are the recogniser's, so they do not
    count."""
    plain = _SIGNS.sub(" ", text.lower().replace("’", "'")).split()
    valence = _analyzer().polarity_scores(" ".join(plain))["compound"] if plain else 0.0
    bad = sorted(_bad(plain))
    return Words(
        valence=float(valence),
        count=len(plain),
        telling=tuple(dict.fromkeys(words for _, words in bad)),
    )


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    """Immutable, hence one for all calls."""
    usual = SentimentIntensityAnalyzer()
    return SentimentIntensityAnalyzer(
        lexicon={word: v for word, v in usual.lexicon.items() if word not in TOPICS} | ADDED,
        multiword=dict(usual.multiword) | PHRASES,
    )


def _bad(words: list[str]) -> Iterator[tuple[float, str]]:
    """Valence and text of what is bad: words, phrases, and good ones that were denied."""
    at = 0
    while at < len(words):
        length, valence = _rated(words, at)
        begin = at
        for before in range(at - 1, max(-1, at - 1 - _NEGATION), -1):
            if valence and negated([words[before]]):
                begin, valence = before, -valence
                break
        if valence <= _TELLING:
            yield valence, " ".join(words[begin : at + length])
        at += length


def _rated(words: list[str], at: int) -> tuple[int, float]:
    """How many words the rated phrase has that begins here, and its valence."""
    analyzer = _analyzer()
    for length in range(min(_longest(), len(words) - at), 1, -1):
        valence = analyzer.multiword.get(" ".join(words[at : at + length]))
        if valence is not None:
            return length, valence
    return 1, analyzer.lexicon.get(words[at], 0.0)


@cache
def _longest() -> int:
    return max(len(phrase.split()) for phrase in _analyzer().multiword)
