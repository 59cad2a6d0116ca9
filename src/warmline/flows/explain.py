"""Turns the schema's refusals into an author's words: "expected a text, found 12". Pure.

Knows no file and no YAML; what it returns are problems with paths as in flow.yaml, or in another
file of authors with a schema of its own.
"""

import re
from collections.abc import Container, Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from warmline.flows.fields import Ask, Form
from warmline.flows.flow import FlowFile
from warmline.flows.nodes import NODE_KINDS
from warmline.flows.problem import Path, Problem, suggestion

_SHOULD: Final = re.compile(r"^\w+ should (?:be|have|match) ")
_PLAIN: Final = {
    "a valid string": "a text",
    "a valid boolean": "true or false",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid tuple": "a list",
    "a valid list": "a list",
    "None": "nothing",
}
MAX_SHOWN: Final = 40
"""Characters shown of a value that was found."""


def explain(
    error: ValidationError, known: Container[Path], schema: type[BaseModel] = FlowFile
) -> list[Problem]:
    """Every refusal of `schema`, one for each path; `known` are the paths of the files."""
    problems: dict[Path, Problem] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail["loc"], known, missing=detail["type"] == "missing")
        problems.setdefault(path, Problem(path=path, message=_message(detail, schema)))
    return list(problems.values())


def _path(loc: Path, known: Container[Path], *, missing: bool) -> Path:
    """Pydantic's place without what is not in the file (`[key]`); a missing key stays."""
    path: Path = ()
    for part in _untagged(loc):
        if (*path, part) in known:
            path = (*path, part)
    return (*path, loc[-1]) if missing else path


def _untagged(loc: Path) -> Path:
    """Pydantic names the kind of node, and of question, between it and its keys."""
    if loc[:1] != ("nodes",) or loc[2:3] == ("[key]",):
        return loc
    if loc[2:4] == ("ask", "ask"):
        return (*loc[:2], "ask", *loc[5:])
    return (*loc[:2], *loc[3:])


def _message(detail: Any, schema: type[BaseModel]) -> str:
    match detail["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            keys = _keys(detail["loc"], schema)
            hint = suggestion(str(detail["loc"][-1]), keys)
            return f"unknown key{hint} (known: {', '.join(keys)})"
        case "union_tag_not_found":
            expected = f"exactly one of {', '.join(NODE_KINDS)}"
        case "string_pattern_mismatch":
            expected = _PATTERNS.get(detail["ctx"]["pattern"], "a name of a-z, 0-9 and _")
        case "model_type" | "model_attributes_type" | "dict_type":
            expected = "a mapping"
        case "value_error":
            expected = str(detail["ctx"]["error"]).removeprefix("expected ")
        case _:
            expected = _SHOULD.sub("", detail["msg"])
            expected = _PLAIN.get(expected, expected)
    return f"expected {expected}, found {_found(detail['input'])}"


_PATTERNS: Final = {
    r"^[1-9]$": "a key from 1 to 9",
    r"^(https?://|/|$)": "an address that begins with https://, http:// or /",
}


def _keys(loc: Path, model: type[BaseModel]) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    below = loc[:-1]
    if model is FlowFile and loc[0] == "nodes":
        model, below = NODE_KINDS[str(loc[2])], loc[3:-1]
    for at, part in enumerate(below):
        for name, field in model.model_fields.items():
            if part in (field.alias, name):
                inside = list(_models(field.annotation))
                if {Ask, Form} <= set(inside):
                    inside = [Form if below[at + 1 : at + 2] == ("slots",) else Ask]
                model = inside[0] if inside else model
                break
    keys = [field.alias or name for name, field in model.model_fields.items()]
    return [*keys, "include"] if model is FlowFile else keys


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field holds, however deep in its annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _found(value: Any) -> str:
    match value:
        case dict():
            return f"a mapping of {', '.join(map(repr, list(value)[:5]))}" if value else "{}"
        case list():
            return "a list"
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str() if len(value) > MAX_SHOWN:
            return repr(value[:MAX_SHOWN]) + "…"
        case _:
            return repr(value)
