"""The suite's report as Markdown, from nothing but its own JSON. Pure.

Owns the layout: which tables, in which order, how numbers are written. Knows no measure's
program and no result file.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Json = Mapping[str, Any]

VERDICTS: Final = {
    "goal": "**goal reached**",
    "met": "**met**",
    "missed": "missed",
    "not run": "not run",
    "": "",
}
_HEADING: Final = ("figure", "measured", "of", "must", "goal", "verdict", "")
_PERCENTILES: Final = ("p50", "p95", "p99")


def markdown(report: Json) -> str:
    """`report` is what suite.py writes as report.json."""
    parts = [
        _head(report),
        _verdicts(report),
        *(_section(report, measure) for measure in report["measures"]),
        _plots(report),
        _runs(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: Json) -> str:
    machine = report["machine"]
    form = "quick form: few turns, a first impression" if report["quick"] else "full form"
    others = max((m["load"]["other_cores"] for m in report["measures"] if m["load"]), default=0.0)
    busy = [m["title"] for m in report["measures"] if m["load"] and m["load"]["busy"]]
    return "\n".join(
        [
            "# Benchmark report",
            "",
            f"{machine['at']}, {machine['cores']} cores of {machine['cpu'] or 'an unknown CPU'}, "
            f"Python {machine['python']}; {form}, {report['minutes']:.0f} minutes.",
            "",
            f"Speech: {report['speech']}. Milliseconds are p50 / p95 / p99 unless said otherwise. "
            "A percentile of few values is little more than their maximum: mind the column *of*.",
            "",
            f"**A busy machine**: others used up to {others:.1f} cores during {', '.join(busy)}. "
            "Compare within a table only."
            if busy
            else f"A quiet machine: others used at most {others:.2f} cores.",
        ]
    )


def _verdicts(report: Json) -> str:
    figures = [figure for measure in report["measures"] for figure in measure["figures"]]
    counts = {word: sum(f["verdict"] == word for f in figures) for word in VERDICTS}
    said = [
        f"{counts['goal'] + counts['met']} bounds kept ({counts['goal']} of them goals reached)",
        f"{counts['missed']} missed",
        f"{counts['not run']} not run",
    ]
    missed = [f["name"] for f in figures if f["verdict"] == "missed"]
    lines = [", ".join(said) + "."]
    if missed:
        lines += ["", "Missed: " + "; ".join(missed) + "."]
    return "\n".join(lines)


def _section(report: Json, measure: Json) -> str:
    lines = [f"## {measure['title']}", ""]
    if measure["failure"]:
        lines += [f"Not run: {measure['failure']}", ""]
    if measure["load"] and measure["load"]["busy"]:
        lines += [f"Others used {measure['load']['other_cores']:.1f} cores meanwhile.", ""]
    rows = [_row(figure) for figure in measure["figures"]]
    if rows:
        lines += table(_HEADING, rows)
    for extra in measure["tables"]:
        lines += ["", f"**{extra['title']}**", "", *table(extra["heading"], extra["rows"])]
    return "\n".join(lines).rstrip()


def _row(figure: Json) -> list[str]:
    if figure["failure"]:
        return [figure["name"], "-", "", "", "", VERDICTS["not run"], figure["failure"]]
    return [
        figure["name"],
        measured(figure),
        str(figure["n"] or ""),
        _bounds(figure, "must"),
        _bounds(figure, "goal"),
        VERDICTS[figure["verdict"]],
        figure["note"],
    ]


def measured(figure: Json) -> str:
    values = figure["values"]
    if "value" in values:
        return f"{number(values['value'])} {figure['unit']}".strip()
    known = [number(values[key]) for key in _PERCENTILES if key in values]
    return f"{' / '.join(known)} {figure['unit']}".strip()


def number(value: float) -> str:
    """With about three digits that count."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _bounds(figure: Json, which: str) -> str:
    known = [bound for bound in figure["bounds"] if bound[which] is not None]
    least = "at least " if any(bound["least"] for bound in known) else ""
    return least + " / ".join(number(bound[which]) for bound in known)


def _plots(report: Json) -> str:
    if not report["plots"]:
        return ""
    shown = [f"![{plot['title']}]({plot['file']})" for plot in report["plots"]]
    return "\n\n".join(["## Plots", *shown])


def _runs(report: Json) -> str:
    rows = [
        [
            measure["title"],
            f"{measure['seconds'] / 60:.1f} of {measure['minutes']:.1f}",
            *(
                [f"{load['before']:.1f}", f"{load['own_cores']:.1f}", f"{load['other_cores']:.2f}"]
                if (load := measure["load"])
                else ["", "", ""]
            ),
            f"`{' '.join(measure['command'])}`",
        ]
        for measure in report["measures"]
    ]
    heading = ("measure", "minutes", "load before", "own cores", "others' cores", "command")
    return "\n".join(["## How it was run", "", *table(heading, rows)])


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield f"|{'---|' * len(heading)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
