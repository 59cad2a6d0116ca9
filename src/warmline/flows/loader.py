"""Loads voice flows from their folders, checked and ready to run.

Knows no call. A flow is refused as a whole: every problem is told with its file and line, all
that can be found at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from warmline.errors import FlowError
from warmline.flows import files
from warmline.flows.checks import check
from warmline.flows.explain import explain
from warmline.flows.flow import Flow, FlowFile, Table
from warmline.flows.includes import Source, read_source
from warmline.flows.nodes import AnswerNode
from warmline.flows.problem import Severity
from warmline.flows.questions import Builder
from warmline.flows.report import Finding, FlowRefused, Place, findings_of, locate
from warmline.flows.tables import parse_table
from warmline.meaning.articles import Passage, read_articles
from warmline.meaning.intents import IntentMatcher
from warmline.meaning.knowledge import Knowledge
from warmline.meaning.vectors import Embed

FILE = "flow.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found in a flow's files."""

    path: Path
    flow: Flow | None
    """None when there are errors among the findings."""
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> list[Finding]:
        return [found for found in self.findings if found.severity is Severity.ERROR]


def load_flow(path: Path, embed: Embed | None = None) -> Flow:
    """The flow in this file, or in `flow.yaml` of this folder; `embed` helps to understand
    callers, without it likeness goes by words alone.

    Raises FlowError; its message has one line `file:line: …` for each error.
    """
    examined = examine(path, embed)
    if examined.flow is None:
        raise FlowRefused(examined.errors)
    return examined.flow


def load_flows(folder: Path, embed: Embed | None = None) -> dict[str, Flow]:
    """All flows in the folders of `folder`, by name; each is named as its folder is.

    Raises FlowError, which lists the errors of all files.
    """
    flows: dict[str, Flow] = {}
    errors: list[str] = []
    for examined in examine_all(folder, embed):
        if examined.flow is None:
            errors.append(str(FlowRefused(examined.errors)))
        else:
            flows[examined.flow.name] = examined.flow
    if errors:
        raise FlowError("\n".join(errors))
    if not flows:
        raise FlowError(f"{folder}:1: expected at least one NAME/{FILE} in this folder")
    return flows


def examine_all(folder: Path, embed: Embed | None = None) -> Iterator[Examined]:
    """Every `NAME/flow.yaml` in `folder`, in the order of the names; never raises FlowError."""
    for path in sorted(folder.glob(f"*/{FILE}")):
        yield named(examine(path, embed))


def named(examined: Examined) -> Examined:
    """With an error when the flow is not named as its folder is: callers ask for it by name."""
    path, flow = examined.path, examined.flow
    if flow is None or flow.name == path.resolve().parent.name:
        return examined
    message = f"expected the folder's name, found {flow.name!r}"
    wrong = Finding(place=Place(str(path), 1), path="flow", message=message)
    return replace(examined, flow=None, findings=(wrong, *examined.findings))


def examine(path: Path, embed: Embed | None = None) -> Examined:
    """All that is wrong or doubtful in a flow; never raises FlowError."""
    path = path / FILE if path.is_dir() else path
    try:
        return _examine(path, embed)
    except FlowRefused as refused:
        return Examined(path=path, flow=None, findings=refused.findings)


def _examine(path: Path, embed: Embed | None) -> Examined:
    source = read_source(path)
    file = _validated(source)
    beside = _Beside(file, source)
    builder = Builder(file.intents, lambda examples: IntentMatcher(examples, embed))
    questions = builder.questions(file.nodes)
    problems = [*builder.problems, *check(file, beside.tables)]
    examined = Examined(
        path=path, flow=None, findings=(*beside.findings, *locate(problems, source.places))
    )
    if examined.errors:
        return examined
    flow = Flow(
        name=file.flow,
        version=_version(source, beside),
        file=file,
        questions=questions,
        tables=beside.tables,
        knowledge={name: Knowledge(found, embed) for name, found in beside.passages.items()},
    )
    return replace(examined, flow=flow)


def _validated(source: Source) -> FlowFile:
    try:
        return FlowFile.model_validate(source.value)
    except ValidationError as error:
        problems = explain(error, source.places)
        raise FlowRefused(locate(problems, source.places)) from None


class _Beside:
    """The tables and articles that a flow names; each lies beside the file that names it."""

    def __init__(self, file: FlowFile, source: Source) -> None:
        self.tables: dict[str, Table] = {}
        self.passages: dict[str, list[Passage]] = {}
        self.findings: list[Finding] = []
        self.data: dict[str, bytes] = {}
        """What the flow's version depends on, beside its files."""
        for name, table in file.tables.items():
            try:
                self._table(name, table, source.places["tables", name])
            except FlowError as error:
                self.findings += findings_of(error)
        for name in _asked(file):
            try:
                self._articles(name, file.knowledge[name], source.places["knowledge", name])
            except FlowError as error:
                self.findings += findings_of(error)

    def _table(self, name: str, table: str, place: Place) -> None:
        folder = Path(place.file).parent
        path = files.inside(folder, table, folder, place, "a file inside the flow's folder")
        data = files.read(path, place)
        self.tables[name] = parse_table(path, data)
        self.data[f"tables/{name}"] = data

    def _articles(self, name: str, articles: str, place: Place) -> None:
        base = Path(place.file).parent
        expected = "a folder of articles inside the flow's folder"
        folder = files.inside(base, articles, base, place, expected)
        if not folder.is_dir():
            raise FlowRefused.at(place.file, place.line, f"expected {expected}")
        self.passages[name] = read_articles(folder)
        spoken = [(p.article, p.heading, p.short, p.more, p.questions) for p in self.passages[name]]
        self.data[f"knowledge/{name}"] = repr(spoken).encode()


def _asked(file: FlowFile) -> list[str]:
    """The knowledge that some node uses."""
    asked = {n.answer.knowledge for n in file.nodes.values() if isinstance(n, AnswerNode)}
    return [name for name in file.knowledge if name in asked]


def _version(source: Source, beside: _Beside) -> str:
    digest = sha256()
    for data in source.data:
        digest.update(sha256(data).digest())
    for name in sorted(beside.data):
        digest.update(name.encode() + b"\0" + sha256(beside.data[name]).digest())
    return digest.hexdigest()
