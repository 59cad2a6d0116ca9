"""What a line carried since it was asked last. Pure."""

from dataclasses import replace

from warmline.events import LineMeasured
from warmline.ports import LineStats

EVERY_S = 10.0
"""Seconds between two readings: a bad stretch shows, and a long call's log stays short."""

_NOTHING = LineMeasured(received=0, lost=0, late=0, dropped=0, underruns=0, jitter_ms=0.0)


class LineMeter:
    def __init__(self) -> None:
        self._before = LineStats()

    def read(self, stats: LineStats) -> LineMeasured | None:
        """The difference to the reading before; None when nothing was carried."""
        before, self._before = self._before, stats
        carried = LineMeasured(
            received=stats.received - before.received,
            lost=stats.lost - before.lost,
            late=stats.late - before.late,
            dropped=stats.dropped - before.dropped,
            underruns=stats.underruns - before.underruns,
            jitter_ms=stats.jitter_ms,
        )
        return carried if carried != replace(_NOTHING, jitter_ms=stats.jitter_ms) else None
