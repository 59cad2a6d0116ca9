"""Canonical values for the ear: `{slot:money}` and the like in a flow's texts. Pure.

Knows no slot and no type of answer. A voice reads plain words and small numerals well, so that
is what comes out. A value that has not its format's form is spoken as it stands.
"""

from collections.abc import Callable, Mapping
from datetime import date as Date
from datetime import time as Time
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
CURRENCIES: Final = MappingProxyType(
    {
        "USD": ("dollar", "dollars", "cent", "cents"),
        "EUR": ("euro", "euros", "cent", "cents"),
        "GBP": ("pound", "pounds", "penny", "pence"),
    }
)
SIGNS: Final = MappingProxyType({"-": "dash", ".": "dot", "_": "underscore", "/": "slash"})
"""How the signs in codes are called."""
_LAST: Final = 4


def plain(value: str) -> str:
    return value


def digits(value: str) -> str:
    """Digit by digit, so that a voice says "four five" and not "forty-five"."""
    return " ".join(value)


def last4(value: str) -> str:
    """The last four characters, one by one: enough to tell a card by, too few to use it."""
    return digits(value[-_LAST:])


def spelled(value: str) -> str:
    """ "AB-12" as "A, B, dash, 1, 2": the commas keep a voice from reading "A" as an article."""
    return ", ".join(SIGNS.get(sign, sign) for sign in value if not sign.isspace())


def date(value: str) -> str:
    """An ISO date without its year: "Tuesday, November 24"."""
    try:
        day = Date.fromisoformat(value)
    except ValueError:
        return value
    return f"{DAYS[day.weekday()]}, {MONTHS[day.month - 1]} {day.day}"


def full_date(value: str) -> str:
    """An ISO date with its year: "Tuesday, November 24, 2026"."""
    return value if (said := date(value)) == value else f"{said}, {value[:4]}"


def time(value: str) -> str:
    """ "15:30" as "3 30 PM", "09:05" as "9 oh 5 AM", "12:00" as "noon"."""
    try:
        moment = Time.fromisoformat(value)
    except ValueError:
        return value
    if (moment.hour, moment.minute) in {(0, 0), (12, 0)}:
        return "noon" if moment.hour else "midnight"
    minutes = f"oh {moment.minute}" if moment.minute < 10 else str(moment.minute)
    past = f" {minutes}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{past} {'PM' if moment.hour >= 12 else 'AM'}"


def number(value: str) -> str:
    """ "-5" as "minus 5"; a voice reads numerals and "12.5" by itself."""
    return f"minus {value[1:]}" if value[:1] == "-" and value[1:2].isdecimal() else value


def amount(value: str, currency: str = "USD") -> str:
    """ "12.50" as "12 dollars and 50 cents"; `currency` is a key of `CURRENCIES`."""
    try:
        total = Decimal(value).quantize(Decimal("0.01"))
    except InvalidOperation:
        return value
    if not total.is_finite():
        return value
    one, many, small_one, small_many = CURRENCIES[currency]
    whole, cents = divmod(int(abs(total) * 100), 100)
    parts = [f"{whole} {one if whole == 1 else many}"] if whole or not cents else []
    if cents:
        parts.append(f"{cents} {small_one if cents == 1 else small_many}")
    return ("minus " if total < 0 else "") + " and ".join(parts)


def money(value: str) -> str:
    return amount(value)


def euros(value: str) -> str:
    return amount(value, "EUR")


def pounds(value: str) -> str:
    return amount(value, "GBP")


def phone(value: str) -> str:
    """Digits in groups: "+16502530000" as "6 5 0, 2 5 3, 0 0 0 0".

    A number of the North American plan is spoken without its country code.
    """
    number = value.removeprefix("+")
    if not (number.isascii() and number.isdecimal()):
        return value
    if value.startswith("+1") and len(number) == 11:
        return groups([number[1:4], number[4:7], number[7:]])
    size = 4 if len(number) % 3 == 1 else 3
    cuts = [number[at : at + 3] for at in range(0, len(number) - size, 3)]
    country = "plus " if value.startswith("+") else ""
    return country + groups([*cuts, number[3 * len(cuts) :]])


def groups(parts: list[str]) -> str:
    """Groups of digits, with a breath between them."""
    return ", ".join(digits(part) for part in parts)


FORMATS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "": plain,
        "digits": digits,
        "date": date,
        "fulldate": full_date,
        "time": time,
        "money": money,
        "euros": euros,
        "pounds": pounds,
        "phone": phone,
        "spelled": spelled,
        "number": number,
        "last4": last4,
        "name": plain,
    }
)
"""Template format: how it speaks a value. The empty one is for `{slot}`."""


def speak(value: str, format: str = "") -> str:
    """A canonical value as `format`, a key of `FORMATS`, speaks it."""
    return FORMATS[format](value)
