"""What is called when, and what the result file says of it."""

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

pytest.importorskip("jiwer", reason="the extra `bench`")
pytest.importorskip("whisper_normalizer", reason="the extra `bench`")

from measure import Plan, compare, report

from corpus import Clip


def clip(name: str) -> Clip:
    return Clip(corpus="c", path=Path(name), seconds=1.0, labels=MappingProxyType({}))


def system(p50: float, p95: float) -> dict[str, Any]:
    v2v = {"n": 2, "p50": p50, "p95": p95, "p99": p95, "max": p95}
    keys = ("v2v_not_restarted_ms", "greeting_ms", "barge_in_stop_ms", "first_partial_ms")
    more = ("settled_ms", "word_ms", "pacing_error_ms")
    counts = ("missed_replies", "restarted", "talked_over_300_ms", "barge_in_not_stopped")
    costs = ("revised_percent", "cpu_s_per_call_minute", "rss_mb", "pss_mb", "start_s")
    return {
        "v2v_ms": v2v,
        **dict.fromkeys([*keys, *more]),
        **dict.fromkeys([*counts, *costs], 0),
        "each": [{"v2v_ms": p50}, {"v2v_ms": None}],
    }


STEP = {"calls": 1, "systems": {"warmline": system(400, 700), "pipecat": system(1490, 2100)}}


def test_all_clips_are_said_in_each_step_and_some_interrupt_in_the_first() -> None:
    names = ["a", "b", "c", "d", "e"]
    plan = Plan(
        clips=[clip(name) for name in names], calls=[1, 4], per_call=2, interrupts=1, echo=False
    )

    def said(step: int) -> list[list[str]]:
        return [
            ["".join(one.path.name for one in call) for call in batch]
            for batch, into in plan.batches(step)
            if not into
        ]

    assert said(0) == [["ab"], ["cd"], ["e"]]
    assert said(1) == [["ab", "cd", "e", "ab"]]
    assert [sum(into for _, into in plan.batches(step)) for step in (0, 1)] == [1, 0]


def test_pipecat_is_compared_by_the_bounds() -> None:
    found = compare(STEP)
    assert found["p50"] == {"times": 3.73, "wanted": 3, "met": True}
    assert found["p95"] == {"times": 3.0, "wanted": 4, "met": False}


def test_nothing_is_compared_without_both() -> None:
    assert compare({"calls": 1, "systems": {"warmline": system(400, 700)}}) == {}


def test_the_result_has_what_the_report_of_the_suite_shows() -> None:
    result = report([STEP], {"plain_loop": "not installed"})
    assert result["v2v_ms"] == {"warmline": [400], "pipecat": [1490]}
    assert result["by_calls"]["pipecat"][0]["p95"] == 2100
    [table] = result["tables"]
    assert table["heading"][1:] == ["warmline", "pipecat"]
    assert all(len(row) == 3 for row in table["rows"])
    assert result["not_run"] == {"plain_loop": "not installed"}
