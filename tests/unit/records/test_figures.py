"""What many calls come to, by calls made by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.records.figures import (
    Figures,
    PastFigures,
    Stats,
    is_known,
    percentile,
    statistics,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def call(**changes: Any) -> PastFigures:
    plain = PastFigures(
        started_at=NOON,
        ended_at=changes.get("started_at", NOON) + MINUTE,
        caller="",
        turns=1,
        contained=False,
        queue="",
        escalation_reason="",
        wait_s=None,
        wait_outcome="",
        talk_s=0.0,
        hold_s=0.0,
        wrapped_up_at=None,
        resolved=None,
        survey=None,
        confidence_mean=None,
        answers_ms=(),
    )
    return replace(plain, **changes)


def waited(wait_s: float, outcome: str = "answered", **changes: Any) -> PastFigures:
    queue = {"queue": "orders", "escalation_reason": "asked"}
    return call(**{"wait_s": wait_s, "wait_outcome": outcome} | queue | changes)


def stats(*past: PastFigures, going_on: tuple[tuple[str, datetime], ...] = ()) -> Stats:
    starts = [(one.caller, one.started_at) for one in past]
    return statistics(NOON, past, [*starts, *going_on], 20.0)


def total(*past: PastFigures) -> Figures:
    return stats(*past).total


def test_of_nothing_there_is_nothing_to_say() -> None:
    made = stats()
    assert (made.hours, made.queues) == ((), ())
    for name in Figures.__slots__:
        assert getattr(made.total, name) in (0, None, ())


def test_contained_and_escalated() -> None:
    made = total(
        call(contained=True),
        call(contained=True),
        call(),
        waited(1, escalation_reason="mood"),
        waited(1),
        waited(1),
        waited(1, "callback"),
        waited(1, escalation_reason="flow"),
    )
    assert (made.calls, made.contained, made.escalated) == (8, 0.25, 0.625)
    assert made.reasons == (("asked", 3), ("flow", 1), ("mood", 1))
    assert (made.answered, made.abandoned, made.callbacks) == (4, 0, 1)


def test_waiting_and_the_service_level() -> None:
    answered = [waited(wait_s) for wait_s in (5, 20, 21, 300)]
    others = [waited(400, "callback"), waited(500, "returned"), waited(600, "ended")]
    made = total(*answered, waited(8, "abandoned"), *others)
    assert made.service_level == 2 / 5
    assert (made.wait_p50_s, made.wait_p95_s) == (20, 300)
    assert made.abandoned == 1


def test_handling_is_talk_hold_and_wrap_up() -> None:
    made = total(
        call(talk_s=60, hold_s=20, wrapped_up_at=NOON + 2 * MINUTE),
        call(talk_s=100),
        call(talk_s=140, wrapped_up_at=NOON + DAY),
        call(talk_s=20, wrapped_up_at=NOON),
        call(),
    )
    assert (made.talk_s, made.handling_s) == (80, 100)


@pytest.mark.parametrize(
    ("past", "going_on", "share"),
    [
        ([call(caller="+1")], (), 1.0),
        ([call(caller="")], (), None),
        ([call(caller="anonymous"), call(caller="anonymous", started_at=NOON + DAY)], (), None),
        ([call(caller="+1"), call(caller="+1", started_at=NOON + DAY)], (), 0.5),
        ([call(caller="+1"), call(caller="+1", started_at=NOON + 7 * DAY)], (), 0.5),
        ([call(caller="+1"), call(caller="+1", started_at=NOON + 8 * DAY)], (), 1.0),
        ([call(caller="+1"), call(caller="+2", started_at=NOON + DAY)], (), 1.0),
        ([call(caller="+1")], (("+1", NOON + DAY),), 0.0),
        ([call(caller="+1", resolved=True)], (("+1", NOON + DAY),), 1.0),
        ([call(caller="", resolved=False)], (), 0.0),
        ([call(caller="", resolved=False), call(caller="", resolved=True)], (), 0.5),
    ],
)
def test_the_first_contact(
    past: list[PastFigures], going_on: tuple[tuple[str, datetime], ...], share: float | None
) -> None:
    assert stats(*past, going_on=going_on).total.first_contact == share


def test_grades_recognition_and_answers() -> None:
    made = total(
        call(survey=5, confidence_mean=0.9, turns=9, answers_ms=(300, 900)),
        call(survey=2, confidence_mean=0.4, turns=1, answers_ms=(500,)),
        call(),
    )
    assert (made.survey_mean, made.survey_count) == (3.5, 2)
    assert made.confidence == pytest.approx(0.85)
    assert (made.answer_p50_ms, made.answer_p95_ms) == (500, 900)


def test_by_hour_and_by_queue() -> None:
    late = NOON + 90 * MINUTE
    made = stats(
        waited(1, started_at=late),
        call(started_at=NOON + 59 * MINUTE),
        waited(3, queue="billing"),
        waited(5),
    )
    hours = [(hour, figures.calls) for hour, figures in made.hours]
    assert hours == [(NOON, 3), (NOON + 60 * MINUTE, 1)]
    queues = [(queue, figures.calls, figures.wait_p95_s) for queue, figures in made.queues]
    assert queues == [("billing", 1, 3), ("orders", 2, 5)]


@pytest.mark.parametrize(
    ("caller", "known"),
    [("+15550100", True), ("", False), ("Anonymous", False), ("+266696687", False)],
)
def test_who_hides_their_number_is_nobody(caller: str, known: bool) -> None:
    assert is_known(caller) is known


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(
    values: list[float], percent: int
) -> None:
    ordered = sorted(values)
    found = percentile(ordered, percent)
    assert found in values
    assert sum(v <= found for v in values) * 100 >= percent * len(values)
    assert sum(v < found for v in values) * 100 < percent * len(values)


outcomes = st.sampled_from(["", "answered", "abandoned", "callback", "returned", "ended"])
some_calls = st.lists(
    st.builds(
        lambda outcome, wait_s, talk_s, caller, contained: call(
            wait_outcome=outcome,
            wait_s=wait_s if outcome else None,
            escalation_reason="asked" if outcome else "",
            talk_s=talk_s,
            caller=caller,
            contained=contained and not outcome,
        ),
        outcomes,
        st.floats(0, 1e4),
        st.floats(0, 1e4),
        st.sampled_from(["", "+1", "+2"]),
        st.booleans(),
    )
)


@given(some_calls)
def test_shares_are_shares(past: list[PastFigures]) -> None:
    made = total(*past)
    for share in (made.contained, made.escalated, made.service_level, made.first_contact):
        assert share is None or 0 <= share <= 1
    assert (made.contained or 0) + (made.escalated or 0) <= 1.0000001
    assert sum(figures.calls for _, figures in stats(*past).hours) == len(past)
