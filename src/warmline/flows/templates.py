"""Texts with slots in them. Pure; knows no nodes and no call.

A template only substitutes and formats: `{order}` speaks the value as its type does ("Tuesday,
November 24"), `{order:digits}` in the given format ("4 5 2 7"), and `[with {milk}]` is left out
while `milk` is empty. There is no code in it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from warmline.answers.formats import FORMATS

_FIELD: Final = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z0-9]+))?\}")
_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+")
_BLANKS: Final = re.compile(r"\s{2,}| (?=[.,!?])")

Speak = Callable[[str, str], str]
"""How a value is spoken that has no format of its own: slot and value to words."""


@dataclass(frozen=True, slots=True)
class Field:
    slot: str
    format: str
    """A key of `FORMATS`; empty for the way of the slot's type."""
    optional: bool = False
    """It stands in brackets: the text does without it."""


def fields(text: str) -> list[Field]:
    """The slots that a template speaks of, in order.

    Raises ValueError when a brace opens anything but `{slot}` or `{slot:format}`, when the
    format is unknown, or when brackets hold no slot or do not close.
    """
    found = list(_fields(text))
    rest = _FIELD.sub("", text)
    if "{" in rest or "}" in rest:
        raise ValueError("expected {slot} or {slot:format} at each brace")
    if any(not _FIELD.search(part) for part in _OPTIONAL.findall(text)):
        raise ValueError("expected a {slot} between [ and ]")
    if "[" in (rest := _OPTIONAL.sub("", text)) or "]" in rest:
        raise ValueError("expected each [ to be closed by ], without brackets between them")
    for field in found:
        if field.format and field.format not in FORMATS:
            known = ", ".join(name for name in FORMATS if name)
            raise ValueError(f"unknown format {field.format!r} (known: {known})")
    return found


def _fields(text: str) -> Iterator[Field]:
    inside = [match.span() for match in _OPTIONAL.finditer(text)]
    for match in _FIELD.finditer(text):
        optional = any(begin <= match.start() < end for begin, end in inside)
        yield Field(match[1], match[2] or "", optional)


def _as_is(slot: str, value: str) -> str:
    return value


def render(text: str, slots: Mapping[str, str], speak: Speak = _as_is) -> str:
    """The template with all values in place; a slot that was never filled is left out."""

    def part(match: re.Match[str]) -> str:
        names = _FIELD.findall(match[1])
        return match[1] if all(slots.get(name) for name, _ in names) else ""

    def value(match: re.Match[str]) -> str:
        said = slots.get(match[1], "")
        return FORMATS[match[2]](said) if match[2] else speak(match[1], said) if said else ""

    if "{" not in text:
        return text
    return _BLANKS.sub(_one_blank, _FIELD.sub(value, _OPTIONAL.sub(part, text))).strip()


def _one_blank(match: re.Match[str]) -> str:
    return (
        " "
        if len(match[0]) > 1 and match.string[match.end() : match.end() + 1] not in set(".,!?")
        else ""
    )


def static_texts(text: str) -> list[str]:
    """What can be synthesized before any call: the text, or its sentences without slots."""
    if "{" not in text:
        return [text]
    return [part for part in _SENTENCE.split(text) if part and "{" not in part and "]" not in part]
