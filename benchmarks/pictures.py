"""Which plots the results at hand allow. Knows the result files of the measures, and plots.py.

A plot whose data is not there is left out: its measure's row in the report says why.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import stats

Json = Mapping[str, Any]

WITHIN_MS: Final = 800
"""p95 of a cached prompt."""
SLO_MS: Final = 900


def draw(results: Mapping[str, Json], folder: Path) -> list[dict[str, str]]:
    """Write what can be drawn; title and file (from the report) of each."""
    try:
        import plots  # matplotlib: only the extra `bench` has it
    except ImportError:
        stats.err.print("no plots: matplotlib is missing (pip install -e '.[bench]')")
        return []
    drawn = []

    def add(title: str, name: str, write: Callable[[Path], None]) -> None:
        try:
            write(folder / name)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            stats.err.print(f"no plot {name}: {type(error).__name__} {error}")
        else:
            drawn.append({"title": title, "file": f"{folder.name}/{name}"})

    if waits := v2v(results):
        title = "How long callers wait, by who answers"
        add(title, "v2v.svg", lambda path: plots.histogram(path, waits, WITHIN_MS))
    if lines := curves(results):
        title = "Dead air against false cut-offs, where we ship marked"
        add(title, "endpointing.svg", lambda path: plots.curve(path, *lines))
    if steps := by_calls(results):
        title = "Waits against the number of calls at once"
        add(title, "calls.svg", lambda path: plots.against_calls(path, steps, SLO_MS))
    return drawn


def v2v(results: Mapping[str, Json]) -> dict[str, list[float]]:
    """Milliseconds of all turns with a cached answer, by who answered."""
    known: dict[str, list[float]] = {}
    if peers := results.get("peers"):
        known |= {name: list(values) for name, values in peers["v2v_ms"].items()}
    elif answers := results.get("answers"):
        batches = [batch for batch in answers["batches"] if batch["corpus"] == "talk"]
        calls = [call["v2v_ms"] for batch in batches for call in batch["calls"]]
        known["Warmline"] = [wait for wait in calls if wait is not None]
    return {name: values for name, values in known.items() if values}


Line = dict[str, list[tuple[float, float]]]


def curves(results: Mapping[str, Json]) -> tuple[Line, dict[str, tuple[float, float]]] | None:
    """Each policy's line, and the point at which it ships: the wait for a reply (ms, p50) and
    what callers notice (%); to a policy that takes nothing back all early ends are noticed."""
    lines: Line = {}
    ships: dict[str, tuple[float, float]] = {}
    for of in (results.get("endpointing") or {}).get("points", []):
        if of["corpus"] == "all" and of["reply"]:
            share = of["noticed_percent"] if of["undoes"] else of["cut_percent"]
            lines.setdefault(of["policy"], []).append((of["reply"]["p50"], share))
            if of["shipped"]:
                ships[of["policy"]] = lines[of["policy"]][-1]
    return (lines, ships) if lines else None


def by_calls(results: Mapping[str, Json]) -> dict[str, list[tuple[int, float, float]]]:
    """Calls at once, p50, p95 (ms) of Warmline and the peers."""
    steps: dict[str, list[tuple[int, float, float]]] = {}
    if calls := results.get("calls"):
        ours = [(s["calls"], s["v2v_ms"]) for s in calls["ramp"] if s["v2v_ms"]]
        steps["Warmline"] = [(n, of["p50"], of["p95"]) for n, of in ours]
    for name, rows in (results.get("peers") or {"by_calls": {}})["by_calls"].items():
        if name.casefold() != "warmline" or "Warmline" not in steps:
            steps[name] = [(row["calls"], row["p50"], row["p95"]) for row in rows]
    return {name: rows for name, rows in steps.items() if len(rows) > 1}
