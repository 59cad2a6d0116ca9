"""What the benchmarks share: percentiles, tables, the result file, the cost of processes.

Knows no call and no recogniser. Reads /proc, so CPU and memory are known on Linux only.
"""

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

out = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True, highlight=False)

_PROC: Final = Path("/proc")
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How measured values are spread; their unit is that of the values."""

    n: int
    p50: float
    p95: float
    max: float

    def row(self) -> list[str]:
        return [str(self.n), *(f"{value:.0f}" for value in (self.p50, self.p95, self.max))]


def spread(values: Sequence[float | None]) -> Spread | None:
    """Missing values (None) are left out: whoever has them counts them as failures."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    p50, p95, most = (round(float(np.percentile(known, p)), 1) for p in (50, 95, 100))
    return Spread(n=len(known), p50=p50, p95=p95, max=most)


def table(title: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print it; all columns but the first hold figures."""
    shown = Table(title=title, title_justify="left", title_style="bold")
    for number, name in enumerate(heading):
        shown.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        shown.add_row(*row)
    out.print(shown)


def like_a_worker() -> None:
    """Begin this program again with a worker process's one thread for numpy, if it has more.

    A second one spins for 0.1 s behind every spectrum, and is counted as CPU time of the models.
    """
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.stdout.flush()
        again = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "OMP_NUM_THREADS": "1"})  # noqa: S606


def machine() -> dict[str, Any]:
    """Where and when this was measured, and how busy the machine was before."""
    cpu = ""
    if (_PROC / "cpuinfo").exists():
        lines = (_PROC / "cpuinfo").read_text().splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": cpu or platform.processor(),
        "cores": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "command": ["python", *short(sys.argv)],
    }


def short(arguments: Sequence[str]) -> list[str]:
    """Without the folders of this machine."""
    return [Path(one).name if Path(one).is_absolute() else one for one in arguments]


def write_json(path: Path, result: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    err.print(f"written: {path}")


def read_json(path: Path) -> Any:
    """What a result file holds; None when there is none, or half of one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
