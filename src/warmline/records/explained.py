"""A call told turn by turn: what was heard, how long it took, and why it went as it did. Pure.

Knows entries only, and shows no more than these: what is masked in the record stays so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from warmline.events import (
    DigitPressed,
    Entry,
    NothingHeard,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    SpeechStarted,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)
from warmline.records.reasons import NOTHING, Step, reason


@dataclass(slots=True, kw_only=True)
class Told:
    """A turn of the caller's, with all that followed from it until the next one."""

    turn: int = 0
    """0: the call's beginning, keys that were pressed, or a sound that came to nothing."""
    at: float = 0.0
    """When it began: seconds since the call's start, as all times here."""
    keys: str = ""
    """Keys that were pressed, with which it began."""
    heard: str = ""
    confidence: float = 0.0
    nothing: str = ""
    """Why nothing was heard, for people; empty where something was."""
    said: str = ""
    """What the caller heard of us."""
    measured: TurnMeasured | None = None
    """Its waits; None where no reply was heard."""
    steps: list[Step] = field(default_factory=list)


def explain(entries: Iterable[Entry]) -> list[Told]:
    """A call's turns, the first of which is what happened before anybody spoke."""
    turns = [Told()]
    answered = True
    for entry in entries:
        present = turns[-1]
        match entry.fact:
            case DigitPressed() if present.keys and not answered:
                pass  # one more of the same number
            case SpeechStarted() | DigitPressed():
                present = Told(at=entry.at)
                turns.append(present)
                answered = False
            case (
                TurnResumed(turn=turn)
                | UtteranceHeard(turn=turn)
                | NothingHeard(turn=turn)
                | TurnMeasured(turn=turn)
            ):
                present = next((told for told in reversed(turns) if told.turn == turn), present)
            case SpeakingStarted():
                answered = True
            case _:
                pass
        _add(present, entry)
    return turns


def _add(told: Told, entry: Entry) -> None:
    match entry.fact:
        case DigitPressed(digit=digit):
            told.keys += digit
        case SpeechEnded(turn=turn):
            told.turn = turn
        case UtteranceHeard(turn=turn, text=text, confidence=confidence):
            told.turn, told.heard, told.confidence, told.nothing = turn, text, confidence, ""
        case NothingHeard(turn=turn, reason=why):
            told.turn, told.nothing = turn, NOTHING.get(why, why)
        case TurnResumed():
            told.heard, told.measured = "", None
        case SpeakingFinished(text=text):
            told.said = f"{told.said} {text}".strip()
        case TurnMeasured() as measured:
            told.measured = measured
        case _:
            pass
    if step := reason(entry):
        told.steps.append(step)
