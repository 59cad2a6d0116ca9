"""What each figure must be, and what it should be. Pure; knows no figure and no file.

The bounds are those of the project's budgets for two cores.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a figure must be, and what it should be; not more, or with `least` not less."""

    key: str
    """Which of the figure's values: p50, p95, value."""
    must: float | None = None
    goal: float | None = None
    least: bool = False

    def verdict(self, value: float) -> str:
        """goal | met | missed"""
        if self.goal is not None and self._keeps(value, self.goal):
            return "goal"
        if self.must is None:
            return "" if self.goal is None else "missed"
        return "met" if self._keeps(value, self.must) else "missed"

    def _keeps(self, value: float, bound: float) -> bool:
        return value >= bound if self.least else value <= bound


def p50_p95(must: tuple[float, float], goal: tuple[float, float]) -> tuple[Bound, ...]:
    return (
        Bound(key="p50", must=must[0], goal=goal[0]),
        Bound(key="p95", must=must[1], goal=goal[1]),
    )


CACHED: Final = p50_p95((450, 800), (300, 500))
SYNTHESIZED: Final = p50_p95((600, 900), (400, 650))
TTFS: Final = p50_p95((400, 600), (250, 400))
WORD: Final = (Bound(key="p50", must=1000, goal=600),)
BARGE_IN: Final = (Bound(key="p95", must=300, goal=200),)
CUT_OFFS: Final = (Bound(key="value", must=5, goal=2),)
CALLS: Final = (Bound(key="value", must=8, goal=16, least=True),)
NONE: Final = (Bound(key="value", must=0, goal=0),)
FLAT: Final = (Bound(key="value", must=1.1, goal=1.0),)
WER_GAP: Final = (Bound(key="value", must=0.5, goal=0),)
ENCODE: Final = (Bound(key="value", must=6, least=True),)
READY: Final = (Bound(key="p50", goal=5),)
NEW: Final = (Bound(key="p50", goal=200),)
