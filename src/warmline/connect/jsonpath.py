"""Where a value stands in a JSON document: `$.order.items[0]['due date']`. Pure.

The closed subset of JSONPath (RFC 9535) that names one value: no wildcards, no filters, no
descent, so nothing in a flow or in a reply can make it slow. Knows no HTTP.
"""

import re
from typing import Final

Path = tuple[str | int, ...]
"""Names and positions from the root; a negative position counts from the end."""

MAX_STEPS: Final = 20
_STEP: Final = re.compile(
    r"\.(?P<name>[A-Za-z_\u0080-\U0010ffff][\w\u0080-\U0010ffff]*)"
    r"|\[(?P<position>0|-?[1-9]\d{0,8})\]"
    r"|\['(?P<single>(?:[^'\\\x00-\x1f]|\\['\\])*)'\]"
    r'|\["(?P<double>(?:[^"\\\x00-\x1f]|\\["\\])*)"\]',
    re.ASCII,
)
_ESCAPED: Final = re.compile(r"\\(.)")


def parse(path: str) -> Path:
    """The steps of `path`; `$` alone is the whole document.

    Raises ValueError with what was expected, and after how many characters.
    """
    if not path.startswith("$"):
        raise ValueError("expected a JSON path that begins with $, as in $.order.status")
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise ValueError(
                f"expected .name, [0] or ['any name'] after {path[:at]}: one value is named, "
                "without wildcards or filters"
            )
        steps.append(_step(step))
        at = step.end()
    if len(steps) > MAX_STEPS:
        raise ValueError(f"expected at most {MAX_STEPS} steps in a JSON path, not {len(steps)}")
    return tuple(steps)


def _step(step: re.Match[str]) -> str | int:
    if step["position"]:
        return int(step["position"])
    quoted = step["single"] if step["double"] is None else step["double"]
    return step["name"] if quoted is None else _ESCAPED.sub(r"\1", quoted)


def find(path: Path, value: object) -> object | None:
    """The value at `path` in a decoded document; None when there is none, and for null."""
    for step in path:
        match step, value:
            case str(), dict():
                value = value.get(step)
            case int(), list() if -len(value) <= step < len(value):
                value = value[step]
            case _:
                return None
    return value
