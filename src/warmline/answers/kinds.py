"""The types of answers by their names, as authors of flows write them: `digits(4..8)`. Pure.

Knows each type's options and says in an author's words what is wrong with them; what the types
do is their own modules' matter.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from warmline.answers import dates, digits, phones, spelled, times
from warmline.answers.amounts import LIMIT, Money, Number
from warmline.answers.answer import AnswerType
from warmline.answers.emails import Email
from warmline.answers.formats import CURRENCIES
from warmline.answers.names import Name
from warmline.answers.simple import Choice, Free, YesNo
from warmline.answers.vocabulary import COMMON, TYPES, TypeInfo

__all__ = ["TYPES", "AnswerType", "TypeInfo", "answer_type"]

_SPEC: Final = re.compile(r"([a-z_]+)(?:\(([0-9]{1,9})(?:\.\.([0-9]{1,9}))?\))?")


def answer_type(spec: str, options: Mapping[str, Any]) -> AnswerType:
    """The type that an author wrote, for example "digits(4)", with its options.

    Raises ValueError ("expected …") for an unknown type, and for unknown or wrong options.
    """
    match = _SPEC.fullmatch(spec.strip())
    if match is None or match[1] not in TYPES:
        close = get_close_matches(spec.partition("(")[0], TYPES, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"expected a type of answer ({', '.join(TYPES)}){hint}")
    name, low, high = match.groups()
    given = dict(options)
    if low is not None:
        if name not in {"digits", "spelled", "number"} or (name == "number" and high is None):
            raise ValueError(f"expected {name!r} as in {TYPES[name].example!r}")
        if given.keys() & {"min", "max"}:
            raise ValueError(f"expected the bounds in {spec!r} or as min and max, not both")
        given |= {"min": int(low), "max": int(high or low)}
    known = [*TYPES[name].options, *(key for key in COMMON if key not in TYPES[name].options)]
    for option in given:
        if option not in known:
            raise ValueError(f"expected no {option!r} beside {name!r} (it has: {', '.join(known)})")
    return _BUILDERS[name](given)


# --- options ---------------------------------------------------------------------------------


def _words(given: Mapping[str, Any]) -> tuple[str, ...]:
    words = given.get("words", ())
    if isinstance(words, str) or not all(isinstance(word, str) for word in words):
        raise ValueError("expected a list of texts for 'words'")
    return tuple(words)


def _phrases(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    options = given.get("options", {})
    if not isinstance(options, Mapping):
        raise ValueError("expected names and lists of phrases for 'options'")
    for name, phrases in options.items():
        if isinstance(phrases, str) or not isinstance(phrases, Sequence) or not phrases:
            raise ValueError(f"expected a list of phrases for the option {name!r}")
    return {str(name): tuple(phrases) for name, phrases in options.items()}


def _decimal(given: Mapping[str, Any], name: str, default: Decimal) -> Decimal:
    value = given.get(name, default)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("Infinity")
    if isinstance(value, bool) or not number.is_finite() or abs(number) > LIMIT:
        raise ValueError(f"expected a number for {name!r}, at most {LIMIT}")
    return number


def _decimals(given: Mapping[str, Any], low: Decimal) -> tuple[Decimal, Decimal]:
    bounds = _decimal(given, "min", low), _decimal(given, "max", LIMIT)
    if bounds[0] > bounds[1]:
        raise ValueError("expected 'min' to be at most 'max'")
    return bounds


def _lengths(given: Mapping[str, Any], least: int, most: int, what: str) -> tuple[int, int]:
    low = _decimal(given, "min", Decimal(least))
    high = _decimal(given, "max", Decimal(most))
    if not 1 <= low <= high <= most or low % 1 or high % 1:
        raise ValueError(f"expected 1 to {most} {what}, the fewest first")
    return int(low), int(high)


def _one_of(given: Mapping[str, Any], name: str, known: Sequence[str], default: str) -> str:
    value = given.get(name, default)
    if value != default and value not in known:
        raise ValueError(f"expected {', '.join(known[:-1])} or {known[-1]} for {name!r}")
    return str(value)


def _region(given: Mapping[str, Any]) -> str:
    region = str(given.get("region", "US"))
    if region != "US" and not phones.known_region(region):
        raise ValueError("expected a country's two letters, such as US or GB, for 'region'")
    return region


# --- one builder for each type -----------------------------------------------------------------


def _yes_no(given: Mapping[str, Any]) -> AnswerType:
    phrases = _phrases(given)
    if not phrases.keys() <= {"yes", "no"}:
        raise ValueError("expected only the options 'yes' and 'no' beside 'yes_no'")
    return YesNo(options=phrases, words=_words(given))


def _choice(given: Mapping[str, Any]) -> AnswerType:
    if not (phrases := _phrases(given)):
        raise ValueError("expected 'options' beside 'choice': each value and its phrases")
    return Choice(options=phrases, words=_words(given))


def _digits(given: Mapping[str, Any]) -> AnswerType:
    if "max" not in given:
        raise ValueError("expected how many digits: digits(4) or digits(4..8)")
    low, high = _lengths({"min": given["max"], **given}, 1, digits.MAX_DIGITS, "digits")
    check = _one_of(given, "check", [name for name in digits.CHECKS if name], "")
    if check == "mod11" and high > 10:
        raise ValueError("expected at most 10 digits with the check digit mod11")
    return digits.Digits(min=low, max=high, check=check, words=_words(given))


def _number(given: Mapping[str, Any]) -> AnswerType:
    low, high = _decimals(given, -LIMIT)
    if not isinstance(whole := given.get("whole", False), bool):
        raise ValueError("expected true or false for 'whole'")
    return Number(min=low, max=high, whole=whole, words=_words(given))


def _money(given: Mapping[str, Any]) -> AnswerType:
    low, high = _decimals(given, Decimal(0))
    currency = _one_of(given, "currency", list(CURRENCIES), "USD")
    return Money(min=low, max=high, currency=currency, words=_words(given))


def _date(given: Mapping[str, Any]) -> AnswerType:
    prefer = _one_of(given, "prefer", dates.PREFERENCES, "future")
    defaults = ("-120y", "today") if prefer == "past" else ("today", "+1y")
    low, high = (
        dates.bound(str(given.get(name, default)))
        for name, default in zip(("min", "max"), defaults, strict=True)
    )
    comparable = (low.day is None) == (high.day is None)
    if comparable and low.on(date(2000, 1, 1)) > high.on(date(2000, 1, 1)):
        raise ValueError("expected 'min' to be no later than 'max'")
    day_first = _region(given) != "US"
    return dates.Date(min=low, max=high, prefer=prefer, day_first=day_first, words=_words(given))


def _time(given: Mapping[str, Any]) -> AnswerType:
    low, high = (
        times.minutes_of(given.get("min", 0)),
        times.minutes_of(given.get("max", times.LAST)),
    )
    if low > high:
        raise ValueError("expected 'min' to be no later than 'max'")
    prefer = _one_of(given, "prefer", times.PREFERENCES, "")
    return times.Time(min=low, max=high, prefer=prefer, words=_words(given))


def _spelled(given: Mapping[str, Any]) -> AnswerType:
    low, high = _lengths(given, 1, spelled.MAX_LENGTH, "letters and digits")
    pattern = given.get("pattern", "")
    if pattern and (given.keys() & {"min", "max"}):
        raise ValueError("expected a 'pattern' or a length, not both")
    if not isinstance(pattern, str) or (pattern and not spelled.is_pattern(pattern)):
        raise ValueError("expected a 'pattern' of A, 9, ? and signs, such as AA-9999")
    return spelled.Spelled(min=low, max=high, pattern=pattern, words=_words(given))


_BUILDERS: Final[Mapping[str, Callable[[Mapping[str, Any]], AnswerType]]] = MappingProxyType(
    {
        "yes_no": _yes_no,
        "choice": _choice,
        "digits": _digits,
        "number": _number,
        "money": _money,
        "date": _date,
        "time": _time,
        "name": lambda given: Name(words=_words(given)),
        "spelled": _spelled,
        "email": lambda given: Email(words=_words(given)),
        "phone": lambda given: phones.Phone(region=_region(given), words=_words(given)),
        "free": lambda given: Free(words=_words(given)),
    }
)
