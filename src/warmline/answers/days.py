"""Dates as callers say them, turned to days: "next Tuesday", "the third of May", "5/3". Pure.

Knows no bounds: it gives all days that may be meant, the likeliest first, and `dates` chooses.
The words are first written alike ("the twenty fourth of may" as "the #24 of may"), so that
each form is one short expression.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from warmline.answers.calendars import day_of, moved
from warmline.answers.formats import DAYS, MONTHS
from warmline.answers.numbers import TENS, cardinal, tokens
from warmline.spoken import words

_ORDINALS: Final = {
    name: at
    for at, name in enumerate(
        words(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
            "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
        ),
        start=1,
    )
} | {"twentieth": 20, "thirtieth": 30}
_WEEKDAYS: Final = {
    **{name.casefold(): at for at, name in enumerate(DAYS)},
    **{"mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3},
    **{"fri": 4},
}
_MONTHS: Final = {
    **{name.casefold(): at for at, name in enumerate(MONTHS, start=1)},
    **{name[:3].casefold(): at for at, name in enumerate(MONTHS, start=1)},
    "sept": 9,
}
_SPAN: Final = 8
"""Years to either side in which a date without its year is looked for: a leap day is in it."""
_UNSURE: Final = 0.7
_MOST: Final = 8
"""Dates of one sentence that are looked at."""

_WEEKDAY: Final = rf"\b({'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})(?:'s|s)?\b"
_MONTH: Final = rf"\b({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b"
_DAY: Final = r"#?\b([0-9]{1,2})\b"
_YEAR: Final = r"(?: (?:of |in )?\b([0-9]{4}|(?:19|20) (?:oh? )?[0-9]{1,2}|[0-9]{2})\b)?"
_COUNT: Final = r"\b(an?|one|[0-9]{1,3}|a couple(?: of)?)"
_UNIT: Final = r"(day|week|fortnight|month|year)(?:s'|'s|s)?\b"

_MONTH_DAY: Final = re.compile(rf"{_MONTH} (?:the )?{_DAY}{_YEAR}")
_NTH_OF_MONTH: Final = re.compile(rf"#([0-9]{{1,2}}) (?:day )?(?:of )?{_MONTH}{_YEAR}")
_DAY_MONTH: Final = re.compile(rf"{_DAY} (?:day )?(?:of )?{_MONTH}{_YEAR}")
_NUMERIC: Final = re.compile(
    r"\b([0-9]{1,4})([/.-])([0-9]{1,2})(?:\2([0-9]{4}|[0-9]{1,2}))?\b(?![/.-][0-9])"
)
_AFTER: Final = re.compile(
    rf"(?P<within>\b(?:in|with in|within) )?{_COUNT} {_UNIT}(?P<time> time)?"
    r"(?: (?P<way>from|after|ago|before)\b"
    rf"(?: (?:this |next )?(?P<anchor>now|today|tomorrow|yesterday|{_WEEKDAY}))?)?"
)
_NAMED: Final = re.compile(
    r"\b(day after tomorrow|day before yesterday|today|tonight|tomorrow|yesterday|"
    r"this (?:morning|afternoon|evening))\b"
)
_WEEK_DAY: Final = re.compile(
    rf"\b(?:(this|next|last|coming|following|past) )?(?:week (?:on )?)?{_WEEKDAY}"
    r"(?: (?:of )?(this|next|last|following) week\b| (week)\b)?"
)
_DAY_ONLY: Final = re.compile(
    r"(?:\bthe #?|\bon #?|#)\b([0-9]{1,2})\b(?: of (this|next|last) month\b)?"
)
_VAGUE: Final = re.compile(
    rf"\b(?:this|next|last) (?:week|weekend|month|year)\b|\bweekend\b|{_MONTH}"
)
_NAMED_DAYS: Final = {
    **{"day before yesterday": -2, "yesterday": -1, "tomorrow": 1, "day after tomorrow": 2},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A date that was said."""

    days: tuple[date, ...] = ()
    """All days that may be meant, the likeliest first."""
    sure: float = 1.0
    bare: bool = False
    """A weekday or a day of the month and no more: after a read-back the rest stays."""
    weekday: bool = False
    """Its weekday was said as well, and it is what tells the year; none fits without days."""
    vague: bool = False
    """A part of a date: "next month"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a date is understood by."""

    today: date
    past: bool = False
    """A date without its year is the last one rather than the next."""
    day_first: bool = False
    """ "5/3" is March 5."""


