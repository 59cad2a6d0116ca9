"""What a line carried since it was asked last. Pure."""

from warmline.events import LineMeasured
from warmline.ports import LineStats

EVERY_S = 10.0
"""Seconds between two readings: a bad stretch shows, and a long call's log stays short."""


class LineMeter:
    def __init__(self) -> None:
        self._before = LineStats()

    def read(self, stats: LineStats) -> LineMeasured | None:
        """The difference to the reading before; None when nothing was carried."""
        before, self._before = self._before, stats
        if stats == before:
            return None
        return LineMeasured(
            received=stats.received - before.received,
            lost=stats.lost - before.lost,
            late=stats.late - before.late,
            dropped=stats.dropped - before.dropped,
            underruns=stats.underruns - before.underruns,
            jitter_ms=stats.jitter_ms,
        )
