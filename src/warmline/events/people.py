"""What happens once a caller is to speak to a person. Pure data; part of the closed `Fact`.

Nothing here says how an agent sounds: there is no such fact, and there must never be one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    queue: str
    reason: str
    """asked | no_match | no_input | flow | failed | too_long | frustrated | mood | unsure |
    vip | compliance"""
    why: str = ""
    """The flow author's words for it, for the person who takes over."""
    skills: tuple[str, ...] = ()
    """What that person must know."""
    priority: int = 0
    """0 is normal; one more counts like a minute of waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested:
    """The caller waits for a call instead of a person now."""

    queue: str
    number: str
    """As the caller gave it; empty for the number that called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMoved:
    """The caller waits for a person; told at first and whenever it changes."""

    queue: str
    position: int
    """1 is next."""
    wait_s: float
    """How long it will take as far as one can say, in seconds; negative when nobody can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    offer: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferClosed:
    offer: str
    agent: str
    outcome: str
    """accepted | declined | timeout | withdrawn | no_media (accepted, but never came)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentJoined:
    agent: str
    """The user's id."""
    name: str
    """As colleagues and callers may hear it."""
    role: str
    """agent | consult | listen | whisper | join"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeft:
    agent: str
    role: str
    reason: str
    """ended | lost (their audio is gone) | handed_back | transferred | signed_out | caller_gone"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpeech:
    """An agent's voice begins or stops, as far as a voice detector knows."""

    agent: str
    speaking: bool
    audio_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPartial:
    agent: str
    turn: int
    """1, 2, 3 … of this agent in this call."""
    stable: str
    unstable: str
    audio_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHeard:
    """Words of an agent. Times are on the caller's audio clock, which the recording has too."""

    agent: str
    turn: int
    text: str
    confidence: float
    started_at: float
    audio_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHeld:
    held: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """A person gives the caller back to the flow, or the caller goes back from the queue."""

    by: str
    """A user's id, or `caller`."""
    node: str = ""
    """One of the flow's handback nodes; empty for its only one, or where the flow stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """The caller's own telephone system now leads them to a person."""

    queue: str


PeopleFact = (
    Escalated
    | CallbackRequested
    | QueueMoved
    | Offered
    | OfferClosed
    | AgentJoined
    | AgentLeft
    | AgentSpeech
    | AgentPartial
    | AgentHeard
    | CallerHeld
    | HandedBack
    | Transferred
)
