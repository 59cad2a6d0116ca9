"""How well each rule's hints served the agents, counted from what was recorded. Pure.

Knows entries, no database.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from warmline.events import Entry, HintClosed, HintShown

OUTCOMES: Final = ("used", "said", "dismissed", "expired", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReport:
    """What became of the hints of one rule, or of one passage."""

    flow: str
    rule: str
    shown: int
    used: int
    said: int
    dismissed: int
    expired: int
    withdrawn: int
    """Also those that the end of the call took away."""

    @property
    def precision(self) -> float:
        """The share that was needed: the agent used it, or said it anyway."""
        return (self.used + self.said) / self.shown


class Tally:
    """Over any number of calls."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def count(self, flow: str, entries: Iterable[Entry]) -> None:
        """All entries of one call in their order. Of two outcomes of one hint the first counts:
        it may have expired while the agent reached for it."""
        visible: dict[str, str] = {}
        for entry in entries:
            match entry.fact:
                case HintShown(hint=hint, rule=rule):
                    visible[hint] = rule
                    self._counts[flow, rule]["shown"] += 1
                case HintClosed(hint=hint, outcome=outcome) if hint in visible:
                    self._counts[flow, visible.pop(hint)][outcome] += 1
                case _:
                    pass
        for rule in visible.values():
            self._counts[flow, rule]["withdrawn"] += 1

    def reports(self) -> list[RuleReport]:
        """Of each flow's rules, those shown most often first."""
        found = [
            RuleReport(
                flow=flow,
                rule=rule,
                shown=counts["shown"],
                **{outcome: counts[outcome] for outcome in OUTCOMES},
            )
            for (flow, rule), counts in self._counts.items()
        ]
        return sorted(found, key=lambda one: (one.flow, -one.shown, one.rule))
