"""What a caller wants, by example phrases: guesses with a calibrated confidence.

Knows neither flows nor calls, nor how sentences become vectors. Exact answers (yes, digits,
"operator") are to be looked for before: here everything is a matter of likeness.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log2
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from warmline.meaning.negation import Negated, negated
from warmline.meaning.normal import normal
from warmline.meaning.regression import Regression
from warmline.meaning.stems import stem as stem_of
from warmline.meaning.tfidf import Similarity
from warmline.meaning.vectors import Embed, Floats, sigmoid

ACCEPT: Final = 0.70
"""Confidence from which a guess is taken. Of the guesses accepted on two public sets (12 intents
of 8 phrases) 0.3 to 2.2 % are wrong; of the callers of the same domain whose wish is none of the
intents, 5 to 25 % are taken for one: the rest is asked."""
CONFIRM: Final = 0.20
"""Confidence from which "did you mean …?" is worth the question; below it is a nuisance."""
CLOSE: Final = 0.20
"""Two guesses that differ by less are both offered."""
_DENIED: Final = 0.30
"""Most confidence in a wish that is denied by name; another one goes before it."""
_DOUBTED: Final = 0.55
"""Most confidence in an intent that the text may say no to: it is asked about, not taken."""
_WORDS: Final = 0.6
"""Weight of TF-IDF beside the cosine of the embeddings; measured."""
_MAX_PHRASES: Final = 16
"""The calibration was measured with up to 8 phrases an intent; beyond 16 it does not go on."""
_MAX_LOGIT: Final = 4.0
"""The regression's own certainty counts up to 98 %."""


@dataclass(frozen=True, slots=True)
class Guess:
    """An intent that may be meant."""

    intent: str
    confidence: float
    """0 to 1: the share of such guesses that are right, callers out of scope included."""


class Decision(StrEnum):
    """What to do with the guesses."""

    ACCEPT = "accept"
    """Go on with the first."""
    CONFIRM = "confirm"
    """Ask whether the first is meant."""
    CHOOSE = "choose"
    """Ask which of the first two is meant."""
    NOTHING = "nothing"
    """None is likely enough to be asked about."""


def decide(guesses: Sequence[Guess]) -> Decision:
    """By the constants above; `guesses` best first, as `IntentMatcher.match` gives them."""
    if not guesses or guesses[0].confidence < CONFIRM:
        return Decision.NOTHING
    second = guesses[1].confidence if len(guesses) > 1 else 0.0
    if second >= CONFIRM and guesses[0].confidence - second < CLOSE:
        return Decision.CHOOSE
    return Decision.ACCEPT if guesses[0].confidence >= ACCEPT else Decision.CONFIRM


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calibration:
    """Weights of a logistic regression of "this guess is right".

    Fitted on BANKING77 and CLINC150 together: draws of 1 to 20 intents with 1 to 8 phrases,
    clean and with a tenth of the words misheard, 55 % of the callers in scope.
    `benchmarks/intents.py` tells how well they hold.
    """

    certainty: float
    """Of the logit of the regression's probability: it says nothing when there is one intent."""
    likeness: float
    likeness_few: float
    few: float
    """For one intent, a k-th of it for k: likeness must do what rivals do otherwise."""
    phrases: float
    """For each doubling of the phrases: the best of many is more like anything."""
    constant: float

    def confidences(self, shares: Floats, likeness: Floats, phrases: float) -> Floats:
        """Of each intent; `phrases` is the mean number of an intent's examples."""
        intents = shares.size
        least, most = 1 / (1 + exp(_MAX_LOGIT)), 1 / (1 + exp(-_MAX_LOGIT))
        bounded = np.clip(shares, least, most)
        sure = np.log(bounded / (1 - bounded))
        return sigmoid(
            self.certainty * (1 - 1 / intents) * sure
            + (self.likeness + self.likeness_few / intents) * likeness
            + self.few / intents
            + self.phrases * log2(min(phrases, _MAX_PHRASES))
            + self.constant
        )


_EMBEDDED: Final = _Calibration(
    certainty=1.24, likeness=5.86, likeness_few=10.14, few=-3.86, phrases=-0.73, constant=-0.99
)
_WORDS_ALONE: Final = _Calibration(
    certainty=0.84, likeness=13.49, likeness_few=18.99, few=-2.31, phrases=-0.09, constant=-1.75
)


