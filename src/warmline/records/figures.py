"""What many calls come to: shares, waits, times, grades. Pure.

Counts calls, never people: there is no figure by agent, and there must not be one.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TypeVar

RETURN_DAYS = 7
"""Who calls again within so many days had no luck the first time."""
WRAP_UP_MAX_S = 900.0
"""A wrap-up saved later than this after the call's end was not worked at all the while."""

_NOBODY = frozenset(
    {"", "anonymous", "anonymous@anonymous.invalid", "blocked", "private", "restricted"}
    | {"unavailable", "unknown", "withheld"}
    # The same words as Twilio dials them, for callers who hide their number.
    | {"266696687", "2562533", "7378742833", "8566696", "8656696", "86282452253"}
)


def is_known(caller: str) -> bool:
    """Whether a caller id stands for one caller, as far as it stands for anything."""
    return caller.casefold().lstrip("+") not in _NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFigures:
    """The figures of one call that is over (see `digest.CallFacts`)."""

    started_at: datetime
    ended_at: datetime
    caller: str
    turns: int
    contained: bool
    queue: str
    escalation_reason: str
    wait_s: float | None
    wait_outcome: str
    talk_s: float
    hold_s: float
    wrapped_up_at: datetime | None
    """When the last wrap-up was saved."""
    resolved: bool | None
    """What the wrap-up says about it; None when it says nothing."""
    survey: int | None
    confidence_mean: float | None
    answers_ms: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the calls of some time. Shares are 0 to 1, None of nothing; times in seconds."""

    calls: int
    contained: float | None
    """The flow brought them to their end, and nobody was asked for."""
    escalated: float | None
    reasons: tuple[tuple[str, int], ...]
    """Why they were escalated, and how many; the most frequent first."""
    answered: int
    abandoned: int
    callbacks: int
    """How waiting for a person ended."""
    wait_p50_s: float | None
    wait_p95_s: float | None
    """Of those who were answered and those who gave up."""
    service_level: float | None
    """Answered in time, of those who were answered and those who gave up."""
    talk_s: float | None
    handling_s: float | None
    """Means for calls with an agent; handling is talk, hold and wrap-up."""
    first_contact: float | None
    """The wrap-up says that the matter is settled; where it says nothing, the caller did not
    call again within RETURN_DAYS, so far. Callers without a number do not count there."""
    survey_mean: float | None
    survey_count: int
    confidence: float | None
    """Mean confidence of the recognition, each turn counting alike."""
    answer_p50_ms: float | None
    answer_p95_ms: float | None
    """From the end of the caller's voice to our first sound, over all turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    since: datetime
    total: Figures
    hours: tuple[tuple[datetime, Figures], ...]
    """Those hours (UTC) in which calls began, in order."""
    queues: tuple[tuple[str, Figures], ...]
    """Of the calls escalated to each."""


_Judged = tuple[PastFigures, bool | None]
"""A call, and whether it settled the caller's matter."""
_Key = TypeVar("_Key", str, datetime)
_Groups = list[tuple[_Key, list[_Judged]]]


def statistics(
    since: datetime,
    past: Sequence[PastFigures],
    starts: Iterable[tuple[str, datetime]],
    in_time_s: float,
) -> Stats:
    """The figures of these calls.

    `starts` are caller and beginning of all calls since, also of those that go on.
    `in_time_s` is how soon a waiting caller is to be answered.
    """
    by_caller = defaultdict[str, list[datetime]](list)
    for caller, start in starts:
        if is_known(caller):
            by_caller[caller].append(start)
    judged = [(call, _settled(call, by_caller[call.caller])) for call in past]
    hours = _grouped(
        judged, lambda call: call.started_at.replace(minute=0, second=0, microsecond=0)
    )
    queues = _grouped([one for one in judged if one[0].queue], lambda call: call.queue)
    return Stats(
        since=since,
        total=_figures(judged, in_time_s),
        hours=tuple((hour, _figures(some, in_time_s)) for hour, some in hours),
        queues=tuple((queue, _figures(some, in_time_s)) for queue, some in queues),
    )


def _grouped(judged: Iterable[_Judged], key: Callable[[PastFigures], _Key]) -> _Groups[_Key]:
    groups = defaultdict[_Key, list[_Judged]](list)
    for one in judged:
        groups[key(one[0])].append(one)
    return [(group, groups[group]) for group in sorted(groups)]


def _figures(judged: Sequence[_Judged], in_time_s: float) -> Figures:
    past = [call for call, _ in judged]
    outcomes = Counter(call.wait_outcome for call in past)
    waited = [call for call in past if call.wait_outcome in ("answered", "abandoned")]
    waits = sorted(call.wait_s for call in waited if call.wait_s is not None)
    in_time = [c for c in waited if c.wait_outcome == "answered" and (c.wait_s or 0) <= in_time_s]
    reasons = Counter(call.escalation_reason for call in past if call.escalation_reason)
    handled = [call for call in past if call.talk_s + call.hold_s > 0]
    settled = [did for _, did in judged if did is not None]
    grades = [call.survey for call in past if call.survey is not None]
    heard = [(c.confidence_mean, c.turns) for c in past if c.confidence_mean is not None]
    answers = sorted(ms for call in past for ms in call.answers_ms)
    return Figures(
        calls=len(past),
        contained=_share(sum(call.contained for call in past), len(past)),
        escalated=_share(reasons.total(), len(past)),
        reasons=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        answered=outcomes["answered"],
        abandoned=outcomes["abandoned"],
        callbacks=outcomes["callback"],
        wait_p50_s=percentile(waits, 50),
        wait_p95_s=percentile(waits, 95),
        service_level=_share(len(in_time), len(waited)),
        talk_s=_share(sum(call.talk_s for call in handled), len(handled)),
        handling_s=_share(sum(_handling_s(call) for call in handled), len(handled)),
        first_contact=_share(sum(settled), len(settled)),
        survey_mean=_share(sum(grades), len(grades)),
        survey_count=len(grades),
        confidence=_share(sum(c * turns for c, turns in heard), sum(turns for _, turns in heard)),
        answer_p50_ms=percentile(answers, 50),
        answer_p95_ms=percentile(answers, 95),
    )


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The smallest value that at least so many percent do not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def _settled(call: PastFigures, starts: Sequence[datetime]) -> bool | None:
    """Whether the first contact did it; None when nobody can say."""
    if call.resolved is not None:
        return call.resolved
    if not is_known(call.caller):
        return None
    latest = call.ended_at + timedelta(days=RETURN_DAYS)
    return not any(call.started_at < start <= latest for start in starts)


def _handling_s(call: PastFigures) -> float:
    wrap_up_s = 0.0
    if call.wrapped_up_at is not None:
        wrap_up_s = (call.wrapped_up_at - call.ended_at).total_seconds()
    kept = wrap_up_s if 0 < wrap_up_s <= WRAP_UP_MAX_S else 0.0
    return call.talk_s + call.hold_s + kept


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
