"""Reads voice flows from their folders; the only importer of yaml.

Knows no call. A flow file is untrusted: no anchors, aliases or tags, bounded in size, depth and
count, and its tables stay inside its folder. Every problem is told with its file and line, all
problems of a file at once.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from stat import S_ISREG
from typing import Any, Final

import yaml
from pydantic import ValidationError

from warmline.dialogue.checks import Problem, Severity, check
from warmline.dialogue.explain import explain
from warmline.dialogue.flow import Flow, FlowFile, Path, Table
from warmline.errors import FlowError

MAX_BYTES: Final = 1024 * 1024
"""Of a flow file, and of each table. The largest flow that ships has a hundredth of it."""
MAX_DEPTH: Final = 20
MAX_VALUES: Final = 20_000
"""Keys and values of one flow file: 400 nodes with 50 each."""
MAX_REPORTED: Final = 20

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTANT: Final = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})(\.\d{1,15})?")


def load_flow(path: FilePath) -> Flow:
    """The flow in this file, or in `flow.yaml` of this folder, checked and with its tables.

    Raises FlowError; its message has one line `file:line: …` for each problem.
    """
    path = path / "flow.yaml" if path.is_dir() else path
    data = _read(path, f"{path}:1")
    value, lines = _Reader(path, data).read()
    try:
        file = FlowFile.model_validate(value)
    except ValidationError as error:
        raise _refusal(path, lines, explain(error, lines)) from None
    tables = {
        name: _table(path, lines[("tables", name)], table) for name, table in file.tables.items()
    }
    records = {name: table for name, (table, _) in tables.items()}
    if errors := [p for p in check(file, records) if p.severity is Severity.ERROR]:
        raise _refusal(path, lines, errors)
    return Flow(
        name=file.flow,
        version=_version(data, {name: table for name, (_, table) in tables.items()}),
        language=file.language,
        persona=file.persona,
        start=file.start,
        escape=file.escape,
        repair=file.repair,
        nodes=file.nodes,
        tables=records,
    )


def load_flows(folder: FilePath) -> dict[str, Flow]:
    """All flows in the folders of `folder`, by name; each is named as its folder is.

    Raises FlowError, which lists the problems of all files.
    """
    flows: dict[str, Flow] = {}
    errors: list[str] = []
    for path in sorted(folder.glob("*/flow.yaml")):
        try:
            flow = load_flow(path)
        except FlowError as error:
            errors.append(str(error))
            continue
        if flow.name != path.parent.name:
            errors.append(f"{path}:1: flow: expected the folder's name, found {flow.name!r}")
        flows[flow.name] = flow
    if not flows and not errors:
        errors.append(f"{folder}:1: expected at least one NAME/flow.yaml in this folder")
    if errors:
        raise FlowError("\n".join(errors))
    return flows


def _refusal(path: FilePath, lines: Mapping[Path, int], problems: Sequence[Problem]) -> FlowError:
    """One line for each problem, in the file's order."""
    told = sorted((_line(problem.path, lines), _place(problem)) for problem in problems)
    report = [f"{path}:{line}: {text}" for line, text in told[:MAX_REPORTED]]
    if len(told) > MAX_REPORTED:
        report.append(f"{path}:1: and {len(told) - MAX_REPORTED} more problems")
    return FlowError("\n".join(report))


