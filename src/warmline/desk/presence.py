"""Who is there to help: an agent, and what the desk knows of them while they are signed in.

Pure records. Must not know callers, and nothing of how an agent behaves or sounds: work is
given by declared skills and by who has been idle longest (EU AI Act, Annex III 4(b)).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType

from warmline.desk.cases import Kind, Offer
from warmline.desk.states import Presence, presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who may be offered calls."""

    user_id: str
    name: str
    """As colleagues and callers may hear it."""
    skills: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Declared, each 1 to 5."""
    queues: tuple[str, ...] = ()
    """Empty: all."""

    def serves(self, queue: str) -> bool:
        return not self.queues or queue in self.queues


@dataclass(slots=True, kw_only=True)
class Work:
    """The one call that an agent has, until their notes are written."""

    call_id: str
    queue: str
    role: Kind
    offer: Offer
    """What they accepted."""
    began: float
    talked: bool = False
    """Their audio was there."""
    wraps_up: bool = False
    until: float = inf
    """When their notes must be written."""


@dataclass(slots=True, kw_only=True)
class OnDuty:
    """An agent who is signed in. Times are the dispatcher's seconds."""

    agent: Agent
    alive_at: float
    """The last heartbeat."""
    idle_since: float
    reachable: bool = True
    ready: bool = True
    """Wants calls; False is `away`."""
    misses: int = 0
    """Calls in a row that they let pass."""
    offer: Offer | None = None
    work: Work | None = None
    shown: Presence = Presence.AVAILABLE
    """The presence since `since`."""
    since: float = 0.0

    @property
    def user_id(self) -> str:
        return self.agent.user_id

    @property
    def presence(self) -> Presence:
        return presence(
            reachable=self.reachable,
            has_call=self.work is not None and not self.work.wraps_up,
            wraps_up=self.work is not None,
            ready=self.ready,
        )

    @property
    def free(self) -> bool:
        """An offer may be made to them."""
        return self.presence is Presence.AVAILABLE and self.offer is None

    @property
    def serving(self) -> bool:
        """Takes calls, now or after the one they have."""
        return self.presence in (Presence.AVAILABLE, Presence.BUSY, Presence.WRAP_UP)

    def has(self, call_id: str) -> Kind | None:
        """Their role in this call; None when they are not in it."""
        work = self.work
        return work.role if work and work.call_id == call_id and not work.wraps_up else None
