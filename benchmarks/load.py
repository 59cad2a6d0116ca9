"""Who else used the machine while something was measured? From /proc/stat, so: Linux.

Knows processors' time and process trees; nothing of what is measured.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from own_server import ProcessTree

BUSY_CORES: Final = 0.2
"""More than this used by others: the figures are those of a busy machine."""
_STAT: Final = Path("/proc/stat")
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    before: float
    """The load average of the minute before."""
    own_cores: float
    """Cores that this program and its children used, on average."""
    other_cores: float
    """Cores that all others used, the hypervisor included."""
    seconds: float

    @property
    def busy(self) -> bool:
        return self.other_cores > BUSY_CORES


class LoadWatch:
    """Measures between the beginning and the end of its `with`; then `load` tells."""

    load: Load

    def __enter__(self) -> Self:
        self._before = os.getloadavg()[0]
        self._tree = ProcessTree(os.getpid())
        self._begin = (time.perf_counter(), self._tree.cpu_s(), busy_s())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        began, own, busy = self._begin
        seconds = max(0.01, time.perf_counter() - began)
        mine = self._tree.cpu_s() - own
        others = max(0.0, busy_s() - busy - mine)
        self.load = Load(
            before=round(self._before, 2),
            own_cores=round(mine / seconds, 2),
            other_cores=round(others / seconds, 2),
            seconds=round(seconds, 1),
        )


def busy_s() -> float:
    """Seconds of CPU time that all processors together have not idled since the start."""
    fields = [int(part) for part in _STAT.read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) * _TICK_S
