"""One request on its way through a pool, and what is told of it when it is over."""

import asyncio
import math
from dataclasses import dataclass

from warmline.errors import InferenceError
from warmline.inference.pipe import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What became of one job, for whoever watches the load. Times in seconds."""

    priority: int
    waited_s: float
    """Until a worker began it, or it was dropped."""
    took_s: float
    """Until it was answered, waiting included."""
    late: bool
    """Answered after it was due, or not at all."""
    company: int = 0
    """Jobs that were answered together with it."""


@dataclass(slots=True, eq=False, kw_only=True)
class Job:
    request: Message
    priority: int
    kind: str
    """Jobs of the same kind, if it is not empty, may be answered together."""
    together: int
    """At most so many of them."""
    asked_at: float
    """On the loop's clock, as all times here."""
    due: float
    answer: asyncio.Future[Message]
    begun_at: float = math.nan
    tries: int = 0

    @property
    def wanted(self) -> bool:
        """Somebody still awaits the answer."""
        return not self.answer.done()

    def suits(self, other: "Job") -> bool:
        """May the other one be answered together with this? Not one that killed a worker."""
        same = self.kind == other.kind and self.priority == other.priority
        return bool(self.kind) and same and not self.tries and not other.tries

    def begin(self, now: float) -> None:
        self.tries += 1
        self.begun_at = now

    def finish(self, answer: Message) -> None:
        if self.wanted:
            self.answer.set_result(answer)

    def fail(self, why: str) -> None:
        if self.wanted:
            self.answer.set_exception(InferenceError(why))

    def served(self, now: float, *, late: bool, company: int = 0) -> Served:
        begun = now if math.isnan(self.begun_at) else self.begun_at
        return Served(
            priority=self.priority,
            waited_s=begun - self.asked_at,
            took_s=now - self.asked_at,
            late=late,
            company=company,
        )
