"""What an endpoint's reply says: its JSON, and in it the texts that a flow saves. Pure.

Takes bytes that may be anything. Knows no HTTP beyond the content type.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from warmline.connect.jsonpath import Path, find
from warmline.connect.outcome import Failed

MAX_TEXT: Final = 1_000
"""Characters of one saved text: a minute of speech, longer than any caller listens."""
_JSON: Final = re.compile(r"(?:application/(?:[\w.+-]+\+)?|text/)json\s*(?:;.*)?", re.I | re.S)


def is_json(content_type: str) -> bool:
    """Whether the header's value promises JSON: `application/json; charset=utf-8`."""
    return _JSON.fullmatch(content_type.strip()) is not None


def read(body: bytes, save: Mapping[str, Path]) -> dict[str, str]:
    """Slot -> text for every slot of `save`.

    Raises Failed with `not_json`, `too_deep` or `missing_field`.
    """
    document = _decoded(body)
    texts = {slot: spoken(find(path, document)) for slot, path in save.items()}
    found = {slot: text for slot, text in texts.items() if text}
    if len(found) < len(texts):
        raise Failed("missing_field")
    return found


def _decoded(body: bytes) -> object:
    try:
        # Numbers stay as they are written: 19.90 is an amount, and a number of 100,000 digits
        # costs nothing.
        return json.loads(body, parse_int=str, parse_float=str, parse_constant=_no_number)
    except RecursionError:
        raise Failed("too_deep") from None
    except ValueError:  # also for bytes that are no text
        raise Failed("not_json") from None


def _no_number(name: str) -> None:
    raise ValueError(f"expected JSON, which has no {name}")


def spoken(value: object) -> str:
    """A decoded value as it is spoken; empty for null, lists and objects, which are not."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return _clean(value)
        case _:
            return ""


def _clean(text: str) -> str:
    """On one line, without control and format characters or halves of surrogate pairs."""
    kept = (" " if char.isspace() else char for char in text[: 4 * MAX_TEXT])
    printable = "".join(char for char in kept if not unicodedata.category(char).startswith("C"))
    return " ".join(printable.split())[:MAX_TEXT].rstrip()
