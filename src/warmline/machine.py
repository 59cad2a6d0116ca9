"""What this machine is: its processor, and the cores that this process may use. Measures nothing;
knows no room of the server."""

import os
import platform
from pathlib import Path
from typing import Final

_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
_CPUINFO: Final = Path("/proc/cpuinfo")


def cores() -> int:
    """Those that this process may use; of a container's share of time, as many as it is worth."""
    many = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = _QUOTA.read_text().split()
        return max(1, min(many or 1, round(int(quota) / int(period))))
    except (OSError, ValueError):  # none, or "max"
        return many or 1


def processor() -> str:
    """Its model, as the operating system calls it."""
    try:
        lines = _CPUINFO.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    names = (line.partition(":")[2] for line in lines if line.startswith("model name"))
    return " ".join(next(names, "").split()) or platform.processor() or platform.machine()
