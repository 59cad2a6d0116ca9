"""What is to be done next: the decisions of the pure cores, obeyed by the session. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from warmline.events.expectation import Expectation
from warmline.events.facts import ConsentAnswered, FetchStarted, NodeEntered, SlotFilled
from warmline.events.people import CallbackRequested, Escalated


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    say_id: str
    node: str
    text: str
    interruptible: bool = True
    pace: float = 1.0
    """Times the persona's pace: 0.8 for a caller who wants it slower."""
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """From now on this answer is awaited. The silence timer runs while nobody speaks."""

    expect: Expectation
    no_input_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSpeaking:
    """Drop what was not played yet of these, on the line and waiting."""

    say_ids: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duck:
    """Speak at this gain from now on; 0 is normal."""

    gain_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer:
    """(Re)start a named timer; TimerFired(name) follows unless it is cancelled."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A decision worth recording: publish this fact."""

    fact: NodeEntered | SlotFilled | Escalated | CallbackRequested | ConsentAnswered | FetchStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Ask one of the configured endpoints; FetchFinished follows."""

    request_id: str
    endpoint: str
    values: tuple[tuple[str, str], ...]
    save: tuple[tuple[str, str], ...]
    """Slot, and the JSON path of its value in the answer."""
    secrets: frozenset[str] = frozenset()
    """Names of the values that must be seen by nobody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelFetch:
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """End the call once everything said before was played."""

    reason: str
    details: Mapping[str, str] = field(default_factory=dict)


Command = (
    Say
    | Listen
    | StopSpeaking
    | Duck
    | StartTimer
    | CancelTimer
    | Note
    | Fetch
    | CancelFetch
    | HangUp
)
