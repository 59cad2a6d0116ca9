"""What many calls come to, and which of their faults counts."""

from dataclasses import replace

import pytest

from warmline.caller.crowd import Measured, Waited
from warmline.caller.outcome import Verdict, outcome

TARGET = 900.0


def turns(*waits: float | None, outcome: str = "answered", at_s: float = 10.0) -> list[Waited]:
    return [
        Waited(clip="a", at_s=at_s, v2v_ms=wait, outcome="missed" if wait is None else outcome)
        for wait in waits
    ]


def call(*waits: float | None, late: float = 1.0, gaps: int = 0, failure: str = "") -> Measured:
    return Measured(
        caller=1,
        call_id="c",
        failure=failure,
        begun_s=0.0,
        greeting_ms=50.0,
        turns=tuple(turns(*waits)),
        gaps=gaps,
        minutes=1.0,
        late_ms=(late,) * 10,
    )


@pytest.mark.parametrize(
    ("calls", "verdict"),
    [
        ([call(500.0, 600.0)], Verdict.WELL),
        ([call(500.0, None, 600.0)], Verdict.WELL),
        ([call(500.0, None, None, 600.0)], Verdict.MISSED),
        ([call(500.0), call(950.0)], Verdict.SLOW),
        ([call(*[500.0] * 99, 2000.0)], Verdict.WELL),
        ([call(500.0, gaps=1), call(500.0)], Verdict.WELL),
        ([call(500.0, gaps=2), call(500.0, gaps=1)], Verdict.GAPS),
        ([call(500.0), call(failure="busy")], Verdict.FAILED),
        ([call(2000.0, late=30.0, failure="busy")], Verdict.OWN_PACE),
        ([call(None)], Verdict.NOTHING),
        ([call()], Verdict.NOTHING),
        ([], Verdict.NOTHING),
    ],
)
def test_the_verdict(calls: list[Measured], verdict: Verdict) -> None:
    assert outcome(calls, len(calls), TARGET).verdict is verdict


def test_the_figures() -> None:
    crowd = [call(400.0, 600.0, None, late=2.0), call(500.0, gaps=1, late=4.0)]
    found = outcome(crowd, 2, TARGET)
    assert (found.turns, found.missed, found.early, found.failed) == (4, 1, 0, 0)
    assert (found.v2v_p50, found.v2v_max, found.greeting_p95) == (500.0, 600.0, 50.0)
    assert (found.gaps_a_minute, found.own_late_max) == (0.5, 4.0)


def test_turns_count_once_all_have_come() -> None:
    crowd = [replace(call(), turns=(*turns(9000.0, at_s=4.0), *turns(500.0, at_s=5.0)))]
    assert outcome(crowd, 1, TARGET, since_s=5.0).v2v_max == 500.0


def test_who_is_talked_over_did_not_wait() -> None:
    crowd = [replace(call(), turns=(*turns(500.0), replace(turns(None)[0], outcome="early")))]
    found = outcome(crowd, 1, TARGET)
    assert (found.early, found.missed, found.v2v_p50) == (1, 0, 500.0)
