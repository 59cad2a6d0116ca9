"""How a call to an endpoint ended. Pure data.

Knows neither HTTP nor where the values come from and go to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Code = Literal[
    "ok",
    "not_found",
    # the flow or the configuration is wrong
    "unknown_endpoint",  # the configuration has no such endpoint
    "bad_path",  # what should be saved is no JSON path
    "missing_value",  # the endpoint needs a value that the flow does not send
    "bad_value",  # a value cannot stand in the URL or is too long; a malformed key
    "unsafe_secret",  # a secret value would stand in the URL, or travel unencrypted
    # the peer was not reached
    "no_address",  # its name cannot be resolved
    "refused_address",  # its name points to an address where no endpoint may be
    "unreachable",  # no connection
    "bad_tls",  # a wrong certificate, or no TLS at all
    "broken_off",  # it closed the connection, or does not speak HTTP
    "timeout",  # the time was up; the peer, or its name server, was too slow
    "busy",  # the time was up while older requests of ours had all the connections
    "closed",  # the server is stopping
    # the peer's answer is of no use
    "redirect",  # it points elsewhere: the URL in the configuration is wrong
    "bad_status",  # any other status than 2xx
    "too_large",  # more bytes than allowed
    "not_json",  # another content type, or invalid JSON
    "too_deep",  # JSON nested beyond all measure
    "missing_field",  # no text, number, true or false at a JSON path
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    kind: Literal["ok", "not_found", "error"]
    """Which edge of the flow's node to take."""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Slot -> text as it is spoken, for every slot to save; empty unless `kind` is ok."""
    code: Code
    """The reason, for programs and logs; equals `kind` unless that is error."""
    status: int = 0
    """HTTP status of the last try, 0 when there was none."""
    seconds: float
    """How long it took, waiting and retries included."""


class Failed(Exception):
    """A try came to nothing. Stays within this room, where it becomes an `Outcome`."""

    def __init__(
        self, code: Code, *, status: int = 0, passing: bool = False, retry_after_s: float = 0.0
    ) -> None:
        super().__init__(code)
        self.code: Code = code
        self.status = status
        self.passing = passing
        """Another try may do better."""
        self.retry_after_s = retry_after_s
        """How long the peer wants to be left alone."""


def ended(code: Code, status: int, seconds: float, values: Mapping[str, str]) -> Outcome:
    """The outcome whose kind follows from its code."""
    match code:
        case "ok" | "not_found":
            return Outcome(kind=code, values=values, code=code, status=status, seconds=seconds)
        case _:
            return Outcome(kind="error", code=code, status=status, seconds=seconds)
