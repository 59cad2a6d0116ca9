"""Which rules somebody's words speak of: by words, and by meaning. Pure, given the embedder.

Built once for a flow and shared by its calls; knows no call and no time. By meaning one rule
is one intent (`meaning.intents`), so that "I don't want a refund" is no wish for one.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from warmline.assist.rules import Rule
from warmline.meaning.bm25 import terms
from warmline.meaning.intents import IntentMatcher
from warmline.meaning.normal import normal
from warmline.meaning.stems import stem
from warmline.meaning.vectors import Embed, Vectors
from warmline.spoken import digit_runs

ALIKE: Final = 0.70
"""Confidence from which words count as an example's meaning. Measured with 6 rules of 5 or 6
examples: two thirds of other wordings are above, and less than 1 % of what is said besides."""
ALIKE_BY_WORDS: Final = 0.90
"""The same without an embedder: a third of other wordings, 2 % of the rest."""
SPAN: Final = 12
"""Words that are looked at together: in a longer stretch what is meant gets lost (of 4 joined
sentences half as much is found as in spans), a shorter one is like anything."""
_STEP: Final = 6
_MAX_SPANS: Final = 12
"""Of one utterance; the last 78 words count."""
_REMEMBERED: Final = 512
"""Texts whose embedding is kept, so that all rules together embed what is said once."""
_WHEN, _UNLESS = "when", "unless"


def spans(said: Sequence[str]) -> list[str]:
    """Overlapping stretches of what was said, the last one ending with the last word."""
    ends = [*range(SPAN, len(said), _STEP), len(said)] if said else []
    return [" ".join(said[max(0, end - SPAN) : end]) for end in ends][-_MAX_SPANS:]


def said_words(text: str) -> list[str]:
    """In the form in which words are compared."""
    return normal(text).split()


class Phrases:
    """Words to be found in what is said, whatever their endings."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = [stems for p in phrases if (stems := _stems(said_words(p))).strip()]

    def found(self, said: Sequence[str]) -> bool:
        stems = _stems(said)
        return any(phrase in stems for phrase in self._phrases)


def _stems(said: Sequence[str]) -> str:
    return f" {' '.join(map(stem, said))} "


class Likeness:
    """Whether a text means what some examples mean, and not what others do."""

    def __init__(self, when: Sequence[str], unless: Sequence[str], embed: Embed | None) -> None:
        intents = {_WHEN: when, _UNLESS: unless} if unless else {_WHEN: when}
        self._matcher = IntentMatcher(intents, embed)
        self._least = ALIKE if embed else ALIKE_BY_WORDS

    def of(self, text: str) -> float:
        """Confidence, 0 when it is not enough."""
        best = next(iter(self._matcher.match(text)), None)
        likely = best and best.intent == _WHEN and best.confidence >= self._least
        return best.confidence if best and likely else 0.0


class Saying:
    """Whether somebody says what some texts say: it means the same, half of the words of one
    text that say something are there, and all of its numbers. "I'll refund you" is close to
    "you have the refund within five days", but does not say it."""

    def __init__(self, texts: Sequence[str], embed: Embed | None) -> None:
        self._likeness = Likeness(texts, (), embed)
        self._texts = [(set(terms(normal(text))), _numbers(text)) for text in texts]

    def said(self, text: str) -> bool:
        """In one of the `spans` of what was said."""
        held, numbers = set(terms(text)), _numbers(text)
        close = any(
            2 * len(words & held) >= len(words) and needed <= numbers
            for words, needed in self._texts
        )
        return close and self._likeness.of(text) > 0


def _numbers(text: str) -> set[str]:
    """All but one: "the second one" is no number."""
    return set(digit_runs(text)) - {"1"}


class Triggers:
    """The rules of one flow, ready to be looked for; may be shared by threads."""

    def __init__(self, rules: Mapping[str, Rule], embed: Embed | None) -> None:
        """`embed` None: by words alone, which finds half as much."""
        self.rules = rules
        self._embed = embed and _remembering(embed)
        self._words = {name: Phrases(rule.when.words) for name, rule in rules.items()}
        self._unless = {name: Phrases(rule.unless) for name, rule in rules.items()}
        self._meaning = {
            name: Likeness(rule.when.meaning, rule.unless, self._embed)
            for name, rule in rules.items()
            if rule.when.meaning
        }
        self._saying = lru_cache(maxsize=256)(self._build_saying)

    def topics(self, said: Sequence[str], looked_at: Sequence[str]) -> dict[str, float]:
        """The rules that the words speak of, whoever says them, and how sure that is.

        `said` are the words of the turn so far (`said_words`), `looked_at` those of its
        `spans` that are looked at for their meaning.
        """
        found: dict[str, float] = {}
        for name in self.rules:
            if self._unless[name].found(said):
                continue
            if self._words[name].found(said):
                found[name] = 1.0
            elif meaning := self._meaning.get(name):
                sure = max(map(meaning.of, looked_at), default=0.0)
                found |= {name: sure} if sure else {}
        return found

    def says(self, texts: tuple[str, ...], looked_at: Sequence[str]) -> bool:
        """Whether somebody says what these texts say."""
        return any(map(self._saying(texts).said, looked_at))

    def _build_saying(self, texts: tuple[str, ...]) -> Saying:
        return Saying(texts, self._embed)


def _remembering(embed: Embed) -> Embed:
    """The same, which keeps the embeddings of what was asked last; for any thread."""

    @lru_cache(maxsize=_REMEMBERED)
    def row(text: str) -> Vectors:
        found: Vectors = embed([text])[0]
        return found

    return lambda texts: np.stack([row(text) for text in texts])
