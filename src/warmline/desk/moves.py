"""What happens at the desk, and what is to be done then: events and commands of `Dispatch`.

Pure data; both unions are closed. Ids of users and calls only.
"""

from dataclasses import dataclass

from warmline.desk.cases import Kind, Offer
from warmline.desk.presence import Agent
from warmline.ports.people import Wish

# --- events -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerWaits:
    """Once more for the same call replaces the wish; the place is kept."""

    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerGone:
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodKnown:
    call_id: str
    mood: float
    """-1 (angry) to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Once more for the same user brings news of them; what they do goes on."""

    agent: Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """A heartbeat of the agent's page."""

    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChosen:
    """By the agent: available, or away (after the call they have)."""

    user_id: str
    ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    user_id: str
    target: str
    """An offer's id, or the id of a call that waits: whoever is first has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    user_id: str
    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaUp:
    """The audio of somebody who accepted is there (again)."""

    user_id: str
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDown:
    user_id: str
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The agent gives the caller to another queue or person."""

    user_id: str
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult:
    """The agent wants a colleague's advice."""

    user_id: str
    call_id: str
    colleague: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkEnded:
    """The agent is done with the caller; of a colleague who advises: with the advice."""

    user_id: str
    call_id: str
    reason: str
    """ended | handed_back"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedUp:
    user_id: str
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursChanged:
    closed: frozenset[str]
    """The queues where nobody is there now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed: see `Dispatch.next_at`."""


DeskEvent = (
    CallerWaits
    | CallerGone
    | MoodKnown
    | SignedIn
    | SignedOut
    | Alive
    | PresenceChosen
    | Accept
    | Decline
    | MediaUp
    | MediaDown
    | Transfer
    | Consult
    | TalkEnded
    | WrappedUp
    | HoursChanged
    | Tick
)

# --- commands; `cases.Offer` is one too ---------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseOffer:
    offer: Offer
    outcome: str
    """As `OfferClosed.outcome`; no_media comes behind accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """The answer to `Accept`: the call is theirs, if their audio is there in time."""

    call_id: str
    user_id: str
    offer_id: str
    kind: Kind
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """The answer to what cannot be; nothing has changed."""

    why: str
    taken_by: str = ""
    """The name of who has the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellCaller:
    call_id: str
    queue: str
    position: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LetWait:
    """The caller hears music, and waits again."""

    call_id: str
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss:
    call_id: str
    user_id: str
    reason: str
    """As `AgentLeft.reason`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """The colleague who advised is the caller's agent from now on."""

    call_id: str
    user_id: str


CallCommand = Offer | CloseOffer | TellCaller | LetWait | Dismiss | Promote
"""What a call is told."""
DeskCommand = CallCommand | Assign | Refuse
