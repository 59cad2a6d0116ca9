"""How many workers of which kind suit a machine. Pure: told its cores and what a probe measured.

The ears are workers that hold both models each. Some of them are **kept** for what a turn waits
for: they run at full urgency and never take a partial, so that a final finds a free worker
however many callers are being written along. The others take everything, finals of a burst too,
and are niced: the operating system puts them behind the finals, the voice and the gateway.
Also on one core: there the kept worker preempts the other one.
"""

from dataclasses import dataclass
from typing import Final

from warmline.inference.queue import ANY

KEPT: Final = 1
"""Priority (barge-in checks) down to which a kept worker takes jobs."""
NICENESS: Final = 10
"""Of those that also do what is only shown."""
_SLOW_FINAL_S: Final = 1.0
"""A final that takes longer is worse than the small model's words at once."""
_REFERENCE_GFLOPS: Final = 120.0
_REFERENCE_FINAL_S: Final = 0.2
"""CPU time of a final by Whisper base (int8, one thread, an order of 4 s) on a core of that speed.
Between machines the two are only roughly proportional."""
_WIDE: Final = 8
"""From so many cores on a final gets two threads: 0.6 of the time for 1.4 times the CPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One worker process of a pool."""

    lowest: int = ANY
    """The lowest priority that it takes."""
    niceness: int = 0
    """0 to 19: how far it stands behind others for the operating system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What was measured on this machine."""

    gflops: float
    """Single precision multiply-adds of one core, in 10^9 operations a second."""
    parallel: float
    """How many cores' worth of it all of them do at once: fewer than they are where two share one
    as hyperthreads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    ears: tuple[Place, ...]
    """The first are asked first."""
    threads: int
    """Of each of them."""
    voices: int
    """Workers that speak."""
    small_finals: bool
    """Too slow for the large model: finals are decoded by the small one."""
    because: str
    """What led to it, for people."""

    def __str__(self) -> str:
        kept = sum(place.lowest < ANY for place in self.ears)
        threads = f"{self.threads} thread{'s' * (self.threads > 1)} each"
        finals = "small model for all" if self.small_finals else "both models in each"
        return (
            f"{len(self.ears)} workers, {kept} of them kept for finals, {threads}, {finals}; "
            f"{self.because}"
        )


def apart(ears: tuple[Place, ...]) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """As two pools that do not help each other: for finals alone, and for all else. With a single
    worker the first one is empty."""
    return (
        tuple(place for place in ears if place.lowest < ANY),
        tuple(place for place in ears if place.lowest == ANY),
    )


def choose(cores: int, probe: Probe | None = None, *, workers: int = 0, threads: int = 0) -> Layout:
    """The layout for so many cores; `workers` and `threads` other than 0 are as the operator
    wants them. Without a probe the cores are believed to be whole and fast."""
    whole = cores if probe is None else max(1, min(cores, round(probe.parallel)))
    threads = threads or (2 if whole >= _WIDE else 1)
    # From four cores on one is left for the gateway and the voice; two workers are the least,
    # since a partial that has begun cannot be stopped.
    ears = workers or max(2, (whole - whole // 4) // threads)
    kept = max(1, ears // 4) if ears > 1 else 0
    final_s = 0.0 if probe is None else _REFERENCE_FINAL_S * _REFERENCE_GFLOPS / probe.gflops
    because = f"{cores} cores"
    if probe:
        because += f" that do the work of {probe.parallel:.1f}, {probe.gflops:.0f} GFLOP/s each"
    return Layout(
        ears=(Place(lowest=KEPT),) * kept
        + (Place(niceness=NICENESS if kept else 0),) * (ears - kept),
        threads=threads,
        voices=2 if whole >= _WIDE else 1,
        small_finals=final_s > _SLOW_FINAL_S,
        because=because,
    )