def find_days(text: str, setting: Setting) -> list[Days]:
    """The dates in a text; several only when different ones were said."""
    matches = islice(_NUMERIC.finditer(text), _MOST)
    if numeric := dict.fromkeys(_numeric(match, setting) for match in matches):
        return list(numeric)
    said = _alike(text)
    for pattern, read in _READERS:
        found = [read(match, setting) for match in islice(pattern.finditer(said), _MOST)]
        if kept := dict.fromkeys(days for days in found if days is not None):
            return list(kept)
    return [Days(vague=True)] if _VAGUE.search(said) else []


def _alike(text: str) -> str:
    """The words with all numbers as numerals, and "#" before ordinals."""
    said = [word for word in tokens(text) if word != "-"]
    out: list[str] = []
    at = 0
    while at < len(said):
        written, used = _numeral(said, at)
        out.append(written)
        at += used
    return " ".join(out)


def _numeral(said: Sequence[str], at: int) -> tuple[str, int]:
    word = said[at]
    following = said[at + 1] if at + 1 < len(said) else ""
    if word[0].isdecimal() and word[-2:] in {"st", "nd", "rd", "th"}:
        return f"#{word[:-2]}", 1
    if word in _ORDINALS:
        return f"#{_ORDINALS[word]}", 1
    if word in TENS and 0 < _ORDINALS.get(following, 0) < 10:
        return f"#{10 * TENS[word] + _ORDINALS[following]}", 2
    value, used = cardinal(said, at)
    if not used or word in {"a", "an"} or "." in word:
        return word, 1
    return str(value), used


# --- one reader for each form ------------------------------------------------------------------


def _month_day(match: re.Match[str], setting: Setting) -> Days | None:
    return _calendar(match, _MONTHS[match[1]], int(match[2]), match[3], setting)


def _day_month(match: re.Match[str], setting: Setting) -> Days | None:
    return _calendar(match, _MONTHS[match[2]], int(match[1]), match[3], setting)


def _calendar(
    match: re.Match[str], month: int, day: int, year: str | None, setting: Setting
) -> Days:
    days = _in_years(_years(year, setting), month, day)
    return _on_weekday(match.string, days, setting, year_said=year is not None)


def _on_weekday(text: str, days: list[date], setting: Setting, *, year_said: bool) -> Days:
    """A weekday that was said beside the date tells which year is meant."""
    named = {_WEEKDAYS[name] for name in re.findall(_WEEKDAY, text)}
    if not named:
        return Days(days=tuple(_nearest(days, setting)))
    fitting = _nearest([day for day in days if {day.weekday()} == named], setting)
    if not year_said:
        fitting.sort(key=lambda day: abs(day - setting.today))
    return Days(days=tuple(fitting), weekday=not (year_said and fitting))


def _numeric(match: re.Match[str], setting: Setting) -> Days:
    """ "5/3", "5/3/2027", "2026-11-24"."""
    first, second, third = int(match[1]), int(match[3]), match[4]
    if len(match[1]) > 2:
        return Days(days=tuple(_in_years([first], second, int(third or 0))))
    orders = [(first, second), (second, first)]
    if setting.day_first or (match[2] == "." and third):
        orders.reverse()
    years = _years(third, setting)
    days = [d for order in orders for d in _nearest(_in_years(years, *order), setting)]
    both = first != second and max(first, second) <= 12
    return Days(days=tuple(days), sure=_UNSURE if both else 1.0)


