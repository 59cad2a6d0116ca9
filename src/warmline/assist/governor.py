"""Which hint is shown, and when it goes: one at a time, with a pause, never into the agent's
words. Pure; `at` is in seconds on the call's clock and never goes back.

Knows no rules and no words: others tell it what fits, what the caller speaks of, and what the
agent has said. Laws: at most one hint is visible; each that was shown is closed once; two are
`GAP_S` apart; none is shown while an agent speaks, or when nobody is there to see it.
"""

from collections.abc import Collection, Set
from dataclasses import dataclass, field
from math import inf
from typing import Final

from warmline.events import HintClosed, HintShown

GAP_S: Final = 4.0
"""Without a new hint after one was shown, or went."""
MOVED_ON: Final = 2
"""Turns of the caller about something else, after which a hint is not needed any more."""
Change = HintShown | HintClosed


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Something that fits what was said."""

    rule: str
    kind: str
    """rule | passage"""
    title: str
    text: str
    source: str
    link: str = ""
    compliance: bool = False
    confidence: float = 1.0
    cause: int = 0
    """Number of the entry that led to it."""
    turn: int = 0
    """The caller's turn that led to it; 0 when it was somebody else."""
    priority: int = 5
    cooldown_s: float = 60.0
    once: bool = False
    expires_s: float = 30.0


@dataclass(slots=True)
class _Held:
    """A hint that waits or is visible."""

    hint: Hint
    since: float
    until: float
    name: str = ""
    """HintShown.hint, once it is shown."""
    elsewhere: set[int] = field(default_factory=set)
    """The caller's turns since then that were about something else."""

    @property
    def rank(self) -> tuple[bool, int, float, float]:
        return self.hint.compliance, self.hint.priority, self.hint.confidence, self.since


class Governor:
    """Of one call. `step` after each change, and as time goes by."""

    def __init__(self) -> None:
        self._visible: _Held | None = None
        self._waiting: dict[str, _Held] = {}
        self._resting: dict[str, float] = {}
        """Until when a rule is not shown again."""
        self._free_at = -inf
        self._agents: set[str] = set()
        self._speaking: set[str] = set()
        self._shown = 0

    @property
    def agents(self) -> Set[str]:
        """Those who talk with the caller, and see hints."""
        return self._agents

    @property
    def held(self) -> list[Hint]:
        """What is visible, and what waits to be."""
        return [held.hint for held in self._all()]

    def _all(self) -> list[_Held]:
        return [*([self._visible] if self._visible else []), *self._waiting.values()]

    # --- what fits -------------------------------------------------------------------------------

    def offer(self, hint: Hint, at: float) -> None:
        """It fits now; once more for one that is visible keeps it there."""
        if self._visible and self._visible.hint.rule == hint.rule:
            self._visible.until = at + hint.expires_s
        elif at >= self._resting.get(hint.rule, -inf):
            self._waiting[hint.rule] = _Held(hint, at, at + hint.expires_s)

    def forget(self, *, turn: int = 0, before: float = -inf) -> None:
        """Drop what waits because of this turn of the caller, whose words are void, and what
        has waited since before that time."""
        self._waiting = {
            rule: held
            for rule, held in self._waiting.items()
            if held.since >= before and (not turn or held.hint.turn != turn)
        }
        for held in self._all():
            held.elsewhere.discard(turn)

    # --- what is said ----------------------------------------------------------------------------

    def spoke_of(self, turn: int, rules: Collection[str], at: float) -> list[Change]:
        """The caller's turn is over, and about these rules. What has to be said is not
        withdrawn, whatever they speak of."""
        for held in self._all():
            if held.hint.rule in rules:
                held.elsewhere.clear()
            elif not held.hint.compliance:
                held.elsewhere.add(turn)
        self._waiting = {r: h for r, h in self._waiting.items() if len(h.elsewhere) < MOVED_ON}
        gone = self._visible is not None and len(self._visible.elsewhere) >= MOVED_ON
        return [self._close("withdrawn", at)] if gone else []

    def said(self, hint: Hint, at: float) -> list[Change]:
        """The agent says by themselves what this hint would tell them."""
        self._rest(hint, at)
        self._waiting.pop(hint.rule, None)
        shown = self._visible is not None and self._visible.hint.rule == hint.rule
        return [self._close("said", at)] if shown else []

    # --- who is there ----------------------------------------------------------------------------

    def joins(self, agent: str, at: float) -> None:
        """What waited for somebody is as good as new for the first who comes."""
        if not self._agents:
            for held in self._waiting.values():
                held.until = at + held.hint.expires_s
        self._agents.add(agent)

    def leaves(self, agent: str, at: float) -> list[Change]:
        self._agents.discard(agent)
        self._speaking.discard(agent)
        unseen = self._visible is not None and not self._agents
        return [self._close("withdrawn", at)] if unseen else []

    def speaks(self, agent: str, speaking: bool) -> None:
        if speaking and agent in self._agents:
            self._speaking.add(agent)
        else:
            self._speaking.discard(agent)

    def closed(self, name: str, outcome: str, at: float) -> None:
        """The agent used or dismissed what was visible under this name. What they dismissed
        does not come again, unless it has to be said."""
        if self._visible is None or self._visible.name != name:
            return
        hint = self._visible.hint
        self._close(outcome, at)
        if outcome == "dismissed" and not hint.compliance:
            self._resting[hint.rule] = inf

    # --- time ------------------------------------------------------------------------------------

    def step(self, at: float) -> list[Change]:
        """What goes, and what comes, now."""
        expired = self._visible is not None and at >= self._visible.until
        gone: list[Change] = [self._close("expired", at)] if expired else []
        if not self._agents:
            return gone
        self._waiting = {r: h for r, h in self._waiting.items() if at < h.until}
        if self._speaking or not self._waiting or at < self._free_at:
            return gone
        best = max(self._waiting.values(), key=lambda held: held.rank)
        if self._visible is None:
            return [self._show(best, at)]
        if best.hint.compliance and not self._visible.hint.compliance:
            return [self._close("withdrawn", at), self._show(best, at)]
        return []

    def _show(self, held: _Held, at: float) -> HintShown:
        hint = held.hint
        del self._waiting[hint.rule]
        self._rest(hint, at)
        self._shown += 1
        self._free_at = at + GAP_S
        self._visible = _Held(hint, at, at + hint.expires_s, f"hint-{self._shown}")
        return HintShown(
            hint=self._visible.name,
            rule=hint.rule,
            kind=hint.kind,
            title=hint.title,
            text=hint.text,
            source=hint.source,
            link=hint.link,
            compliance=hint.compliance,
            confidence=round(hint.confidence, 3),
            cause=hint.cause,
        )

    def _close(self, outcome: str, at: float) -> HintClosed:
        held, self._visible = self._visible, None
        assert held is not None, "only what is visible can be closed"
        self._free_at = at + GAP_S
        return HintClosed(hint=held.name, rule=held.hint.rule, outcome=outcome)

    def _rest(self, hint: Hint, at: float) -> None:
        self._resting[hint.rule] = inf if hint.once else at + hint.cooldown_s
