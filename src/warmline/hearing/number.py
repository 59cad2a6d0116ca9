"""Which digits to believe when the flow waits for a number. Pure; knows no model.

A small recogniser drops and repeats digits ("5 1 1 1" for 5 1 1). So it writes in a closed
alphabet, freely first and then in just as many digits as are awaited, and each reading is
weighed by what it would have been worth among all words, its end included: that tells a
number from other words, and half a number from a whole one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product, zip_longest
from math import fsum, inf
from statistics import fmean
from typing import Final, Protocol

from warmline.answers.digits import CHECKS
from warmline.events import Expectation

STYLE: Final = "4 0 1 7. 9 2 5. 3 8 6 0 4 2. 7 1 5 9 3."
"""Shows the decoder how a number is written: digit by digit."""
PLAIN: Final = ""
STYLES: Final = (STYLE, PLAIN)
"""Without an example it drops fewer digits but takes more words for digits: both are heard."""
PLAUSIBLE: Final = -0.5
"""Mean log probability of a digit from which these are digits at all. Of 90 numbers 98 % were
above, of 120 other sentences none was above -0.88."""
SURE: Final = -0.25
"""The same from which a reading needs no second opinion."""
CLEAR: Final = 1.0
"""How much better (nats) than the next reading a sure one is."""
UNFIT: Final = -0.8
"""The same below which a number was hardly said digit by digit."""
REST_S: Final = 0.6
"""Seconds of voice behind the digits from which more was said ("4528, no, 4527" has 1.4 and
more). Behind 60 numbers there were at most 0.54."""
FASTEST: Final = 8.0
"""Digits a second that nobody says: hurried people say six. A decoder that must write sixteen
digits writes them of one second, by repeating."""
SHORT: Final = 8
"""So few may be said in any time: "ten thousand" are five in half a second."""
OTHERS: Final = 3
"""Most readings told beside the best one."""
_BEHIND: Final = 3.0
"""Nats below the best reading in which others are weighed beside it."""
_WEIGHED: Final = 6
"""Readings that are weighed: each costs the decoder one pass for each style."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What digits are worth as the words of an utterance, among all words."""

    digits: tuple[float, ...]
    """Log probability of each, in nats."""
    end: float
    """Log probability of nothing more behind them."""
    rest_s: float
    """Seconds of voice behind them."""

    @property
    def mean(self) -> float:
        return fmean(self.digits)

    @property
    def total(self) -> float:
        return fsum(self.digits) + self.end


class Ear(Protocol):
    """One utterance, encoded."""

    def write(self, style: str, size: int, *, exactly: bool) -> list[tuple[str, float]]:
        """The likeliest digit strings, best first, with their log probability in nats.

        They have `size` digits, or end by themselves if not `exactly` (then one digit more is
        possible: there were too many).
        """

    def weigh(self, style: str, digits: str) -> Weight: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    digits: str
    logprob: float
    """Mean per digit, among all words."""
    others: tuple[str, ...] = ()
    """Other readings that would be an answer, the likeliest first."""


