"""What the suite runs, in which order, and how many minutes each may take. Pure.

Knows the other benchmarks as programs with arguments; starts none. A measure that needs the
machine `alone` is never run beside another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FULL_MINUTES: Final = 30.0
QUICK_MINUTES: Final = 5.0
LANES: Final = 2
"""Measures beside each other: a core for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What there is to measure with."""

    open_speech: Sequence[Path]
    """Corpora with transcripts."""
    numbers: Sequence[Path]
    """Corpora of spoken numbers."""
    every: Sequence[Path]
    noises: Sequence[Path]
    quick: bool = False


Arguments = Callable[[Inputs], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    name: str
    title: str
    program: str
    """File beside this one."""
    arguments: Arguments
    """All but --json."""
    full: float
    quick: float
    """Minutes that it may take; 0: not in this form."""
    alone: bool = True
    peer: bool = False
    asked: bool = False
    """Runs only when it is named."""

    def minutes(self, quick: bool) -> float:
        return self.quick if quick else self.full


def _paths(paths: Sequence[Path]) -> list[str]:
    return [str(path) for path in paths]


def _spoken(given: Inputs) -> list[str]:
    return _paths([*given.open_speech, *given.numbers])


def _noise(given: Inputs) -> list[str]:
    return [part for path in given.noises for part in ("--noise", str(path))]


def _answers(given: Inputs) -> list[str]:
    counts = (8, 4, 4) if given.quick else (20, 8, 6)
    flags = zip(("--talk", "--numbers", "--echo"), map(str, counts), strict=True)
    return [*_paths(given.every), *(part for pair in flags for part in pair), "--words"]


def _barge_in(given: Inputs) -> list[str]:
    kinds = ("--brief", "--only", "question") if given.quick else ("--brief",)
    return [str(given.open_speech[0]), "--calls", "3" if given.quick else "8", *kinds]


def _accuracy(given: Inputs) -> list[str]:
    return [*_spoken(given), "--clips", "5" if given.quick else "20"]


def _invented(given: Inputs) -> list[str]:
    return ["--minutes", "0.2" if given.quick else "1", *_noise(given)]


def _endpointing(given: Inputs) -> list[str]:
    return [*_paths(given.every), "--clips", "30", "--phone"]


def _calls(given: Inputs) -> list[str]:
    steps = ("--steps", "4", "--seconds", "20") if given.quick else ("--steps", "1,4,8,12")
    return [*_paths(given.every), *steps]


def _flatness(given: Inputs) -> list[str]:
    return [*_paths(given.open_speech), "--minutes", "12" if given.quick else "60"]


def _ablations(given: Inputs) -> list[str]:
    return [*_paths(given.every), "--talk", "8", "--numbers", "4", "--echo", "4"]


def _peers(given: Inputs) -> list[str]:
    few = ("--clips", "10", "--per-call", "5", "--interrupts", "2", "--calls", "1", "--calls", "4")
    return ["pipecat", *_paths(given.open_speech[:1]), *few]


def _speaking(_: Inputs) -> list[str]:
    return ["--count", "6"]


def _nothing(_: Inputs) -> list[str]:
    return []


MEASURES: Final = (
    Measure(name="startup", title="Start-up", program="startup.py", arguments=_nothing,
            full=1.0, quick=0.0),
    Measure(name="answers", title="Waits of one caller", program="answers.py",
            arguments=_answers, full=7.0, quick=2.3),
    Measure(name="barge_in", title="Interruptions", program="barge_in.py",
            arguments=_barge_in, full=3.0, quick=1.0),
    Measure(name="calls", title="Many calls at once", program="calls.py",
            arguments=_calls, full=4.2, quick=0.0),
    Measure(name="peers", title="Beside Pipecat", program="peers/measure.py",
            arguments=_peers, full=6.5, quick=0.0, peer=True),
    Measure(name="speaking", title="Synthesis", program="speaking.py",
            arguments=_speaking, full=1.5, quick=0.0),
    Measure(name="ablations", title="Ablations", program="ablations.py",
            arguments=_ablations, full=35.0, quick=0.0, asked=True),
    Measure(name="accuracy", title="Recognition", program="stt_accuracy.py",
            arguments=_accuracy, full=2.5, quick=1.2, alone=False),
    Measure(name="endpointing", title="Turn-taking", program="endpointing.py",
            arguments=_endpointing, full=3.0, quick=0.0, alone=False),
    Measure(name="flatness", title="A call of 60 minutes", program="flatness.py",
            arguments=_flatness, full=2.5, quick=0.0, alone=False),
    Measure(name="invented", title="Words out of nothing", program="invented_words.py",
            arguments=_invented, full=1.0, quick=0.6, alone=False),
    Measure(name="scheduler", title="Scheduler", program="scheduler.py",
            arguments=_spoken, full=10.0, quick=0.0, asked=True),
)  # fmt: skip
"""In this order."""


def chosen(quick: bool, only: Sequence[str], peers: bool) -> list[Measure]:
    """`only` are names; empty: all that this form of the suite holds."""
    if only:
        return [measure for measure in MEASURES if measure.name in only]
    return [m for m in MEASURES if m.minutes(quick) > 0 and not m.asked and (peers or not m.peer)]


def rounds(measures: Sequence[Measure]) -> list[tuple[Measure, ...]]:
    """What runs at the same time: first each of those that need the machine alone, then all
    others, `LANES` at once, in this order."""
    alone = [(measure,) for measure in measures if measure.alone]
    beside = tuple(measure for measure in measures if not measure.alone)
    return [*alone, beside] if beside else [*alone]


def minutes(some: Sequence[Measure], quick: bool) -> float:
    """That one round may take: whoever is next goes to the lane that is free first."""
    lanes = [0.0] * LANES
    for measure in some:
        lanes[lanes.index(min(lanes))] += measure.minutes(quick)
    return max(lanes)


def total(measures: Sequence[Measure], quick: bool) -> float:
    """Minutes that all rounds may take."""
    return sum(minutes(some, quick) for some in rounds(measures))
