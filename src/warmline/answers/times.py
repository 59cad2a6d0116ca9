"""A time of day: "half past three", "quarter to nine", "3:30 PM", "noon". Pure.

Knows bounds and how morning and afternoon are told apart; it is refused when they are not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from warmline.answers import formats
from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.corrections import meant, readings
from warmline.answers.numbers import below_hundred, tokens
from warmline.events import AnswerKind, Expectation
from warmline.spoken import digits, is_number

DAY: Final = 24 * 60
LAST: Final = DAY - 1
_NOON: Final = 12 * 60
PREFERENCES: Final = ("am", "pm", "day")
_WORKING_DAY: Final = range(7 * 60, 19 * 60)
"""Minutes: what `prefer: day` takes a time for that is said without AM or PM."""
_PREFERRED: Final = 0.9
_HOT_WORDS: Final = ("AM", "PM", "o'clock", "half past", "quarter to", "noon")

_MERIDIEM: Final = re.compile(
    r"\b(?:(a ?m)|(p ?m)|(in the morning|this morning|morning)|"
    r"(in the (?:afternoon|evening)|(?:this )?(?:afternoon|evening)|at night|tonight))\b"
)
_HOUR: Final = r"\b([0-9]{1,2})\b"
_PAST: Final = re.compile(rf"\b(half|quarter|[0-9]{{1,2}})(?: minutes?)? (?:past|after) {_HOUR}")
_TO: Final = re.compile(rf"\b(quarter|[0-9]{{1,2}})(?: minutes?)? (?:to|till?|of|before) {_HOUR}")
_HALF: Final = re.compile(rf"\bhalf {_HOUR}")
_CLOCK: Final = re.compile(rf"{_HOUR} ?: ?([0-9]{{2}})\b|{_HOUR} (?:(?:oh?) )?([0-9]{{1,2}})\b")
_OCLOCK: Final = re.compile(rf"{_HOUR}(?= (?:o'?clock|a ?m\b|p ?m\b|in the|at night|this|hundred))")
_BARE: Final = re.compile(rf"(?:^|\b(?:at|around|about|by|maybe|say|it's|make it) ){_HOUR}$")
_WITH_DOT: Final = re.compile(r"\b([0-9]{1,2})\.([0-9]{2})\b")
_LEADING_ZERO: Final = re.compile(r"(?<![0-9] )\boh? ([0-9])\b")
_WORDS: Final = {"noon": _NOON, "midday": _NOON, "midnight": 0}
_FRACTIONS: Final = {"half": 30, "quarter": 15}


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A time from `min` to `max` (minutes of the day); canonical: "15:30"."""

    min: int = 0
    max: int = LAST
    prefer: str = ""
    """One of `PREFERENCES`, for a time that is said without AM or PM; else it is ambiguous."""
    words: tuple[str, ...] = ()
    min_keys: int = 3
    max_keys: int = 4

    @property
    def needed(self) -> str:
        if (self.min, self.max) == (0, LAST):
            return "a time, with AM or PM"
        low, high = (formats.time(_clock(bound)) for bound in (self.min, self.max))
        return f"a time from {low} to {high}"

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        for reading in readings(text):
            if found := list(dict.fromkeys(_times(reading))):
                if len(found) > 1:
                    return Refused(why=RefusalReason.AMBIGUOUS)
                return self._judge(found[0], confidence)
        return None

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        """ "No, PM" changes the half of the day only; a new time stays in the same half."""
        half = _half(_alike(meant(text)))
        found = self.understand(meant(text), confidence, now)
        if (minutes := _minutes(before)) is None:
            return found
        if found is None and half:
            return self._judge((minutes % _NOON + _NOON * (half == "pm"),), confidence)
        if isinstance(found, Refused) and found.why is RefusalReason.AMBIGUOUS and found.value:
            again = _minutes(found.value)
            same_half = (again or 0) % _NOON + (minutes >= _NOON) * _NOON
            return self._judge((same_half,), confidence * _PREFERRED)
        return found

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        """HHMM of 24 hours; before 13:00 it may be meant as PM where the bounds leave only that."""
        if not (keys.isascii() and keys.isdecimal()):
            return None
        if not self.min_keys <= len(keys) <= self.max_keys:
            return Refused(why=RefusalReason.WRONG_LENGTH)
        hour, minute = int(keys[:-2]), int(keys[-2:])
        if hour > 23 or minute > 59:
            return Refused(why=RefusalReason.IMPLAUSIBLE)
        literal, *others = _either(hour, minute) if hour <= 12 else (hour * 60 + minute,)
        literal = hour * 60 + minute
        inside = [m for m in (literal, *others) if self.min <= m <= self.max]
        return self._judge((inside or [literal])[:1], 1.0)

    def expectation(self) -> Expectation:
        return Expectation(kind=AnswerKind.NUMBER, words=(*self.words, *_HOT_WORDS))

    def speak(self, value: str, form: str = "") -> str:
        """ "3 30 PM"; exact: "3 30 in the afternoon"."""
        said = formats.time(value)
        if not form or " " not in said:
            return said
        clock, _, half = said.rpartition(" ")
        return f"{clock} {'in the morning' if half == 'AM' else 'in the afternoon'}"

    def _judge(self, minutes: tuple[int, ...] | list[int], confidence: float) -> Understood:
        """`minutes`: all that may be meant; empty for a time that does not exist."""
        if not minutes:
            return Refused(why=RefusalReason.IMPLAUSIBLE)
        inside = [value for value in minutes if self.min <= value <= self.max]
        if not inside:
            why = RefusalReason.TOO_SMALL if max(minutes) < self.min else RefusalReason.TOO_LARGE
            return Refused(why=why, value=_clock(minutes[0]))
        if len(inside) == 1:
            return Heard(value=_clock(inside[0]), confidence=confidence)
        preferred = [value for value in inside if self._prefers(value)]
        if len(preferred) != 1:
            return Refused(why=RefusalReason.AMBIGUOUS, value=_clock(inside[0]))
        return Heard(value=_clock(preferred[0]), confidence=confidence * _PREFERRED)

    def _prefers(self, minutes: int) -> bool:
        match self.prefer:
            case "am":
                return minutes < _NOON
            case "pm":
                return minutes >= _NOON
            case "day":
                return minutes in _WORKING_DAY
            case _:
                return False


