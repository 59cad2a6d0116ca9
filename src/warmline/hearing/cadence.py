"""How often a growing utterance is decoded for those who watch. Pure: told how partials fared.

A call's partials take a fixed share of its time: what lies between two of them is a multiple of
what one takes, waiting included. So the cadence follows the load by itself: a crowd, or finals on
the same cores, make partials slow, and slow partials make themselves rare.
"""

from collections.abc import Callable
from typing import Final

from warmline.hearing.partials import CADENCE_S
from warmline.ports import Priority

FASTEST_S: Final = 0.4
SLOWEST_S: Final = 2.0
_SHARE: Final = 1 / 5
"""Of the time between two partials that one of them may take."""
_WEIGHT: Final = 0.2
"""Of the newest one in the moving mean."""
_LESS_OFTEN: Final = 2.0


class Cadence:
    """Shared by all calls."""

    def __init__(
        self,
        rung: Callable[[], int] = lambda: 0,
        *,
        unwatched: bool = True,
        adaptive: bool = True,
    ) -> None:
        """`rung` is that of the ladder under pressure; `unwatched`: calls that nobody watches get
        partials too; without `adaptive` all come at a fixed one."""
        self._rung = rung
        self._unwatched = unwatched
        self._adaptive = adaptive
        self._takes_s = 0.0

    def took(self, seconds: float) -> None:
        """A partial was answered after so long, or dropped."""
        self._takes_s += _WEIGHT * (seconds - self._takes_s)

    def seconds(self, priority: Priority) -> float | None:
        """Audio between two partials of this priority; None: no partials now.

        A barge-in check is more than a partial: it has them until finals themselves suffer.
        """
        rung, checks = self._rung(), priority <= Priority.BARGE_IN
        if rung >= (3 if checks else 2):
            return None
        if priority is Priority.PARTIAL and not self._unwatched:
            return None
        wanted = self._takes_s / _SHARE if self._adaptive else CADENCE_S
        if rung and not checks:
            wanted = _LESS_OFTEN * max(wanted, FASTEST_S)
        return min(SLOWEST_S, max(FASTEST_S, wanted))
