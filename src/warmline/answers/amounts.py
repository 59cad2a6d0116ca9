"""Numbers and sums of money within an author's bounds. Pure.

Knows what may be meant ("twelve fifty" is 12.50 or 1250); how numbers are said is `numbers`'.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from warmline.answers import formats
from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.corrections import meant, readings
from warmline.answers.numbers import Number as Found
from warmline.answers.numbers import canonical, find_numbers, tokens
from warmline.events import AnswerKind, Expectation
from warmline.spoken import FILLERS

LIMIT: Final = Decimal(10**9)
_COLLOQUIAL: Final = {
    **dict.fromkeys(("just the one", "the one", "only the one", "just one", "a single one"), 1),
    **dict.fromkeys(("a couple", "a pair", "a couple of them", "both"), 2),
    "half a dozen": 6,
    **dict.fromkeys(("a dozen", "one dozen"), 12),
}
_HOMOPHONES: Final = {"for": 4, "fore": 4, "to": 2, "too": 2, "won": 1, "ate": 8, "tan": 10}
"""What recognisers write for a number that is all of the answer."""
_HOMOPHONE: Final = 0.7
_OTHERWISE: Final = 0.8
"""Confidence of one reading where the words also have another one within the bounds."""
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number from `min` to `max`; canonical: "12", "-3", "12.5"."""

    min: Decimal = -LIMIT
    max: Decimal = LIMIT
    whole: bool = False
    """Only integers."""
    words: tuple[str, ...] = ()
    min_keys: int = 1

    @property
    def max_keys(self) -> int:
        return len(str(max(abs(int(self.max)), 1)))

    @property
    def needed(self) -> str:
        low, high = (formats.number(canonical(bound)) for bound in (self.min, self.max))
        match (self.min > -LIMIT, self.max < LIMIT):
            case (True, True):
                return f"a number from {low} to {high}"
            case (True, False):
                return f"a number of {low} or more"
            case (False, True):
                return f"a number up to {high}"
            case _:
                return "a number"

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        for reading in readings(text):
            if values := {number.value for number in find_numbers(tokens(reading))}:
                return self._judge(values, confidence)
        content = [word for word in tokens(text) if word not in FILLERS]
        if (said := " ".join(content)) in _COLLOQUIAL:
            return self._judge({Decimal(_COLLOQUIAL[said])}, confidence)
        if len(content) == 1 and content[0] in _HOMOPHONES:
            return self._judge({Decimal(_HOMOPHONES[content[0]])}, confidence * _HOMOPHONE)
        return None

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        return self.understand(meant(text), confidence, now)

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        return self._judge({Decimal(keys)}, 1.0) if _are_digits(keys) else None

    def expectation(self) -> Expectation:
        return Expectation(kind=AnswerKind.NUMBER, words=self.words)

    def speak(self, value: str, form: str = "") -> str:
        """As a voice reads it; exact: digit by digit, "1 2 point 5"."""
        if not form:
            return formats.number(value)
        said = ("point" if sign == "." else "minus" if sign == "-" else sign for sign in value)
        return " ".join(said)

    def _judge(self, values: set[Decimal], confidence: float) -> Understood:
        inside = [value for value in values if self.min <= value <= self.max]
        candidates = inside or list(values)
        if len(candidates) > 1:
            return Refused(why=RefusalReason.AMBIGUOUS)
        value = canonical(candidates[0])
        if not inside:
            return out_of_bounds(candidates[0], self.min, value)
        if self.whole and candidates[0] != candidates[0].to_integral_value():
            return Refused(why=RefusalReason.IMPLAUSIBLE, value=value)
        return Heard(value=value, confidence=confidence)


def out_of_bounds(value: Decimal, low: Decimal, shown: str) -> Refused:
    small = value < low
    return Refused(why=RefusalReason.TOO_SMALL if small else RefusalReason.TOO_LARGE, value=shown)


def _are_digits(keys: str) -> bool:
    return keys.isascii() and keys.isdecimal()


# --- money -------------------------------------------------------------------------------------

