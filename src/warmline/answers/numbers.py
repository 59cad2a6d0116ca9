"""Numbers as they are said and written: "a hundred and five", "12.50", "twelve fifty". Pure.

Knows no money, dates or bounds. `spoken.digits` reads strings of digits; here are values.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from warmline.spoken import words

_TOKEN: Final = re.compile(
    r"[0-9]+(?:st|nd|rd|th)\b"
    r"|[0-9]{1,3}(?:,[0-9]{3}(?![0-9]))+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
    r"|[^\W\d_]+(?:'[^\W\d_]+)*|[$€£:/-]"
)
_NUMERAL: Final = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+")
_MINUS: Final = re.compile(r"(?<!\S)[-\u2212](?=[$€£]?[0-9])")

UNITS: Final = {
    name: value
    for value, name in enumerate(words("zero one two three four five six seven eight nine"))
}
TEENS: Final = {
    name: value
    for value, name in enumerate(
        words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"),
        start=10,
    )
}
TENS: Final = {
    name: value
    for value, name in enumerate(
        words("twenty thirty forty fifty sixty seventy eighty ninety"), start=2
    )
} | {"fourty": 4}
_SCALES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_HALVES: Final = {
    ("and", "a", "half"): Decimal("0.5"),
    ("and", "a", "quarter"): Decimal("0.25"),
    ("and", "three", "quarters"): Decimal("0.75"),
}
_PRONOUN: Final = frozenset(words("the that this which right wrong other another no first last"))
"""Before a single "one" they make it a pronoun: "that one"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in a list of tokens."""

    value: Decimal
    parts: tuple[str, ...]
    """What was said one after the other: "twelve fifty" is 12, 50 (and its value 1250)."""
    start: int
    end: int
    """The tokens that it takes."""


def tokens(text: str) -> list[str]:
    """Words, numerals ("1,250.50", "3rd") and the signs $ € £ : / - in order, casefolded."""
    folded = unicodedata.normalize("NFKC", text.replace("\u2019", "'")).casefold()
    return _TOKEN.findall(_MINUS.sub(" minus ", folded))


def find_numbers(said: Sequence[str]) -> list[Number]:
    """All numbers in order. Digits and pairs said in a row are one number: "four five" is 45."""
    found: list[Number] = []
    at = 0
    while at < len(said):
        number = number_at(said, at)
        if number is not None:
            found.append(number)
        at = number.end if number is not None else at + 1
    return found


def number_at(said: Sequence[str], at: int) -> Number | None:
    """The number that begins exactly at `at`; None when there is none."""
    negative = _word(said, at) in {"minus", "negative"}
    start = at + negative
    if _is_pronoun(said, start):
        return None
    value, used = cardinal(said, start)
    if not used:
        half = list(said[start : start + 2]) == ["a", "half"]
        end = start + 2 if half else start + 1
        if not half and _word(said, start) != "half":
            return None
        return Number(value=Decimal("0.5"), parts=("0.5",), start=at, end=end)
    parts, end = [_plain(value)], start + used
    while "." not in parts[-1] and (piece := _piece(said, end)):
        parts.append(piece[0])
        end += piece[1]
    value, end = _fraction(said, Decimal("".join(parts)), end)
    parts = parts if len(parts) > 1 else [_plain(value)]
    return Number(value=-value if negative else value, parts=tuple(parts), start=at, end=end)


def cardinal(said: Sequence[str], at: int) -> tuple[Decimal, int]:
    """One number as people count ("two thousand and six", "1.5 million"), and its tokens."""
    value, used = _group(said, at)
    total, limit = Decimal(0), 10**12
    while used and (scale := _SCALES.get(_word(said, at + used), 0)) and scale < limit:
        total, limit = total + value * scale, scale
        used += 1
        skip = _word(said, at + used) == "and"
        value, more = _group(said, at + used + skip)
        if not more or value >= scale:
            value = Decimal(0)
            break
        used += skip + more
    return total + value, used


def _group(said: Sequence[str], at: int) -> tuple[Decimal, int]:
    """A number without thousands, or a numeral of any size: "five hundred and twelve"."""
    word, following = _word(said, at), _word(said, at + 1)
    if word in {"a", "an"} and (following == "hundred" or following in _SCALES):
        value, used = Decimal(1), 1
    else:
        value, used = below_hundred(said, at)
    if not used or _word(said, at + used) != "hundred":
        return value, used
    used += 1
    skip = _word(said, at + used) == "and"
    rest, more = below_hundred(said, at + used + skip)
    taken = more and rest < 100 and _word(said, at + used + skip + more) != "hundred"
    return (value * 100 + rest, used + skip + more) if taken else (value * 100, used)


def below_hundred(said: Sequence[str], at: int) -> tuple[Decimal, int]:
    """ "twelve", "forty five", "7"; a numeral may be larger than that."""
    word = _word(said, at)
    if _NUMERAL.fullmatch(word):
        return Decimal(word.replace(",", "")), 1
    if word in TENS:
        skip = _word(said, at + 1) == "-"
        unit = UNITS.get(_word(said, at + 1 + skip), 0)
        return Decimal(10 * TENS[word] + unit), 1 + (1 + skip) * bool(unit)
    if word in TEENS:
        return Decimal(TEENS[word]), 1
    return (Decimal(UNITS[word]), 1) if word in UNITS else (Decimal(0), 0)


def _piece(said: Sequence[str], at: int) -> tuple[str, int] | None:
    """Digits that go on with a number: a digit, a pair, "oh five"."""
    skip = _word(said, at) == "-"
    if skip and not _joined_by_hyphen(_word(said, at - 1), _word(said, at + 1)):
        return None
    at += skip
    word = _word(said, at)
    if word in {"oh", "o"}:
        return ("0", skip + 1)
    if _NUMERAL.fullmatch(word) and word.isdecimal():
        return (word, skip + 1)
    value, used = below_hundred(said, at)
    if used and _word(said, at + used) in {"hundred", *_SCALES}:
        return None
    whole = used and value == value.to_integral_value()
    return (_plain(value), skip + used) if whole else None


def _joined_by_hyphen(left: str, right: str) -> bool:
    """ "4-5-2" is a string of digits, "10-20" is not."""
    return not (left.isdecimal() and right.isdecimal() and max(len(left), len(right)) > 1)


def _fraction(said: Sequence[str], value: Decimal, at: int) -> tuple[Decimal, int]:
    """ "… point five", "… and a half" after a whole number."""
    if value != value.to_integral_value():
        return value, at
    for phrase, fraction in _HALVES.items():
        if tuple(said[at : at + 3]) == phrase:
            return value + fraction, at + 3
    digits, end = "", at + 1
    while _word(said, at) == "point" and (piece := _piece(said, end)):
        digits, end = digits + piece[0], end + piece[1]
    if not digits:
        return value, at
    return value + Decimal(f"0.{digits}"), end


def _is_pronoun(said: Sequence[str], at: int) -> bool:
    pointed_at = _word(said, at) == "one" and at > 0 and said[at - 1] in _PRONOUN
    following = _word(said, at + 1)
    goes_on = following == "hundred" or following in _SCALES or cardinal(said, at + 1)[1]
    return pointed_at and not goes_on


def _word(said: Sequence[str], at: int) -> str:
    return said[at] if 0 <= at < len(said) else ""


def _plain(value: Decimal) -> str:
    return format(value, "f")


def canonical(value: Decimal) -> str:
    """Without exponent and without zeros that say nothing: "12.5", "1200", "-3"."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
