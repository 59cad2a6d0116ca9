"""Problems told with their place: `file:line: path: message`. Pure.

Knows neither YAML nor the schema; whoever finds a problem says where it stands.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from warmline.errors import FlowError
from warmline.flows.problem import Path, Problem, Severity

MAX_REPORTED: Final = 20
"""Problems that one error tells of; more are counted."""
_TOLD: Final = re.compile(r"(?P<file>[^\n]+?):(?P<line>\d+): (?P<message>.*)")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


Places = Mapping[Path, Place]
"""Where each key and list item of a flow stands; `()` is its first line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem of a flow, and where it stands."""

    place: Place
    path: str = ""
    """Keys with dots between; empty when the problem is the file's own."""
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        told = f"{self.path}: {self.message}" if self.path else self.message
        return f"{self.place}: {told}"


class FlowRefused(FlowError):
    """A flow with errors; the message has a line for each, `findings` all of them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        told = [str(finding) for finding in findings[:MAX_REPORTED]]
        if len(findings) > MAX_REPORTED:
            file = findings[0].place.file
            told.append(f"{file}:1: and {len(findings) - MAX_REPORTED} more problems")
        super().__init__("\n".join(told))
        self.findings = tuple(findings)

    @classmethod
    def at(cls, file: object, line: int, message: str) -> Self:
        """One problem of a file as such."""
        return cls([Finding(place=Place(str(file), line), message=message)])


def findings_of(error: FlowError) -> tuple[Finding, ...]:
    """What the error tells of, whoever raised it."""
    if isinstance(error, FlowRefused):
        return error.findings
    return tuple(_told(line) for line in str(error).splitlines())


def _told(line: str) -> Finding:
    match = _TOLD.fullmatch(line)
    if match is None:
        return Finding(place=Place("", 0), message=line)
    return Finding(place=Place(match["file"], int(match["line"])), message=match["message"])


def locate(problems: Sequence[Problem], places: Places) -> list[Finding]:
    """The problems in the order of the files, each at its line."""
    files = list(dict.fromkeys(place.file for place in places.values()))
    found = [
        Finding(
            place=_nearest(problem.path, places),
            path=_shown(problem.path),
            message=problem.message,
            severity=problem.severity,
        )
        for problem in problems
    ]
    return sorted(found, key=lambda f: (files.index(f.place.file), f.place.line, f.path, f.message))


def _nearest(path: Path, places: Places) -> Place:
    """The place of the path, or of the nearest part of it that the files have."""
    while path not in places:
        path = path[:-1]
    return places[path]


def _shown(path: Path) -> str:
    dotted = ".".join(str(part) for part in path)[:200]
    return "".join(letter if letter.isprintable() else "?" for letter in dotted)
