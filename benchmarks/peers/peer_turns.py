"""One turn as the caller heard it, and the figures of many. Pure.

Everything is measured in the caller's two tracks, the same way for every system; only words and
their times are what a system tells. Knows no server and no process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final

import beside  # noqa: F401
import numpy as np

from bare_caller import BareRecording
from desk_words import Word
from emission import Emitted, emitted
from waits import Partial
from warmline.caller.tracks import AUDIBLE, BLOCK_S, Track, first_audible, onset

Figures = dict[str, float]
"""n, p50, p95, p99 and max of one measure."""

QUIET_S: Final = 0.3
"""A longer silence is no breath between two words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the caller says in one turn."""

    clip: str
    end_s: float
    """Where the voice is over, in seconds from the clip's first sample."""
    words: tuple[Word, ...] = ()
    """Each with its end in seconds from the first sample; empty: not aligned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Times in milliseconds; None where there was nothing to measure."""

    clip: str
    v2v_ms: float | None = None
    """End of voice to first audible sample of the answer; below 0: it talked over the caller."""
    settled_ms: float | None = None
    """The same to the answer that was not cleared any more."""
    restarted: int = 0
    """Answers that the caller heard the beginning of before they were cleared."""
    over_ms: float = 0.0
    """How long the bot was audible before the caller's voice was over."""
    emitted: Emitted | None = None
    """When its words were to be read."""
    failure: str = ""


def measure(
    said: Said,
    begin: float,
    until: float,
    heard: BareRecording,
    told: Sequence[Partial],
    answers: bool,
) -> Turn:
    """The turn whose first sample was spoken at `begin` and whose answer ended by `until`.

    `told`: what was written down of it, in order; `answers`: an answer was to be expected.
    """
    voice = begin + said.end_s
    track = _until(heard.received, until)
    answer = onset(track, voice)
    settled = onset(track, max([voice, *_cleared(heard, begin, until)]))
    over = heard.received.loudness(begin, voice) > AUDIBLE
    return Turn(
        clip=said.clip,
        v2v_ms=_ms(voice, answer),
        settled_ms=_ms(voice, settled),
        restarted=restarts(heard, begin, until),
        over_ms=round(float(over.sum()) * BLOCK_S * 1000),
        emitted=emitted(said.words, told),
        failure="no answer" if answers and answer is None else "",
    )


def restarts(heard: BareRecording, begin: float, until: float) -> int:
    """Answers within these moments that were begun, heard and then dropped."""
    clears = _cleared(heard, begin, until)
    return sum(
        first_audible(heard.received, since, at) is not None
        for since, at in pairwise([begin, *clears])
    )


def spoke_at(heard: BareRecording, moment: float) -> bool:
    """Was the bot speaking then, so that it can be interrupted?"""
    return bool(heard.received.loudness(moment - QUIET_S, moment).max(initial=0) > AUDIBLE)


def stopped_ms(heard: BareRecording, begin: float, voice: float) -> float | None:
    """How long the bot could be heard once the caller's voice had begun into its sentence.

    `begin` is the first sample that was sent, `voice` where the voice begins in it: a breath
    before it may have stopped the bot already. None: it was not stopped.
    """
    clear = next((at for at, dropped in heard.clears if at > begin and dropped > 0), None)
    if clear is None:
        return None
    loud = np.flatnonzero(heard.received.loudness(voice, clear) > AUDIBLE)
    return round((float(loud[-1]) + 1) * BLOCK_S * 1000) if loud.size else 0.0


def figures(values: Sequence[float | None]) -> Figures | None:
    """Missing values are left out: whoever has them counts them as failures."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    at = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    spread = {name: round(float(np.percentile(known, p)), 1) for name, p in at.items()}
    return {"n": len(known), **spread}


def summary(turns: Sequence[Turn], heard: Sequence[BareRecording], stops: Sequence[float | None],
            costs: Mapping[str, float]) -> dict[str, Any]:  # fmt: skip
    """All figures of one system. Times in milliseconds."""
    written = [turn.emitted for turn in turns if turn.emitted]
    shown = sum(one.shown for one in written)
    greetings = [
        _ms(call.connected_at, first_audible(call.received, call.connected_at, call.received.end))
        for call in heard
    ]
    return {
        "turns": len(turns),
        "v2v_ms": figures([turn.v2v_ms for turn in turns]),
        "v2v_not_restarted_ms": figures([t.v2v_ms for t in turns if not t.restarted]),
        "settled_ms": figures([turn.settled_ms for turn in turns]),
        "greeting_ms": figures(greetings),
        "missed_replies": sum(bool(turn.failure) for turn in turns),
        "restarted": sum(turn.restarted > 0 for turn in turns),
        "talked_over_300_ms": sum(turn.over_ms > 300 for turn in turns),
        "barge_in_stop_ms": figures(stops),
        "barge_in_not_stopped": sum(stop is None for stop in stops),
        "first_partial_ms": figures([one.first_ms for one in written]),
        "word_ms": figures([late for one in written for late in one.words_ms]),
        "cadence_s": figures([gap for one in written for gap in one.cadence_s]),
        "revised_percent": round(100 * sum(o.revised for o in written) / shown, 1)
        if shown
        else None,
        "pacing_error_ms": figures([late * 1000 for call in heard for late in call.lateness]),
        **costs,
        "each": [asdict(turn) for turn in turns],
    }


def _cleared(heard: BareRecording, begin: float, until: float) -> list[float]:
    """When unplayed audio was dropped."""
    return [at for at, dropped in heard.clears if begin < at < until and dropped > 0]


def _until(track: Track, moment: float) -> Track:
    """The same track as if nothing had been heard after this moment."""
    short = Track(track.rate, track.zero)
    short.append(track.samples()[: max(0, round((moment - track.zero) * track.rate))])
    return short


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 1)
