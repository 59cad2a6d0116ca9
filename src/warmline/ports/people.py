"""How a call and the people who take it over know each other. Owned by both sides alike.

The call knows a `Desk` that finds somebody for a waiting caller; the desk knows a `LiveCall`
that lets people in. Everything that happens is a fact of the call's log; nothing is told twice.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from warmline.events import PeopleFact
from warmline.events.assist import AssistFact
from warmline.ports import Line

Role = Literal["agent", "consult", "listen", "whisper", "join"]
"""agent: talks with the caller; consult: heard by agents only; listen: heard by nobody; whisper:
heard by agents only, hears all; join: a supervisor in the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account who takes part in a call."""

    user_id: str
    name: str
    """As colleagues and callers may hear it."""
    role: Role = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A caller who is to speak to a person."""

    call_id: str
    caller: str
    """The caller id: a hint, never an identity."""
    flow: str
    queue: str
    reason: str
    """As in the fact Escalated."""
    why: str = ""
    skills: frozenset[str] = frozenset()
    priority: int = 0
    mood: float = 0.0
    """The latest, -1 to 1."""
    agent: str = ""
    """Only this agent will do: a transfer to a person; empty for anybody with the skills."""


class LiveCall(Protocol):
    """A call that goes on, for the desk. All methods are for the event loop's thread."""

    @property
    def call_id(self) -> str: ...

    @property
    def flow(self) -> str: ...

    @property
    def handback_nodes(self) -> tuple[str, ...]:
        """Where in the flow an agent may give the caller back."""

    @property
    def now(self) -> float:
        """Seconds on the call's clock."""

    @property
    def over(self) -> bool:
        """The caller is gone."""

    def note(self, fact: PeopleFact | AssistFact) -> None:
        """Let this be a fact of the call's log, in order with all others. Not after its end."""

    async def attend(self, line: Line, person: Person) -> str:
        """Let this person in with their line, until they leave or are made to; gives why, as
        AgentLeft.reason. The call notes AgentJoined and AgentLeft; it does not hang up."""

    def dismiss(self, user_id: str, reason: str) -> None:
        """Make this person leave; `reason` is AgentLeft's. Nothing happens to who is not there."""

    def mute(self, user_id: str, muted: bool) -> None:
        """What they say reaches nobody. Nothing happens to who is not there."""

    def role(self, user_id: str, role: Role) -> None:
        """Who hears this person from now on: a listener becomes a whisperer."""

    def hold(self, held: bool, by: str) -> None:
        """Caller hears music; the agents can talk."""

    def say_again(self, user_id: str) -> float:
        """Play the caller's last words to this person only; seconds that it takes, 0 for none."""

    def hand_back(self, by: str, node: str = "") -> bool:
        """Give the caller back to the flow; False when there is no such handback node."""

    def wait(self, wish: Wish) -> None:
        """Let the caller wait for (another) person: transfer, or the agent is lost."""

    def hang_up(self, by: str) -> None:
        """End the call; `by` is a user's id."""

    def clip(self, begin_s: float, end_s: float) -> bytes:
        """What was heard on the caller's audio clock, as a WAV file of two channels (caller,
        all others); empty when it is not kept (the last 60 s are, or all that is recorded)."""


class Desk(Protocol):
    """Finds people for callers. Answers come as facts: QueueMoved, Offered, OfferClosed."""

    def begins(self, call: LiveCall) -> None:
        """A call has begun; every call is told, whether or not it will need a person."""

    def open(self, queue: str) -> bool:
        """Whether a caller may wait here now: the queue exists, has hours, and is not full."""

    def waits(self, wish: Wish, call: LiveCall) -> None:
        """This caller waits for a person. Once more for the same call replaces the wish."""

    def gone(self, call_id: str) -> None:
        """The caller does not wait any more: hung up, went back, wants a call later."""

    def watched(self, call_id: str) -> bool:
        """Whether somebody reads this call along, or listens to it."""
