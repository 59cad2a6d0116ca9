"""YAML as authors may write it, with the line of each key; the only importer of yaml. Pure.

Knows no schema and opens no file. What it reads is untrusted: no anchors, aliases or tags,
bounded in size, depth and count, and nothing grows before its check.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final

import yaml

from warmline.flows.problem import Path
from warmline.flows.report import FlowRefused, Place, Places

MAX_BYTES: Final = 1024 * 1024
"""Of a flow with its includes; the largest flow that ships has a fiftieth of it."""
MAX_DEPTH: Final = 20
MAX_VALUES: Final = 20_000
"""Keys and values: 400 nodes with 50 each."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Signs that no text has; YAML's escapes ("\\0") can write them."""
_CONSTANT: Final = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})(\.\d{1,15})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's content as plain values: mappings, lists, texts, numbers, true, false, null."""

    value: Any
    places: Places


class Budget:
    """What all files of one flow may have together. Used once."""

    def __init__(self) -> None:
        self.bytes = MAX_BYTES
        self.values = MAX_VALUES


def parse(file: FilePath, data: bytes, budget: Budget | None = None) -> Document:
    """Only `true`, `false`, `null` and JSON's numbers are no text; `yes`, `on` and dates are.

    Raises FlowRefused with the place of the first thing that is not allowed.
    """
    budget = budget or Budget()
    budget.bytes -= len(data)
    if budget.bytes < 0:
        raise FlowRefused.at(file, 1, "expected at most 1 MiB, all included files together")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FlowRefused.at(file, line_at(data, error.start), "expected UTF-8 text") from None
    try:
        return _Reader(file, text, budget).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = min(mark.line + 1, text.count("\n") or 1) if mark else 1
        raise FlowRefused.at(file, line, f"not YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise FlowRefused.at(file, line, "expected printable text") from None


def written(value: Any) -> str:
    """Plain data as YAML that `parse` reads back."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    return text


def line_at(data: bytes, position: int) -> int:
    """The line (from 1) that the byte stands on."""
    return data.count(b"\n", 0, position) + 1


class _Reader:
    """Builds plain values straight from YAML's events."""

    def __init__(self, file: FilePath, text: str, budget: Budget) -> None:
        self._file = str(file)
        self._budget = budget
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._places: dict[Path, Place] = {(): Place(self._file, 1)}

    def document(self) -> Document:
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
        return Document(value=value, places=self._places)

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
                line = self._places[(*path, key)].line
                raise self._refuse(event, f"the key {key[:64]!r} stands on line {line} already")
            self._places[(*path, key)] = self._place(event)
            found[key] = self._value(next(self._events), (*path, key))
        return found

    def _sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            item = (*path, len(found))
            self._places[item] = self._place(event)
            found.append(self._value(event, item))
        return found

    def _guard(self, event: Any, path: Path) -> None:
        self._budget.values -= 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._refuse(event, "anchors and aliases are not allowed; write it out")
        if event.tag is not None:
            raise self._refuse(event, "tags are not allowed")
        if len(path) > MAX_DEPTH:
            raise self._refuse(event, f"expected at most {MAX_DEPTH} levels")
        if self._budget.values < 0:
            raise self._refuse(event, f"expected at most {MAX_VALUES} keys and values")
        if isinstance(event, yaml.ScalarEvent) and _CONTROL.search(event.value):
            raise self._refuse(event, "expected printable text")

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1)

    def _refuse(self, event: Any, problem: str) -> FlowRefused:
        return FlowRefused.at(self._file, self._place(event).line, problem)


def _scalar(text: str) -> Any:
    """JSON's constants and numbers; all else is text, also `yes`, `on` and `2024-11-24`."""
    if text in _CONSTANT:
        return _CONSTANT[text]
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    return float(text) if match[1] else int(text)
