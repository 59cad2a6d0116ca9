"""Owns how many strangers may stand at the doors: connections that have not said `start`.

Pure. Must not know doors. A full lobby refuses newcomers, and never touches a call.
"""

from collections import Counter
from typing import Final

MAX_WAITING: Final = 256
"""Of all addresses; each costs about 40 kB, and is sent away after 5 s."""
MAX_EACH: Final = 32
"""Of one address. Behind a proxy all have its address; a caller says `start` in far less than a
second, so that many at once are more than 32 new calls a second."""


class Lobby:
    def __init__(self, max_waiting: int = MAX_WAITING, max_each: int = MAX_EACH) -> None:
        self._max_waiting = max_waiting
        self._max_each = max_each
        self._waiting = Counter[str]()

    def enter(self, address: str) -> "Seat | None":
        """A place for a newcomer from this address; None when there is none."""
        full = self._waiting.total() >= self._max_waiting
        if full or self._waiting[address] >= self._max_each:
            return None
        self._waiting[address] += 1
        return Seat(self._waiting, address)


class Seat:
    def __init__(self, waiting: Counter[str], address: str) -> None:
        self._waiting = waiting
        self._address = address
        self._left = False

    def leave(self) -> None:
        """The call begins, or the newcomer is gone. Idempotent."""
        if not self._left:
            self._left = True
            self._waiting[self._address] -= 1
            self._waiting += Counter()  # forgets those at zero