class Number:
    """The number in one utterance: a first reading, and a second with more effort."""

    def __init__(self, ear: Ear, expect: Expectation, voice_s: float = inf) -> None:
        """`voice_s`: so many seconds of voice there are for all of it."""
        self._ear = ear
        self._expect = expect
        self._most = max(SHORT, voice_s * FASTEST)
        self._written = dict(ear.write(STYLE, expect.max_digits, exactly=False))
        self._first = next(filter(self._is_answer, self._written), "")
        self._weights: dict[str, Weight] = {}
        self._weight = self._weigh(self._first) if self._first else None

    @property
    def plausible(self) -> bool:
        """It sounds like as many digits as are awaited, whether or not they are right."""
        return self._weight is not None and self._weight.mean >= PLAUSIBLE

    def sure(self) -> Reading | None:
        """The first reading, if it came freely, is an answer and has no rival."""
        first, weight = self._first, self._weight
        if self._expect.excluded or not weight or weight.mean < SURE or weight.rest_s > REST_S:
            return None
        # What goes on behind a whole number is mostly its last digit, written once more.
        rivals = [
            value - (2 * CLEAR if digits.startswith(first) else 0.0)
            for digits, value in self._written.items()
            if digits != first
        ]
        if any(self._written[first] < rival + CLEAR for rival in rivals):
            return None
        return self._reading(first, weight, list(self._written))

    def weighed(self, said: str, *more: Ear) -> Reading | None:
        """The best of all that can be written, complete or not; None when nothing can.

        `said` holds the digits among the words that were decoded freely; `more` hear the same
        utterance in another way.
        """
        answers = self._ranked(said, more)
        complete = self._is_answer(said)
        candidates = [*answers[:1], *([] if complete else self._parts(answers[:1]))]
        best = max(candidates, key=lambda digits: self._weigh(digits).total, default="")
        if not best:
            return None
        if self._weigh(best).mean < UNFIT and (complete or 0 < len(said) < self._expect.min_digits):
            # Numbers said in groups ("forty five") do not fit the style; the words have them.
            best = said
        return self._reading(best, self._weigh(best), answers)

    def _parts(self, whole: Sequence[str]) -> list[str]:
        """What may have been said so far: the beginning of a whole number.

        A reading that merely lacks one of its digits is none.
        """
        parts = [digits for digits in self._written if len(digits) < self._expect.min_digits]
        return [part for part in parts if all(digits.startswith(part) for digits in whole)]

    def _ranked(self, said: str, more: Sequence[Ear]) -> list[str]:
        """Answers, the likeliest in all ears and styles first."""
        totals = {
            digits: fsum(
                weight.total
                for weight in (
                    self._weigh(digits),
                    self._ear.weigh(PLAIN, digits),
                    *(ear.weigh(style, digits) for ear, style in product(more, STYLES)),
                )
            )
            for digits in self._answers(said, (self._ear, *more))
        }
        return sorted(totals, key=totals.__getitem__, reverse=True)

    def _weigh(self, digits: str) -> Weight:
        """By its own ear in the style of numbers; asked often, so it is kept."""
        if digits not in self._weights:
            self._weights[digits] = self._ear.weigh(STYLE, digits)
        return self._weights[digits]

    def _answers(self, said: str, ears: Sequence[Ear]) -> list[str]:
        found = [*filter(self._is_answer, [said]), *self._rivals(self._written)]
        sizes = {self._expect.max_digits, *map(len, found)}
        lists = [
            self._rivals(dict(ear.write(style, size, exactly=True)))
            for ear, style, size in product(ears, STYLES, sorted(sizes))
        ]
        ranks = zip_longest(found, *lists, fillvalue="")
        answers = [digits for rank in ranks for digits in rank if digits]
        return list(dict.fromkeys(answers))[:_WEIGHED]

    def _rivals(self, written: Mapping[str, float]) -> list[str]:
        """The answers among these that are not far behind the best of them."""
        answers = {digits: value for digits, value in written.items() if self._is_answer(digits)}
        least = max(answers.values(), default=0.0) - _BEHIND
        return [digits for digits, value in answers.items() if value >= least]

    def _reading(self, digits: str, weight: Weight, others: Sequence[str]) -> Reading:
        usable = [other for other in others if other != digits and self._is_answer(other)]
        return Reading(digits=digits, logprob=weight.mean, others=tuple(usable[:OTHERS]))

    def _is_answer(self, digits: str) -> bool:
        """Of the awaited length, not refused before, and right by its check digit."""
        expect = self._expect
        return (
            expect.min_digits <= len(digits) <= min(expect.max_digits, self._most)
            and digits not in expect.excluded
            and (not expect.check or CHECKS[expect.check](digits))
        )
