"""Reads the conversations beside a flow: `conversations/*.yaml`.

A file holds one conversation, or several under `conversations`. The same limits and the same
kind of errors as for flows. Knows no call.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from warmline.flows import files
from warmline.flows.fields import Name
from warmline.flows.problem import Path, Problem
from warmline.flows.reader import parse
from warmline.flows.report import Finding, FlowRefused, Place, Places, locate
from warmline.trial.conversation import ConversationFile, Replies, Reply
from warmline.trial.runner import Script

FOLDER: Final = "conversations"
LIST: Final = "conversations"
_REPLIES: Final = TypeAdapter(dict[Name, Replies])
_PLAIN: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "extra_forbidden": "unknown key",
    "string_type": "expected a text",
    "literal_error": "expected true",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "model_attributes_type": "expected a mapping",
    "tuple_type": "expected a list",
    "string_pattern_mismatch": "expected a name of a-z, 0-9 and _",
}
"""What pydantic's kinds of error are to an author; others are told in its own words."""


def read_scripts(flow: FilePath) -> list[Script]:
    """All conversations of the flow in this folder, in the order of their files.

    Raises FlowRefused; its message has one line `file:line: …` for each problem of all files.
    """
    scripts: list[Script] = []
    findings: list[Finding] = []
    for path in sorted((flow / FOLDER).glob("*.yaml")):
        try:
            scripts += read_script_file(path)
        except FlowRefused as refused:
            findings += refused.findings
    if findings:
        raise FlowRefused(findings)
    return scripts


def read_script_file(path: FilePath) -> list[Script]:
    """The conversations of one file. Raises FlowRefused."""
    document = parse(path, files.read(path, Place(str(path), 1)))
    places, value = document.places, document.value
    several = isinstance(value, dict) and LIST in value
    try:
        content = ConversationFile.model_validate(value if several else {LIST: [value]})
    except ValidationError as error:
        problems = [_problem(detail, places, several) for detail in error.errors()]
        raise FlowRefused(locate(problems, places)) from None
    return [
        Script(
            file=str(path),
            line=places[at].line,
            lines=tuple(places[*at, "turns", n].line for n in range(len(one.turns))),
            conversation=one,
        )
        for one, at in zip(content.conversations, _paths(several), strict=False)
    ]


def read_replies(path: FilePath) -> dict[str, tuple[Reply, ...]]:
    """Scripted answers of endpoints, as under `endpoints` of a conversation. Raises FlowRefused."""
    document = parse(path, files.read(path, Place(str(path), 1)))
    try:
        return _REPLIES.validate_python(document.value)
    except ValidationError as error:
        problems = [_problem(detail, document.places, True) for detail in error.errors()]
        raise FlowRefused(locate(problems, document.places)) from None


def _paths(several: bool) -> Iterator[Path]:
    """Where each conversation stands."""
    number = 0
    while several:
        yield (LIST, number)
        number += 1
    yield ()


def _problem(detail: Any, places: Places, several: bool) -> Problem:
    """Pydantic's place without what is not in the file; a missing key stays."""
    loc: Path = detail["loc"] if several else detail["loc"][2:]
    path: Path = ()
    for part in loc:
        if (*path, part) in places:
            path = (*path, part)
    if detail["type"] == "missing":
        path = (*path, loc[-1])
    return Problem(path=path, message=_message(detail))


def _message(detail: Any) -> str:
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    message = str(detail["msg"])
    return _PLAIN.get(detail["type"], message[:1].lower() + message[1:])
