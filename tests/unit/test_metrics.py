"""What Prometheus reads after known entries."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from warmline.events import (
    CallEnded,
    CallStarted,
    Entry,
    Escalated,
    Fact,
    FetchFinished,
    FramesDropped,
    NodeEntered,
    NothingHeard,
    StageFailed,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)
from warmline.metrics import Metrics

STARTED = CallStarted(door="socket", caller="+15550100", flow="order", flow_version="v1")
HEARD = UtteranceHeard(turn=1, text="my secret order", confidence=0.9, started_at=0.0, audio_at=1.0)
MEASURED = TurnMeasured(
    turn=1,
    endpoint_ms=200,
    transcript_ms=80,
    decision_ms=5,
    first_audio_ms=15,
    total_ms=300,
    expected="yes_no",
)
ENDED = CallEnded(reason="completed")
RESUMED = TurnResumed(turn=1, audio_at=1.0)


def observe(metrics: Metrics, *facts: Fact | tuple[float, Fact]) -> None:
    """At the time that stands with it, else at 0."""
    for seq, what in enumerate(facts, start=1):
        at, fact = what if isinstance(what, tuple) else (0.0, what)
        metrics.observe(Entry(call_id="call-77", seq=seq, at=at, fact=fact))


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    text = metrics.render().decode()
    for family in text_string_to_metric_families(text):
        for s in family.samples:
            if s.name == name and s.labels == labels:
                return s.value
    return None


CASES: list[tuple[list[Fact], str, dict[str, str], float]] = [
    ([STARTED, STARTED], "warmline_calls_started_total", {}, 2),
    ([STARTED, STARTED, ENDED], "warmline_calls_active", {}, 1),
    ([CallEnded(reason="failed")], "warmline_calls_ended_total", {"reason": "failed"}, 1),
    ([HEARD, HEARD], "warmline_turns_total", {"outcome": "heard"}, 2),
    (
        [NothingHeard(turn=1, audio_at=1.0, reason="no_words")],
        "warmline_turns_total",
        {"outcome": "no_words"},
        1,
    ),
    (
        [Escalated(queue="q", reason="asked")],
        "warmline_escalations_total",
        {"reason": "asked"},
        1,
    ),
    (
        [
            FetchFinished(request_id="1", endpoint="shop", outcome=outcome, code=code)
            for outcome, code in (("ok", ""), ("error", "timeout"), ("error", "timeout"))
        ],
        "warmline_fetches_total",
        {"endpoint": "shop", "outcome": "timeout"},
        2,
    ),
    (
        [FramesDropped(where="gateway", count=3), FramesDropped(where="gateway", count=4)],
        "warmline_frames_dropped_total",
        {"where": "gateway"},
        7,
    ),
    (
        [StageFailed(stage="hearing", code="worker_died", message="…")],
        "warmline_stage_failures_total",
        {"stage": "hearing", "code": "worker_died"},
        1,
    ),
    ([MEASURED, ENDED], "warmline_turn_wait_seconds_sum", {"part": "total"}, 0.3),
    ([MEASURED, ENDED], "warmline_turn_wait_seconds_bucket", {"part": "endpoint", "le": "0.15"}, 0),
    ([MEASURED, ENDED], "warmline_turn_wait_seconds_bucket", {"part": "endpoint", "le": "0.2"}, 1),
    ([NodeEntered(node="n")], "warmline_calls_active", {}, 0),
]


@pytest.mark.parametrize(("facts", "name", "labels", "value"), CASES)
def test_counts(facts: list[Fact], name: str, labels: dict[str, str], value: float) -> None:
    metrics = Metrics()
    observe(metrics, *facts)
    assert sample(metrics, name, **labels) == pytest.approx(value)


@pytest.mark.parametrize(
    ("facts", "reply", "waits"),
    [
        ([(1.0, RESUMED)], "none", 0),
        ([(1.0, MEASURED), (1.2, RESUMED), (9.0, ENDED)], "brief", 0),
        ([(1.0, MEASURED), (1.4, RESUMED), (9.0, ENDED)], "noticed", 0),
        ([(1.0, MEASURED), (1.4, RESUMED), (2.0, MEASURED), (9.0, ENDED)], "noticed", 1),
        ([(1.0, MEASURED), (1.2, TurnResumed(turn=2, audio_at=1.0)), (9.0, ENDED)], "none", 1),
    ],
)
def test_an_end_that_was_taken_back_counts_apart(
    facts: list[tuple[float, Fact]], reply: str, waits: int
) -> None:
    metrics = Metrics()
    observe(metrics, *facts)
    undone = {
        name: sample(metrics, "warmline_turns_undone_total", reply=name)
        for name in ("none", "brief", "noticed")
    }
    assert undone == {"none": 0, "brief": 0, "noticed": 0} | {reply: 1}
    counted = sample(metrics, "warmline_turn_wait_seconds_count", part="total")
    assert (counted or 0) == waits


@pytest.mark.parametrize("then", [(3.0, NodeEntered(node="n")), (1.1, ENDED), (1.1, MEASURED)])
def test_a_turns_waits_count_once_its_end_stands(then: tuple[float, Fact]) -> None:
    metrics = Metrics()
    observe(metrics, (1.0, MEASURED), (1.5, NodeEntered(node="n")))
    assert sample(metrics, "warmline_turn_wait_seconds_count", part="total") is None
    observe(metrics, then)
    assert sample(metrics, "warmline_turn_wait_seconds_count", part="total") == 1
    assert sample(metrics, "warmline_turn_wait_seconds_sum", part="total") == 0.3
    assert sample(metrics, "warmline_turn_wait_seconds_count", part="playout") == 1
    assert sample(metrics, "warmline_turn_wait_seconds_count", part="network") is None
    assert sample(metrics, "warmline_endpoint_seconds_sum", expected="yes_no") == 0.2


def test_figures_that_belong_to_no_call() -> None:
    metrics = Metrics()
    metrics.worker_restarted("whisper")
    metrics.queue_length("whisper", 3)
    metrics.queue_length("whisper", 2)
    metrics.store_lag(1.5)
    assert sample(metrics, "warmline_worker_restarts_total", pool="whisper") == 1
    assert sample(metrics, "warmline_queue_length", pool="whisper") == 2
    assert sample(metrics, "warmline_store_lag_seconds") == 1.5


def test_each_server_has_figures_of_its_own() -> None:
    one, other = Metrics(), Metrics()
    observe(one, STARTED)
    assert sample(other, "warmline_calls_started_total") == 0


def test_labels_hold_neither_words_nor_too_many_values() -> None:
    metrics = Metrics()
    observe(metrics, STARTED, HEARD, StageFailed(stage="s", code="I said 4017", message="4017"))
    observe(metrics, *(Escalated(queue="q", reason=f"r{n}") for n in range(100)))
    text = metrics.render().decode()
    for secret in ("call-77", "15550100", "secret", "4017"):
        assert secret not in text
    assert text.count("warmline_escalations_total{") == 33
    assert sample(metrics, "warmline_escalations_total", reason="other") == 68


def test_the_rung_of_the_load_is_shown() -> None:
    metrics = Metrics()
    metrics.pressure(2)
    assert "warmline_pressure_rung 2.0" in metrics.render().decode()
