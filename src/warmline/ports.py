"""What can be plugged in: the doors, the ears, the voice. Owned by those who use them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from warmline.audio.frame import Frame, Pcm
from warmline.events import ANYTHING, Expectation, Fetch, FetchFinished

# --- the caller's line ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInfo:
    door: str
    caller: str
    flow: str
    """The flow that the caller asked for; empty for the server's default."""
    rate: int
    """Samples a second (Hz) that `Line.play` takes."""


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed: one of 0-9 * # A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class MarkPlayed:
    """The audio up to this mark was really played to the caller."""

    name: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """So many 20 ms frames of the caller's audio were lost on the way in."""

    frames: int


LineEvent = Frame | Digit | MarkPlayed | Dropped


class Line(Protocol):
    """One caller's leg: what comes in, and paced playout going out.

    Iterating yields what comes in, in order, until the caller is gone; then `gone` says why.
    """

    @property
    def info(self) -> LineInfo: ...

    @property
    def gone(self) -> str:
        """Why the line ended (a CallEnded reason), empty while it is up."""

    @property
    def played(self) -> int:
        """How many samples (at `info.rate`) were really played to the caller so far."""

    @property
    def queued(self) -> int:
        """Position, in samples played plus samples waiting, where the next `play` begins."""

    def __aiter__(self) -> AsyncIterator[LineEvent]: ...

    async def started(self, call_id: str) -> None:
        """Tell the caller's side that the call is accepted."""

    async def play(self, pcm: Pcm) -> None:
        """Queue audio behind what is queued already; waits while 20 s are waiting."""

    def mark(self, name: str) -> None:
        """Set a mark behind what is queued; `MarkPlayed` comes when it was played."""

    def clear(self) -> None:
        """Drop all that was not played yet, marks included, here and at the far end."""

    async def hang_up(self, reason: str) -> None:
        """End the call from our side. Idempotent."""


CallHandler = Callable[[Line], Awaitable[None]]
"""What a door calls for each caller; it returns when the call is over."""

# --- ears -------------------------------------------------------------------------------------


class VoiceDetector(Protocol):
    """Says how likely a stretch of audio is a voice. One per call (it has memory)."""

    def probability(self, samples: Pcm) -> float:
        """0 to 1 for the next 512 samples (32 ms) at 16 kHz."""


class Priority(IntEnum):
    """Who goes first when workers are busy; lower is sooner."""

    FINAL = 0
    BARGE_IN = 1
    PARTIAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    text: str
    """Empty when there were no words."""
    confidence: float
    """0 to 1: the mean probability of the decoded tokens."""
    reason: str = ""
    """Why the text is empty: no_words | not_speech."""
    alternatives: tuple[str, ...] = ()
    """Other readings of the same words, the likeliest first."""


class Transcriber(Protocol):
    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        """The words in `samples` (16 kHz, at most 29 s).

        `prompt` is text that came before; `tail_s` seconds at the end hold no voice.
        Raises InferenceError when no worker could answer.
        """


# --- voice --------------------------------------------------------------------------------------


class Synthesizer(Protocol):
    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        """One clause as audio without silence before it, and its rate in Hz.

        `ahead` says that nobody waits for it yet.

        An empty `voice` is the default one; `pace` 1.0 is its normal speed, 1.2 a fifth faster.
        Raises InferenceError when
        no worker could answer.
        """


# --- the world outside ------------------------------------------------------------------------


class Fetcher(Protocol):
    """Asks the HTTP endpoints that the configuration names."""

    def is_safe(self, endpoint: str) -> bool:
        """Whether asking it changes nothing there."""

    async def fetch(self, fetch: Fetch, key: str) -> FetchFinished:
        """The answer, or why there is none; never raises. The same `key` means the same act."""
