"""Tables of the report that are no figures with bounds: ablations, the scheduler. Pure.

Knows the JSON of these measures; others may write `tables` themselves.
"""

from collections.abc import Mapping
from typing import Any

from report import number

Json = Mapping[str, Any]


def tables(measure: str, result: Json | None) -> list[dict[str, Any]]:
    """Title, heading and rows. A result may also hold `tables` of its own."""
    if result is None:
        return []
    own = list(result.get("tables") or [])
    match measure:
        case "ablations":
            return [*own, _ablations(result)]
        case "scheduler":
            return [*own, _scheduler(result)]
        case _:
            return own


def _scheduler(result: Json) -> dict[str, Any]:
    def cells(row: Json) -> list[str]:
        final, cadence = row["final_ms"], row["cadence_s"]
        return [
            row["means"],
            str(row["calls"]),
            f"{number(final['p50'])} / {number(final['p95'])}" if final else "-",
            str(row["finals_failed"]),
            f"{number(cadence['p50'])} / {number(cadence['p95'])}" if cadence else "-",
            str(row["highest_rung"]),
            number(row["own_cores"]),
        ]

    heading = ["means", "calls", "final p50 / p95, ms", "failed", "cadence p50 / p95, s"]
    return {
        "title": "Simulated calls, and one means off at a time",
        "heading": [*heading, "highest rung", "cores"],
        "rows": [cells(row) for row in result["rows"]],
    }


def _ablations(result: Json) -> dict[str, Any]:
    rows = [_ablation(row, result["rows"][0]) for row in result["rows"]]
    heading = ["without", "V2V p50 / p95, ms", "against all on", "turns", "cut off", "missed"]
    return {
        "title": "One technique off at a time",
        "heading": [*heading, "CPU s per minute", "ready after s", ""],
        "rows": rows,
    }


def _ablation(row: Json, all_on: Json) -> list[str]:
    if row.get("failure"):
        return [row["name"], "not run", *[""] * 6, row["failure"]]
    v2v, before = row["v2v_ms"], all_on.get("v2v_ms")
    gaps = [v2v[key] - before[key] for key in ("p50", "p95")] if before else []
    return [
        row["name"],
        f"{number(v2v['p50'])} / {number(v2v['p95'])}",
        " / ".join(f"{gap:+.0f}" for gap in gaps) if row is not all_on else "",
        str(v2v["n"]),
        str(row["cut_off"]),
        str(row["missed"]),
        number(row["cpu_s_per_call_minute"]),
        number(row["start_s"]),
        row.get("note", ""),
    ]
