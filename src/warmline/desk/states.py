"""How far a caller is with people, and what an agent is free for: two tables.

Pure. Must not know queues, times or names.

Laws of the first table:
1. A caller is with exactly one state until OVER; from each state there is a way to OVER.
2. At most one agent has a caller: only who is OFFERED can be accepted. (An agent who picks a
   waiting caller from the list is offered them, and accepts, in one step.)
3. Without an agent's audio nobody is TALKING: CONNECTING and LOST are leases, which run out.
4. Whoever loses their agent is WAITING again, never OVER: only the caller, or an agent who
   says so, ends it.
5. Wrap-up is no state of the caller: they are gone by then, or wait for somebody else. It is
   the agent's (second table).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    """One agent is asked."""
    CONNECTING = "connecting"
    """An agent has accepted; their audio must come within the lease."""
    TALKING = "talking"
    LOST = "lost"
    """The agent's audio is gone; it may come back within the lease."""
    OVER = "over"


class Sign(StrEnum):
    OFFER = "offer"
    OFFER_CLOSED = "offer_closed"
    """Declined, timed out or withdrawn."""
    ACCEPT = "accept"
    MEDIA_UP = "media_up"
    MEDIA_DOWN = "media_down"
    SUCCEED = "succeed"
    """A colleague who is in the call already takes the agent's place."""
    BACK = "back"
    """To the queue: the lease is over, the agent signed out or transfers the caller."""
    DONE = "done"
    """The caller hung up, or went back to the flow, or the agent ended it."""


TABLE: Final[Mapping[State, Mapping[Sign, State]]] = MappingProxyType(
    {
        State.WAITING: {
            Sign.OFFER: State.OFFERED,
            Sign.DONE: State.OVER,
        },
        State.OFFERED: {
            Sign.OFFER_CLOSED: State.WAITING,
            Sign.ACCEPT: State.CONNECTING,
            Sign.DONE: State.OVER,
        },
        State.CONNECTING: {
            Sign.MEDIA_UP: State.TALKING,
            Sign.BACK: State.WAITING,
            Sign.DONE: State.OVER,
        },
        State.TALKING: {
            Sign.MEDIA_DOWN: State.LOST,
            Sign.SUCCEED: State.TALKING,
            Sign.BACK: State.WAITING,
            Sign.DONE: State.OVER,
        },
        State.LOST: {
            Sign.MEDIA_UP: State.TALKING,
            Sign.SUCCEED: State.TALKING,
            Sign.BACK: State.WAITING,
            Sign.DONE: State.OVER,
        },
        State.OVER: {},
    }
)
IN_QUEUE: Final = frozenset({State.WAITING, State.OFFERED})
"""Nobody has accepted this caller."""


def step(state: State, sign: Sign) -> State:
    """The next state. Raises ValueError where the table has none: a bug of the dispatcher."""
    try:
        return TABLE[state][sign]
    except KeyError:
        raise ValueError(f"a caller who is {state} cannot have {sign}") from None


class Presence(StrEnum):
    AVAILABLE = "available"
    """The only one that calls are offered to."""
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    """Writes notes after a call."""
    AWAY = "away"
    """By their own choice, or because they let calls pass."""
    UNREACHABLE = "unreachable"
    """Their page is silent."""


def presence(*, reachable: bool, has_call: bool, wraps_up: bool, ready: bool) -> Presence:
    """What an agent is free for: the first line that is true."""
    match (reachable, has_call, wraps_up, ready):
        case (False, _, _, _):
            return Presence.UNREACHABLE
        case (_, True, _, _):
            return Presence.BUSY
        case (_, _, True, _):
            return Presence.WRAP_UP
        case (_, _, _, True):
            return Presence.AVAILABLE
        case _:
            return Presence.AWAY
