"""How worked up voices are, each against the same speaker's calm clips; and how well that tells
emotions apart. Nothing is fitted but one threshold, on all other speakers.

Knows labelled clips; no calls, no moods.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from voices import Row
from warmline.assist import prosody
from warmline.assist.arousal import arousal
from warmline.assist.baseline import Baseline
from warmline.assist.frames import frames
from warmline.assist.prosody import Prosody
from warmline.assist.quality import doubt
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm

CALM: Final = {"", "calm", "neutral"}
LOW: Final = CALM | {"sad", "sadness", "bored", "boredom"}
ANGRY: Final = {"angry", "anger"}
HIGH: Final = ANGRY | {
    *("fear", "fearful", "happy", "happiness", "joy", "surprise", "surprised", "ps", "excited"),
}
"""The usual labels of arousal; disgust is in neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One recording, looked at."""

    row: Row
    samples: Pcm
    prosody: Prosody
    doubt: str
    cost: float
    """Milliseconds of work for each second of audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    clip: Clip
    score: float
    raised: float


def look(row: Row, change: Callable[[Pcm], Pcm]) -> Clip:
    samples = change(files.read(row.path, RATE))
    begun = time.perf_counter()
    view = frames(samples)
    measured = prosody.measure(view, row.text)
    why = doubt(samples, view, measured)
    cost = (time.perf_counter() - begun) * 1000 / (samples.size / RATE)
    return Clip(row=row, samples=samples, prosody=measured, doubt=why, cost=cost)


def speakers(clips: Sequence[Clip]) -> dict[str, list[Clip]]:
    found = defaultdict(list)
    for clip in clips:
        found[clip.row.speaker].append(clip)
    return found


def scores(calm: Sequence[Clip], clips: Sequence[Clip]) -> list[Scored]:
    """One speaker's `clips` against their `calm` ones; a calm clip is not measured by itself."""
    found = []
    for clip in clips:
        baseline = Baseline()
        for other in calm:
            if other.row is not clip.row and other.doubt in ("", "short"):
                baseline.learn(other.prosody)
        if baseline.ready and not clip.doubt:
            judged = arousal(clip.prosody, baseline)
            found.append(Scored(clip=clip, score=judged.score, raised=judged.raised))
    return found


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """Area under the curve: how often one of `high` is above one of `low`; ties are half."""
    if not high or not low:
        return float("nan")
    above = np.subtract.outer(np.array(high), np.array(low))
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


def left_out(scored: Sequence[Scored], high: set[str], low: set[str]) -> float:
    """Balanced accuracy with the threshold that is best for all other speakers."""
    rates: list[list[bool]] = [[], []]
    for speaker in {one.clip.row.speaker for one in scored}:
        rest = [one for one in scored if one.clip.row.speaker != speaker]
        marks = sorted({one.score for one in rest})
        if not marks:
            continue
        threshold = max(marks, key=lambda mark: _balanced(rest, mark, high, low))
        for one in scored:
            if one.clip.row.speaker == speaker:
                if one.clip.row.emotion in high:
                    rates[0].append(one.score >= threshold)
                elif one.clip.row.emotion in low:
                    rates[1].append(one.score < threshold)
    return float(np.mean([np.mean(rate) for rate in rates])) if all(rates) else float("nan")


def _balanced(scored: Sequence[Scored], mark: float, high: set[str], low: set[str]) -> float:
    hits = [one.score >= mark for one in scored if one.clip.row.emotion in high]
    rejects = [one.score < mark for one in scored if one.clip.row.emotion in low]
    return (float(np.mean(hits)) if hits else 0.0) + (float(np.mean(rejects)) if rejects else 0.0)
