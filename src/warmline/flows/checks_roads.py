"""Where the roads of a flow lead: to nodes that exist, to an end, to a person; and how they begin.

Pure. Knows what nodes say only as far as the first words go.
"""

import re
from collections.abc import Iterator
from typing import Final

from warmline.flows import roads as graph
from warmline.flows import templates
from warmline.flows.flow import FlowFile, exits, texts
from warmline.flows.nodes import CallNode, EscalateNode, Node
from warmline.flows.problem import Path, Problem, Severity, suggestion

MAX_STEPS: Final = 8
"""Nodes that a call passes at most until the caller can ask for a person, or has one."""
_DISCLOSURE: Final = re.compile(
    r"\b(?:automated|virtual|machine|robot|bot|computer|AI|artificial intelligence)\b",
    re.IGNORECASE,
)


def targets(file: FlowFile) -> Iterator[Problem]:
    """Roads to nodes that are not there."""
    found: list[tuple[Path, str]] = [(("start",), file.start)]
    if file.escape.closed is not None:
        found.append((("escape", "closed"), file.escape.closed))
    for name, node in file.nodes.items():
        found += ((("nodes", name, *path), target) for path, target in exits(node))
    for path, target in found:
        if target not in file.nodes:
            hint = suggestion(target, file.nodes)
            yield Problem(path=path, message=f"there is no node {target!r}{hint}")


def roads(file: FlowFile) -> Iterator[Problem]:
    yield from _disclosure(file)
    yield from _unreachable(file)
    yield from _no_way_out(file)
    circles = graph.circles(graph.silent(file))
    for name in file.nodes:
        if name in circles:
            message = "the call comes back here without asking anything"
            yield Problem(path=("nodes", name), message=message)
    if not circles:
        yield from _far_from_a_person(file)


def longest_way(file: FlowFile) -> int:
    """Steps from any node until the caller can ask for a person, or has one, at most; there are
    no circles without a question."""
    return max(graph.steps(graph.silent(file)).values())


def _far_from_a_person(file: FlowFile) -> Iterator[Problem]:
    steps = graph.steps(graph.silent(file))
    before = graph.backward(graph.silent(file))
    for name, count in steps.items():
        if count > MAX_STEPS and not before[name]:
            message = f"{count} nodes follow before the caller can speak, and ask for a person"
            yield Problem(path=("nodes", name), message=message, severity=Severity.WARNING)


def _unreachable(file: FlowFile) -> Iterator[Problem]:
    reached = graph.reachable(graph.doors(file), graph.forward(file))
    for name in file.nodes:
        if name not in reached:
            message = "no road from the start leads here"
            yield Problem(path=("nodes", name), message=message, severity=Severity.WARNING)


def _no_way_out(file: FlowFile) -> Iterator[Problem]:
    ends = {name for name, node in file.nodes.items() if isinstance(node, graph.LEAVING)}
    saved = graph.reachable(ends, graph.backward(graph.forward(file)))
    for name in file.nodes:
        if name not in saved:
            yield Problem(path=("nodes", name), message="no road leads from here to an end")


# --- the first words -----------------------------------------------------------------------------


def _disclosure(file: FlowFile) -> Iterator[Problem]:
    """Whatever is said first says who speaks, on all roads from the start."""
    ahead = graph.forward(file)
    seen: set[str] = set()
    waiting = [file.start]
    while waiting:
        if (name := waiting.pop()) in seen:
            continue
        seen.add(name)
        node = file.nodes[name]
        path, first = _first_words(node, file)
        if first is None and not isinstance(node, graph.LEAVING):
            waiting += ahead[name]
        elif not _DISCLOSURE.search(templates.render(first or "", {})):
            message = 'expected the first words to disclose the machine ("an automated assistant")'
            yield Problem(path=("nodes", name, *path), message=message)


def _first_words(node: Node, file: FlowFile) -> tuple[Path, str | None]:
    match node:
        case CallNode():
            return ("call", "while_waiting"), node.call.while_waiting
        case EscalateNode():
            return ("escalate",), node.escalate.say or file.escape.say
        case _:
            return next(iter(texts(node)), ((), None))
