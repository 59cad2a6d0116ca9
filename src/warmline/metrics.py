"""What Prometheus is told: counts and waits over all calls.

Only importer of prometheus_client. Knows no single call: no label ever holds a call id, a
caller or a word that was said.
"""

import re

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from warmline.events import (
    CallEnded,
    CallStarted,
    Entry,
    Escalated,
    FetchFinished,
    FramesDropped,
    LineMeasured,
    NothingHeard,
    StageFailed,
    Transferred,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST
"""The media type of what `render` gives."""

_WAIT_BUCKETS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.5, 5.0)
"""Seconds. Close together around the budgets of a turn, 0.3 to 0.9 s."""
_JITTER_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
"""Seconds: a local line has 1 ms, a mobile one 30."""
_CODE = re.compile(r"[a-z][a-z0-9_.]{0,39}")
_MAX_VALUES = 32
"""Different values of one label, "other" not counted: each is a time series for ever."""


class Metrics:
    """All counters of one server, in a registry of their own.

    `observe` is a sink of every call's feed; the other methods are for those whose figures
    belong to no call. `render` gives the text of `/metrics`.
    """

    def __init__(self) -> None:
        self._registry = r = CollectorRegistry()
        self._labels: dict[str, set[str]] = {}
        self._started = Counter("warmline_calls_started", "Calls begun.", registry=r)
        self._ended = Counter("warmline_calls_ended", "Calls over.", ["reason"], registry=r)
        self._active = Gauge("warmline_calls_active", "Calls going on now.", registry=r)
        self._turns = Counter(
            "warmline_turns", "Callers' turns, with words or without.", ["outcome"], registry=r
        )
        self._waits = Histogram(
            "warmline_turn_wait_seconds",
            "A caller's wait for the reply, from the end of the voice, by part.",
            ["part"],
            buckets=_WAIT_BUCKETS,
            registry=r,
        )
        self._escalations = Counter(
            "warmline_escalations", "Calls handed to a person.", ["reason"], registry=r
        )
        self._fetches = Counter(
            "warmline_fetches",
            "Answers of HTTP endpoints, and why there was none.",
            ["endpoint", "outcome"],
            registry=r,
        )
        self._dropped = Counter(
            "warmline_frames_dropped", "Lost 20 ms frames of audio.", ["where"], registry=r
        )
        self._line = Counter(
            "warmline_line_frames",
            "20 ms frames of callers' audio, and gaps in ours, by what became of them.",
            ["what"],
            registry=r,
        )
        self._jitter = Histogram(
            "warmline_line_jitter_seconds",
            "How uneven callers' audio arrives (RFC 3550), every 10 s.",
            buckets=_JITTER_BUCKETS,
            registry=r,
        )
        self._transfers = Counter(
            "warmline_transfers",
            "Calls given to a person by the caller's telephone system.",
            ["queue"],
            registry=r,
        )
        self._painted = Histogram(
            "warmline_desk_paint_seconds",
            "From what happened in a call until it was on an agent's screen, by kind.",
            ["kind"],
            buckets=_WAIT_BUCKETS,
            registry=r,
        )
        self._door_events = Counter(
            "warmline_door_events",
            "What a door refused, and what a provider reported.",
            ["what"],
            registry=r,
        )
        self._failures = Counter(
            "warmline_stage_failures", "Failures within calls.", ["stage", "code"], registry=r
        )
        self._restarts = Counter(
            "warmline_worker_restarts", "Inference workers replaced.", ["pool"], registry=r
        )
        self._queue = Gauge(
            "warmline_queue_length", "Requests waiting for a worker.", ["pool"], registry=r
        )
        self._store_lag = Gauge(
            "warmline_store_lag_seconds", "Age of the oldest event not yet saved.", registry=r
        )

    def observe(self, entry: Entry) -> None:
        """Count one entry of a call's feed."""
        match entry.fact:
            case CallStarted():
                self._started.inc()
                self._active.inc()
            case CallEnded(reason=reason):
                self._ended.labels(self._label("end", reason)).inc()
                self._active.dec()
            case UtteranceHeard():
                self._turns.labels("heard").inc()
            case TurnResumed():
                self._turns.labels("resumed").inc()
            case NothingHeard(reason=reason):
                self._turns.labels(self._label("outcome", reason)).inc()
            case TurnMeasured() as turn:
                self._observe_waits(turn)
            case Escalated(reason=reason):
                self._escalations.labels(self._label("escalation", reason)).inc()
            case FetchFinished(endpoint=endpoint, outcome=outcome, code=code):
                self._fetches.labels(
                    self._label("endpoint", endpoint), self._label("fetch", code or outcome)
                ).inc()
            case FramesDropped(where=where, count=count):
                self._dropped.labels(self._label("where", where)).inc(count)
            case LineMeasured() as line:
                self._observe_line(line)
            case Transferred(queue=queue):
                self._transfers.labels(self._label("queue", queue)).inc()
            case StageFailed(stage=stage, code=code):
                self._failures.labels(self._label("stage", stage), self._label("code", code)).inc()
            case _:
                pass

    def painted(self, kind: str, seconds: float) -> None:
        """A page showed something so long after it happened."""
        self._painted.labels(self._label("kind", kind)).observe(seconds)

    def worker_restarted(self, pool: str) -> None:
        """A worker of this pool died and was replaced."""
        self._restarts.labels(self._label("pool", pool)).inc()

    def door_event(self, what: str) -> None:
        """A door refused something, or its provider reported something."""
        self._door_events.labels(self._label("door_event", what.replace("-", "_"))).inc()

    def queue_length(self, pool: str, length: int) -> None:
        """So many requests wait for a worker of this pool now."""
        self._queue.labels(self._label("pool", pool)).set(length)

    def store_lag(self, seconds: float) -> None:
        """The oldest event that is not saved yet has this age."""
        self._store_lag.set(seconds)

    def render(self) -> bytes:
        """All figures in Prometheus' text format, UTF-8 (see CONTENT_TYPE)."""
        return generate_latest(self._registry)

    def _observe_line(self, line: LineMeasured) -> None:
        for what, count in (
            ("received", line.received),
            ("lost", line.lost),
            ("late", line.late),
            ("dropped", line.dropped),
            ("underrun", line.underruns),
        ):
            self._line.labels(what).inc(count)
        self._jitter.observe(line.jitter_ms / 1000)

    def _observe_waits(self, turn: TurnMeasured) -> None:
        for part, milliseconds in (
            ("endpoint", turn.endpoint_ms),
            ("transcript", turn.transcript_ms),
            ("decision", turn.decision_ms),
            ("first_audio", turn.first_audio_ms),
            ("total", turn.total_ms),
        ):
            self._waits.labels(part).observe(milliseconds / 1000)

    def _label(self, name: str, value: str) -> str:
        """The value if it looks like a code word and is among the first so many; or "other".

        A mistake elsewhere can then neither flood Prometheus nor put words into it.
        """
        known = self._labels.setdefault(name, set())
        if value not in known:
            if len(known) >= _MAX_VALUES or not _CODE.fullmatch(value):
                return "other"
            known.add(value)
        return value
