"""What is said: templates of a flow, and the English sentences that every flow has. Pure.

Knows no nodes and no call; it takes texts and slot values. A template only substitutes and
formats: `{order}`, `{order:digits}` ("4 5 2 7"), `{eta:date}` ("Tuesday, November 24").
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from warmline.events import AnswerKind

_FIELD: Final = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}")
_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+")

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_NUMBERS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class Field:
    slot: str
    format: str
    """A key of `FORMATS`; empty for the value as it is."""


def _plain(value: str) -> str:
    return value


def _digits(value: str) -> str:
    """Digit by digit, so that a voice says "four five" and not "forty-five"."""
    return " ".join(value)


def _date(value: str) -> str:
    """An ISO date without its year; anything else stays as it is."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{_DAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}"


FORMATS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {"": _plain, "digits": _digits, "date": _date}
)


def fields(text: str) -> list[Field]:
    """The slots that a template speaks of, in order.

    Raises ValueError when a brace opens anything but `{slot}` or `{slot:format}`, or when the
    format is unknown.
    """
    found = [Field(slot, form or "") for slot, form in _FIELD.findall(text)]
    if "{" in (rest := _FIELD.sub("", text)) or "}" in rest:
        raise ValueError("expected {slot} or {slot:format} at each brace")
    for field in found:
        if field.format not in FORMATS:
            known = ", ".join(name for name in FORMATS if name)
            raise ValueError(f"unknown format {field.format!r} (known: {known})")
    return found


def render(text: str, slots: Mapping[str, str]) -> str:
    """The template with all values in place; a slot that was never filled is left out."""
    return _FIELD.sub(lambda m: FORMATS[m[2] or ""](slots.get(m[1], "")), text)


def static_texts(text: str) -> list[str]:
    """What can be synthesized before any call: the text, or its sentences without slots."""
    if not _FIELD.search(text):
        return [text]
    return [part for part in _SENTENCE.split(text) if part and not _FIELD.search(part)]


# --- sentences of every flow -------------------------------------------------------------------

NO_MATCH: Final = (
    "Sorry, I didn't catch that.",
    "Sorry, I still didn't understand.",
    "I'm sorry, I'm having trouble understanding you.",
)
NO_INPUT: Final = (
    "I didn't hear anything.",
    "Are you still there?",
    "I still can't hear you.",
)
REJECTED: Final = ("Sorry about that.", "Sorry, let's try that once more.")
"""The caller said that what was read back is wrong."""
FAILED: Final = "Sorry, I couldn't make that out."
"""The recogniser gave up."""
WRONG_LENGTH: Final = "I need {needed}."
"""More or fewer digits than the flow asked for; {needed} is the number of them."""
ESCAPE: Final = "I'll pass you on to a person. Thank you for your patience."
ROBOT: Final = "I'm an automated assistant, not a person. You can ask for a person at any time."
"""The answer to "are you a robot?", whatever the flow says."""
HINT_FREE: Final = "For a person, press star."
HINT_YES_NO: Final = "You can press 1 for yes, or 2 for no."
HINT_DIGITS: Final = "You can also type it on your keypad."


def keypad_hint(kind: AnswerKind, labels: Sequence[str]) -> str:
    """How the awaited answer is given by keys; `labels` name the choices 1, 2, 3 …"""
    match kind:
        case AnswerKind.YES_NO:
            return HINT_YES_NO
        case AnswerKind.DIGITS:
            return HINT_DIGITS
        case AnswerKind.CHOICE:
            first, *others = (f"{at} for {label}" for at, label in enumerate(labels, start=1))
            return f"You can press {', '.join([first, *others])}."
        case AnswerKind.FREE:
            return HINT_FREE


def needed_digits(fewest: int, most: int) -> str:
    """ "four digits", "4 to 8 digits": how many are awaited, for `WRONG_LENGTH`."""
    if fewest != most:
        return f"{fewest} to {most} digits"
    number = _NUMBERS[fewest] if fewest < len(_NUMBERS) else str(fewest)
    return f"{number} digit{'s' * (fewest != 1)}"
