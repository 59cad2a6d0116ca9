"""Small English for packets and summaries: lists, quotes, counts. Pure."""

import re
from collections.abc import Sequence
from typing import Final

_LONG: Final = 140
"""Characters of a quotation; more is cut at a word."""
_END: Final = re.compile(r"(?<=[.!?…])\s+")


def small(text: str) -> str:
    """To stand inside a sentence; what is written in capitals stays."""
    first, _, _ = text.partition(" ")
    keeps = first == "I" or first.startswith("I'") or first[1:] != first[1:].lower()
    return text if keeps else text[:1].lower() + text[1:]


def listed(parts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def quoted(text: str, limit: int = _LONG) -> str:
    """In quotation marks, on one line, cut at a word."""
    plain = " ".join(text.replace('"', "'").split())
    if len(plain) > limit:
        plain = plain[:limit].rpartition(" ")[0].rstrip(" ,;:.") + " …"
    return f'"{plain}"'


def sentence(text: str) -> str:
    """Begins large and ends with a stop."""
    text = text.strip()
    whole = text[:1].upper() + text[1:]
    return (
        whole
        if not whole or whole.endswith((".", "!", "?", '."', '!"', '?"', '…"'))
        else f"{whole}."
    )


def parted(text: str) -> list[str]:
    """The sentences of a text."""
    return [part for part in _END.split(text.strip()) if part]


def question_in(text: str) -> str:
    """What is asked in a prompt: its question, or else how it begins."""
    found = parted(text)
    asked = [part for part in found if part.endswith("?")]
    return asked[0] if asked else max(found, key=len, default=text)


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def lasting(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def not_found(things: Sequence[str], system: str) -> str:
    return f"{listed(things)} {'was' if len(things) == 1 else 'were'} not found in {system}"