def _after(match: re.Match[str], setting: Setting) -> Days | None:
    """ "In two weeks", "a week from Tuesday", "three days ago"."""
    if not (match["within"] or match["time"] or match["way"]):
        return None  # a duration
    count = match[2]
    number = int(count) if count.isdecimal() else 1 + ("couple" in count)
    sign = -1 if match["way"] in {"ago", "before"} else 1
    anchor = match["anchor"] or "today"
    start = setting.today + timedelta(days=_NAMED_DAYS.get(anchor, 0))
    if anchor in _WEEKDAYS:
        start = _next_weekday(setting.today, _WEEKDAYS[anchor])
    day = moved(start, sign * number, match[3])
    return Days(days=(day,) if day else ())


def _named(match: re.Match[str], setting: Setting) -> Days:
    day = moved(setting.today, _NAMED_DAYS.get(match[1], 0), "day")
    return Days(days=(day,) if day else ())


def _weekday(match: re.Match[str], setting: Setting) -> Days:
    """ "Next Friday" on a Wednesday is the one in nine days for most callers, not for all."""
    today, weekday = setting.today, _WEEKDAYS[match[2]]
    monday = today - timedelta(days=today.weekday())
    coming = _next_weekday(today, weekday)
    gone = today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    following = monday + timedelta(days=7 + weekday)
    how = match[3] or match[1] or ""
    if match[4]:  # "Tuesday week"
        return Days(days=(coming + timedelta(days=7),))
    if how == "next":
        sure = 1.0 if following == coming or match[3] else _UNSURE
        return Days(days=tuple(dict.fromkeys((following, coming))), sure=sure)
    if how in {"last", "past"} or (setting.past and not how):
        return Days(days=(gone,), bare=not how)
    if how == "this" and match[3]:
        return Days(days=(monday + timedelta(days=weekday),))
    same = (today,) if today.weekday() == weekday else ()
    return Days(days=(coming, *same), bare=not how)


def _next_weekday(today: date, weekday: int) -> date:
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _day_only(match: re.Match[str], setting: Setting) -> Days | None:
    """ "The 15th": of this month, or of the next that has one to come."""
    first = setting.today.replace(day=1)
    months = [moved(first, at, "month") for at in range(-_SPAN, _SPAN + 1)]
    if match[2]:
        months = [moved(first, {"this": 0, "next": 1, "last": -1}[match[2]], "month")]
    found = [day_of(month.year, month.month, int(match[1])) for month in months if month]
    days = [day for day in found if day]
    if re.search(_WEEKDAY, match.string):
        return _on_weekday(match.string, days, setting, year_said=False)
    return Days(days=tuple(_nearest(days, setting)), bare=not match[2])


_Reader = Callable[[re.Match[str], Setting], Days | None]
_READERS: Final[tuple[tuple[re.Pattern[str], _Reader], ...]] = (
    (_NTH_OF_MONTH, _day_month),
    (_MONTH_DAY, _month_day),
    (_DAY_MONTH, _day_month),
    (_AFTER, _after),
    (_NAMED, _named),
    (_DAY_ONLY, _day_only),
    (_WEEK_DAY, _weekday),
)


# --- the calendar ------------------------------------------------------------------------------


def _years(said: str | None, setting: Setting) -> list[int]:
    """Years that may be meant; without one those around today."""
    this = setting.today.year
    if said is None:
        return [this + step for step in range(-_SPAN, _SPAN + 1)]
    digits = re.sub(r"\D", "", said.replace(" oh ", " 0 ").replace(" o ", " 0 "))
    if len(digits) == 4:
        return [int(digits)]
    if len(digits) == 3:  # "19 5"
        return [int(digits[:2]) * 100 + int(digits[2:])]
    century = this - this % 100
    return [century - 100 + int(digits), century + int(digits)]


def _in_years(years: Sequence[int], month: int, day: int) -> list[date]:
    found = (day_of(year, month, day) for year in years)
    return [day for day in found if day is not None]


def _nearest(days: Sequence[date], setting: Setting) -> list[date]:
    """Those in the direction that is meant first, and of those the nearest."""

    def rank(day: date) -> tuple[bool, timedelta]:
        wrong = day > setting.today if setting.past else day < setting.today
        return wrong, abs(day - setting.today)

    return sorted(days, key=rank)
