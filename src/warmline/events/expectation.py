"""What may be answered now: the flow tells it to hearing. Pure data."""

from dataclasses import dataclass
from enum import StrEnum


class AnswerKind(StrEnum):
    """The type of answer that the flow waits for."""

    FREE = "free"
    YES_NO = "yes_no"
    CHOICE = "choice"
    DIGITS = "digits"
    NUMBER = "number"
    """A short phrase: an amount, a date, a time."""
    SPELLED = "spelled"
    """Letters and digits said one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What may be answered now. Hearing derives its endpointing and its decoder from it."""

    kind: AnswerKind = AnswerKind.FREE
    words: tuple[str, ...] = ()
    """Words and phrases that the answer is likely to hold; they bias the decoder."""
    min_digits: int = 0
    """For `digits`: the fewest digits of a complete answer."""
    max_digits: int = 0
    """For `digits`: the most digits of a complete answer."""
    check: str = ""
    """For `digits`: the check digit's rule (`luhn`, `mod11`), empty for none."""
    excluded: tuple[str, ...] = ()
    """Answers that the caller has refused: another reading is wanted."""
    alternatives: int = 0
    """How many other readings of the answer are of use."""
    secure: bool = False
    """The answer is a secret: nothing of it is kept but by the flow itself."""


ANYTHING = Expectation()
