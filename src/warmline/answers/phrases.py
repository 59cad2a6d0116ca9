"""Finds which option was chosen, by the phrases that mean it. Pure.

Knows no call and no flow, only texts and phrases. Exact words come first, then shared
words, then near misses of the recogniser; what stays unclear or ambiguous is no match.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from warmline.spoken import FILLERS, words

_POLITE: Final = FILLERS | frozenset(words("hi hello hey yes yeah thanks thank you please oh"))
_STOP: Final = _POLITE | frozenset(
    words(
        "a an the and or of to for in on at with about from i i'm i'd i've me my mine we our it "
        "it's its this that is are was be been am do does did have has had can could would will "
        "want wanted need like just your you some any there here calling call"
    )
)
_CONTAINED: Final = 0.85
"""Confidence of a phrase inside a longer sentence; up to 1.0 when it is all of it."""
_SHARED: Final = 0.8
"""Most confidence that shared words can give."""
_ACCEPT: Final = 0.5
"""Half of the weight of a phrase's words is there."""
_MARGIN: Final = 0.06
"""The best option must be this much better than the next."""
_SAME_WORD: Final = 84.0
"""rapidfuzz ratio of one word and its plural or misspelling ("order", "orders": 91)."""
_SAME_PHRASE: Final = 80.0
"""The same for whole phrases ("wheres my odor", "where's my order": 83)."""

Options = Mapping[str, Sequence[str]]
"""Value: the phrases that mean it."""


@lru_cache(maxsize=4096)
def _phrase(text: str) -> tuple[str, ...]:
    return tuple(words(text))


def _bare(said: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in said if word not in _POLITE)


def exact_option(text: str, options: Options) -> str | None:
    """The option one of whose phrases is all that was said, apart from greetings and fillers."""
    said = tuple(words(text))
    for value, phrases in options.items():
        for phrase in map(_phrase, phrases):
            if said == phrase or (_bare(said) and _bare(said) == _bare(phrase)):
                return value
    return None


def match_choice(text: str, options: Options) -> tuple[str, float] | None:
    """The option that the caller means and how sure that is (0 to 1); None when unclear."""
    if (exact := exact_option(text, options)) is not None:
        return exact, 1.0
    said = _phrase(text)
    weights = _weights(options)
    scores = sorted(
        (
            (max(_score(said, _phrase(phrase), weights) for phrase in phrases), value)
            for value, phrases in options.items()
        ),
        reverse=True,
    )
    if not scores or scores[0][0] < _ACCEPT:
        return None
    if len(scores) > 1 and scores[0][0] - scores[1][0] < _MARGIN:
        return None
    confidence, value = scores[0]
    return value, confidence


def _weights(options: Options) -> dict[str, float]:
    """A word that many options share says little: its weight is one over their number."""
    owners: dict[str, set[str]] = {}
    for value, phrases in options.items():
        for phrase in phrases:
            for word in _phrase(phrase):
                owners.setdefault(word, set()).add(value)
    return {word: 1 / len(values) for word, values in owners.items() if word not in _STOP}


def _score(said: tuple[str, ...], phrase: tuple[str, ...], weights: Mapping[str, float]) -> float:
    if not said:
        return 0.0
    if any(said[at : at + len(phrase)] == phrase for at in range(len(said) - len(phrase) + 1)):
        return _CONTAINED + (1 - _CONTAINED) * len(phrase) / len(said)
    # Of near length only: a long sentence holds the letters of every short phrase.
    near = 0.0
    bare = " ".join(_bare(said))
    if abs(len(bare) - len(target := " ".join(phrase))) <= 4:
        ratio = fuzz.ratio(bare, target)
        near = _SHARED * ratio / 100 if ratio >= _SAME_PHRASE else 0.0
    return max(near, _shared(said, phrase, weights))


def _shared(said: tuple[str, ...], phrase: tuple[str, ...], weights: Mapping[str, float]) -> float:
    """The share of the phrase's weight that was said, each word in any place."""
    content = [word for word in phrase if word in weights]
    total = sum(weights[word] for word in content)
    spoken = [word for word in said if word not in _STOP]
    hit = sum(weights[word] for word in content if _any_alike(word, spoken))
    return _SHARED * hit / total if total else 0.0


def _any_alike(word: str, spoken: Sequence[str]) -> bool:
    return any(word == other or fuzz.ratio(word, other) >= _SAME_WORD for other in spoken)
