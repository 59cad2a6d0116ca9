"""From result files to figures, verdicts and the report's text."""

from typing import Any

import pytest

from bounds import Bound
from figures import Figure, joined, of_values
from pictures import by_calls, v2v
from readers import READERS, read
from report import markdown, number
from tables import tables

TURN = {"v2v_ms": 400.0, "greeting_ms": None, "ttfs_ms": 300.0, "failure": ""}
SPREAD = {"n": 4, "p50": 400.0, "p95": 700.0, "max": 710.0}


def turn(**changed: Any) -> dict[str, Any]:
    return {**TURN, "turns": 1, "over_ms": 0, "resumed": 0, **changed}


def batch(flow: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    summary = {
        "endpoint_ms": SPREAD,
        "word_errors_percent": 3.1,
        "pacing_error_ms": {"n": 9, "p50": 0.1, "p95": 2.0, "max": 3.0},
    }
    return {"corpus": flow, "calls": calls, "summary": summary}


def answers(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"batches": [batch("talk", list(calls))], "costs": None, "emission": None}


def figure(measure: str, result: dict[str, Any], name: str) -> Figure:
    return next(one for one in read(measure, result) if one.name == name)


@pytest.mark.parametrize(
    ("values", "p50", "p95"),
    [([7.0], 7.0, 7.0), ([0.0, 10.0], 5.0, 9.5), ([float(n) for n in range(101)], 50.0, 95.0)],
)
def test_percentiles_lie_between_their_neighbours(
    values: list[float], p50: float, p95: float
) -> None:
    of = of_values(values)
    assert (of["n"], of["p50"], of["p95"], of["max"]) == (len(values), p50, p95, values[-1])


def test_values_that_are_missing_are_left_out() -> None:
    assert joined([turn(), turn(v2v_ms=None)], "v2v_ms") == of_values([400.0])
    assert joined([turn(v2v_ms=None)], "v2v_ms") is None


@pytest.mark.parametrize(
    ("value", "least", "verdict"),
    [(300, False, "goal"), (301, False, "met"), (450, False, "met"), (451, False, "missed")],
)
def test_a_bound_judges(value: float, least: bool, verdict: str) -> None:
    assert Bound(key="p50", must=450, goal=300, least=least).verdict(value) == verdict


def test_a_bound_from_below() -> None:
    calls = Bound(key="value", must=8, goal=16, least=True)
    assert [calls.verdict(n) for n in (4, 8, 16)] == ["missed", "met", "goal"]


def test_the_worst_bound_counts() -> None:
    bounds = (Bound(key="p50", must=450, goal=300), Bound(key="p95", must=800, goal=500))
    made = Figure(measure="answers", name="V2V", values={"p50": 200, "p95": 900}, bounds=bounds)
    assert made.verdict == "missed"


def test_waits_and_missed_replies_are_read() -> None:
    result = answers(turn(), turn(v2v_ms=None, failure="no answer"))
    assert figure("answers", result, "V2V, cached prompt").values["p50"] == 400
    assert figure("answers", result, "missed replies").verdict == "missed"
    assert figure("answers", result, "V2V, synthesized reply").verdict == "not run"
    assert figure("answers", result, "word emission").verdict == "not run"


def test_a_reply_that_was_audible_too_long_is_a_false_cut_off() -> None:
    name = "false cut-offs in these calls"
    assert figure("answers", answers(turn(over_ms=300)), name).values["value"] == 0
    assert figure("answers", answers(turn(over_ms=301)), name).values["value"] == 100


@pytest.mark.parametrize("measure", [*READERS, "unheard_of"])
def test_a_result_that_makes_no_sense_is_a_row_that_says_so(measure: str) -> None:
    rows = read(measure, {"batches": 7, "rows": None})
    assert rows and rows[-1].verdict == "not run"
    assert "cannot be read" in rows[-1].failure


def test_other_measures_may_tell_their_own_figures() -> None:
    told = {"name": "TTFB", "unit": "ms", "values": {"p50": 4}, "must": {"p50": 5}, "n": 9}
    (one,) = read("another", {"figures": [told]})
    assert (one.verdict, one.values, one.n, one.measure) == ("met", {"p50": 4.0}, 9, "another")


def test_calls_at_slo_are_those_that_kept_it() -> None:
    def step(calls: int, within: bool) -> dict[str, Any]:
        return {"calls": calls, "within": within, "why": "", "v2v_ms": SPREAD}

    result = {"target_ms": 900, "ramp": [step(1, True), step(8, True), step(12, False)]}
    assert figure("calls", result, "calls at SLO").values["value"] == 8
    assert by_calls({"calls": result})["Warmline"][1] == (8, 400.0, 700.0)


def test_a_turn_policy_is_judged_by_what_callers_notice() -> None:
    point = {
        **{"corpus": "all", "policy": "Warmline", "value": 1, "shipped": True, "turns": 90},
        **{"with_pauses": 60, "dead_air": SPREAD, "reply": SPREAD, "cut_percent": 30.0},
        **{"noticed_percent": 3.0, "undone_percent": 27.0, "never": 0},
    }
    result = {"band": "wide", "points": [point]}
    assert figure("endpointing", result, "false cut-off rate").verdict == "met"
    assert figure("endpointing", result, "undone turns").values["value"] == 27


def test_words_out_of_nothing_name_their_sound() -> None:
    sounds = [
        {"sound": "hiss", "awaited": "anything", "minutes": 1.0, "words": 0},
        {"sound": "kitchen", "awaited": "anything", "minutes": 1.0, "words": 3},
    ]
    one = figure("invented", {"sounds": sounds}, "invented words per minute, anything awaited")
    assert (one.values["value"], one.verdict) == (1.5, "missed")
    assert "kitchen: 3" in one.note and "hiss" not in one.note


def test_pipecat_is_to_take_so_many_times_as_long() -> None:
    result = {
        "against_pipecat": [{"calls": 4, "p50": {"times": 3.4, "wanted": 3, "met": True}}],
        "not_run": {"plain_loop": "not installed"},
    }
    name = "Pipecat's V2V p50 against ours, calls at once: 4"
    assert figure("peers", result, name).verdict == "met"
    assert figure("peers", result, "plain_loop").failure == "not installed"


def report(**changed: Any) -> dict[str, Any]:
    measure = {
        "name": "answers",
        "title": "Waits of one caller",
        "minutes": 6.0,
        "seconds": 300.0,
        "command": ["python", "benchmarks/answers.py"],
        "failure": "",
        "load": {"before": 0.1, "own_cores": 1.0, "other_cores": 0.05, "busy": False},
        "figures": [
            {
                "name": "V2V, cached prompt",
                "unit": "ms",
                "values": {"p50": 431.4, "p95": 702.0, "p99": 800.0},
                "n": 40,
                "bounds": [
                    {"key": "p50", "must": 450, "goal": 300, "least": False},
                    {"key": "p95", "must": 800, "goal": 500, "least": False},
                ],
                "note": "",
                "failure": "",
                "verdict": "met",
            },
            {
                **{"name": "word emission", "unit": "", "values": {}, "n": 0, "bounds": []},
                **{"note": "", "failure": "no partials | came", "verdict": "not run"},
            },
        ],
        "tables": [],
        **changed,
    }
    machine = {"at": "2026-11-22T12:00:00", "cores": 2, "cpu": "some", "python": "3.11"}
    return {
        "machine": machine,
        "speech": "recorded prompts",
        "quick": False,
        "minutes": 28.0,
        "plots": [{"title": "Waits", "file": "plots/v2v.svg"}],
        "measures": [measure],
    }


def test_the_report_has_a_row_for_each_figure_and_for_what_is_missing() -> None:
    text = markdown(report())
    row = "| V2V, cached prompt | 431 / 702 / 800 ms | 40 | 450 / 800 | 300 / 500 | **met** |  |"
    assert row in text
    assert "| word emission | - |  |  |  | not run | no partials / came |" in text
    assert "![Waits](plots/v2v.svg)" in text
    assert "A quiet machine" in text


def test_a_busy_machine_is_marked() -> None:
    load = {"before": 3.0, "own_cores": 1.0, "other_cores": 0.9, "busy": True}
    text = markdown(report(load=load))
    assert "**A busy machine**: others used up to 0.9 cores during Waits of one caller." in text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (3.14159, "3.14"), (31.4159, "31.4"), (314.159, "314")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_ablations_become_a_table_with_the_gap_to_all_on() -> None:
    def row(name: str, p50: float) -> dict[str, Any]:
        costs = {"cut_off": 0, "missed": 0, "cpu_s_per_call_minute": 9.5, "start_s": 7.0}
        return {"name": name, "v2v_ms": {"n": 6, "p50": p50, "p95": 2 * p50}, **costs}

    rows = [row("nothing", 400), row("foresight", 500), {"name": "x", "failure": "no switch"}]
    (table,) = tables("ablations", {"rows": rows})
    assert table["rows"][1][:3] == ["foresight", "500 / 1000", "+100 / +200"]
    assert table["rows"][2][-1] == "no switch"
    assert all(len(row) == len(table["heading"]) for row in table["rows"])


def test_peers_are_in_the_plots_and_tell_their_own_tables() -> None:
    table = {"title": "Calls at once: 1", "heading": ["", "warmline"], "rows": [["V2V", "400"]]}
    waits = {"warmline": [400.0], "pipecat": [1500.0]}
    rows = [{"calls": calls, "p50": 1500.0, "p95": 3400.0} for calls in (1, 4)]
    result = {"v2v_ms": waits, "by_calls": {"pipecat": rows}, "tables": [table]}
    assert tables("peers", result) == [table]
    assert v2v({"peers": result}) == waits
    assert by_calls({"peers": result}) == {"pipecat": [(1, 1500.0, 3400.0), (4, 1500.0, 3400.0)]}