class IntentMatcher:
    """Built once from the examples, in 0.3 s for 100 phrases; may be shared by calls."""

    def __init__(self, examples: Mapping[str, Sequence[str]], embed: Embed | None) -> None:
        """`examples`: phrases by intent. `embed` None: words alone, clearly worse.

        Intents without a phrase that holds a word are never guessed; phrases that stand under
        several intents count for each.
        """
        pairs = [
            (intent, text)
            for intent, phrases in examples.items()
            for text in dict.fromkeys(map(normal, phrases))
            if text
        ]
        self._intents = list(dict.fromkeys(intent for intent, _ in pairs))
        self._embed = embed
        self._calibration = _EMBEDDED if embed else _WORDS_ALONE
        if not pairs:
            return
        texts = [text for _, text in pairs]
        self._owner = np.array([self._intents.index(intent) for intent, _ in pairs])
        self._per_intent = len(pairs) / len(self._intents)
        self._words = Similarity(texts)
        alike = np.array([self._words(text) for text in texts])
        alike = (alike + alike.T) / 2
        if embed:
            self._vectors = embed(texts).astype(np.float64)
            alike = self._vectors @ self._vectors.T + _WORDS * alike
        self._regression = Regression(alike, self._owner, len(self._intents))
        self._exact = _exact(pairs)
        self._wordings = {
            intent: _Wording.of([text for name, text in pairs if name == intent])
            for intent in self._intents
        }

    def match(self, text: str) -> tuple[Guess, ...]:
        """Guesses for all intents, best first; none for a text without words.

        A phrase of the examples, word for word, is certain. An intent that the text seems to
        say no to stays below ACCEPT.
        """
        said = normal(text)
        if not said or not self._intents:
            return ()
        denied = negated(said)
        guesses = [
            Guess(intent, min([sure, *map(self._wordings[intent].most, denied)]))
            for intent, sure in zip(self._intents, self._confidences(said).tolist(), strict=True)
        ]
        if said in self._exact:
            rest = (Guess(g.intent, min(g.confidence, CONFIRM / 2)) for g in guesses)
            exact = self._exact[said]
            guesses = [Guess(exact, 1.0) if g.intent == exact else g for g in rest]
        return tuple(sorted(guesses, key=lambda guess: -guess.confidence))

    def _confidences(self, said: str) -> Floats:
        """Of each intent, apart from what the text denies."""
        alike = self._words(said)
        if self._embed:
            vector = self._embed([said])[0]
            cosine = self._vectors @ vector
            shares = self._regression.probabilities(cosine + _WORDS * alike)
        else:
            cosine, shares = alike, self._regression.probabilities(alike)
        likeness = np.array(
            [
                (cosine[own].max() + self._to_mean(cosine, own)) / 2
                for own in (self._owner == at for at in range(len(self._intents)))
            ]
        )
        return self._calibration.confidences(shares, likeness, self._per_intent)

    def _to_mean(self, cosine: Floats, own: npt.NDArray[np.bool_]) -> float:
        """Cosine to the mean of an intent's examples; of words, the mean of the cosines."""
        mean = float(cosine[own].mean())
        if self._embed:
            mean /= float(np.linalg.norm(self._vectors[own].mean(axis=0)))
        return mean


@dataclass(frozen=True, slots=True)
class _Wording:
    """The words of one intent's examples, as stems."""

    words: frozenset[str]
    typical: frozenset[str]
    """Those that a third of the examples hold."""
    negated: frozenset[str]
    """What the examples themselves say no to: "I don't want it any more"."""

    @classmethod
    def of(cls, phrases: Sequence[str]) -> Self:
        held = Counter(stem for phrase in phrases for stem in set(map(stem_of, phrase.split())))
        return cls(
            frozenset(held),
            frozenset(stem for stem, count in held.items() if 3 * count >= len(phrases)),
            frozenset(denied.stem for phrase in phrases for denied in negated(phrase)),
        )

    def most(self, part: Negated) -> float:
        """The confidence that a text which denies this leaves to the intent.

        A wish denied in other words may be this one ("I don't want to terminate it"); a fact
        denied in other words is none.
        """
        if part.stem in self.negated:
            return 1.0
        if part.wish:
            return _DENIED if part.stem in self.words else _DOUBTED
        return _DOUBTED if part.stem in self.typical else 1.0


def _exact(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Phrase to intent, of phrases that stand under one intent only."""
    owners: dict[str, set[str]] = {}
    for intent, text in pairs:
        owners.setdefault(text, set()).add(intent)
    return {text: found.pop() for text, found in owners.items() if len(found) == 1}