_UNITS: Final = {
    **dict.fromkeys(("dollar", "dollars", "buck", "bucks", "$"), "USD"),
    **dict.fromkeys(("euro", "euros", "€"), "EUR"),
    **dict.fromkeys(("pound", "pounds", "quid", "sterling", "£"), "GBP"),
}
_SMALL_UNITS: Final = frozenset({"cent", "cents", "penny", "pennies", "pence", "p"})
_SIGNS: Final = frozenset({"$", "€", "£"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """A sum from `min` to `max`; canonical: "12.50", without its currency."""

    min: Decimal = Decimal(0)
    max: Decimal = LIMIT
    currency: str = "USD"
    """A key of `formats.CURRENCIES`."""
    words: tuple[str, ...] = ()
    min_keys: int = 1

    @property
    def max_keys(self) -> int:
        return len(str(max(int(self.max * 100), 1)))

    @property
    def needed(self) -> str:
        low, high = self._bound(self.min), self._bound(self.max)
        match (self.min > 0, self.max < LIMIT):
            case (True, True):
                return f"an amount from {low} to {high}"
            case (True, False):
                return f"an amount of {low} or more"
            case (False, True):
                return f"an amount up to {high}"
            case _:
                return "an amount of money"

    def _bound(self, bound: Decimal) -> str:
        return self.speak(format(bound, "f"))

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        for reading in readings(text):
            said = tokens(reading)
            if numbers := find_numbers(said):
                if any(_UNITS.get(word, self.currency) != self.currency for word in said):
                    return Refused(why=RefusalReason.IMPLAUSIBLE)
                return self._judge(list(_sums(said, numbers)), confidence)
        return None

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        return self.understand(meant(text), confidence, now)

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        """Whole units ("50"), or with cents where only that is within the bounds ("1250")."""
        if not _are_digits(keys):
            return None
        readings = [Decimal(keys)] + [Decimal(keys) / 100] * (len(keys) > 2)
        found = self._judge([readings], 1.0)
        return Heard(value=found.value, confidence=1.0) if isinstance(found, Heard) else found

    def expectation(self) -> Expectation:
        return Expectation(kind=AnswerKind.NUMBER, words=self.words)

    def speak(self, value: str, form: str = "") -> str:
        """ "12 dollars and 50 cents"; exact: "1 2 dollars and 5 0 cents"."""
        said = formats.amount(value, self.currency)
        if not form:
            return said
        return " ".join(" ".join(w) if w.isdecimal() else w for w in said.split())

    def _judge(self, sums: list[list[Decimal]], confidence: float) -> Understood:
        """`sums`: each sum that was said, with all that it may mean, the likeliest first."""
        fitting = [[value for value in sum if self.min <= value <= self.max] for sum in sums]
        good = [values for values in fitting if values]
        if not good:
            likeliest = sums[0][0]
            return out_of_bounds(likeliest, self.min, format(likeliest, "f"))
        if len({values[0] for values in good}) > 1:
            return Refused(why=RefusalReason.AMBIGUOUS)
        value = good[0][0].quantize(_CENT)
        sure = 1.0 if len(good[0]) == 1 else _OTHERWISE
        return Heard(value=format(value, "f"), confidence=confidence * sure)


def _sums(said: Sequence[str], numbers: Sequence[Found]) -> Iterator[list[Decimal]]:
    """The sums of money in a sentence; those with a unit only, if any has one."""
    sums = list(_sums_and_units(said, numbers))
    named = [values for values, unit in sums if unit]
    yield from named or [values for values, _ in sums]


def _sums_and_units(
    said: Sequence[str], numbers: Sequence[Found]
) -> Iterator[tuple[list[Decimal], bool]]:
    at = 0
    while at < len(numbers):
        number = numbers[at]
        unit = _word(said, number.end)
        signed = _word(said, number.start - 1) in _SIGNS
        at += 1
        if unit in _SMALL_UNITS:
            yield [number.value / 100], True
        elif unit in _UNITS or signed:
            cents = _cents(said, number, numbers[at] if at < len(numbers) else None)
            at += cents is not None
            total = number.value + (cents or 0)
            negative = signed and _word(said, number.start - 2) in {"minus", "negative"}
            yield [-total if negative else total], True
        else:
            yield list(_bare(number)), False


def _cents(said: Sequence[str], whole: Found, following: Found | None) -> Decimal | None:
    """ "… dollars and fifty cents", "… dollars fifty"; None when no cents follow."""
    if following is None or not 0 <= following.value < 100:
        return None
    gap = [word for word in said[whole.end : following.start] if word not in _UNITS]
    named = _word(said, following.end) in _SMALL_UNITS
    joined = gap in ([], ["and"]) and (named or _word(said, whole.end) in _UNITS)
    return following.value / 100 if joined else None


def _bare(number: Found) -> Iterator[Decimal]:
    """What a number without a unit may mean: "twelve fifty" is 12.50, or else 1250."""
    *units, cents = number.parts
    if units and len(cents) == 2 and cents.isdecimal():
        yield Decimal("".join(units)) + Decimal(cents) / 100
    elif len(units) > 1 and len(cents) == 1 and units[-1] == "0":  # "one oh five"
        yield Decimal("".join(units[:-1])) + Decimal(cents) / 100
    yield number.value
    if len(number.parts) == 1 and re.fullmatch(r"\d+(?!00)\d\d", number.parts[0]):
        yield number.value / 100  # a recogniser writes "forty two fifty" as 4250


def _word(said: Sequence[str], at: int) -> str:
    return said[at] if 0 <= at < len(said) else ""
