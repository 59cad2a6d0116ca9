"""Who needs help: a caller with the desk, and what they are offered. Pure records."""

from dataclasses import dataclass, field
from math import inf
from typing import Literal

from warmline.desk.states import State
from warmline.ports.people import Wish

Kind = Literal["agent", "consult"]
"""What an offer asks for: to take the caller, or to advise the agent who has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One agent is asked. As a command: show it to them, and note that they were asked."""

    offer_id: str
    """Unlike all others, for ever: `CALL.NUMBER`. An old page's button is dead."""
    call_id: str
    user_id: str
    until: float
    kind: Kind = "agent"


@dataclass(slots=True, kw_only=True)
class Case:
    """A caller from when they wait for people until they are gone. Times: dispatcher's seconds."""

    wish: Wish
    queue: str
    """Where they wait now; after an overflow not where they wished to."""
    number: int
    """Of all cases: the order of arrival."""
    since: float
    """They wait (for the first agent, or again) since then."""
    queued_at: float
    """They are in `queue` since then."""
    state: State = State.WAITING
    front: bool = False
    """They go before all others: an agent had them already."""
    answered: bool = False
    """An agent has talked with them."""
    left: set[str] = field(default_factory=set)
    """Queues that they overflowed from."""
    agent_until: float = inf
    """Until then only `wish.agent` will do."""
    offer: Offer | None = None
    refused: dict[str, float] = field(default_factory=dict)
    """User's id: not to be asked for this caller before."""
    holder: str = ""
    """The agent who has them (CONNECTING, TALKING, LOST)."""
    until: float = inf
    """The end of the lease (CONNECTING, LOST)."""
    consult: str = ""
    """The colleague who advises that agent."""
    consult_until: float = inf
    """The end of the lease while the colleague's audio is not there."""
    told: tuple[str, int, int | None] | None = None
    """The last words to the caller: queue, position, minutes."""
    told_at: float = -inf

    @property
    def call_id(self) -> str:
        return self.wish.call_id

    @property
    def advised(self) -> bool:
        """A colleague is in the call."""
        return bool(self.consult) and self.consult_until == inf