def minutes_of(value: object) -> int:
    """Minutes of the day of "09:30"; YAML makes 1050 of 17:30 itself. Raises ValueError."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    minutes = int(str(value).partition(".")[0]) if number else _minutes(str(value))
    if minutes is None or not 0 <= minutes <= LAST:
        raise ValueError('expected a time in quotes such as "09:00" or "17:30"')
    return minutes


def _minutes(text: str) -> int | None:
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    return int(match[1]) * 60 + int(match[2]) if match else None


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _alike(text: str) -> str:
    """The words with numbers as numerals; "p.m." is "p m"."""
    said = tokens(re.sub(r"(?i)\b([ap])\.\s?m\b\.?", r"\1m", text))
    out: list[str] = []
    at = 0
    while at < len(said):
        value, used = below_hundred(said, at)
        out.append(str(value) if used and "." not in str(value) else said[at])
        at += used or 1
    return _LEADING_ZERO.sub(r"0\1", " ".join(out))


def _half(said: str) -> str:
    """ "am" or "pm" when one of them was said."""
    halves = {"am" if match[1] or match[3] else "pm" for match in _MERIDIEM.finditer(said)}
    return halves.pop() if len(halves) == 1 else ""


def _times(text: str) -> Iterator[tuple[int, ...]]:
    """Each time in a text, as the minutes that it may mean."""
    said = _alike(
        re.sub(r"(?<=\b[0-9])[.](?=[0-9]{2}\b)|(?<=\b[0-9]{2})[.](?=[0-9]{2}\b)", ":", text)
    )
    half = _half(said)
    if named := [(minutes,) for word, minutes in _WORDS.items() if f" {word} " in f" {said} "]:
        yield from named
        return
    found = [
        _moved(int(match[2]), sign * (_FRACTIONS.get(match[1]) or int(match[1])), half)
        for pattern, sign in ((_PAST, 1), (_TO, -1))
        for match in pattern.finditer(said)
    ]
    found = found or [_moved(int(match[1]), 30, half) for match in _HALF.finditer(said)]
    found = found or [
        _at(match[1] or match[3], match[2] or match[4], half) for match in _CLOCK.finditer(said)
    ]
    found = found or [_at(match[1], "0", half) for match in _OCLOCK.finditer(said)]
    if found:
        yield from found
    elif bare := _BARE.search(said):
        yield _at(bare[1], "0", half)
    elif is_number(text) and len(keys := digits(text)) in {3, 4}:
        yield _at(keys[:-2], keys[-2:], half)


def _at(hour_said: str, minute_said: str, half: str) -> tuple[int, ...]:
    hour, minute = int(hour_said), int(minute_said)
    if hour > 23 or minute > 59:
        return ()
    if half and hour <= 12:
        return (hour % 12 * 60 + minute + _NOON * (half == "pm"),)
    if hour > 12 or hour == 0 or (hour_said.startswith("0") and len(hour_said) == 2):
        return (hour * 60 + minute,)
    return _either(hour, minute)


def _either(hour: int, minute: int) -> tuple[int, ...]:
    """Without AM or PM; twelve is noon and the half hour after it, never midnight."""
    minutes = hour % 12 * 60 + minute
    return (minutes + _NOON,) if hour == 12 else (minutes, minutes + _NOON)


def _moved(hour: int, minutes: int, half: str) -> tuple[int, ...]:
    """Minutes before or after an hour: "quarter to one" in the afternoon is 12:45."""
    if not 0 <= hour <= 23:
        return ()
    found = _at(str(hour), "0", half)
    return tuple((value + minutes) % DAY for value in found)
