"""Slots: filled before they are spoken, used once they are filled, and secrets kept. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from warmline.flows import roads as graph
from warmline.flows import templates
from warmline.flows.checks_answers import steering
from warmline.flows.fields import Ask, Form
from warmline.flows.flow import FlowFile, exits, texts
from warmline.flows.nodes import (
    BUILT_IN,
    AskNode,
    BranchNode,
    CallNode,
    ConsentNode,
    EscalateNode,
    LookUpNode,
    MenuNode,
    Node,
    SecureNode,
    SetNode,
)
from warmline.flows.problem import Path, Problem, Severity, suggestion

Slots = frozenset[str]
NONE: Final[Slots] = frozenset()


def slots(file: FlowFile) -> Iterator[Problem]:
    yield from _spoken(file)
    yield from _unused(file)
    yield from _reserved(file)


def _spoken(file: FlowFile) -> Iterator[Problem]:
    """Slots are filled before they are used, on every road; where a text or a branch does
    without them, on some road."""
    known = NONE.union(*map(_all_filled, file.nodes.values()))
    secret = _secret(file)
    filled = {False: _surely_filled(file), True: _maybe_filled(file, known)}
    for name, node in file.nodes.items():
        for path, slot, optional in _uses(node):
            before = filled[optional].get(name, known)
            message = ""
            if slot in secret:
                message = f"the secret {slot!r} goes to its endpoint by itself, and nowhere else"
            elif slot not in known | BUILT_IN:
                hint = suggestion(slot, sorted(known))
                message = f"nothing fills the slot {slot!r}{hint}"
            elif slot not in before | _own(node, path, optional) | BUILT_IN:
                which = "any" if optional else "every"
                message = f"the slot {slot!r} is not filled on {which} road to this node"
            if message:
                yield Problem(path=("nodes", name, *path), message=message)


def _uses(node: Node) -> Iterator[tuple[Path, str, bool]]:
    """Where a slot is used, which, and whether it may be empty there."""
    for path, text in (*texts(node), *_values(node)):
        yield from ((path, field.slot, field.optional) for field in templates.fields(text))
    match node:
        case BranchNode(branch=slot):
            yield ("branch",), slot, True
        case EscalateNode() if node.escalate.callback is not None:
            yield ("escalate", "callback"), node.escalate.callback, False


def _values(node: Node) -> Iterator[tuple[Path, str]]:
    """Templates that no caller hears."""
    match node:
        case LookUpNode(look_up=look_up):
            yield ("look_up", "key"), look_up.key
        case CallNode(call=call):
            yield from ((("call", "with", name), text) for name, text in call.values.items())
        case SecureNode(secure_input=call):
            for name, text in call.values.items():
                yield ("secure_input", "with", name), text
        case SetNode(set=values):
            yield from ((("set", name), text) for name, text in values.items())


def _own(node: Node, path: Path, optional: bool) -> Slots:
    """A read-back may speak the very slots that it asks about."""
    if isinstance(node, AskNode) and path[-1:] == ("read_back",):
        return _asked(node.ask, optional)
    return NONE


def _asked(ask: Ask | Form, optional: bool) -> Slots:
    """The slots that are filled when the question is answered, or may be."""
    if isinstance(ask, Ask):
        return frozenset([ask.slot])
    parts = ask.slots.items()
    return frozenset(n for n, part in parts if optional or (part.prompt and not part.optional))


# --- what is filled ------------------------------------------------------------------------------


def _all_filled(node: Node) -> Slots:
    return NONE.union(*(_filled_on(node, path, optional=True) for path, _ in exits(node)))


def _filled_on(node: Node, path: Path, optional: bool) -> Slots:
    """The slots that are filled when the call leaves a node by this exit, or may be."""
    match node:
        case AskNode(ask=ask):
            steers = isinstance(ask, Ask) and steering(ask) and path[-1] in ask.options
            return NONE if steers else _asked(ask, optional)
        case MenuNode(menu=menu):
            return frozenset([menu.slot] if menu.slot else [])
        case CallNode(call=call) | SecureNode(secure_input=call):
            return frozenset(call.save) if path[-1] == "ok" else NONE
        case SetNode(set=values):
            return frozenset(values)
        case LookUpNode(look_up=look_up):
            return frozenset(look_up.save) if path[-1] == "found" else NONE
        case ConsentNode(consent=consent):
            return frozenset([consent.purpose])
        case _:
            return NONE


def _surely_filled(file: FlowFile) -> dict[str, Slots]:
    """For each reachable node the slots that are filled on every road to it."""
    doors = dict.fromkeys(graph.doors(file), NONE)
    return _spread(file, doors, frozenset.intersection, optional=False)


def _maybe_filled(file: FlowFile, known: Slots) -> dict[str, Slots]:
    """For each reachable node the slots that are filled on some road to it."""
    doors = dict.fromkeys(graph.doors(file), known) | {file.start: NONE}
    return _spread(file, doors, frozenset.union, optional=True)


def _spread(
    file: FlowFile,
    doors: Mapping[str, Slots],
    meet: Callable[[Slots, Slots], Slots],
    *,
    optional: bool,
) -> dict[str, Slots]:
    """Along all roads from the doors; where roads meet, `meet` joins what they bring."""
    roads = {
        name: {(_filled_on(node, path, optional), target) for path, target in exits(node)}
        for name, node in file.nodes.items()
    }
    filled = dict(doors)
    waiting = dict.fromkeys(doors)  # each once, oldest first: all that comes in goes on together
    while waiting:
        waiting.pop(name := next(iter(waiting)))
        for added, target in roads[name]:
            arriving = filled[name] | added
            after = meet(filled[target], arriving) if target in filled else arriving
            if after != filled.get(target):
                filled[target] = after
                waiting[target] = None
    return filled


# --- what is not used, and what is secret --------------------------------------------------------


def _unused(file: FlowFile) -> Iterator[Problem]:
    """What was asked shows on the agent's page; what was fetched and set is for the flow only."""
    used = {slot for node in file.nodes.values() for _, slot, _ in _uses(node)}
    for name, node in file.nodes.items():
        for path, slot in _fetched(node):
            if slot not in used:
                message = f"the slot {slot!r} is never used"
                yield Problem(
                    path=("nodes", name, *path), message=message, severity=Severity.WARNING
                )


def _fetched(node: Node) -> Iterator[tuple[Path, str]]:
    match node:
        case LookUpNode(look_up=look_up):
            yield from ((("look_up", "save", slot), slot) for slot in look_up.save)
        case CallNode(call=call):
            yield from ((("call", "save", slot), slot) for slot in call.save)
        case SecureNode(secure_input=call):
            yield from ((("secure_input", "save", slot), slot) for slot in call.save)
        case SetNode(set=values):
            yield from ((("set", slot), slot) for slot in values)


def _secret(file: FlowFile) -> Slots:
    nodes = file.nodes.values()
    return frozenset(n.secure_input.slot for n in nodes if isinstance(n, SecureNode))


def _reserved(file: FlowFile) -> Iterator[Problem]:
    """Slots that no node may fill."""
    secret = _secret(file)
    for name, node in file.nodes.items():
        for slot in sorted(_all_filled(node)):
            if slot in BUILT_IN:
                message = f"the slot {slot!r} is always there and cannot be filled"
                yield Problem(path=("nodes", name), message=message)
            elif slot in secret:
                message = f"the secret {slot!r} is filled by a secure_input only"
                yield Problem(path=("nodes", name), message=message)
