"""What it is to be a type of answer: understood, refused, corrected, typed and spoken. Pure.

Knows no single type; those implement `AnswerType`, and `kinds` builds them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from warmline.events import Expectation


class RefusalReason(StrEnum):
    """Why an answer of the right type is not taken."""

    WRONG_LENGTH = "wrong_length"
    """More or fewer digits or letters than awaited."""
    CHECK_DIGIT = "check_digit"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    """Outside the author's bounds; for dates and times: too early, too late."""
    IMPLAUSIBLE = "implausible"
    """No such thing exists: February 30, half a person, an unassigned area code."""
    INCOMPLETE = "incomplete"
    """A part is there ("next month", seven digits of a telephone number)."""
    AMBIGUOUS = "ambiguous"
    """Several values fit, and none much better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An answer that fits its question."""

    value: str
    """In its type's canonical form."""
    confidence: float
    """0 to 1: the recogniser's times the parse's; 1 for keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An answer of the right type that cannot be taken."""

    why: RefusalReason
    value: str = ""
    """What was understood, as far as it was."""


Understood = Heard | Refused | None
"""None: no answer of this type is in the text."""


class AnswerType(Protocol):
    """One frozen dataclass per type, which holds its options. Nothing raises, whatever the text.

    `confidence` is the recogniser's (0 to 1), `now` the caller's local time.
    """

    @property
    def needed(self) -> str:
        """What is awaited, for "I need {needed}.": "four digits", "a date"."""
        ...

    @property
    def min_keys(self) -> int:
        """Fewest keys of a complete keypad entry; 0 when keys cannot answer this type."""
        ...

    @property
    def max_keys(self) -> int: ...

    def understand(self, text: str, confidence: float, now: datetime) -> Understood: ...

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        """The answer meant by words after `before` was read back and was not right.

        These words may be a part of it ("no, two seven at the end") or a whole new answer. The
        value `before` is heard again only when the caller said it again; None when the words
        hold nothing new ("no, that's wrong").
        """
        ...

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        """A complete keypad entry (never empty); None when keys cannot answer this type.

        Without `now` a date typed without its year is incomplete.
        """
        ...

    def expectation(self) -> Expectation:
        """What hearing may expect."""
        ...

    def speak(self, value: str, form: str = "") -> str:
        """A canonical value for the ear: natural, or piece by piece when `form` is "exact"."""
        ...


EXACT = "exact"
"""The form of `AnswerType.speak` that goes piece by piece."""
