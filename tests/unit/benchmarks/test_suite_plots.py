"""The plots are drawn from what there is, with labelled axes and no background of their own."""

from pathlib import Path
from typing import Any

import pytest

from pictures import draw

pytest.importorskip("matplotlib")

STEP = {"calls": 1, "v2v_ms": {"p50": 400.0, "p95": 700.0}}
POINT = {
    "corpus": "all",
    "policy": "Warmline",
    "reply": {"p50": 420.0},
    "undoes": True,
    "noticed_percent": 2.0,
    "cut_percent": 20.0,
    "shipped": True,
}
RESULTS: dict[str, Any] = {
    "answers": {"batches": [{"corpus": "talk", "calls": [{"v2v_ms": 410.0}, {"v2v_ms": None}]}]},
    "endpointing": {"points": [POINT, {**POINT, "reply": {"p50": 500.0}, "shipped": False}]},
    "calls": {"ramp": [STEP, {**STEP, "calls": 8}]},
}
AXES = {
    "v2v.svg": ("end of voice to first audible sample (ms)", "turns (%)"),
    "endpointing.svg": ("ms", "false cut-offs (% of turns)"),
    "calls.svg": ("calls at once", "end of voice to first audible sample (ms)"),
}


def test_all_plots_have_axes_with_units(tmp_path: Path) -> None:
    drawn = draw(RESULTS, tmp_path / "plots")
    assert [plot["file"] for plot in drawn] == [f"plots/{name}" for name in AXES]
    for name, labels in AXES.items():
        svg = (tmp_path / "plots" / name).read_text(encoding="utf-8")
        assert all(label in svg for label in labels)


@pytest.mark.parametrize("measure", RESULTS)
def test_a_plot_without_its_data_is_left_out(measure: str, tmp_path: Path) -> None:
    assert len(draw({measure: RESULTS[measure]}, tmp_path)) == 1


def test_data_that_makes_no_sense_costs_its_plot_only(tmp_path: Path) -> None:
    steps = [{**STEP, "calls": "many"}]
    assert len(draw({**RESULTS, "calls": {"ramp": steps}}, tmp_path)) == 2
