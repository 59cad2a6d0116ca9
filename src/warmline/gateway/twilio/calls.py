"""Owns what becomes of a caller when the stream is over, until the provider asks.

Pure. Must not know XML or routes. The provider says which call it asks about and not why the
stream ended, so that is kept here, for a bounded number of calls: the oldest goes first, and a
call not known here is one that was never answered or whose server has died: it is rescued.
"""

from dataclasses import dataclass, replace
from typing import Final

MAX_CALLS: Final = 4096
IN_PEACE: Final = frozenset({"completed", "escalated", "caller_hung_up", "time_limit"})
"""Reasons of an end after which nobody needs to be rescued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A person who takes over."""

    destination: str
    call_id: str
    """Ours, under which the call's record is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """Nobody talks to the caller: lead them to a person, or say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """All was said."""


NextStep = Handed | Rescue | Over


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    reason: str = ""
    handed: Handed | None = None


class CallBook:
    def __init__(self, max_calls: int = MAX_CALLS) -> None:
        self._max = max_calls
        self._calls: dict[str, _Call] = {}

    def begun(self, call: str) -> None:
        """A stream of this call began (maybe not its first: nobody answered, say)."""
        self._calls.pop(call, None)
        while len(self._calls) >= self._max:
            del self._calls[next(iter(self._calls))]
        self._calls[call] = _Call()

    def handed_over(self, call: str, handed: Handed) -> None:
        self._calls[call] = replace(self._calls.get(call, _Call()), handed=handed)

    def ended(self, call: str, reason: str) -> None:
        """The stream's end; the first reason counts."""
        entry = self._calls.get(call, _Call())
        if not entry.reason:
            self._calls[call] = replace(entry, reason=reason)

    def next_step(self, call: str) -> NextStep:
        entry = self._calls.get(call, _Call())
        if entry.handed is not None:
            return entry.handed
        return Over() if entry.reason in IN_PEACE else Rescue()
