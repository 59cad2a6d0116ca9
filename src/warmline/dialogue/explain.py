"""Turns the schema's refusals into an author's words: "expected a text, found 12". Pure.

Knows no file and no YAML; what it returns are problems with paths as in flow.yaml.
"""

import re
from collections.abc import Container, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from warmline.dialogue import flow
from warmline.dialogue.checks import Problem, suggestion
from warmline.dialogue.flow import NODE_KINDS, Path

_SECTIONS: Final[Mapping[str | int, type[BaseModel]]] = {
    "persona": flow.Persona,
    "escape": flow.Escape,
    "after": flow.After,
    "repair": flow.Repair,
    "ask": flow.Ask,
    "look_up": flow.LookUp,
    "on": flow.Found,
    "escalate": flow.Escalate,
    "end": flow.End,
}
"""Which model stands under which key."""
_SHOULD: Final = re.compile(r"^\w+ should (?:be|have|match) ")
_PLAIN: Final = {
    "a valid string": "a text",
    "a valid boolean": "true or false",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid tuple": "a list",
    "a valid list": "a list",
}
MAX_SHOWN: Final = 40
"""Characters shown of a value that was found."""


def explain(error: ValidationError, known: Container[Path]) -> list[Problem]:
    """Every refusal of `FlowFile`; `known` are the paths that the file really has."""
    return [
        Problem(path=_path(detail["loc"], known), message=_message(detail))
        for detail in error.errors(include_url=False)
    ]


def _path(loc: Path, known: Container[Path]) -> Path:
    """Pydantic's place without what is not in the file (`[key]`); a missing key stays."""
    path: Path = ()
    loc = _untagged(loc)
    for at, part in enumerate(loc, start=1):
        if (*path, part) in known or (at == len(loc) and part != "[key]"):
            path = (*path, part)
    return path


def _untagged(loc: Path) -> Path:
    """Pydantic names the kind of node between the node and its keys."""
    return (*loc[:2], *loc[3:]) if loc[:1] == ("nodes",) and loc[2:3] != ("[key]",) else loc


def _message(detail: Any) -> str:
    match detail["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            keys = _keys(detail["loc"])
            return (
                f"unknown key{suggestion(str(detail['loc'][-1]), keys)} (known: {', '.join(keys)})"
            )
        case "union_tag_not_found":
            expected = f"exactly one of {', '.join(NODE_KINDS)}"
        case "string_pattern_mismatch":
            expected = "a name of a-z, 0-9 and _"
        case "model_type" | "model_attributes_type" | "dict_type":
            expected = "a mapping"
        case "value_error":
            expected = str(detail["ctx"]["error"]).removeprefix("expected ")
        case _:
            expected = _SHOULD.sub("", detail["msg"])
            expected = _PLAIN.get(expected, expected)
    return f"expected {expected}, found {_found(detail['input'])}"


def _keys(loc: Path) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    model: type[BaseModel]
    if loc[0] == "nodes" and len(loc) == 4:
        model = NODE_KINDS[str(loc[2])]
    else:
        model = _SECTIONS[loc[-2]] if len(loc) > 1 else flow.FlowFile
    return [field.alias or name for name, field in model.model_fields.items()]


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
