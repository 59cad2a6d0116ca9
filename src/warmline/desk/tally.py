"""What a queue achieved lately: handling times and the service level. Pure."""

from collections import deque
from typing import Final

HANDLED: Final = 20
"""Calls that the mean handling time is of: an hour or less in a small team, so that it follows
the day."""
ANSWERED: Final = 100
"""Calls that the service level is of."""


class Tally:
    def __init__(self, service_level_s: float) -> None:
        self._target_s = service_level_s
        self._in_time: deque[bool] = deque(maxlen=ANSWERED)
        self.handled: deque[float] = deque(maxlen=HANDLED)
        """Seconds from an agent's accepting until their notes were written."""

    def answered(self, waited_s: float) -> None:
        self._in_time.append(waited_s <= self._target_s)

    def abandoned(self, waited_s: float) -> None:
        """Who leaves within the target is not counted: nobody can tell how it would have been."""
        if waited_s > self._target_s:
            self._in_time.append(False)

    @property
    def service_level(self) -> float | None:
        """Answered in time, of all that were answered or left late; None: there were none."""
        return sum(self._in_time) / len(self._in_time) if self._in_time else None
