"""Strings of digits: account numbers, card numbers, codes. Pure.

Knows lengths and check digits; what digits sound like is `spoken`'s.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from warmline.answers import formats, sequences
from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.corrections import meant, readings
from warmline.events import AnswerKind, Expectation
from warmline.spoken import digit_runs, digits

MAX_DIGITS: Final = 32
CONFUSABLE: Final = ("59", "19", "45", "67", "23", "04", "28")
"""Digits that share a vowel or a consonant in English and are taken for each other."""
_NUMBERS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1: payment cards."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(number)))
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def mod11(number: str) -> bool:
    """Weights 1, 2, 3 … from the right, as in NHS numbers and in ISBN-10 without X."""
    return sum(int(d) * at for at, d in enumerate(reversed(number), start=1)) % 11 == 0


def mod97(number: str) -> bool:
    """ISO/IEC 7064 MOD 97-10: two check digits at the end."""
    return int(number) % 97 == 1


CHECKS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {"": bool, "luhn": luhn, "mod11": mod11, "mod97": mod97}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """`min` to `max` digits, said one by one, in groups or typed; canonical: the digits."""

    min: int
    max: int
    check: str = ""
    """A key of `CHECKS`."""
    words: tuple[str, ...] = ()

    @property
    def needed(self) -> str:
        if self.min != self.max:
            return f"{self.min} to {self.max} digits"
        number = _NUMBERS[self.min] if self.min < len(_NUMBERS) else str(self.min)
        return f"{number} digit{'s' * (self.min != 1)}"

    @property
    def min_keys(self) -> int:
        return self.min

    @property
    def max_keys(self) -> int:
        return self.max

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        for reading in readings(text):
            if said := digit_runs(reading):
                return self._best(list(_candidates(said)), confidence)
        return None

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        changed = sequences.named_change(before, text, digits)
        whole = self.understand(meant(text), confidence, now)
        if not changed:
            part = sequences.repeated_part(before, meant(text), digits, CONFUSABLE)
            if isinstance(whole, Heard) and (not part or 2 * len(whole.value) > len(before)):
                return whole
            changed = part
        return sequences.best(changed, self.fits, self._best, confidence) if changed else whole

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        return self._best([keys], 1.0) if keys.isascii() and keys.isdecimal() else None

    def expectation(self) -> Expectation:
        return Expectation(
            kind=AnswerKind.DIGITS,
            words=self.words,
            min_digits=self.min,
            max_digits=self.max,
            check=self.check,
        )

    def speak(self, value: str, form: str = "") -> str:
        """Digit by digit; a long number in groups of three or four for a natural breath."""
        if form or len(value) <= 5:
            return formats.digits(value)
        size = 3 if len(value) % 3 == 0 and len(value) < 12 else 4
        return formats.groups([value[at : at + size] for at in range(0, len(value), size)])

    def fits(self, number: str) -> bool:
        right_length = self.min <= len(number) <= self.max
        return right_length and number.isdecimal() and CHECKS[self.check](number)

    def _best(self, candidates: Sequence[str], confidence: float) -> Understood:
        """The first candidate that fits, else why the likeliest does not."""
        for number in filter(self.fits, candidates):
            return Heard(value=number, confidence=confidence)
        right_length = [n for n in candidates if self.min <= len(n) <= self.max]
        if right_length:
            return Refused(why=RefusalReason.CHECK_DIGIT, value=right_length[0])
        return Refused(why=RefusalReason.WRONG_LENGTH, value=candidates[0])


def _candidates(runs: list[str]) -> Iterator[str]:
    """All that was said, else a number that stands alone in other talk, the last one first."""
    yield "".join(runs)
    yield from reversed(runs)
