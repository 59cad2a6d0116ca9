"""What the awaited answer means for listening: when is an answer complete, when half of one?

Pure. The flow declares the type of an answer; `patience` says how long the rest is waited for.
"""

from enum import StrEnum
from typing import Final

from warmline import spoken
from warmline.events import AnswerKind, Expectation


class Completeness(StrEnum):
    """How finished the words so far sound, given what is awaited."""

    COMPLETE = "complete"
    """All that was asked for is there: nothing is gained by waiting."""
    FINISHED = "finished"
    """A whole sentence, or nothing that the caller is likely to go on with."""
    UNFINISHED = "unfinished"
    """Half a number, half a sentence: the caller is likely to go on."""


MAX_UTTERANCE_S: Final = 26.0
"""A longer turn is handed on in parts: Whisper hears 29 s at a time, and behind a cut up to two
seconds and the pre-roll belong to the next part."""

_LONG: Final = 4
"""Digits of a number that people say in groups."""

_OPEN_ENDINGS: Final = frozenset(
    spoken.words("a an the my your and or but because if to of um uh er hmm well")
)
"""Words with which nobody ends a sentence."""


def completeness(expect: Expectation, text: str) -> Completeness:
    """Judge the words heard so far against what the flow waits for."""
    match expect.kind:
        # A read-back awaits yes or no, or the number anew.
        case AnswerKind.YES_NO if spoken.yes_no(text) is not None:
            return Completeness.COMPLETE
        case AnswerKind.DIGITS | AnswerKind.YES_NO if spoken.is_number(text):
            return _as_number(len(spoken.digits(text)), expect.max_digits)
        case AnswerKind.CHOICE if _holds_phrase(text, expect.words):
            return Completeness.COMPLETE
        case _:
            return _as_sentence(text)


def _as_number(said: int, awaited: int) -> Completeness:
    """Nobody keeps the last digit of a long number for a group of its own: if only one is
    missing, it was hardly ever left for later. Of 43 pauses before the last digit of account
    numbers two were longer than 0.4 s, of 102 before the last two or three 35."""
    if said >= max(awaited, 1):
        return Completeness.COMPLETE
    one_short = said == awaited - 1 and awaited >= _LONG
    return Completeness.FINISHED if one_short else Completeness.UNFINISHED


def _holds_phrase(text: str, phrases: tuple[str, ...]) -> bool:
    said = f" {' '.join(spoken.words(text))} "
    return any(f" {' '.join(spoken.words(phrase))} " in said for phrase in phrases)


def _as_sentence(text: str) -> Completeness:
    """Whisper's own punctuation tells half a sentence from a whole one."""
    words = spoken.words(text)
    open_ended = text.endswith(("...", "…", ",", "-")) or bool(words) and words[-1] in _OPEN_ENDINGS
    whole = not words or text.endswith((".", "!", "?"))
    return Completeness.FINISHED if whole and not open_ended else Completeness.UNFINISHED
