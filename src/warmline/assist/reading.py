"""Reads hints.yaml beside a flow; every problem is told with its file and line.

Knows what a flow's file looks like, no call.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final

from pydantic import ValidationError

from warmline.assist.rules import FILE, HintsFile
from warmline.flows import files
from warmline.flows.explain import explain
from warmline.flows.flow import Flow, texts
from warmline.flows.problem import Path, Problem, Severity, suggestion
from warmline.flows.reader import Document, parse
from warmline.flows.report import Finding, FlowRefused, Place, locate

FEW: Final = 3
"""Fewer examples of a meaning are not recognised well."""


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
        problems = explain(error, document.places, HintsFile)
        raise FlowRefused(locate(problems, document.places)) from None


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
