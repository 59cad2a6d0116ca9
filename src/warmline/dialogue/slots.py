"""From what was said or typed to a slot's value, and what hearing should expect for it.

Pure. Knows one question at a time and nothing of the call around it.
"""

from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Final, Literal

from warmline.dialogue.flow import Ask
from warmline.dialogue.matching import exact_option, match_choice
from warmline.events import AnswerKind, Expectation
from warmline.spoken import digit_runs, words, yes_no

YES_NO_KEYS: Final = {"1": "yes", "2": "no"}
_CORRECTIONS: Final = frozenset(words("no sorry wait actually mean correction rather nope"))
"""What follows one of these replaces what came before: "4528, no, 4527"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An answer that fits its question."""

    value: str
    confidence: float
    """0 to 1: the recogniser's times the match's; 1 for keys."""


WrongLength = Literal["wrong_length"]
Understood = Heard | WrongLength | None


def understand(ask: Ask, text: str, confidence: float) -> Understood:
    """The answer in a text; None when there is none, "wrong_length" for too many or few digits."""
    match ask.kind:
        case AnswerKind.YES_NO:
            return _yes_no(ask, text, confidence)
        case AnswerKind.CHOICE:
            choice = match_choice(text, ask.options)
            return choice and Heard(value=choice[0], confidence=confidence * choice[1])
        case AnswerKind.DIGITS:
            return _digits(ask, text, confidence)
        case AnswerKind.FREE:
            return Heard(value=text.strip(), confidence=confidence) if words(text) else None


def _yes_no(ask: Ask, text: str, confidence: float) -> Heard | None:
    option = exact_option(text, ask.options)
    if option is None and (verdict := yes_no(text)) is not None:
        option = "yes" if verdict else "no"
    return Heard(value=option, confidence=confidence) if option is not None else None


def _digits(ask: Ask, text: str, confidence: float) -> Understood:
    parts: list[list[str]] = [[]]
    for word in text.split():
        if _CORRECTIONS.isdisjoint(words(word)):
            parts[-1].append(word)
        else:
            parts.append([])
    said = digit_runs(" ".join(parts[-1])) or digit_runs(text)
    # Else a number that stands alone in other talk, the last one first.
    for number in ("".join(said), *reversed(said)):
        if ask.min_digits <= len(number) <= ask.max_digits:
            return Heard(value=number, confidence=confidence)
    return "wrong_length" if said else None


def pressed(ask: Ask, key: str) -> Heard | None:
    """The answer that one key (0-9) gives to a question that awaits no number."""
    match ask.kind:
        case AnswerKind.YES_NO:
            value = YES_NO_KEYS.get(key)
        case AnswerKind.CHOICE:
            value = dict(enumerate(ask.options, start=1)).get(int(key))
        case AnswerKind.DIGITS | AnswerKind.FREE:
            value = None
    return Heard(value=value, confidence=1.0) if value is not None else None


def expectation(ask: Ask) -> Expectation:
    """What hearing may expect as the answer."""
    match ask.kind:
        case AnswerKind.YES_NO:
            return Expectation(kind=ask.kind, words=("yes", "no"))
        case AnswerKind.CHOICE:
            # Each option's first phrase first: a short prompt to the decoder still has them all.
            by_rank = chain.from_iterable(zip_longest(*ask.options.values()))
            phrases = tuple(phrase for phrase in by_rank if phrase is not None)
            return Expectation(kind=ask.kind, words=ask.words + phrases)
        case AnswerKind.DIGITS:
            return Expectation(kind=ask.kind, min_digits=ask.min_digits, max_digits=ask.max_digits)
        case AnswerKind.FREE:
            return Expectation(words=ask.words)


def confirmation(ask: Ask) -> Expectation:
    """What hearing may expect after a read-back: yes or no, or the right digits at once."""
    return Expectation(
        kind=AnswerKind.YES_NO,
        words=("yes", "no"),
        min_digits=ask.min_digits,
        max_digits=ask.max_digits,
    )
