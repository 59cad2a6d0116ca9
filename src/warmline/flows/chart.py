"""A flow as boxes and arrows, and the same as Mermaid text. Pure; knows no places on a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from warmline.flows import roads as graph
from warmline.flows.fields import Form
from warmline.flows.flow import FlowFile, exits
from warmline.flows.nodes import (
    NODE_KINDS,
    AnswerNode,
    AskNode,
    BranchNode,
    CallNode,
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

MAX_LABEL: Final = 40
"""Letters of a label; a flowchart is no place to read texts in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    name: str
    kind: str
    """The key that says what the node does: "say", "ask" …"""
    text: str
    """What it says or asks, cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    source: str
    target: str
    label: str
    """The answers or outcomes that take this road; empty for the only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All names of arrows are those of boxes."""

    title: str
    doors: tuple[str, ...]
    """Where calls come in, the start first."""
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def chart(file: FlowFile) -> Chart:
    """The flow's nodes in the file's order; roads between the same two nodes are one arrow."""
    return Chart(
        title=file.flow,
        doors=tuple(graph.doors(file)),
        boxes=tuple(
            Box(name=name, kind=_kind(node), text=_cut(_text(node)))
            for name, node in file.nodes.items()
        ),
        arrows=tuple(arrow for name, node in file.nodes.items() for arrow in _arrows(name, node)),
    )


def _kind(node: Node) -> str:
    return next(kind for kind, model in NODE_KINDS.items() if isinstance(node, model))


def _arrows(name: str, node: Node) -> Iterator[Arrow]:
    labels: dict[str, list[str]] = {}
    for path, target in exits(node):
        labels.setdefault(target, []).extend(str(part) for part in path[1:])
    for target, found in labels.items():
        yield Arrow(source=name, target=target, label=_cut(", ".join(found)))


def _text(node: Node) -> str:
    match node:
        case SayNode():
            return node.say
        case AskNode(ask=ask):
            slots = ", ".join(ask.slots) if isinstance(ask, Form) else ask.slot
            return f"{slots}: {ask.prompt[0]}"
        case MenuNode():
            return node.menu.prompt[0]
        case AnswerNode():
            return node.answer.prompt[0]
        case CallNode():
            return node.call.endpoint
        case SetNode(set=values):
            return ", ".join(f"{slot} = {value}" for slot, value in values.items())
        case LookUpNode(look_up=look_up):
            return f"{look_up.table}: {look_up.key}"
        case BranchNode():
            return f"{node.branch}?"
        case ConsentNode():
            return f"{node.consent.purpose}: {node.consent.prompt}"
        case SecureNode(secure_input=secure):
            return f"{secure.slot} to {secure.endpoint}"
        case EscalateNode(escalate=to):
            return to.reason or to.queue or to.say or ""
        case HandBackNode():
            return node.handback.say or ""
        case EndNode():
            return node.end.say or ""


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= MAX_LABEL else plain[: MAX_LABEL - 1].rstrip() + "…"


# --- Mermaid -------------------------------------------------------------------------------------

_SHAPES: Final = {
    "ask": ("([", "])"),
    "menu": ("([", "])"),
    "answer": ("([", "])"),
    "consent": ("([", "])"),
    "secure_input": ("([", "])"),
    "branch": ("{{", "}}"),
    "call": ("[[", "]]"),
    "look_up": ("[(", ")]"),
    "escalate": (">", "]"),
    "end": ("((", "))"),
}


def mermaid(shown: Chart) -> str:
    """A flowchart in Mermaid's text form, as wikis and code hosts draw it."""
    ids = {box.name: f"n{number}" for number, box in enumerate(shown.boxes)}
    lines = ["flowchart TD"]
    for box in shown.boxes:
        begin, end = _SHAPES.get(box.kind, ("[", "]"))
        text = f"<br/>{_escaped(box.text)}" if box.text else ""
        lines.append(f'    {ids[box.name]}{begin}"<b>{box.name}</b> {box.kind}{text}"{end}')
    for arrow in shown.arrows:
        label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
        lines.append(f"    {ids[arrow.source]} -->{label} {ids[arrow.target]}")
    lines += [f"    style {ids[name]} stroke-width:3px" for name in dict.fromkeys(shown.doors)]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Mermaid's own marks as entities: `#` and quotes end a label early, brackets confuse it."""
    return "".join(
        letter if letter.isalnum() or letter in " .,:?!'…-_/=" else f"#{ord(letter)};"
        for letter in text
    )
