"""How soon a caller's words are to be read while they speak, and how often they change. Pure.

Knows a clip's aligned words and the partial transcripts of its turns; no server, no recogniser.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from desk_words import Shown, Word, sightings
from waits import Partial
from warmline.spoken import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """One clip. Milliseconds; None: there was no partial in time."""

    first_ms: float | None
    """From the end of the first word until anything was to be read."""
    words_ms: tuple[float, ...]
    """From a word's end until it was to be read in a partial."""
    only_final: int
    """Words that no partial showed before the final text."""
    shown: int
    """Words of partials, each counted where it stood for the first time."""
    revised: int
    """Of these: replaced or gone in the next partial of the turn, or in its final text."""
    cadence_s: tuple[float, ...]
    """Between two partials of a turn."""


def emitted(spoken: Sequence[Word], partials: Sequence[Partial]) -> Emitted:
    """`spoken` has the words' ends in seconds from the clip's first sample."""
    seen = sightings(
        spoken,
        [
            Shown(p.at_s, [(str(p.turn), f"{p.stable} {p.unstable}".strip(), p.final)])
            for p in partials
        ],
    )
    early = [p for p in partials if not p.final and (p.stable or p.unstable)]
    first = early[0].at_s - spoken[0].end if early and spoken else None
    in_partials = [one for one in seen if one.first is not None and not one.first_is_final]
    shown, revised = revisions(partials)
    return Emitted(
        first_ms=None if first is None else round(1000 * first, 1),
        words_ms=tuple(round(1000 * ((one.first or 0) - one.word.end), 1) for one in in_partials),
        only_final=sum(one.first is not None and one.first_is_final for one in seen),
        shown=shown,
        revised=revised,
        cadence_s=tuple(
            round(later.at_s - one.at_s, 3)
            for one, later in zip(early, early[1:], strict=False)
            if one.turn == later.turn
        ),
    )


def revisions(partials: Sequence[Partial]) -> tuple[int, int]:
    """Words shown for the first time at their place, and those of them that changed later."""
    shown = revised = 0
    before: dict[int, list[str]] = {}
    for partial in partials:
        now = words(f"{partial.stable} {partial.unstable}")
        old = before.get(partial.turn, [])
        same = _alike(old, now)
        revised += len(old) - same
        if not partial.final:
            shown += len(now) - same
            before[partial.turn] = now
        else:
            before.pop(partial.turn, None)
    return shown, revised


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """So many words at the beginning are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
