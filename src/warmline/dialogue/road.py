"""The road through a flow's nodes, until the caller is asked or the call ends. Pure."""

from typing import Final, assert_never

from warmline.answers.answer import Heard
from warmline.dialogue import repair
from warmline.dialogue.leaving import FILLER_TIMER, fetch
from warmline.dialogue.turn import Turn
from warmline.events import CancelTimer, FetchFinished, StartTimer
from warmline.flows.hours import is_open
from warmline.flows.nodes import (
    HOURS,
    AnswerNode,
    AskNode,
    BranchNode,
    CallNode,
    CallRoads,
    ConsentNode,
    EndNode,
    EscalateNode,
    HandBackNode,
    LookUpNode,
    MenuNode,
    Node,
    SayNode,
    SecureNode,
    SetNode,
)

MAX_VISITS: Final = 50
"""Nodes entered without asking the caller; more means that the flow turns in circles."""
MAX_FILLERS: Final = 5
"""Then the endpoint counts as failed, whatever became of it."""
NEXT_FILLER_S: Final = 8.0


def walk(turn: Turn) -> None:
    """From `turn.target` on."""
    if turn.target:
        turn.change(said=())
    while (name := turn.target) is not None:
        if turn.state.visits >= MAX_VISITS:
            turn.target = None
            turn.change(visits=0)
            repair.escalate(turn, "failed")
            continue
        turn.target = None
        turn.enter(name)
        _step(turn, turn.flow.nodes[name])


def _step(turn: Turn, node: Node) -> None:
    match node:
        case SayNode():
            turn.tell(turn.render(node.say), interruptible=node.barge_in)
            turn.target = node.then
        case SetNode(set=values):
            for slot, value in values.items():
                turn.save(slot, Heard(value=turn.raw(value), confidence=1.0))
            turn.target = node.then
        case LookUpNode():
            turn.target = _look_up(turn, node)
        case BranchNode():
            turn.target = node.on.get(_value(turn, node.branch)) or node.on["else"]
        case CallNode(call=call):
            fetch(turn, call)
        case AskNode() | MenuNode() | AnswerNode() | ConsentNode() | SecureNode():
            turn.change(visits=0)
            turn.put_question()
        case EscalateNode(escalate=to) if to.callback is not None:
            number = dict(turn.state.slots).get(to.callback, "")
            repair.call_back(turn, to.queue, number, to.say)
        case EscalateNode(escalate=to):
            repair.escalate(turn, to.because, to)
        case HandBackNode(handback=back):
            if back.say is not None:
                turn.tell(turn.render(back.say))
            turn.target = node.then
        case EndNode(end=end):
            if end.say is not None:
                turn.say(turn.render(end.say))
            turn.hang_up("completed")
        case _:
            assert_never(node)


def _value(turn: Turn, slot: str) -> str:
    if slot == HOURS:
        file, queue = turn.flow.file, turn.flow.escape.queue
        return "open" if is_open(file.hours, turn.state.started_at, queue) else "closed"
    return dict(turn.state.slots).get(slot, "")


def _look_up(turn: Turn, node: LookUpNode) -> str:
    record = turn.flow.tables[node.look_up.table].get(turn.raw(node.look_up.key))
    if record is None:
        return node.on.not_found
    for slot, field in node.look_up.save.items():
        turn.save(slot, Heard(value=record[field], confidence=1.0))
    return node.on.found


# --- answers of endpoints ------------------------------------------------------------------------


def fetched(turn: Turn, fact: FetchFinished) -> None:
    """The endpoint answered, or failed."""
    if fact.request_id != turn.state.waiting:
        return  # an answer to what was taken back since
    turn.commands.append(CancelTimer(name=FILLER_TIMER))
    turn.change(waiting="")
    if fact.outcome == "ok":
        for slot, value in fact.values:
            turn.save(slot, Heard(value=value, confidence=1.0))
    turn.target = _road(_asker(turn).on, fact.outcome)


def still_waiting(turn: Turn) -> None:
    """Say so, or give up."""
    fillers = turn.state.fillers + 1
    turn.change(fillers=fillers)
    if fillers > MAX_FILLERS:
        turn.change(waiting="")
        turn.target = _asker(turn).on.error
        return
    node = _asker(turn)
    call = node.call if isinstance(node, CallNode) else node.secure_input
    turn.say(call.while_waiting if fillers == 1 else turn.flow.repair.busy)
    turn.commands.append(StartTimer(name=FILLER_TIMER, seconds=NEXT_FILLER_S))


def _asker(turn: Turn) -> CallNode | SecureNode:
    node = turn.flow.nodes[turn.state.node]
    assert isinstance(node, CallNode | SecureNode), "only these wait for an endpoint"
    return node


def _road(roads: CallRoads, outcome: str) -> str:
    match outcome:
        case "ok":
            return roads.ok
        case "not_found" if roads.not_found is not None:
            return roads.not_found
        case _:
            return roads.error
