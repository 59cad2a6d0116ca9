"""What authors of flows can ask for: each type of answer, its options and what they mean. Pure.

Only texts, for documentation and for the flows' schema; `kinds` makes the types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeInfo:
    """A type of answer, for documentation and for the flows' schema."""

    meaning: str
    example: str
    """As it is written in a flow."""
    value: str
    """What its canonical value looks like."""
    options: Mapping[str, str]
    """Its options and what each means, besides `COMMON`."""


COMMON: Final = MappingProxyType(
    {
        "words": "more words that an answer is likely to hold",
        "options": "values and their phrases; where the type has no values of its own: phrases "
        "that steer the flow",
    }
)

TYPES: Final[Mapping[str, TypeInfo]] = MappingProxyType(
    {
        "yes_no": TypeInfo(
            meaning="yes or no",
            example="yes_no",
            value="yes",
            options={"options": "more phrases that mean `yes` or `no` here"},
        ),
        "choice": TypeInfo(
            meaning="one of several values",
            example="choice",
            value="the option's name",
            options={"options": "each value and the phrases that mean it (required)"},
        ),
        "digits": TypeInfo(
            meaning="a string of digits, said or typed",
            example="digits(4..8)",
            value="4527",
            options={
                "min": "fewest digits",
                "max": "most digits",
                "check": "the check digit's rule: luhn, mod11 or mod97",
            },
        ),
        "number": TypeInfo(
            meaning="a number",
            example="number(1..12)",
            value="12.5",
            options={
                "min": "the smallest",
                "max": "the largest",
                "whole": "true for integers only",
            },
        ),
        "money": TypeInfo(
            meaning="a sum of money",
            example="money",
            value="12.50",
            options={
                "min": "the smallest sum (default 0)",
                "max": "the largest sum",
                "currency": "USD (default), EUR or GBP",
            },
        ),
        "date": TypeInfo(
            meaning="a day",
            example="date",
            value="2026-11-24",
            options={
                "min": "the first day: 2026-12-24, today, tomorrow, +30d, -2w, +6m, -18y "
                "(default: today; with `prefer: past` -120y)",
                "max": "the last day (default: +1y; with `prefer: past` today)",
                "prefer": "future (default) or past: where a date without its year lies",
                "region": "a country other than US says the day before the month: 5/3 is March 5",
            },
        ),
        "time": TypeInfo(
            meaning="a time of day",
            example="time",
            value="15:30",
            options={
                "min": 'the earliest, in quotes: "09:00"',
                "max": 'the latest, in quotes: "17:30"',
                "prefer": "am, pm or day (7 AM to 7 PM) for a time without AM or PM; without it "
                "such a time is refused as ambiguous unless only one lies within the bounds",
            },
        ),
        "name": TypeInfo(meaning="a person's name", example="name", value="John Smith", options={}),
        "spelled": TypeInfo(
            meaning="letters and digits said one by one",
            example="spelled(6)",
            value="AB1204",
            options={
                "min": "fewest letters and digits",
                "max": "most letters and digits",
                "pattern": "`A` a letter, `9` a digit, `?` either, other signs stand for "
                "themselves: AA-9999",
            },
        ),
        "email": TypeInfo(
            meaning="an e-mail address", example="email", value="john@example.org", options={}
        ),
        "phone": TypeInfo(
            meaning="a telephone number",
            example="phone",
            value="+16502530000",
            options={"region": "country whose numbers have no country code: US (default), GB …"},
        ),
        "free": TypeInfo(
            meaning="the caller's own words", example="free", value="the words", options={}
        ),
    }
)