def _line(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of the path, or of the nearest part of it that the file has."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _place(problem: Problem) -> str:
    path = ".".join(str(part) for part in problem.path)
    shown = "".join(letter if letter.isprintable() else "?" for letter in path[:200])
    return f"{shown}: {problem.message}" if shown else problem.message


def _read(path: FilePath, place: str) -> bytes:
    """A regular file of at most MAX_BYTES; `place` (file:line) is who asks for it."""
    try:
        # Asked before opening: to open a pipe would wait for its writer.
        if not S_ISREG(path.stat().st_mode):
            raise FlowError(f"{place}: {path.name}: expected a regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise FlowError(f"{place}: {path.name}: {reason}") from None
    if len(data) > MAX_BYTES:
        raise FlowError(f"{place}: {path.name}: expected at most 1 MiB")
    return data


def _version(data: bytes, tables: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(hashlib.sha256(data).digest())
    for name in sorted(tables):
        digest.update(name.encode() + b"\0" + hashlib.sha256(tables[name]).digest())
    return digest.hexdigest()


# --- YAML ----------------------------------------------------------------------------------------


class _Reader:
    """Builds plain values straight from YAML's events, so that nothing grows before its check."""

    def __init__(self, path: FilePath, data: bytes) -> None:
        self._path = path
        self._data = data
        self._count = 0
        self._lines: dict[Path, int] = {(): 1}
        """The line (from 1) of each key and list item."""

    def read(self) -> tuple[Any, dict[Path, int]]:
        """The document's value and the lines. Raises FlowError."""
        try:
            text = self._data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = _line_at(self._data, error.start)
            raise FlowError(f"{self._path}:{line}: expected UTF-8 text") from None
        try:
            self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
            return self._document(), self._lines
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = min(mark.line + 1, text.count("\n") or 1) if mark else 1
            raise FlowError(f"{self._path}:{line}: not YAML: {error.problem}") from None
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise FlowError(f"{self._path}:{line}: expected printable text") from None

    def _document(self) -> Any:
        value: Any = None
        documents = 0
        for event in self._events:
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise self._refuse(event, "expected one document")
                case yaml.NodeEvent():
                    value = self._value(event, ())
        return value

    def _value(self, event: Any, path: Path) -> Any:
        self._guard(event, path)
        match event:
            case yaml.MappingStartEvent():
                return self._mapping(path)
            case yaml.SequenceStartEvent():
                return self._sequence(path)
            case yaml.ScalarEvent():
                return _scalar(event.value) if event.implicit[0] else event.value

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._guard(event, path)
            if not isinstance(event, yaml.ScalarEvent):
                raise self._refuse(event, "expected a plain key")
            key = event.value
            if key in found:
                first = self._lines[(*path, key)]
                raise self._refuse(event, f"the key {key[:64]!r} stands on line {first} already")
            self._lines[(*path, key)] = _line_of(event)
            found[key] = self._value(next(self._events), (*path, key))
        return found

    def _sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            place = (*path, len(found))
            self._lines[place] = _line_of(event)
            found.append(self._value(event, place))
        return found

    def _guard(self, event: Any, path: Path) -> None:
        self._count += 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._refuse(event, "anchors and aliases are not allowed; write it out")
        if event.tag is not None:
            raise self._refuse(event, "tags are not allowed")
        if len(path) > MAX_DEPTH:
            raise self._refuse(event, f"expected at most {MAX_DEPTH} levels")
        if self._count > MAX_VALUES:
            raise self._refuse(event, f"expected at most {MAX_VALUES} keys and values")

    def _refuse(self, event: Any, problem: str) -> FlowError:
        return FlowError(f"{self._path}:{_line_of(event)}: {problem}")


def _line_of(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _scalar(text: str) -> Any:
    """JSON's constants and numbers; all else is text, also `yes`, `on` and `2024-11-24`."""
    if text in _CONSTANT:
        return _CONSTANT[text]
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    return float(text) if match[1] else int(text)


# --- tables ------------------------------------------------------------------------------------


def _table(flow: FilePath, line: int, name: str) -> tuple[Table, bytes]:
    """A table's records and its bytes; `line` is where the flow names it."""
    folder = flow.parent.resolve()
    path = (folder / name).resolve() if "\0" not in name else folder
    if not path.is_relative_to(folder) or path == folder:
        raise FlowError(f"{flow}:{line}: expected a file inside the flow's folder")
    data = _read(path, f"{flow}:{line}")
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FlowError(f"{path}:{error.lineno}: not JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise FlowError(f"{path}:{_line_at(data, error.start)}: expected UTF-8 text") from None
    except RecursionError:
        raise FlowError(f"{path}:1: expected records without deep nesting") from None
    except ValueError as error:
        raise FlowError(f"{path}:1: {error}") from None
    return _records(path, value), data


def _line_at(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _records(path: FilePath, value: Any) -> Table:
    """Records with all values as they are spoken."""
    if not isinstance(value, dict) or not all(isinstance(r, dict) for r in value.values()):
        raise FlowError(f"{path}:1: expected an object of key to record (an object each)")
    return {
        key: {field: _spoken(path, field, content) for field, content in record.items()}
        for key, record in value.items()
    }


def _spoken(path: FilePath, field: str, value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)
        case _:
            raise FlowError(
                f"{path}:1: field {field[:64]!r}: expected text, a number or true/false"
            )
