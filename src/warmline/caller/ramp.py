"""Finds the largest number of calls that goes well: doubled until it does not, then halved. Pure.

Must not know what "well" means, nor how it is tried. What goes well with many calls is taken to
go well with fewer.
"""


class Ramp:
    def __init__(self, most: int, first: int = 1) -> None:
        """`first` are tried first, and no more than `most`."""
        self._most = most
        self._first = max(1, first)
        self.best = 0
        """The largest number that went well."""
        self._too_many = most + 1

    @property
    def next(self) -> int:
        """How many to try next; 0 when it is known."""
        if self.best + 1 >= self._too_many:
            return 0
        if self._too_many > self._most:
            return min(2 * self.best or self._first, self._most)
        return (self.best + self._too_many) // 2

    def tried(self, calls: int, well: bool) -> None:
        if well:
            self.best = max(self.best, calls)
        else:
            self._too_many = min(self._too_many, calls)
