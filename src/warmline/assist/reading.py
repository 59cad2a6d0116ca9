"""Reads hints.yaml beside a flow; every problem is told with its file and line.

Knows what a flow's file looks like, no call.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from warmline.assist.rules import FILE, HintsFile
from warmline.flows import files
from warmline.flows.flow import Flow, texts
from warmline.flows.problem import Path, Problem, Severity, suggestion
from warmline.flows.reader import Document, parse
from warmline.flows.report import Finding, FlowRefused, Place, Places, locate

FEW: Final = 3
"""Fewer examples of a meaning are not recognised well."""
_PLAIN: Final = {
    "string_type": "expected a text",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "tuple_type": "expected a list",
}
_PATTERNS: Final = {
    "Name": "expected a name of a-z, 0-9 and _",
    "Link": "expected an address that begins with https://, http:// or /",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found in a flow's hints.yaml."""

    path: FilePath
    file: HintsFile | None
    """None when there are errors among the findings; empty when there is no such file."""
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> list[Finding]:
        return [found for found in self.findings if found.severity is Severity.ERROR]


def read_hints(folder: FilePath, flow: Flow | None) -> HintsFile:
    """hints.yaml of the flow in this folder; an empty one when there is none.

    Raises FlowRefused; its message has one line `file:line: …` for each error.
    """
    examined = examine(folder, flow)
    if examined.file is None:
        raise FlowRefused(examined.errors)
    return examined.file


def examine(folder: FilePath, flow: Flow | None) -> Examined:
    """All that is wrong or doubtful in it; names of the flow are not checked when `flow` is
    None, because it has errors itself. Never raises FlowError."""
    path = folder / FILE
    if not path.exists() and not path.is_symlink():
        return Examined(path=path, file=HintsFile())
    try:
        document = parse(path, files.read(path, Place(str(path), 1)))
        file = _validated(document)
    except FlowRefused as refused:
        return Examined(path=path, file=None, findings=refused.findings)
    findings = tuple(locate(list(_problems(file, flow)), document.places))
    wrong = any(found.severity is Severity.ERROR for found in findings)
    return Examined(path=path, file=None if wrong else file, findings=findings)


# --- the schema's refusals -----------------------------------------------------------------------


def _validated(document: Document) -> HintsFile:
    try:
        # An empty file, or one of comments, says nothing: that is no error.
        return HintsFile.model_validate({} if document.value is None else document.value)
    except ValidationError as error:
        problems = [_problem(detail, document.places) for detail in error.errors()]
        raise FlowRefused(locate(problems, document.places)) from None


def _problem(detail: Any, places: Places) -> Problem:
    """Pydantic's place without what is not in the file; a missing key stays."""
    path: Path = ()
    for part in detail["loc"]:
        if (*path, part) in places:
            path = (*path, part)
    if detail["type"] == "missing":
        path = (*path, detail["loc"][-1])
    return Problem(path=path, message=_message(detail))


def _message(detail: Any) -> str:
    match detail["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            keys = _keys(detail["loc"])
            hint = suggestion(str(detail["loc"][-1]), keys)
            return f"unknown key{hint} (known: {', '.join(keys)})"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "string_pattern_mismatch":
            return _PATTERNS["Link" if detail["loc"][-1] == "link" else "Name"]
        case kind:
            message = str(detail["msg"])
            return _PLAIN.get(kind, message[:1].lower() + message[1:])


def _keys(loc: Path) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    model: type[BaseModel] = HintsFile
    for part in loc[:-1]:
        field = model.model_fields.get(str(part))
        model = next(_models(field.annotation), model) if field else model
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field holds, however deep in its annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


# --- what takes more than one key to see ---------------------------------------------------------


def _problems(file: HintsFile, flow: Flow | None) -> Iterator[Problem]:
    for name, rule in file.hints.items():
        at: Path = ("hints", name)
        if 0 < len(rule.when.meaning) < FEW:
            message = f"{len(rule.when.meaning)} examples: {FEW} to 10 are recognised better"
            where = (*at, "when", "meaning")
            yield Problem(path=where, message=message, severity=Severity.WARNING)
        for key, node in (("after", rule.after), ("before", rule.before)):
            if flow is not None and node is not None:
                yield from _known(node, flow.nodes, (*at, key), "node")
    for name, item in file.checklist.items():
        if flow is not None and item.node is not None:
            at = ("checklist", name, "node")
            yield from _known(item.node, flow.nodes, at, "node")
            spoken = flow.nodes.get(item.node)
            if spoken is not None and not list(texts(spoken)):
                yield Problem(path=at, message=f"the node {item.node!r} says nothing")
    if flow is not None and file.knowledge is not None:
        known = [name for name in flow.file.knowledge if name in flow.knowledge]
        message = "knowledge that an answer node uses, named"
        yield from _known(file.knowledge, known, ("knowledge",), message)


def _known(name: str, known: Iterable[str], at: Path, what: str) -> Iterator[Problem]:
    names = list(known)
    if name not in names:
        yield Problem(path=at, message=f"there is no {what} {name!r}{suggestion(name, names)}")
