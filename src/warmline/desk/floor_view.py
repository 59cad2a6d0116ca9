"""What the floor looks like to one user: what is theirs to see, as the page's message. Pure.

Supervisors see all calls; agents who waits in their queues, and the call that is offered to them
or theirs. Knows no socket.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from warmline.accounts.user import User
from warmline.desk.floor import Floor, FloorAssignment, FloorCall, FloorOffer, FloorQueue
from warmline.records.codec import iso
from warmline.records.desk import Callback

Packet = Callable[[str], Mapping[str, Any] | None]
"""The handoff packet of a call."""


def may_watch(floor: Floor, user: User, call_id: str) -> bool:
    """Whether this user may look at this call now."""
    if "supervisor" in user.roles:
        return True
    if "agent" not in user.roles:
        return False
    own = (floor.offer(user.user_id), floor.assignment(user.user_id))
    return any(one and one.call_id == call_id for one in own) or any(
        caller.call_id == call_id and serves(user, caller.queue) for caller in floor.waiting
    )


def serves(user: User, queue: str) -> bool:
    """Whether callers of this queue concern this user."""
    return "supervisor" in user.roles or not user.queues or queue in user.queues


def floor_message(
    floor: Floor, user: User, packet: Packet, callbacks: Iterable[Callback], *, controls: bool
) -> dict[str, Any]:
    """The message `floor` of `messages`."""
    sees_all = "supervisor" in user.roles
    has = floor.assignment(user.user_id)
    mine = has.call_id if has else ""
    return {
        "type": "floor",
        "version": floor.version,
        "queues": [asdict(queue) for queue in floor.queues if serves(user, queue.name)],
        "transfer_queues": [_transfer_queue(queue) for queue in floor.queues],
        "waiting": [asdict(caller) for caller in floor.waiting if serves(user, caller.queue)],
        "agents": [asdict(agent) | ({} if sees_all else {"call_id": ""}) for agent in floor.agents],
        "calls": [_call(call) for call in floor.calls if sees_all or call.call_id == mine],
        "offer": _offer(floor.offer(user.user_id), packet),
        "assignment": _assignment(has),
        "callbacks": [callback_json(one) for one in callbacks if serves(user, one.queue)],
        "controls": controls,
    }


def _transfer_queue(queue: FloorQueue) -> dict[str, Any]:
    """Callers may be passed on to any queue; who waits there is for its own agents."""
    return {
        "name": queue.name,
        "open": queue.open,
        "waiting": queue.waiting,
        "agents_free": queue.agents_free,
    }


def _call(call: FloorCall) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "flow": call.flow,
        "caller": call.caller,
        "state": call.state,
        "since_s": call.since_s,
        "agents": [
            {"user_id": one.agent, "name": one.name, "role": one.role} for one in call.agents
        ],
        "mood": call.mood,
        "moods": call.moods,
        "alerts": [asdict(alert) for alert in call.alerts],
    }


def _offer(offer: FloorOffer | None, packet: Packet) -> dict[str, Any] | None:
    if offer is None:
        return None
    return {
        "offer": offer.offer_id,
        "call_id": offer.call_id,
        "role": offer.kind,
        "queue": offer.queue,
        "caller": offer.caller,
        "reason": offer.reason,
        "why": offer.why,
        "since_s": offer.since_s,
        "expires_s": offer.expires_s,
        "packet": packet(offer.call_id),
    }


def _assignment(has: FloorAssignment | None) -> dict[str, Any] | None:
    if has is None:
        return None
    return {
        "call_id": has.call_id,
        "role": has.role,
        "state": "connecting" if has.state == "lost" else has.state,
        "expires_s": has.expires_s,
    }


def callback_json(one: Callback) -> dict[str, Any]:
    return {
        "id": one.id,
        "queue": one.queue,
        "number": one.number or one.caller,
        "caller": one.caller,
        "requested_at": iso(one.requested_at),
    }
