"""What happened, each fact one frozen record. Pure data; knows no clock and no library.

The feed wraps each fact in an `Entry` that adds the call, the number and the time; a fact that
speaks of audio says where in the caller's audio it belongs (`audio_at`, seconds since the first
sample), so that the difference between the two clocks is the lag.
"""

from dataclasses import dataclass

from warmline.events.assist import AssistFact
from warmline.events.people import PeopleFact
from warmline.events.timing import TimingFact
from warmline.events.waits import TurnMeasured


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    door: str
    """Which door the call came through, for example `socket`."""
    caller: str
    """The caller id as the door gave it: a hint, never an identity."""
    flow: str
    flow_version: str
    """Hash of the flow's content; a running call keeps its version."""
    started_at: str = ""
    """ISO 8601 in UTC; empty when nobody asks for the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed:
    digit: str
    """One of 0-9 * # A-D."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    audio_at: float
    """Where the caller's voice began (pre-roll not counted)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPaused:
    audio_at: float
    """Where the voice stopped, perhaps only to breathe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """The decision that the caller's turn is over. The text follows in UtteranceHeard."""

    turn: int
    audio_at: float
    """Where the caller's voice stopped."""
    reason: str
    """complete | silence | max_speech | hang_up | background"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResumed:
    """The caller went on after all: the turn is open again, its words and the reply are void.

    SpeechEnded and UtteranceHeard follow once more for the same turn, with all of its words.
    """

    turn: int
    audio_at: float
    """Where the voice went on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialTranscript:
    turn: int
    stable: str
    """Words that two decodes in a row agreed on; they will not change."""
    unstable: str
    audio_at: float
    """Up to where the audio was heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceHeard:
    """A caller's turn is over and these are its words. Only hearing says so."""

    turn: int
    text: str
    confidence: float
    """0 to 1: the mean probability of the decoded tokens."""
    started_at: float
    audio_at: float
    """Start and end of the voice in the caller's audio."""
    alternatives: tuple[str, ...] = ()
    """Other readings of the same words, the likeliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingHeard:
    """There was a sound, but no words in it (a cough, music, a slamming door)."""

    turn: int
    audio_at: float
    reason: str
    """no_words | not_speech | failed (the recogniser gave up; the audio was retried) |
    echo (our own words came back) | backchannel | music | background | repetition |
    voicemail | announcement"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered:
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFilled:
    slot: str
    value: str
    confidence: float
    source: str = ""
    """said | keyed | confirmed (read back, and the caller said yes) | system (a table, an
    endpoint or the flow itself); empty in older records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakingStarted:
    say_id: str
    node: str
    text: str
    ready_s: float = 0.0
    """So long (seconds) before this its first sample was handed to the line."""
    behind_s: float = 0.0
    """So much (seconds) was still to be played before it then, by our own clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakingFinished:
    say_id: str
    text: str
    """Only what was really played, cut at the word where it was interrupted."""
    played_s: float
    interrupted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAnswered:
    """What the caller was asked to allow, and the answer; the wording was played to its end."""

    purpose: str
    wording: str
    granted: bool
    allows: tuple[str, ...] = ()
    """What a yes allows: `recording`, `mood`; none given means only `purpose` itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchStarted:
    request_id: str
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFinished:
    request_id: str
    endpoint: str
    outcome: str
    """ok | not_found | error"""
    code: str
    """Why it is an error, for example `timeout`; empty otherwise."""
    values: tuple[tuple[str, str], ...] = ()
    """Slots and what was found for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesDropped:
    where: str
    count: int
    """How many 20 ms frames were lost since the last such fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMeasured:
    """What the caller's line carried since the last such fact, in 20 ms frames."""

    received: int
    lost: int
    """Missing on the way; silence or a concealment took their place."""
    late: int
    """Came after their place had been filled."""
    dropped: int
    """Thrown away by us: faster than real time, or the call did not keep up."""
    underruns: int
    """Gaps inside our speech that we caused."""
    jitter_ms: float
    """How uneven the audio arrives (RFC 3550)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingChanged:
    """From here on the call is recorded, or no longer."""

    on: bool
    reason: str
    """consent | always | secret | refused | failed"""
    audio_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFailed:
    stage: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """Always the last fact of a call."""

    reason: str
    """completed | escalated | busy (no place for the call in time) | caller_hung_up |
    caller_stalled | media_timeout | bad_input | time_limit | server_stopped | failed"""


Fact = (
    CallStarted
    | DigitPressed
    | SpeechStarted
    | SpeechPaused
    | SpeechEnded
    | TurnResumed
    | PartialTranscript
    | UtteranceHeard
    | NothingHeard
    | TimerFired
    | NodeEntered
    | SlotFilled
    | SpeakingStarted
    | SpeakingFinished
    | ConsentAnswered
    | FetchStarted
    | FetchFinished
    | TurnMeasured
    | FramesDropped
    | LineMeasured
    | RecordingChanged
    | StageFailed
    | CallEnded
    | PeopleFact
    | AssistFact
    | TimingFact
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fact in the call's log."""

    call_id: str
    seq: int
    """1, 2, 3 … within the call, without gaps."""
    at: float
    """Seconds on the call's own monotonic clock; 0 is the call's start."""
    fact: Fact
