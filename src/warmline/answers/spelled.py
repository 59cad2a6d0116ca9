"""Codes of letters and digits: licence plates, booking codes, postcodes. Pure.

Knows lengths and patterns; how letters are said is `spelling`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from warmline.answers import formats, sequences
from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.corrections import meant, readings
from warmline.answers.spelling import EXAMPLES, runs, symbols
from warmline.events import AnswerKind, Expectation

MAX_LENGTH: Final = 40
CONFUSABLE: Final = ("BCDEGPTVZ3", "AHJK8", "MN", "FSX", "IY59", "QUW2", "O0", "L", "R1")
"""Letters that share their vowel in English and are taken for each other on a telephone."""
_TWINS: Final = {"O": "0", "I": "1"}
"""Letters that are said or written like a digit."""
_CLASSES: Final = {"A": str.isalpha, "9": str.isdecimal, "?": str.isalnum}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """`min` to `max` letters and digits said one by one; canonical: in capitals."""

    min: int = 1
    max: int = MAX_LENGTH
    pattern: str = ""
    """`A` a letter, `9` a digit, `?` either; any other sign stands for itself and need not be
    said: "AA-9999"."""
    words: tuple[str, ...] = ()
    min_keys: int = 0
    max_keys: int = 0

    @property
    def needed(self) -> str:
        fewest, most = (self._signs, self._signs) if self.pattern else (self.min, self.max)
        if fewest == most:
            return f"{fewest} letters or digits"
        if (fewest, most) == (1, MAX_LENGTH):
            return "letters and digits one by one"
        return f"{fewest} to {most} letters or digits"

    @property
    def _signs(self) -> int:
        return sum(sign in _CLASSES for sign in self.pattern)

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        for reading in readings(text):
            if said := runs(reading):
                longest = sorted(said, key=len, reverse=True)
                return self._best(["".join(said), *longest], confidence)
        return None

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        changed = sequences.named_change(before, text, symbols)
        whole = self.understand(meant(text), confidence, now)
        if not changed:
            part = sequences.repeated_part(before, meant(text), symbols, CONFUSABLE)
            if isinstance(whole, Heard) and (not part or 2 * len(whole.value) > len(before)):
                return whole
            changed = part
        return sequences.best(changed, self._fits, self._best, confidence) if changed else whole

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        return None

    def expectation(self) -> Expectation:
        return Expectation(kind=AnswerKind.SPELLED, words=self.words)

    def speak(self, value: str, form: str = "") -> str:
        """ "A, B, 1, 2"; exact: "A as in Adam, B as in boy, 1, 2"."""
        if not form:
            return formats.spelled(value)
        return ", ".join(_with_example(sign) for sign in value if not sign.isspace())

    def _fits(self, value: str) -> bool:
        return self._fitted(value) is not None

    def _best(self, candidates: Sequence[str], confidence: float) -> Understood:
        for candidate in candidates:
            if (value := self._fitted(candidate)) is not None:
                return Heard(value=value, confidence=confidence)
        said = candidates[0]
        size = sum(sign.isalnum() for sign in said)
        fewest, most = (self._signs, self._signs) if self.pattern else (self.min, self.max)
        right_length = fewest <= size <= most
        why = RefusalReason.IMPLAUSIBLE if right_length else RefusalReason.WRONG_LENGTH
        return Refused(why=why, value=said)

    def _fitted(self, said: str) -> str | None:
        """What was said in the pattern's form; None when it does not fit."""
        if not self.pattern:
            return said if self.min <= len(said) <= self.max else None
        rest = [sign for sign in said if sign.isalnum()]
        if len(rest) != self._signs:
            return None
        fitted = ""
        for sign in self.pattern:
            if sign not in _CLASSES:
                fitted += sign
            elif (symbol := _as_class(rest.pop(0), sign)) is not None:
                fitted += symbol
            else:
                return None
        return fitted


def is_pattern(text: str) -> bool:
    """Whether it has a sign that stands for a letter or digit, and no letters besides."""
    odd = (sign.isalnum() and sign not in _CLASSES for sign in text)
    return 0 < sum(sign in _CLASSES for sign in text) <= MAX_LENGTH >= len(text) and not any(odd)


def _as_class(symbol: str, sign: str) -> str | None:
    """The symbol, or its twin ("oh" for zero), if it is what the pattern's sign asks for."""
    twins = {**_TWINS, **{digit: letter for letter, digit in _TWINS.items()}}
    for option in (symbol, twins.get(symbol, "")):
        if option and _CLASSES[sign](option):
            return option
    return None


def _with_example(sign: str) -> str:
    letter = sign.upper()
    if sign.isascii() and sign.isalpha():
        return f"{letter} as in {EXAMPLES[ord(letter) - ord('A')]}"
    return formats.SIGNS.get(sign, sign)
