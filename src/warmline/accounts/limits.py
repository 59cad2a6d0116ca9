"""Owns how often a password may be guessed: waits that double, and that always end.

Pure: its callers bring `now` (any monotonic seconds). Must not know passwords or requests.

An attempt counts when it begins, so that many at once are many, and is taken back when it
succeeds. One that is refused counts for nothing: who keeps knocking does not lengthen the wait,
so nobody can lock a colleague out for good.
"""

import hashlib
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_DOUBLINGS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    free: int
    """Wrong attempts without a wait."""
    longest_s: float
    """The wait after one more is a second, then doubles up to this."""
    forget_s: float = 900.0
    """After so long without a wrong attempt all is forgotten."""

    def wait_s(self, wrong: int) -> float:
        over = min(wrong - self.free, _DOUBLINGS)
        return min(2.0 ** (over - 1), self.longest_s) if over > 0 else 0.0


PAIR: Final = Limit(free=5, longest_s=300.0)
"""One login from one address: a person who has forgotten, or a guesser. At worst 12 an hour."""
LOGIN: Final = Limit(free=20, longest_s=30.0)
"""One login from everywhere. The wait is short, because it meets the login's owner as well."""
ADDRESS: Final = Limit(free=50, longest_s=30.0)
"""All logins from one address: behind a proxy or a router that is a whole office."""
MAX_KEPT: Final = 20_000
"""Counts that are kept, about 200 bytes each; the one that rested longest goes first."""


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    last: float = 0.0
    until: float = 0.0


class Limits:
    def __init__(self, max_kept: int = MAX_KEPT) -> None:
        self._max = max_kept
        self._counts: OrderedDict[bytes, _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def begin(self, login: str, address: str, now: float) -> float:
        """0 when a password may be tried, which then counts as wrong until `succeeded`; else the
        seconds to wait."""
        keys = _keys(login, address)
        wait_s = max(self._wait_s(key, now) for key in keys)
        if wait_s <= 0.0:
            for key, limit in keys.items():
                self._add(key, limit, now)
        return max(wait_s, 0.0)

    def undo(self, login: str, address: str) -> None:
        """The password was not looked at."""
        for key in _keys(login, address):
            if (count := self._counts.get(key)) is not None:
                count.wrong, count.until = count.wrong - 1, 0.0

    def succeeded(self, login: str, address: str) -> None:
        """The password was right. What others got wrong from this address stays counted: a
        guesser with a login of their own must not begin anew whenever they like."""
        self.undo(login, address)
        pair, everywhere, _ = _keys(login, address)
        self._counts.pop(pair, None)
        self._counts.pop(everywhere, None)

    def _wait_s(self, key: bytes, now: float) -> float:
        count = self._counts.get(key)
        return count.until - now if count is not None else 0.0

    def _add(self, key: bytes, limit: Limit, now: float) -> None:
        count = self._counts.setdefault(key, _Count())
        if now - count.last >= limit.forget_s:
            count.wrong = 0
        count.wrong += 1
        count.last = now
        count.until = now + limit.wait_s(count.wrong)
        self._counts.move_to_end(key)
        while len(self._counts) > self._max:
            self._counts.popitem(last=False)


def _keys(login: str, address: str) -> dict[bytes, Limit]:
    """Of one size, whatever somebody sends for a login."""
    net = network(address)
    parts = {("pair", login, net): PAIR, ("login", login): LOGIN, ("address", net): ADDRESS}
    return {_key(part): limit for part, limit in parts.items()}


def network(address: str) -> str:
    """Who an address is: one of IPv6 stands for its /64, which is what one customer gets."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def _key(part: tuple[str, ...]) -> bytes:
    return hashlib.sha256("\0".join(part).encode(errors="surrogatepass")).digest()
