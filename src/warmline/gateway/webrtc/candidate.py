"""Owns which of a peer's addresses are tried. Pure. Syntax: RFC 8839, section 5.1.

Names (`….local`, RFC 8828) are left out: resolving them takes a multicast query that may hang
for seconds, and such a peer reaches us at our own addresses anyway.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

MAX_CANDIDATES: Final = 32
"""For all of a connection; more would make us a means to knock at strangers' ports."""

_FORM: Final = re.compile(
    r"(?:candidate:)?([A-Za-z0-9+/]{1,32}) 1 (udp) (\d{1,10}) ([0-9a-fA-F.:]{2,45}) (\d{1,5})"
    r" typ (host|srflx|prflx|relay)(?: .*)?",
    re.IGNORECASE | re.ASCII,
)


def usable(candidate: str) -> str | None:
    """The candidate in the plainest form; None when it is of no use or malformed."""
    match = _FORM.fullmatch(candidate.strip())
    if match is None:
        return None
    foundation, _, priority, host, port, kind = match.groups()
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        return None
    if not 0 < int(port) < 65_536 or int(priority) >= 1 << 32:
        return None
    # A peer-reflexive candidate cannot be offered; as a host's it does no harm.
    kind = "host" if kind.lower() == "prflx" else kind.lower()
    return f"{foundation} 1 udp {priority} {address} {port} typ {kind}"


def candidates_in(values: Iterable[str]) -> tuple[str, ...]:
    """The usable ones, each once, at most `MAX_CANDIDATES`."""
    found = dict.fromkeys(text for value in values if (text := usable(value)))
    return tuple(found)[:MAX_CANDIDATES]
