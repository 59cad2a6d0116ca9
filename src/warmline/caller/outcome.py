"""What a crowd's calls come to, and whether that is good enough. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from warmline.caller.crowd import Measured

MISSED: Final = 0.02
"""Share of turns that may stay without an answer: some recorded phrases hold no words that a
recogniser could know, with one call as with many."""
GAPS_A_MINUTE: Final = 1.0
"""Holes in the bot's voice that may be heard in a minute of call."""
OWN_LATE_MS: Final = 15.0
"""95 % of the callers' own frames must be sent within so long of their time: the waits are no
better than that, and a server that is called in bursts is another server."""


class Verdict(StrEnum):
    WELL = "well"
    SLOW = "slow"
    MISSED = "missed"
    GAPS = "holes"
    FAILED = "failed"
    OWN_PACE = "own pace"
    NOTHING = "no turns"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdOutcome:
    """Times in milliseconds; None where there is nothing to tell."""

    calls: int
    verdict: Verdict
    turns: int
    v2v_p50: float | None
    v2v_p95: float | None
    v2v_max: float | None
    early: int
    """Turns in which the bot spoke before the caller's voice was over."""
    missed: int
    failed: int
    """Calls that could not be made, or were broken off."""
    greeting_p95: float | None
    gaps_a_minute: float
    own_late_p95: float
    own_late_max: float


def outcome(
    crowd: Sequence[Measured], calls: int, target_ms: float, *, since_s: float = 0.0
) -> CrowdOutcome:
    """`since_s`: turns that were over before are left out, for not all had come yet."""
    turns = [turn for call in crowd for turn in call.turns if turn.at_s >= since_s]
    waits = [turn.v2v_ms for turn in turns if turn.v2v_ms is not None]
    greetings = [call.greeting_ms for call in crowd if call.greeting_ms is not None]
    late = [ms for call in crowd for ms in call.late_ms]
    minutes = sum(call.minutes for call in crowd)
    figures = CrowdOutcome(
        calls=calls,
        verdict=Verdict.WELL,
        turns=len(turns),
        v2v_p50=_percentile(waits, 50),
        v2v_p95=_percentile(waits, 95),
        v2v_max=_percentile(waits, 100),
        early=sum(turn.outcome == "early" for turn in turns),
        missed=sum(turn.outcome == "missed" for turn in turns),
        failed=sum(bool(call.failure) for call in crowd),
        greeting_p95=_percentile(greetings, 95),
        gaps_a_minute=round(sum(call.gaps for call in crowd) / minutes, 2) if minutes else 0.0,
        own_late_p95=_percentile(late, 95) or 0.0,
        own_late_max=_percentile(late, 100) or 0.0,
    )
    return replace(figures, verdict=_verdict(figures, target_ms))


def _verdict(found: CrowdOutcome, target_ms: float) -> Verdict:
    """What comes first makes the rest doubtful."""
    if found.own_late_p95 > OWN_LATE_MS:
        return Verdict.OWN_PACE
    if found.failed:
        return Verdict.FAILED
    if not found.turns or found.v2v_p95 is None:
        return Verdict.NOTHING
    if found.missed > max(1, MISSED * found.turns):
        return Verdict.MISSED
    if found.gaps_a_minute > GAPS_A_MINUTE:
        return Verdict.GAPS
    return Verdict.SLOW if found.v2v_p95 > target_ms else Verdict.WELL


def _percentile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 1) if values else None
