"""Owns what an RTP stream's sequence numbers tell: lost, late and doubled packets, and jitter.

Pure: the caller brings the clock. Must not know audio, nor when a packet is played.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

MAX_JUMP: Final = 3000
"""Packets (a minute). A longer jump is a new stream, as in RFC 3550, appendix A.1."""
_MEMORY: Final = 256
"""Packets (5 s) that are remembered to tell a double from a late one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How a caller's audio has arrived so far. Counts are of packets, usually of 20 ms."""

    received: int = 0
    """Without doubles."""
    lost: int = 0
    """Never came, or not in time."""
    late: int = 0
    """Of the lost: those that came after their place had been filled."""
    duplicates: int = 0
    bad: int = 0
    """Could not be decoded."""
    concealed: int = 0
    """Frames that were made up because there was nothing to play."""
    jitter_ms: float = 0.0
    """RFC 3550, section 6.4.1."""
    delay_ms: float = 0.0
    """How long packets wait here before they are played, on average."""
    round_trip_ms: float = 0.0
    """To the peer and back, as it reports (RFC 3550, section 6.4.1); 0 before its first report."""

    @property
    def loss(self) -> float:
        """0 to 1: the share of the packets that was missing."""
        return self.lost / max(1, self.received - self.late + self.lost)

    def before(self, later: "Quality") -> "Quality":
        """Of this connection and a later one: counts add up, times are the later's."""
        return Quality(
            received=self.received + later.received,
            lost=self.lost + later.lost,
            late=self.late + later.late,
            duplicates=self.duplicates + later.duplicates,
            bad=self.bad + later.bad,
            concealed=self.concealed + later.concealed,
            jitter_ms=later.jitter_ms,
            delay_ms=later.delay_ms,
            round_trip_ms=later.round_trip_ms,
        )


class Arrivals:
    """One stream, by its 16-bit sequence numbers."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._newest = 0
        self._before = 0  # packets expected in streams before this one
        self._known: set[int] = set()
        self._order: deque[int] = deque()
        self._transit_s: float | None = None
        self._jitter_s = 0.0
        self.received = 0
        self.duplicates = 0
        self.late = 0
        """Counted by whoever plays the packets."""

    def take(self, seq: int) -> bool:
        """Count a packet; False for a double."""
        number = self._unwrap(seq)
        if number in self._known:
            self.duplicates += 1
            return False
        self._known.add(number)
        self._order.append(number)
        if len(self._order) > _MEMORY:
            self._known.discard(self._order.popleft())
        self._newest = max(self._newest, number)
        self.received += 1
        return True

    def measure(self, transit_s: float) -> None:
        """`transit_s`: arrival minus the packet's time on the sender's clock, in seconds."""
        if self._transit_s is not None:
            self._jitter_s += (abs(transit_s - self._transit_s) - self._jitter_s) / 16
        self._transit_s = transit_s

    def restart(self) -> None:
        """Another stream begins: its numbers have nothing to do with those before."""
        self._before = self._expected
        self._first = self._transit_s = None
        self._known.clear()
        self._order.clear()

    @property
    def jitter_s(self) -> float:
        return self._jitter_s

    @property
    def lost(self) -> int:
        """Expected and not played in time; packets still under way are among them."""
        return max(0, self._expected - self.received + self.late)

    @property
    def _expected(self) -> int:
        return self._before + (0 if self._first is None else self._newest - self._first + 1)

    def _unwrap(self, seq: int) -> int:
        if self._first is not None:
            number = self._newest + signed(seq - self._newest, 16)
            if abs(number - self._newest) <= MAX_JUMP:
                self._first = min(self._first, number)
                return number
            self.restart()
        self._first = self._newest = seq
        return seq


def signed(difference: int, bits: int) -> int:
    """The difference of two counters that wrap, as the nearest way around."""
    half = 1 << bits - 1
    return (difference + half) % (1 << bits) - half
