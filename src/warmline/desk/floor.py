"""The floor at one moment: queues, who waits, who helps. Frozen, for pages. Pure.

Must not know pages. Seconds (`_s`) are as of the snapshot; a page counts on by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from warmline.desk.cases import Case, Kind
from warmline.desk.dispatch import Dispatch
from warmline.desk.presence import OnDuty
from warmline.desk.sheet import CallState, Sheet
from warmline.desk.states import State
from warmline.events import AgentJoined, AlertRaised


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorQueue:
    name: str
    open: bool
    """Within its hours, and not full."""
    waiting: int
    longest_s: float
    """How long the one who waits longest has waited; 0 when nobody does."""
    agents_free: int
    service_level: float | None
    """0 to 1: answered in time, lately; None: nothing to go by yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorWaiting:
    call_id: str
    queue: str
    caller: str
    flow: str
    reason: str
    why: str
    since_s: float
    priority: int
    mood: float
    position: int
    wait_s: float
    """Expected; negative: unknown."""
    offered_to: str
    """A user's id, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorAgent:
    user_id: str
    name: str
    state: str
    """available | busy | wrap_up | away | unreachable"""
    since_s: float
    call_id: str
    queues: tuple[str, ...]
    """Empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorCall:
    call_id: str
    flow: str
    caller: str
    state: CallState
    since_s: float
    agents: tuple[AgentJoined, ...]
    """Who is in the call, listeners too."""
    mood: float | None
    moods: tuple[float, ...]
    """After each of the caller's last turns, the oldest first; `mood` is the last of them."""
    alerts: tuple[AlertRaised, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorOffer:
    offer_id: str
    user_id: str
    call_id: str
    kind: Kind
    queue: str
    caller: str
    reason: str
    why: str
    since_s: float
    """How long the caller has waited."""
    expires_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorAssignment:
    user_id: str
    call_id: str
    role: Kind
    state: str
    """connecting | talking | lost (their audio is gone) | wrap_up"""
    expires_s: float | None
    """Until the audio must be there, or the notes written; None: no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    version: int
    """Rises with each change; what only grows older is no change."""
    queues: tuple[FloorQueue, ...]
    waiting: tuple[FloorWaiting, ...]
    """Queue by queue, in the order of their positions."""
    agents: tuple[FloorAgent, ...]
    calls: tuple[FloorCall, ...]
    offers: tuple[FloorOffer, ...]
    assignments: tuple[FloorAssignment, ...]

    def offer(self, user_id: str) -> FloorOffer | None:
        return next((offer for offer in self.offers if offer.user_id == user_id), None)

    def assignment(self, user_id: str) -> FloorAssignment | None:
        return next((has for has in self.assignments if has.user_id == user_id), None)


def snapshot(dispatch: Dispatch, sheets: Iterable[Sheet], version: int, now: float) -> Floor:
    """`now` and the sheets' times are on the dispatcher's clock."""
    agents = list(dispatch.agents.values())
    waiting = tuple(
        _waiting(case, position, wait_s, now) for case, position, wait_s in dispatch.waiting()
    )
    names = sorted({*dispatch.queues, *(caller.queue for caller in waiting)})
    return Floor(
        version=version,
        queues=tuple(_queue(dispatch, name, waiting) for name in names),
        waiting=waiting,
        agents=tuple(_agent(duty, now) for duty in agents),
        calls=tuple(_call(sheet, now) for sheet in sheets),
        offers=tuple(_offers(dispatch, now)),
        assignments=tuple(
            _assignment(duty, dispatch.cases.get(duty.work.call_id), now)
            for duty in agents
            if duty.work
        ),
    )


def _queue(dispatch: Dispatch, name: str, waiting: Iterable[FloorWaiting]) -> FloorQueue:
    here = [caller.since_s for caller in waiting if caller.queue == name]
    return FloorQueue(
        name=name,
        open=dispatch.open(name),
        waiting=len(here),
        longest_s=max(here, default=0.0),
        agents_free=sum(duty.free and duty.agent.serves(name) for duty in dispatch.agents.values()),
        service_level=dispatch.tally(name).service_level,
    )


def _waiting(case: Case, position: int, wait_s: float, now: float) -> FloorWaiting:
    return FloorWaiting(
        call_id=case.call_id,
        queue=case.queue,
        caller=case.wish.caller,
        flow=case.wish.flow,
        reason=case.wish.reason,
        why=case.wish.why,
        since_s=now - case.since,
        priority=case.wish.priority,
        mood=case.wish.mood,
        position=position,
        wait_s=wait_s,
        offered_to=case.offer.user_id if case.offer else "",
    )


def _agent(duty: OnDuty, now: float) -> FloorAgent:
    return FloorAgent(
        user_id=duty.user_id,
        name=duty.agent.name,
        state=duty.presence.value,
        since_s=now - duty.since,
        call_id=duty.work.call_id if duty.work else "",
        queues=duty.agent.queues,
    )


def _call(sheet: Sheet, now: float) -> FloorCall:
    return FloorCall(
        call_id=sheet.call_id,
        flow=sheet.flow,
        caller=sheet.caller,
        state=sheet.state,
        since_s=now - sheet.since,
        agents=tuple(sheet.people.values()),
        mood=sheet.mood,
        moods=tuple(sheet.moods.values()),
        alerts=tuple(sheet.alerts.values()),
    )


def _offers(dispatch: Dispatch, now: float) -> Iterable[FloorOffer]:
    for case in dispatch.cases.values():
        if offer := case.offer:
            yield FloorOffer(
                offer_id=offer.offer_id,
                user_id=offer.user_id,
                call_id=case.call_id,
                kind=offer.kind,
                queue=case.queue,
                caller=case.wish.caller,
                reason=case.wish.reason,
                why=case.wish.why,
                since_s=now - case.since,
                expires_s=offer.until - now,
            )


def _assignment(duty: OnDuty, case: Case | None, now: float) -> FloorAssignment:
    work = duty.work
    assert work is not None
    until, state = work.until, State.TALKING.value
    if work.wraps_up or case is None:
        state = "wrap_up"
    elif work.role == "consult":
        until = case.consult_until
        state = (State.TALKING if case.advised else State.CONNECTING).value
    else:
        until, state = case.until, case.state.value
    return FloorAssignment(
        user_id=duty.user_id,
        call_id=work.call_id,
        role=work.role,
        state=state,
        expires_s=None if until == inf else until - now,
    )
