"""What is wrong with a flow, and where. Pure data."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

Path = tuple[str | int, ...]
"""Where something stands in the file: ("nodes", "reason", "ask", "type")."""


class Severity(StrEnum):
    ERROR = "error"
    """The flow is refused."""
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    path: Path
    message: str
    severity: Severity = Severity.ERROR


def suggestion(name: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x'?" when a known name is close, otherwise nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
