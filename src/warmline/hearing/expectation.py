"""What the awaited answer means for listening: how long to wait, when an answer is complete.

Pure. The flow declares the type of an answer; nobody tunes endpointing by hand.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

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


PAUSE_S: Final = 0.2
"""Silence after which the words so far are decoded, in case the turn is over."""
MAX_UTTERANCE_S: Final = 28.0
"""A longer turn is handed on in parts: Whisper hears 30 s at a time."""

_WAITS: Final = MappingProxyType(
    {
        AnswerKind.YES_NO: (0.2, 0.45, 0.9),
        AnswerKind.CHOICE: (0.3, 0.45, 0.9),
        AnswerKind.DIGITS: (0.2, 0.7, 1.2),
        AnswerKind.NUMBER: (0.3, 0.5, 0.9),
        AnswerKind.SPELLED: (0.3, 0.9, 1.2),
        AnswerKind.FREE: (0.45, 0.45, 1.0),
    }
)
"""Seconds of silence that end a turn when it sounds complete, finished, unfinished.

Commands spoken in one go are cut by a 0.5 s timer in none of 100 recordings; numbers spoken
in groups are cut by a 1.0 s timer in 3 of 90, by 0.5 s in 30 of 90."""

_OPEN_ENDINGS: Final = frozenset(
    spoken.words("a an the my your and or but because if to of um uh er hmm well")
)
"""Words with which nobody ends a sentence."""


def wait_s(kind: AnswerKind, completeness: Completeness | None) -> float:
    """Silence (seconds) that ends the turn; None: its words are not known yet."""
    complete, finished, unfinished = _WAITS[kind]
    match completeness:
        case Completeness.COMPLETE:
            return complete
        case Completeness.FINISHED:
            return finished
        case Completeness.UNFINISHED | None:
            return unfinished
        case _:
            assert_never(completeness)


def completeness(expect: Expectation, text: str) -> Completeness:
    """Judge the words heard so far against what the flow waits for."""
    match expect.kind:
        # A read-back awaits yes or no, or the number anew.
        case AnswerKind.YES_NO if spoken.yes_no(text) is not None:
            return Completeness.COMPLETE
        case AnswerKind.DIGITS | AnswerKind.YES_NO if spoken.is_number(text):
            enough = len(spoken.digits(text)) >= max(expect.max_digits, 1)
            return Completeness.COMPLETE if enough else Completeness.UNFINISHED
        case AnswerKind.CHOICE if _holds_phrase(text, expect.words):
            return Completeness.COMPLETE
        case _:
            return _as_sentence(text)


def _holds_phrase(text: str, phrases: tuple[str, ...]) -> bool:
    said = f" {' '.join(spoken.words(text))} "
    return any(f" {' '.join(spoken.words(phrase))} " in said for phrase in phrases)


def _as_sentence(text: str) -> Completeness:
    """Whisper's own punctuation tells half a sentence from a whole one."""
    words = spoken.words(text)
    open_ended = text.endswith(("...", "…", ",", "-")) or bool(words) and words[-1] in _OPEN_ENDINGS
    whole = not words or text.endswith((".", "!", "?"))
    return Completeness.FINISHED if whole and not open_ended else Completeness.UNFINISHED
