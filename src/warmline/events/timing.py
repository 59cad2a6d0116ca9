"""Facts about time: how turns were judged, how long callers waited, what the load allows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseJudged:
    """How long the caller's present pause has to last to end the turn, and why.

    Told when the pause begins and again whenever something new is known about it. Together with
    SpeechStarted, SpeechPaused, SpeechResumed and TurnResumed these are all that the policy of
    turns decides on: with them its decisions can be replayed.
    """

    audio_at: float
    """Where the voice stopped (seconds of the caller's audio)."""
    known_at: float
    """Up to where the audio was heard when this was known (seconds of the caller's audio)."""
    kind: str
    """What kind of answer the flow waited for (an AnswerKind)."""
    words: str
    """How finished the words sound: complete | finished | unfinished; empty: not known yet."""
    finished: float
    """How finished the voice sounds (0 to 1, the turn model's); -1: not known yet."""
    wait_s: float
    """Seconds of silence, from `audio_at` on, that end the turn."""
    because: str
    """What decided it, for people: a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResumed:
    """The caller's pause was only a breath: the same turn goes on."""

    audio_at: float
    """Where the voice went on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureChanged:
    """How much recognition the machine's load allows now; the same for all calls."""

    rung: int
    """0 all | 1 partials less often | 2 no partials | 3 finals by the small model |
    4 keypad only."""
    because: str
    """What led to it, for people."""


TimingFact = PauseJudged | SpeechResumed | PressureChanged
