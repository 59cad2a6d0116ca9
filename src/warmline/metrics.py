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
_HOLD_BUCKETS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0)
"""Seconds. Who waits for half a minute has heard their place once, for a minute twice."""
_CODE = re.compile(r"[a-z][a-z0-9_.]{0,39}")
_NOTICED_S = 0.3
"""A reply that was heard for longer before the caller went on has cut them off: they noticed."""
_SETTLED_S = 2.0
"""So long after its reply began nothing takes a turn's end back any more."""
_SELDOM = {"fetch", "network"}
"""Parts that most turns lack, or that most doors do not know: counted where there is one."""
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
            "A caller's wait for the reply, from the end of the voice, by part. Turns whose end "
            "was taken back are not among them.",
            ["part"],
            buckets=_WAIT_BUCKETS,
            registry=r,
        )
        self._endpoints = Histogram(
            "warmline_endpoint_seconds",
            "From the end of the voice to the decision that the turn is over, by kind of answer.",
            ["expected"],
            buckets=_WAIT_BUCKETS,
            registry=r,
        )
        self._undone = Counter(
            "warmline_turns_undone",
            "Ends of turns that were taken back, by how much of the reply was heard: none, "
            "brief, or noticed (a false cut-off).",
            ["reply"],
            registry=r,
        )
        for reply in ("none", "brief", "noticed"):
            self._undone.labels(reply)
        self._unsettled: dict[str, Entry] = {}
        """By call, the turn that was measured last, while its end may be taken back."""
        self._pressure = Gauge(
            "warmline_pressure_rung",
            "What recognition the load allows: 0 all, 1 partials less often, 2 no partials, "
            "3 finals by the small model, 4 keypad only.",
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
        self._places = Gauge(
            "warmline_call_places",
            "Calls at once: the limit, what is needed now (a call of the bot is 1), and callers "
            "on hold before their call.",
            ["what"],
            registry=r,
        )
        self._holds = Histogram(
            "warmline_call_hold_seconds",
            "Time on hold before the call, by how it ended.",
            ["outcome"],
            buckets=_HOLD_BUCKETS,
            registry=r,
        )
        self._refused = Counter(
            "warmline_calls_refused", "Callers sent away at once: all lines busy.", registry=r
        )
        self._store_lag = Gauge(
            "warmline_store_lag_seconds", "Age of the oldest event not yet saved.", registry=r
        )

    def observe(self, entry: Entry) -> None:
        """Count one entry of a call's feed."""
        self._settle(entry)
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
            case TurnMeasured():
                self._unsettled[entry.call_id] = entry
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

    def pressure(self, rung: int) -> None:
        self._pressure.set(rung)

    def queue_length(self, pool: str, length: int) -> None:
        """So many requests wait for a worker of this pool now."""
        self._queue.labels(self._label("pool", pool)).set(length)

    def places(self, limit: float, needed: float, held: int) -> None:
        """How many calls are led at once, at most and now, and callers on hold."""
        for what, count in (("limit", limit), ("needed", needed), ("held", held)):
            self._places.labels(what).set(count)

    def call_held(self, outcome: str, seconds: float) -> None:
        """A caller's time on hold before the call has ended so."""
        self._holds.labels(self._label("hold", outcome)).observe(seconds)

    def call_refused(self) -> None:
        """A caller was sent away at once."""
        self._refused.inc()

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

    def _settle(self, entry: Entry) -> None:
        """A measured turn counts once its end stands; one that is taken back counts apart."""
        measured = self._unsettled.get(entry.call_id)
        match entry.fact, measured:
            case (TurnResumed(turn=turn), Entry(fact=TurnMeasured(turn=replied), at=at)) if (
                turn == replied
            ):
                del self._unsettled[entry.call_id]
                noticed = entry.at - at > _NOTICED_S
                self._undone.labels("noticed" if noticed else "brief").inc()
            case TurnResumed(), _:
                self._undone.labels("none").inc()
            case fact, Entry(fact=TurnMeasured() as waited, at=at) if (
                isinstance(fact, TurnMeasured | CallEnded) or entry.at >= at + _SETTLED_S
            ):
                del self._unsettled[entry.call_id]
                self._observe_waits(waited)

    def _observe_waits(self, turn: TurnMeasured) -> None:
        for part, milliseconds in (*turn.waits, ("total", turn.total_ms)):
            if milliseconds or part not in _SELDOM:
                self._waits.labels(part).observe(milliseconds / 1000)
        expected = self._label("expected", turn.expected or "unknown")
        self._endpoints.labels(expected).observe(turn.endpoint_ms / 1000)

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
