"""A flow in several files: flow.yaml and the parts that it includes become one.

    include: [parts/goodbye.yaml, ../shared/hours.yaml]

Knows no schema beyond the names of the sections. A part has no includes of its own, so there
are no circles; it lies in the folder that holds the flows' folders, or deeper.
"""

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final

from warmline.flows import files
from warmline.flows.problem import Path
from warmline.flows.reader import Budget, Document, parse
from warmline.flows.report import Finding, FlowRefused, Place, Places

INCLUDE: Final = "include"
MAX_FILES: Final = 20
_NAMED: Final = ("nodes", "intents", "tables", "knowledge")
"""Sections of things with a name, each of which stands in one file."""
SECTIONS: Final = (*_NAMED, "repair", "hours", "escape")
"""What an included file may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A flow as its author wrote it, of one piece."""

    value: Any
    """Without `include`."""
    places: Places
    """Where each key and list item stands, in whichever file."""
    data: tuple[bytes, ...]
    """The files' content, flow.yaml first."""


def read_source(path: FilePath) -> Source:
    """flow.yaml at `path` with its includes.

    Raises FlowRefused: for a file that cannot be read, is no YAML, or is not allowed to be
    included, at the first of these; for names that stand in two files, with all of them.
    """
    budget = Budget()
    data = [files.read(path, Place(str(path), 1))]
    flow = parse(path, data[0], budget)
    if not isinstance(flow.value, dict) or INCLUDE not in flow.value:
        return Source(value=flow.value, places=flow.places, data=tuple(data))
    whole = _Whole(flow)
    for part in _included(path, flow):
        data.append(files.read(part, flow.places[INCLUDE,]))
        whole.add(_part(part, parse(part, data[-1], budget)))
    return Source(value=whole.result(), places=whole.places, data=tuple(data))


def _included(path: FilePath, flow: Document) -> list[FilePath]:
    """The paths of all includes, each once."""
    names = flow.value[INCLUDE]
    place = flow.places[INCLUDE,]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FlowRefused.at(place.file, place.line, "include: expected a list of files")
    if len(names) > MAX_FILES:
        raise FlowRefused.at(place.file, place.line, f"include: expected at most {MAX_FILES} files")
    folder = path.parent.resolve()
    found: list[FilePath] = []
    for index, name in enumerate(names):
        at = flow.places[INCLUDE, index]
        expected = "a file inside the folder that holds the flows' folders"
        part = files.inside(folder.parent, name, folder, at, expected)
        if part in found or part == path.resolve():
            raise FlowRefused.at(at.file, at.line, f"{part.name} is included already")
        found.append(part)
    return found


def _part(path: FilePath, part: Document) -> Document:
    """An included file that holds nothing but sections."""
    if not isinstance(part.value, dict):
        raise FlowRefused.at(path, 1, f"expected a mapping of {', '.join(SECTIONS)}")
    for key in part.value:
        if key not in SECTIONS:
            message = f"an included file cannot hold {key[:64]!r}, only {', '.join(SECTIONS)}"
            raise FlowRefused.at(path, part.places[key,].line, message)
    return part


class _Whole:
    """flow.yaml while its parts are put in."""

    def __init__(self, flow: Document) -> None:
        self._value = {key: value for key, value in flow.value.items() if key != INCLUDE}
        self.places = dict(flow.places)
        self._twice: list[Finding] = []

    def add(self, part: Document) -> None:
        self._merge(self._value, part.value, (), part.places)
        for path, place in part.places.items():
            self.places.setdefault(path, place)

    def result(self) -> dict[str, Any]:
        if self._twice:
            raise FlowRefused(self._twice)
        return self._value

    def _merge(self, into: dict[str, Any], more: dict[str, Any], at: Path, new: Places) -> None:
        whole = bool(at) and at[0] in _NAMED
        for key, value in more.items():
            path = (*at, key)
            if key not in into:
                into[key] = value
            elif isinstance(value, dict) and isinstance(into[key], dict) and not whole:
                self._merge(into[key], value, path, new)
            else:
                message = f"stands in {self.places[path]} already"
                dotted = ".".join(map(str, path))
                self._twice.append(Finding(place=new[path], path=dotted, message=message))
