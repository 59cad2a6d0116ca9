"""A figure of the report: its values, its bounds, the verdict. Pure.

Knows no result file and no layout of a report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bounds import Bound

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    measure: str
    name: str
    unit: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    n: int = 0
    """Of how many values; 0: does not apply."""
    bounds: tuple[Bound, ...] = ()
    note: str = ""
    failure: str = ""
    """Why there is no figure: a missing one is a row, not a gap."""

    @property
    def verdict(self) -> str:
        """The worst of all bounds: missed | met | goal; empty without bounds; not run."""
        if self.failure:
            return "not run"
        given = [bound.verdict(self.values[bound.key]) for bound in self.bounds
                 if bound.key in self.values]  # fmt: skip
        return next((word for word in ("missed", "met", "goal") if word in given), "")


def spread(name: str, of: Json | None, unit: str = "ms", **more: Any) -> Figure:
    """Of what stats.spread told; `of` is empty when there was no value."""
    if not of:
        return Figure(measure="", name=name, failure="no value was measured")
    values = {key: float(of[key]) for key in ("p50", "p95", "p99", "max") if key in of}
    return Figure(measure="", name=name, unit=unit, values=values, n=int(of["n"]), **more)


def value(name: str, number: float | None, unit: str = "", **more: Any) -> Figure:
    """A single number; missing where there is none."""
    if number is None:
        return Figure(measure="", name=name, failure="no value was measured")
    return Figure(measure="", name=name, unit=unit, values={"value": float(number)}, **more)


def of_values(values: Sequence[float]) -> dict[str, float]:
    """Like stats.spread, of sorted values: linear between the two next to it."""

    def at(share: float) -> float:
        place = share * (len(values) - 1)
        low = int(place)
        high = min(low + 1, len(values) - 1)
        return round(values[low] + (values[high] - values[low]) * (place - low), 1)

    return {"n": len(values), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": values[-1]}


def joined(calls: Sequence[Json], wait: str) -> dict[str, float] | None:
    """The percentiles of one wait of all these calls or turns; None when nobody has it."""
    known = sorted(call[wait] for call in calls if call[wait] is not None)
    return of_values(known) if known else None
