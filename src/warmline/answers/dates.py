"""A date within an author's bounds. Pure.

Knows bounds, direction and keypad entry; how dates are said is `days`'.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from warmline.answers import formats
from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.calendars import day_of, moved
from warmline.answers.corrections import meant, readings
from warmline.answers.days import Days, Setting, find_days
from warmline.events import AnswerKind, Expectation
from warmline.spoken import digits, is_number

_RELATIVE: Final = re.compile(r"(today|tomorrow|yesterday)?\s*(?:([+-])(\d{1,4})([dwmy]))?")
_UNITS: Final = {"d": "day", "w": "week", "m": "month", "y": "year"}
_NAMED: Final = {"today": 0, "tomorrow": 1, "yesterday": -1}
_SHORT: Final = 366
"""Days. Within such bounds a date is clear without its year."""
_DIGITS: Final = 0.8
"""Confidence of "eleven twenty four" as November 24."""
_SPELLED_YEAR: Final = re.compile(r"\b(?:1 9|2 0)[ ,]+\d[ ,]+\d\b")
"""A recogniser may write a year digit by digit."""
_HOT_WORDS: Final = ("today", "tomorrow", "next", *formats.DAYS, *formats.MONTHS)
PREFERENCES: Final = ("future", "past")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A day, or a distance from today."""

    day: date | None = None
    days: int = 0
    count: int = 0
    unit: str = "day"

    def on(self, today: date) -> date:
        """Which day it is today; the calendar's first or last day beyond its ends."""
        if self.day is not None:
            return self.day
        start = today + timedelta(days=self.days)
        beyond = date.max if self.count > 0 else date.min
        return moved(start, self.count, self.unit) or beyond


def bound(text: str) -> Bound:
    """ "2026-12-24", "today", "+30d", "-2w", "+6m", "tomorrow +1y". Raises ValueError."""
    match = _RELATIVE.fullmatch(text.strip())
    if match and (match[1] or match[2]):
        count = int(f"{match[2]}{match[3]}") if match[2] else 0
        unit = _UNITS[match[4] or "d"]
        return Bound(days=_NAMED[match[1] or "today"], count=count, unit=unit)
    try:
        return Bound(day=date.fromisoformat(text.strip()))
    except ValueError:
        raise ValueError(
            "expected a date such as 2026-12-24, today, tomorrow, +30d, -2w, +6m or -18y"
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """A day from `min` to `max`; canonical: ISO 8601, "2026-11-24"."""

    min: Bound
    max: Bound
    prefer: str = "future"
    """Which way a date goes that is said without its year: one of `PREFERENCES`."""
    day_first: bool = False
    """ "5/3" is March 5, and keys are DDMM."""
    words: tuple[str, ...] = ()
    min_keys: int = 4
    max_keys: int = 8

    @property
    def needed(self) -> str:
        if self.prefer == "past":
            return "a date in the past"
        return "a date from today on" if self.min == Bound() else "a date"

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        return self._read(text, confidence, now.date(), now.date())

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        """ "No, Thursday" stays in the week, "no, the 25th" in the month that was read back."""
        try:
            anchor = date.fromisoformat(before)
        except ValueError:
            anchor = now.date()
        return self._read(meant(text), confidence, now.date(), anchor)

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        """MMDD or MMDDYYYY (day first: DDMM…)."""
        if not (keys.isascii() and keys.isdecimal()):
            return None
        if len(keys) not in {4, 8}:
            return Refused(why=RefusalReason.WRONG_LENGTH)
        if len(keys) == 8 and now is None:
            day = day_of(int(keys[4:]), *self._month_day(keys[:2], keys[2:4]))
            if day is None:
                return Refused(why=RefusalReason.IMPLAUSIBLE)
            return Heard(value=day.isoformat(), confidence=1.0)
        if now is None:
            return Refused(why=RefusalReason.INCOMPLETE)
        return self._typed(keys, 1.0, now.date())

    def expectation(self) -> Expectation:
        return Expectation(kind=AnswerKind.NUMBER, words=(*self.words, *_HOT_WORDS))

    def speak(self, value: str, form: str = "") -> str:
        """ "Tuesday, November 24"; with its year when exact, or when the bounds are wider."""
        return formats.full_date(value) if form or not self._is_short else formats.date(value)

    @property
    def _is_short(self) -> bool:
        relative = self.min.day is None and self.max.day is None
        day = date(2000, 1, 1)
        return relative and self.max.on(day) - self.min.on(day) <= timedelta(days=_SHORT)

    def _read(self, text: str, confidence: float, today: date, anchor: date) -> Understood:
        setting = Setting(today=today, past=self.prefer == "past", day_first=self.day_first)
        text = _SPELLED_YEAR.sub(lambda year: re.sub(r"\D", "", year[0]), text)
        for reading in readings(text):
            found = find_days(reading, setting)
            if len(found) > 1:
                return Refused(why=RefusalReason.AMBIGUOUS)
            if found:
                near = _near(found[0], anchor) if anchor != today else ()
                return self._judge(found[0], confidence, today, near)
        if is_number(text) and (keys := _as_keys(digits(text))):
            return self._typed(keys, confidence * _DIGITS, today)
        return None

    def _judge(
        self, said: Days, confidence: float, today: date, near: tuple[date, ...] = ()
    ) -> Understood:
        if said.vague:
            return Refused(why=RefusalReason.INCOMPLETE)
        low, high = self.min.on(today), self.max.on(today)
        inside = [day for day in (*near, *said.days) if low <= day <= high]
        if not inside and said.weekday:
            return Refused(why=RefusalReason.AMBIGUOUS)  # Tuesday the 25th is a Wednesday
        if not said.days:
            return Refused(why=RefusalReason.IMPLAUSIBLE)
        if not inside:
            early = said.days[0] < low
            why = RefusalReason.TOO_SMALL if early else RefusalReason.TOO_LARGE
            return Refused(why=why, value=said.days[0].isoformat())
        return Heard(value=inside[0].isoformat(), confidence=confidence * said.sure)

    def _typed(self, keys: str, confidence: float, today: date) -> Understood:
        month, day = self._month_day(keys[:2], keys[2:4])
        setting = Setting(today=today, past=self.prefer == "past")
        written = f"{month}/{day}" + (f"/{keys[4:]}" if keys[4:] else "")
        found = find_days(written, setting)
        days = tuple(d for d in found[0].days if (d.month, d.day) == (month, day)) if found else ()
        if not days:
            return Refused(why=RefusalReason.IMPLAUSIBLE)
        return self._judge(Days(days=days), confidence, today)

    def _month_day(self, first: str, second: str) -> tuple[int, int]:
        return (int(second), int(first)) if self.day_first else (int(first), int(second))


def _near(said: Days, anchor: date) -> tuple[date, ...]:
    """A bare weekday in the week of `anchor`, a bare day in its month."""
    if not said.bare:
        return ()
    weekday = len({day.weekday() for day in said.days}) == 1
    if weekday:
        return (anchor + timedelta(days=said.days[0].weekday() - anchor.weekday()),)
    day = day_of(anchor.year, anchor.month, said.days[0].day)
    return (day,) if day else ()


def _as_keys(said: str) -> str:
    """ "Eleven twenty four" as keys MMDD; empty when it has not two numbers' length."""
    match len(said):
        case 2:
            return f"0{said[0]}0{said[1]}"
        case 3:
            return f"0{said}"
        case 4 | 8:
            return said
        case _:
            return ""
