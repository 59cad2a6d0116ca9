"""What a flow names outside its nodes: tables, articles, endpoints, intents. Pure.

They exist, and what exists is used.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from warmline.flows.fields import Ask, Call
from warmline.flows.flow import FlowFile, Table
from warmline.flows.nodes import AnswerNode, AskNode, CallNode, LookUpNode, SecureNode
from warmline.flows.problem import Path, Problem, Severity, suggestion
from warmline.flows.questions import INTENT

MAX_STEPS: Final = 20
_STEP: Final = (
    r"(?:\.[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*"
    r"|\[(?:0|-?[1-9][0-9]{0,8})\]"
    r"|\['(?:[^'\\\x00-\x1f]|\\['\\])*'\]"
    r'|\["(?:[^"\\\x00-\x1f]|\\["\\])*"\])'
)
_JSON_PATH: Final = re.compile(rf"\${_STEP}{{0,{MAX_STEPS}}}")
"""To one value of a JSON document, as the connector takes it."""


def use(file: FlowFile, tables: Mapping[str, Table]) -> Iterator[Problem]:
    """`tables` holds those that could be read."""
    used: dict[str, set[str]] = {"tables": set(), "knowledge": set(), "endpoints": set()}
    used["intents"] = set()
    for name, node in file.nodes.items():
        at: Path = ("nodes", name)
        match node:
            case LookUpNode(look_up=look_up):
                used["tables"].add(look_up.table)
                where = (*at, "look_up", "table")
                yield from _known(look_up.table, file.tables, where, "table")
                yield from _fields(node, tables.get(look_up.table, {}), (*at, "look_up", "save"))
            case AnswerNode(answer=answer):
                used["knowledge"].add(answer.knowledge)
                where = (*at, "answer", "knowledge")
                yield from _known(answer.knowledge, file.knowledge, where, "knowledge")
            case CallNode(call=call):
                used["endpoints"].add(call.endpoint)
                yield from _call(call, file, (*at, "call"))
            case SecureNode(secure_input=call):
                used["endpoints"].add(call.endpoint)
                yield from _call(call, file, (*at, "secure_input"))
            case AskNode(ask=Ask(type=kind)) if kind == INTENT:
                used["intents"] |= node.on.keys()
                for intent in node.on:
                    yield from _known(intent, file.intents, (*at, "on", intent), "intent")
    for section, names in used.items():
        for name in getattr(file, section):
            if name not in names:
                where = (section,) if section == "endpoints" else (section, name)
                message = f"{name!r} is never used"
                yield Problem(path=where, message=message, severity=Severity.WARNING)
    if file.hours is not None and file.escape.closed is None:
        message = "no node for callers who want a person outside these hours (escape.closed)"
        yield Problem(path=("hours",), message=message, severity=Severity.WARNING)
    if file.hours is None and file.escape.closed is not None:
        message = "a flow without hours is never closed"
        yield Problem(path=("escape", "closed"), message=message, severity=Severity.WARNING)


def _known(name: str, known: Iterable[str], at: Path, what: str) -> Iterator[Problem]:
    names = list(known)
    if name not in names:
        hint = suggestion(name, names)
        yield Problem(path=at, message=f"there is no {what} {name!r}{hint}")


def _fields(node: LookUpNode, table: Table, at: Path) -> Iterator[Problem]:
    for slot, field in node.look_up.save.items():
        lacking = sum(field not in record for record in table.values())
        if lacking:
            message = f"{lacking} of {len(table)} records have no field {field!r}"
            yield Problem(path=(*at, slot), message=message)


def _call(call: Call, file: FlowFile, at: Path) -> Iterator[Problem]:
    if call.endpoint not in file.endpoints:
        hint = suggestion(call.endpoint, file.endpoints)
        message = f"{call.endpoint!r} is not among the flow's endpoints{hint}"
        yield Problem(path=(*at, "endpoint"), message=message)
    for slot, path in call.save.items():
        if not _JSON_PATH.fullmatch(path):
            message = "expected a JSON path to one value ($.order.items[0].status)"
            yield Problem(path=(*at, "save", slot), message=message)
