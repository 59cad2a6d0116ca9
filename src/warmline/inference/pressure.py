"""The ladder under pressure: what recognition leaves out so that callers are still answered.

Pure: told when finals were answered and how long they wait; knows neither speech nor clocks.
Rungs are climbed one at a time, quickly, and left one at a time, slowly; a rung that was left too
soon is kept for twice as long.
"""

import math
from collections import deque
from collections.abc import Callable
from typing import Final

RUNGS: Final = (
    "all",
    "partials less often",
    "no partials",
    "finals by the small model",
    "keypad only",
)
LAST: Final = len(RUNGS) - 1

OnChange = Callable[[int, str], None]
"""The new rung, and what led to it, for people."""

_WINDOW_S: Final = 4.0
_LATE_SHARE: Final = 0.3
_LATE_LEAST: Final = 2
"""One late final may be a hard one; two of few are load."""
_STUCK_S: Final = 1.5
"""A final that nobody has begun for so long says more than any share."""
_CLIMB_S: Final = 1.0
"""On each rung at least; what is left out needs a moment to be felt."""
_CALM_S: Final = 6.0
"""Without a late final before the first step down."""
_MAX_CALM_S: Final = 60.0
_FRESH: Final = 0.5
"""A final that waited for less than this part of `_STUCK_S` is no sign of load."""


class Pressure:
    """`served` and `tick` with the same clock (seconds, only forward)."""

    def __init__(self) -> None:
        self.rung = 0
        self.because = "no load yet"
        self._finals: deque[tuple[float, bool]] = deque()
        self._changed_at = -math.inf
        self._troubled_at = -math.inf
        self._left_at = -math.inf
        self._calm_s = _CALM_S
        self._watchers: list[OnChange] = []

    def watch(self, on_change: OnChange) -> Callable[[], None]:
        """Have each change told; call the result to end that."""
        self._watchers.append(on_change)
        return lambda: self._watchers.remove(on_change)

    def served(self, now: float, *, late: bool) -> None:
        """A final was answered, or given up (which is late)."""
        self._finals.append((now, late))
        if late:
            self._troubled_at = now
        self.tick(now)

    def tick(self, now: float, waiting_s: float = 0.0) -> None:
        """Time passes; the oldest final that no worker has begun waits for `waiting_s`."""
        while self._finals and self._finals[0][0] < now - _WINDOW_S:
            self._finals.popleft()
        if waiting_s > _STUCK_S * _FRESH:
            self._troubled_at = now
        late = sum(was_late for _, was_late in self._finals)
        crowded = late >= max(_LATE_LEAST, _LATE_SHARE * len(self._finals))
        if crowded or waiting_s > _STUCK_S:
            why = f"{late} of {len(self._finals)} finals late within {_WINDOW_S:.0f} s"
            self._climb(now, why if crowded else f"a final waits for {waiting_s:.1f} s")
        elif now - max(self._troubled_at, self._changed_at) >= self._calm_s:
            self._descend(now)

    def _climb(self, now: float, because: str) -> None:
        if self.rung == LAST or now - self._changed_at < _CLIMB_S:
            return
        if now - self._left_at < self._calm_s:
            self._calm_s = min(_MAX_CALM_S, 2 * self._calm_s)
        self._change(now, self.rung + 1, because)

    def _descend(self, now: float) -> None:
        if self.rung:
            self._left_at = now
            self._change(now, self.rung - 1, f"no final was late for {self._calm_s:.0f} s")
        else:
            self._calm_s = _CALM_S

    def _change(self, now: float, rung: int, because: str) -> None:
        self.rung, self.because, self._changed_at = rung, because, now
        self._finals.clear()  # those were answered as the rung before had it
        for watcher in [*self._watchers]:
            watcher(rung, because)
