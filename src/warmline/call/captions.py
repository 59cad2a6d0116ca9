"""What a caller who reads along is shown of a call. Pure."""

from warmline.events import (
    Fact,
    NothingHeard,
    PartialTranscript,
    SpeakingFinished,
    SpeakingStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.ports import Caption


def caption(fact: Fact) -> Caption | None:
    """The words of this fact; None for one without. An empty text takes a line away."""
    match fact:
        case SpeakingStarted(say_id=say_id, text=text):
            return Caption(who="bot", key=say_id, text=text, final=True)
        case SpeakingFinished(say_id=say_id, text=text, interrupted=True):
            return Caption(who="bot", key=say_id, text=f"{text} …".lstrip(), final=True)
        case PartialTranscript(turn=turn, stable=stable, unstable=unstable):
            return _caller(turn, f"{stable} {unstable}".strip(), final=False)
        case UtteranceHeard(turn=turn, text=text):
            return _caller(turn, text, final=True)
        case NothingHeard(turn=turn):
            return _caller(turn, "", final=True)
        case TurnResumed(turn=turn):
            return _caller(turn, "…", final=False)
        case _:
            return None


def _caller(turn: int, text: str, *, final: bool) -> Caption:
    return Caption(who="caller", key=f"turn-{turn}", text=text, final=final)
