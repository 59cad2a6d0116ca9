"""Keys: a person, an answer by itself, or one of many in an entry. Pure."""

from typing import Final

from warmline.answers.answer import Heard
from warmline.dialogue import repair
from warmline.dialogue.answering import accept, answer, taken, utterance
from warmline.dialogue.turn import Turn
from warmline.events import CancelTimer, StartTimer, UtteranceHeard

DIGITS_TIMER: Final = "digits"
DIGIT_KEYS: Final = frozenset("0123456789")
MAX_KEYS: Final = 40
"""Keys kept of one entry; no answer has more."""


def pressed(turn: Turn, key: str) -> None:
    """A key was pressed."""
    typing, number = bool(turn.state.keys), _awaits_number(turn)
    if key == "*" or (key == "0" and not number):
        repair.escalate(turn, "asked")
    elif typing and key == turn.question.finish_on_key:
        typed(turn)
    elif key in DIGIT_KEYS and (number or typing or not _single_key(turn, key)):
        _type(turn, key)


def _awaits_number(turn: Turn) -> bool:
    busy = turn.confirms or turn.state.offered
    return bool(turn.question.max_keys) and (not busy or bool(turn.state.keys))


def _single_key(turn: Turn, key: str) -> bool:
    """Take a key that is an answer by itself; False when it is none."""
    state, question = turn.state, turn.question
    if len(state.offered) > 1:
        if (at := int(key)) and at <= len(state.offered):
            taken(turn, state.offered[at - 1], 1.0)
            return True
        return False
    if turn.confirms:
        if key in "12":
            utterance(turn, _spoken("yes" if key == "1" else "no"))
        return key in "12"
    if (value := question.keys.get(key)) is None:
        return False
    accept(turn, Heard(value=value, confidence=1.0))
    return True


def _spoken(text: str) -> UtteranceHeard:
    return UtteranceHeard(turn=0, text=text, confidence=1.0, started_at=0.0, audio_at=0.0)


def _type(turn: Turn, key: str) -> None:
    """Collect a key. Keys that answer nothing are collected too, and are one failure."""
    keys = (turn.state.keys + key)[:MAX_KEYS]
    turn.change(keys=keys)
    if len(keys) == turn.question.max_keys and _awaits_number(turn):
        typed(turn)
    else:
        seconds = turn.question.inter_digit_timeout
        turn.commands.append(StartTimer(name=DIGITS_TIMER, seconds=seconds))


def typed(turn: Turn) -> None:
    """The entry is complete: all keys are there, the last key was pressed, or none followed."""
    keys, question = turn.state.keys, turn.question
    numeric = _awaits_number(turn)
    turn.change(keys="")
    turn.commands.insert(0, CancelTimer(name=DIGITS_TIMER))
    if (
        question.type is None
        or not numeric
        or (understood := question.type.typed(keys, turn.now)) is None
    ):
        repair.no_match(turn, hint=True)
    else:
        answer(turn, understood)
