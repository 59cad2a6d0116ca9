"""What can be plugged in: the doors, the ears, the voice. Owned by those who use them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from warmline.audio.frame import Frame, Pcm
from warmline.events import ANYTHING, Expectation, Fetch, FetchFinished

# --- the caller's line ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioProfile:
    """How one door carries audio, the same in both directions."""

    name: str
    rate: int
    """Samples a second (Hz)."""
    codec: str
    """pcm16 | mulaw | alaw | opus"""
    lead_s: float
    """How far ahead of real time audio is sent, in seconds; so much a `clear` throws away."""
    continuous: bool = False
    """Silence is sent too, in frames of 20 ms."""
    echoes_marks: bool = False
    """The far end tells when it has played up to a mark; else our clock does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInfo:
    door: str
    caller: str
    flow: str
    """The flow that the caller asked for; empty for the server's default."""
    profile: AudioProfile
    called: str = ""
    """The number or extension that was called, where the door knows it."""

    @property
    def rate(self) -> int:
        """Samples a second (Hz) that `Line.play` takes."""
        return self.profile.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStats:
    """What a line has carried so far. Counts are of 20 ms frames of the caller's audio."""

    received: int = 0
    lost: int = 0
    """Missing on the way; silence or a concealment took their place."""
    late: int = 0
    """Came after their place had been filled, and were thrown away."""
    dropped: int = 0
    """Thrown away by us: faster than real time, or the call did not keep up."""
    jitter_ms: float = 0.0
    """How uneven the audio arrives (RFC 3550, section 6.4.1)."""
    underruns: int = 0
    """Gaps inside our speech that we caused."""
    behind_s: float = 0.0
    """Seconds until all that is queued now has been played, by our clock; what the far end's
    own buffer adds does not count."""
    network_s: float = 0.0
    """What the door knows of the way, there and back together (seconds): round trip, the far
    end's buffer, our own on the way in. 0 where it knows nothing."""


PARTY = "party"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """Words for a caller who wants to read along."""

    who: str
    """bot | caller | agent"""
    key: str
    """A caption with the same key takes the place of the one before; `PARTY` says who talks with
    the caller now, or with an empty text that nobody does."""
    text: str
    final: bool
    name: str = ""
    """Of an agent."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A caller who is to be given to a person."""

    queue: str
    reason: str
    """Why, as in the fact Escalated."""
    summary_id: str
    """Under this the record of the call is found."""


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

    def duck(self, gain_db: float) -> None:
        """Play from the next frame on at this gain; 0 is normal."""

    @property
    def reads(self) -> bool:
        """Whether the caller reads captions along."""

    def show(self, caption: Caption) -> None:
        """Let the caller read along, where the door can and the caller wants it."""

    @property
    def stats(self) -> LineStats: ...

    async def transfer(self, handover: Handover) -> bool:
        """Have the caller's own telephone system lead them to a person; it ends this line.

        False where the door cannot: the caller is still here.
        """

    async def hang_up(self, reason: str) -> None:
        """End the call from our side. Idempotent."""


DESK = "desk"
"""The door of a line that is no caller's: `caller` is an agent's user id, `flow` the id of the
call that they come to."""

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
    WATCHED = 2
    """A partial of a call that somebody watches."""
    PARTIAL = 3


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


class TurnModel(Protocol):
    """Hears from the voice whether the speaker has finished."""

    async def finished(self, samples: Pcm) -> float:
        """0 to 1: how likely the turn is over whose audio so far is `samples` (16 kHz; at most
        the last 8 s count). Raises InferenceError when no worker could answer in time."""


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
