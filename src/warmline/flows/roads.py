"""The roads of a flow as a graph: what is reached from where, and what is asked on the way. Pure.

Knows no texts and no slots. All targets are taken to exist.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from warmline.flows.flow import FlowFile, exits
from warmline.flows.nodes import (
    AnswerNode,
    AskNode,
    ConsentNode,
    EndNode,
    EscalateNode,
    HandBackNode,
    MenuNode,
    SecureNode,
)

Roads = Mapping[str, set[str]]

ASKING: Final = (AskNode, MenuNode, AnswerNode, ConsentNode, SecureNode)
"""Here the caller can speak, and so have a person."""
LEAVING: Final = (EscalateNode, EndNode)


def forward(file: FlowFile) -> Roads:
    """Each node, and where it leads."""
    return {name: {target for _, target in exits(node)} for name, node in file.nodes.items()}


def backward(roads: Roads) -> Roads:
    back: dict[str, set[str]] = {name: set() for name in roads}
    for name, targets in roads.items():
        for target in targets:
            back[target].add(name)
    return back


def silent(file: FlowFile) -> Roads:
    """The roads that the call goes without asking the caller: none from a question."""
    asking = {name for name, node in file.nodes.items() if isinstance(node, ASKING)}
    return {name: set() if name in asking else to for name, to in forward(file).items()}


def reachable(starts: Iterable[str], roads: Roads) -> set[str]:
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            waiting.extend(roads[name])
    return seen


def doors(file: FlowFile) -> list[str]:
    """The nodes where the machine takes a call in: the start, closed hours, a hand-back."""
    closed = [file.escape.closed] if file.escape.closed is not None else []
    return [file.start, *closed, *handbacks(file)]


def handbacks(file: FlowFile) -> list[str]:
    return [name for name, node in file.nodes.items() if isinstance(node, HandBackNode)]


def circles(roads: Roads) -> set[str]:
    """The nodes that come back to themselves."""
    dead = set(order(roads))  # from these all roads end
    left = {name: to - dead for name, to in roads.items() if name not in dead}
    return {name for name in left if name in reachable(left[name], left)}


def steps(roads: Roads) -> dict[str, int]:
    """The longest way from each node to one without a road, in steps; there are no circles."""
    found: dict[str, int] = {}
    for name in order(roads):
        found[name] = max((found[target] + 1 for target in roads[name]), default=0)
    return found


def order(roads: Roads) -> list[str]:
    """The nodes, each after those that it leads to; without those that lead into a circle."""
    waiting = {name: len(to) for name, to in roads.items()}
    back = backward(roads)
    ready = [name for name, count in waiting.items() if not count]
    done: list[str] = []
    while ready:
        done.append(name := ready.pop())
        for before in back[name]:
            waiting[before] -= 1
            if not waiting[before]:
                ready.append(before)
    return done
