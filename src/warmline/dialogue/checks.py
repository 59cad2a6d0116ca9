"""Proofs about a flow: every road leads somewhere, callers are told who speaks, nobody is trapped.

Pure. Knows no file and no line: problems carry the path inside flow.yaml. A person can be asked
for at any moment of a call (that is the machine's law); what is proved here comes on top.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from warmline.dialogue import prompts
from warmline.dialogue.flow import (
    Ask,
    AskNode,
    BranchNode,
    EndNode,
    EscalateNode,
    FlowFile,
    LookUpNode,
    Node,
    Path,
    SayNode,
    Table,
    exits,
    texts,
)
from warmline.events import AnswerKind
from warmline.spoken import words

MAX_OPTIONS: Final = 9
"""Choices are also keys 1 to 9."""
_DISCLOSURE: Final = re.compile(
    r"\b(?:automated|virtual|machine|robot|bot|computer|AI|artificial intelligence)\b",
    re.IGNORECASE,
)


class Severity(StrEnum):
    ERROR = "error"
    """The flow is refused."""
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    path: Path
    """Where in flow.yaml: ("nodes", "reason", "on", "refund")."""
    message: str
    severity: Severity = Severity.ERROR


def suggestion(name: str, known: Mapping[str, object] | list[str]) -> str:
    """ "; did you mean 'x'?" when a known name is close, otherwise nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def check(flow: FlowFile, tables: Mapping[str, Table]) -> list[Problem]:
    """All problems of a flow whose file is well formed; `tables` holds those that it names."""
    targets = list(_targets(flow))
    if targets:
        return [*targets, *_answers(flow)]  # the roads below need all their ends
    return [
        *_answers(flow),
        *_look_ups(flow, tables),
        *_disclosure(flow),
        *_unreachable(flow),
        *_no_way_out(flow),
        *_silent_loops(flow),
        *_slots(flow),
    ]


# --- roads -------------------------------------------------------------------------------------


def _targets(flow: FlowFile) -> Iterator[Problem]:
    roads: list[tuple[Path, str]] = [(("start",), flow.start)]
    for name, node in flow.nodes.items():
        roads += ((("nodes", name, *path), target) for path, target in exits(node))
    for path, target in roads:
        if target not in flow.nodes:
            hint = suggestion(target, list(flow.nodes))
            yield Problem(path=path, message=f"there is no node {target!r}{hint}")


def _next(node: Node) -> set[str]:
    return {target for _, target in exits(node)}


