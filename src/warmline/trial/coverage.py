"""What the conversations of a flow do not exercise: nodes never entered, exits never taken. Pure.

An exit counts when a call went from its node to its target by it. Where several exits lead to
one target, the answer tells them apart; where it cannot (a menu without a slot), all of them
count.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from warmline.events import Command, Fact, FetchFinished, NodeEntered, Note, SlotFilled
from warmline.flows.fields import Ask
from warmline.flows.flow import Flow, exits
from warmline.flows.nodes import (
    AskNode,
    BranchNode,
    ConsentNode,
    MenuNode,
    Node,
)
from warmline.trial.outcome import Outcome, Road


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Of one flow by all of its conversations."""

    nodes: int
    roads: int
    missed_nodes: tuple[str, ...]
    missed_roads: tuple[tuple[Road, str], ...]
    """With their targets."""

    @property
    def node_percent(self) -> float:
        return _percent(self.nodes, len(self.missed_nodes))

    @property
    def road_percent(self) -> float:
        return _percent(self.roads, len(self.missed_roads))


def coverage(flow: Flow, outcomes: Iterable[Outcome]) -> Coverage:
    entered: set[str] = set()
    taken: set[Road] = set()
    for outcome in outcomes:
        entered |= outcome.entered
        taken |= outcome.taken
    roads = [
        ((name, path), target) for name, node in flow.nodes.items() for path, target in exits(node)
    ]
    return Coverage(
        nodes=len(flow.nodes),
        roads=len(roads),
        missed_nodes=tuple(name for name in flow.nodes if name not in entered),
        missed_roads=tuple((road, target) for road, target in roads if road not in taken),
    )


def walked(flow: Flow, log: Sequence[Fact | Command]) -> Iterator[Road]:
    """The exits that a call took."""
    node = ""
    slots: dict[str, str] = {}
    outcome = ""
    for item in log:
        match item:
            case FetchFinished(outcome=outcome):
                pass
            case Note(fact=SlotFilled(slot=slot, value=value)):
                slots[slot] = value
            case Note(fact=NodeEntered(node=entered)):
                if node:
                    yield from _between(node, flow.nodes[node], entered, slots, outcome)
                node, outcome = entered, ""
            case _:
                pass


def _between(
    name: str, node: Node, target: str, slots: Mapping[str, str], outcome: str
) -> Iterator[Road]:
    """The exits that lead there; only those for the answer, if it tells."""
    paths = [path for path, end in exits(node) if end == target]
    answer = outcome or slots.get(_decisive(node), "")
    exact = [path for path in paths if path[-1] == answer]
    yield from ((name, path) for path in exact or paths)


def _decisive(node: Node) -> str:
    """The slot whose value decides where the node leads."""
    match node:
        case AskNode(ask=Ask(slot=slot)):
            return slot
        case MenuNode(menu=menu):
            return menu.slot or ""
        case BranchNode(branch=slot):
            return slot
        case ConsentNode(consent=consent):
            return consent.purpose
        case _:
            return ""


def _percent(all_: int, missed: int) -> float:
    return 100.0 * (all_ - missed) / all_ if all_ else 100.0
