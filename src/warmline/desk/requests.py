"""What agents ask for that may be refused: to have a caller, to pass them on, to be advised.

Pure functions over `Assignments`; each gives why it cannot be, and then nothing has changed.
"""

from collections.abc import Callable
from typing import Final

from warmline.desk.assignments import Assignments
from warmline.desk.cases import Case
from warmline.desk.moves import Refuse
from warmline.desk.presence import OnDuty
from warmline.desk.states import IN_QUEUE, Presence, State
from warmline.ports.people import Wish

NOT_YOURS: Final = Refuse(why="you do not talk with this caller")
NOT_SIGNED_IN: Final = Refuse(why="sign in at the desk first")
NOBODY_THERE: Final = Refuse(why="this offer is over")
MAY_PICK: Final = frozenset({Presence.AVAILABLE, Presence.AWAY})


def accept(everyone: Assignments, user_id: str, target: str) -> Refuse | None:
    """`target` is an offer's id, or the id of a call that waits.

    Accepted twice by the same agent it is the same answer twice.
    """
    duty = everyone.agents.get(user_id)
    case = everyone.cases.get(target) or everyone.cases.get(target.rpartition(".")[0])
    if duty is None or case is None:
        return NOT_SIGNED_IN if duty is None else NOBODY_THERE
    if duty.work and duty.has(case.call_id):
        everyone.assign(case, duty.work)
        return None
    if duty.offer and duty.offer.offer_id == target:
        everyone.accept(case, duty)
        return None
    if case.holder:
        return _taken(everyone, case)
    if target != case.call_id:
        return NOBODY_THERE
    refusal = _cannot_pick(case, duty)
    if refusal is None:
        everyone.accept(case, duty)
    return refusal


def _taken(everyone: Assignments, case: Case) -> Refuse:
    name = everyone.agents[case.holder].agent.name
    return Refuse(why=f"{name} has this call", taken_by=name)


def _cannot_pick(case: Case, duty: OnDuty) -> Refuse | None:
    """Whoever picks a caller decides with their own eyes: the skills are not asked for."""
    assert case.state in IN_QUEUE
    if duty.presence not in MAY_PICK:
        return Refuse(why="finish your call first")
    if not duty.agent.serves(case.queue):
        return Refuse(why=f"you are not in the queue {case.queue}")
    return None


def transfer(
    everyone: Assignments, user_id: str, wish: Wish, is_open: Callable[[str], bool], until: float
) -> Refuse | None:
    """`until` is how long only `wish.agent` will do, when that is somebody."""
    case = _talking(everyone, user_id, wish.call_id)
    if case is None:
        return NOT_YOURS
    if wish.agent == user_id:
        return Refuse(why="you have this caller already")
    if wish.agent and wish.agent not in everyone.agents:
        return Refuse(why="this colleague is not signed in")
    if not wish.agent and not is_open(wish.queue):
        return Refuse(why=f"the queue {wish.queue} is closed or full")
    case.wish, case.queue, case.agent_until = wish, wish.queue, until
    case.refused.clear()
    case.left.clear()
    everyone.transfer(case)
    return None


def consult(everyone: Assignments, user_id: str, call_id: str, colleague: str) -> Refuse | None:
    case = _talking(everyone, user_id, call_id)
    if case is None:
        return NOT_YOURS
    if case.consult or case.offer:
        return Refuse(why="a colleague is asked already")
    duty = everyone.agents.get(colleague)
    if duty is None or not duty.free:
        return Refuse(why="this colleague is not free")
    everyone.offer(case, duty, "consult")
    return None


def _talking(everyone: Assignments, user_id: str, call_id: str) -> Case | None:
    """The case that this agent has, while they talk."""
    case = everyone.cases.get(call_id)
    held = case and case.holder == user_id and case.state is State.TALKING
    return case if held else None