def _reachable(start: set[str], roads: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            waiting.extend(roads[name])
    return seen


def _unreachable(flow: FlowFile) -> Iterator[Problem]:
    reached = _reachable({flow.start}, {name: _next(node) for name, node in flow.nodes.items()})
    for name in flow.nodes:
        if name not in reached:
            yield Problem(
                path=("nodes", name),
                message="no road from the start leads here",
                severity=Severity.WARNING,
            )


def _no_way_out(flow: FlowFile) -> Iterator[Problem]:
    back: dict[str, set[str]] = {name: set() for name in flow.nodes}
    for name, node in flow.nodes.items():
        for target in _next(node):
            back[target].add(name)
    ends = {name for name, node in flow.nodes.items() if isinstance(node, EndNode | EscalateNode)}
    saved = _reachable(ends, back)
    for name in flow.nodes:
        if name not in saved:
            yield Problem(path=("nodes", name), message="no road leads from here to an end")


def _silent_loops(flow: FlowFile) -> Iterator[Problem]:
    """A node from which the call comes back without asking the caller anything."""
    silent = {
        name: set() if isinstance(node, AskNode) else _next(node)
        for name, node in flow.nodes.items()
    }
    for name, following in silent.items():
        if name in _reachable(following, silent):
            yield Problem(
                path=("nodes", name), message="the call comes back here without asking anything"
            )


def _disclosure(flow: FlowFile) -> Iterator[Problem]:
    match flow.nodes[flow.start]:
        case SayNode(say=first):
            path: Path = ("nodes", flow.start, "say")
        case AskNode(ask=Ask(prompt=first)):
            path = ("nodes", flow.start, "ask", "prompt")
        case _:
            yield Problem(path=("start",), message="expected a node that speaks (say or ask)")
            return
    if not _DISCLOSURE.search(first):
        message = 'expected the first words to disclose the machine ("an automated assistant")'
        yield Problem(path=path, message=message)


# --- answers -----------------------------------------------------------------------------------


def _answers(flow: FlowFile) -> Iterator[Problem]:
    for name, node in flow.nodes.items():
        if isinstance(node, AskNode):
            at: Path = ("nodes", name)
            yield from _ask(node.ask, (*at, "ask"))
            yield from _on(node, at)


def _ask(ask: Ask, at: Path) -> Iterator[Problem]:
    match ask.kind:
        case AnswerKind.CHOICE if not 2 <= len(ask.options) <= MAX_OPTIONS:
            message = f"expected 2 to {MAX_OPTIONS} options, found {len(ask.options)}"
            yield Problem(path=(*at, "options"), message=message)
        case AnswerKind.YES_NO if not ask.options.keys() <= {"yes", "no"}:
            yield Problem(path=(*at, "options"), message="expected only yes and no")
        case AnswerKind.DIGITS if ask.options:
            yield Problem(path=(*at, "options"), message="digits take no options")
    if ask.read_back is not None and ask.kind is AnswerKind.YES_NO:
        yield Problem(path=(*at, "read_back"), message="a yes or no is not read back")
    if ask.words and ask.kind not in (AnswerKind.FREE, AnswerKind.CHOICE):
        yield Problem(path=(*at, "words"), message=f"{ask.kind} takes no words")
    owner: dict[str, str] = {}
    for value, phrases in ask.options.items():
        for index, phrase in enumerate(phrases):
            folded = " ".join(words(phrase))
            if owner.setdefault(folded, value) != value:
                message = f"{phrase!r} stands under {owner[folded]!r} already"
                yield Problem(path=(*at, "options", value, index), message=message)


def _on(node: AskNode, at: Path) -> Iterator[Problem]:
    if (node.then is None) is (not node.on):
        yield Problem(path=at, message="expected either 'then' or 'on'")
        return
    if not node.on:
        return
    values = ["yes", "no"] if node.ask.kind is AnswerKind.YES_NO else list(node.ask.options)
    for value in node.on:
        if value != "else" and value not in values:
            hint = suggestion(value, values)
            yield Problem(path=(*at, "on", value), message=f"the answer is never {value!r}{hint}")
    missing = [repr(value) for value in values if value not in node.on]
    if node.ask.kind in (AnswerKind.FREE, AnswerKind.DIGITS):
        missing.append("all other answers")
    if missing and "else" not in node.on:
        message = f"expected a node for {', '.join(missing)}, or an 'else'"
        yield Problem(path=(*at, "on"), message=message)


def _look_ups(flow: FlowFile, tables: Mapping[str, Table]) -> Iterator[Problem]:
    for name, node in flow.nodes.items():
        match node:
            case LookUpNode(look_up=look_up):
                at: Path = ("nodes", name, "look_up")
                table = tables.get(look_up.table)
                if table is None:
                    hint = suggestion(look_up.table, list(tables))
                    message = f"there is no table {look_up.table!r}{hint}"
                    yield Problem(path=(*at, "table"), message=message)
                    continue
                for slot, field in look_up.save.items():
                    lacking = sum(field not in record for record in table.values())
                    if lacking:
                        message = f"{lacking} of {len(table)} records have no field {field!r}"
                        yield Problem(path=(*at, "save", slot), message=message)
            case BranchNode(on=on) if "else" not in on:
                yield Problem(path=("nodes", name, "on"), message="expected an 'else'")


# --- slots -------------------------------------------------------------------------------------


def _slots(flow: FlowFile) -> Iterator[Problem]:
    """Slots are filled before they are spoken, on every road."""
    known = sorted({slot for node in flow.nodes.values() for slot in _all_filled(node)})
    filled = _surely_filled(flow)
    used: set[str] = set()
    for name, node in flow.nodes.items():
        for path, slot in _uses(node):
            used.add(slot)
            at: Path = ("nodes", name, *path)
            if slot not in known:
                message = f"nothing fills the slot {slot!r}{suggestion(slot, known)}"
                yield Problem(path=at, message=message)
            elif name in filled and slot not in filled[name] | _own(node, path):
                message = f"the slot {slot!r} is not filled on every road to this node"
                yield Problem(path=at, message=message)
    for name, node in flow.nodes.items():
        for slot in node.look_up.save if isinstance(node, LookUpNode) else ():
            if slot not in used:
                yield Problem(
                    path=("nodes", name, "look_up", "save", slot),
                    message=f"the slot {slot!r} is never used",
                    severity=Severity.WARNING,
                )


def _uses(node: Node) -> Iterator[tuple[Path, str]]:
    for path, text in texts(node):
        yield from ((path, field.slot) for field in prompts.fields(text))
    match node:
        case LookUpNode(look_up=look_up):
            yield from ((("look_up", "key"), f.slot) for f in prompts.fields(look_up.key))
        case BranchNode(branch=slot):
            yield ("branch",), slot


def _own(node: Node, path: Path) -> set[str]:
    """A read-back may speak the very slot that it asks about."""
    return {node.ask.slot} if isinstance(node, AskNode) and path[-1] == "read_back" else set()


def _all_filled(node: Node) -> set[str]:
    return set().union(*(_filled_on(node, path) for path, _ in exits(node)))


def _filled_on(node: Node, path: Path) -> set[str]:
    """The slots that are filled when the call leaves a node by this exit."""
    match node:
        case AskNode(ask=ask):
            steers = ask.kind is AnswerKind.FREE and path[-1] in ask.options
            return set() if steers else {ask.slot}
        case LookUpNode(look_up=look_up):
            return set(look_up.save) if path[-1] == "found" else set()
        case _:
            return set()


def _surely_filled(flow: FlowFile) -> dict[str, set[str]]:
    """For each reachable node the slots that are filled on every road to it."""
    filled: dict[str, set[str]] = {flow.start: set()}
    waiting = [flow.start]
    while waiting:
        node = flow.nodes[name := waiting.pop()]
        for path, target in exits(node):
            before = filled.get(target)
            arriving = filled[name] | _filled_on(node, path)
            after = arriving if before is None else before & arriving
            if after != before:
                filled[target] = after
                waiting.append(target)
    return filled
