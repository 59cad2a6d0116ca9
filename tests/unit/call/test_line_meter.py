"""Readings of a line."""

from warmline.call.line_meter import LineMeter
from warmline.events import LineMeasured
from warmline.ports import LineStats


def test_each_reading_tells_what_came_since_the_last() -> None:
    meter = LineMeter()
    assert meter.read(LineStats()) is None
    stats = LineStats(received=500, lost=3, late=1, dropped=2, underruns=1, jitter_ms=4.5)
    first = LineMeasured(received=500, lost=3, late=1, dropped=2, underruns=1, jitter_ms=4.5)
    assert meter.read(stats) == first
    assert meter.read(stats) is None
    later = LineStats(received=900, lost=3, late=4, dropped=2, underruns=1, jitter_ms=2.0)
    second = LineMeasured(received=400, lost=0, late=3, dropped=0, underruns=0, jitter_ms=2.0)
    assert meter.read(later) == second
