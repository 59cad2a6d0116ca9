"""The suite's plots, as SVG that can be read on light and on dark pages.

Knows matplotlib and lists of numbers; no measure and no file but those it writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

GREY: Final = "#808080"
"""Axes and words: enough contrast on white and on black (3.9 to 1, 5.3 to 1)."""
COLOURS: Final = ("#2f7fd1", "#d9822b", "#8f5fc0", "#3a9d5d", "#c0504d", "#8a8a2a")
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "warmline",
    "font.size": 10,
    "text.color": GREY,
    "axes.labelcolor": GREY,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
_BIN_MS: Final = 50


def histogram(path: Path, waits_ms: Mapping[str, Sequence[float]], bound_ms: float) -> None:
    """How many percent of the turns waited how long, by who answers; 5 s and more are one bar."""
    figure, axes = _new()
    bins = np.arange(0, 5_000 + _BIN_MS, _BIN_MS)
    for colour, (name, values) in zip(_colours(waits_ms), waits_ms.items(), strict=True):
        share = np.full(len(values), 100 / max(1, len(values)))
        kept = np.clip(np.asarray(values, dtype=float), 0, 5_000 - 1)
        label = f"{name} (n = {len(values)}, p50 {np.median(values):.0f} ms)"
        axes.hist(kept, bins.tolist(), weights=share, color=colour, alpha=0.7, label=label)
    longest = max((max(values) for values in waits_ms.values() if len(values)), default=1_000)
    axes.set_xlim(0, min(5_000, 1.1 * max(longest, 1_000)))
    label = f"{bound_ms:.0f} ms: our bound for p95"
    axes.axvline(bound_ms, color=GREY, linestyle=":", linewidth=1, label=label)
    _label(axes, "end of voice to first audible sample (ms)", "turns (%)")
    _save(figure, path)


def curve(
    path: Path,
    lines: Mapping[str, Sequence[tuple[float, float]]],
    points: Mapping[str, tuple[float, float]],
) -> None:
    """Dead air (ms) against false cut-offs (%): a line for each policy, a point as it ships."""
    figure, axes = _new()
    for colour, (name, line) in zip(_colours(lines), lines.items(), strict=True):
        x, y = zip(*sorted(line), strict=True)
        axes.plot(x, y, color=colour, marker=".", label=name)
        if name in points:
            axes.plot(*points[name], color=colour, marker="o", markersize=9)
    _label(axes, "end of voice to a cached reply, p50 (ms)", "false cut-offs (% of turns)")
    axes.set_ylim(bottom=0)
    _save(figure, path)


def against_calls(
    path: Path, steps: Mapping[str, Sequence[tuple[int, float, float]]], bound_ms: float
) -> None:
    """V2V against the number of calls at once: p50 as a line, up to p95 as its shade."""
    figure, axes = _new()
    for colour, (name, rows) in zip(_colours(steps), steps.items(), strict=True):
        calls, p50, p95 = zip(*sorted(rows), strict=True)
        axes.plot(calls, p50, color=colour, marker="o", label=f"{name}, p50")
        axes.plot(calls, p95, color=colour, marker=".", linestyle="--", label=f"{name}, p95")
        axes.fill_between(calls, p50, p95, color=colour, alpha=0.15)
    label = f"{bound_ms:.0f} ms: our bound for p95"
    axes.axhline(bound_ms, color=GREY, linestyle=":", linewidth=1, label=label)
    _label(axes, "calls at once", "end of voice to first audible sample (ms)")
    axes.set_ylim(bottom=0)
    _save(figure, path)


def _new() -> tuple[Figure, Axes]:
    with plt.rc_context(_STYLE):
        return plt.subplots(figsize=(8, 4))


def _colours(names: Iterable[str]) -> list[str]:
    """Ours is the first everywhere; the others take turns."""
    others = cycle(COLOURS[1:])
    return [COLOURS[0] if name.casefold() == "warmline" else next(others) for name in names]


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(color=GREY, alpha=0.25, linewidth=0.5)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(labelcolor=GREY, frameon=False, loc="upper right")


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with plt.rc_context(_STYLE):
        figure.tight_layout()
        figure.savefig(path, transparent=True, metadata={"Date": None})
    plt.close(figure)
