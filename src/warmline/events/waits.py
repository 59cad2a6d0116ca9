"""How long a caller waited for the reply, told after each turn. Pure data; part of `Fact`."""

from dataclasses import dataclass
from typing import Final

WAITS: Final = (
    "endpoint",
    "transcript",
    "decision",
    "fetch",
    "first_audio",
    "playout",
    "network",
)
"""The waits that a turn's total is made of, in the order in which they pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnMeasured:
    """One turn's waits, from the end of the caller's voice until they hear the reply.

    In milliseconds; those of `WAITS` add up to `total_ms`. Older records lack the fields with a
    default.
    """

    turn: int
    endpoint_ms: float
    """End of voice until the decision that the turn is over."""
    transcript_ms: float
    """That decision until the text."""
    decision_ms: float
    """The text until the reply is decided, without `fetch_ms`."""
    fetch_ms: float = 0.0
    """Of the same time: HTTP requests were under way."""
    first_audio_ms: float
    """The reply is decided until its first sample is handed to the line."""
    playout_ms: float = 0.0
    """Until that sample leaves the server: what was to be played before it."""
    network_ms: float = 0.0
    """What the door knows of the way, there and back, buffers included; 0: it knows nothing."""
    total_ms: float
    paused_ms: float = 0.0
    """End of voice until the pause was noticed. Like the next two it is a part of `endpoint_ms`,
    in the time of the caller's audio, and 0 where it is not known."""
    words_ms: float = 0.0
    """End of voice until the words of the pause were known."""
    voice_ms: float = 0.0
    """End of voice until the turn model had judged the voice."""
    expected: str = ""
    """Kind of answer that the flow waited for (an AnswerKind); empty: not known."""
    ended: str = ""
    """Why the turn ended (SpeechEnded)."""
    because: str = ""
    """The last judgement on its pause (PauseJudged)."""
    undone: int = 0
    """How often an earlier end of this turn was taken back."""

    @property
    def waits(self) -> tuple[tuple[str, float], ...]:
        """Each of `WAITS` with its milliseconds."""
        return tuple((name, getattr(self, f"{name}_ms")) for name in WAITS)
