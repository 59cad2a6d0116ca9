"""Owns how JSON from an unknown peer is read: small, shallow, and without two meanings.

Pure. Must not know what the messages say.
"""

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any, Final, Never

MAX_DEPTH: Final = 16
"""Nested objects and lists; media messages have three."""
MAX_KEYS: Final = 256
"""Of one object."""


def read_object(text: str) -> dict[str, Any]:
    """A JSON object (RFC 8259). Raises ValueError, whose words may quote the text: hide them.

    Refused too: NaN, numbers that are no finite number, a key twice in one object, an object of
    more than `MAX_KEYS` keys, more than `MAX_DEPTH` levels.
    """
    try:
        data = json.loads(
            text, parse_constant=_constant, parse_float=_float, object_pairs_hook=_pairs
        )
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(data, dict):
        raise ValueError("not an object")
    _check_depth(data)
    return data


def _constant(_name: str) -> Never:
    raise ValueError("not a number of JSON")


def _float(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError("too large a number")
    return number


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Two readers of one message could each believe another value.
    if len(pairs) > MAX_KEYS or len(found := dict(pairs)) < len(pairs):
        raise ValueError("too many keys, or one twice")
    return found


def _check_depth(data: object) -> None:
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [part for value in level for part in _containers(value)]
        if not level:
            return
    raise ValueError("nested too deep")


def _containers(value: object) -> list[object]:
    """The objects and lists in an object or a list."""
    parts = value.values() if isinstance(value, dict) else value
    assert isinstance(parts, Iterable)
    return [part for part in parts if isinstance(part, dict | list)]
