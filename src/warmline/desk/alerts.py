"""What a supervisor is told about one call, by their own rules. Pure; the caller brings time.

One object per call: told of every entry of its log, and of the time about once a second. Must
not judge agents: what an agent says is looked at only for the words a rule names, and nobody's
voice is (the mood is the caller's).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from warmline.assist.triggers import Phrases, said_words
from warmline.desk.alert_rules import AlertRule
from warmline.desk.quiet import Quiet
from warmline.desk.standing import TALKS, Standing
from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    AlertRaised,
    CallEnded,
    CallStarted,
    ChecklistTicked,
    Entry,
    SentimentChanged,
    UtteranceHeard,
)

_LEFT: Final = ("ended", "handed_back")
"""How an agent leaves who is done with the caller."""
_NAMED: Final = 3
"""Of what is missing, so many are named."""


class Alerts:
    """Of one call. Each rule speaks once, or again after its `cooldown`."""

    def __init__(
        self, rules: Mapping[str, AlertRule], checklist: Mapping[str, str] | None = None
    ) -> None:
        """`checklist`: name and text of what the flow's checklist requires to be said."""
        self._rules = dict(rules)
        self._words = {
            name: Phrases(rule.said.words) for name, rule in rules.items() if rule.said is not None
        }
        self._open = dict(checklist or {})
        self._raised: dict[str, float] = {}
        self._low: dict[str, int] = {}
        """How many turns in a row were below a rule's mood."""
        self._standing = Standing()
        self._state = "bot"
        self._since = 0.0
        self._quiet = Quiet()
        self._helped_at: float | None = None
        self._over = False

    def handle(self, entry: Entry) -> list[AlertRaised]:
        """What follows from the next entry."""
        self._follow(entry)
        match entry.fact:
            case CallStarted(flow=flow):
                kept = {n: r for n, r in self._rules.items() if not r.flows or flow in r.flows}
                self._rules = kept
            case CallEnded():
                self._over = True
            case SentimentChanged(mood=mood):
                return self._raise(self._upset(mood), entry.at)
            case UtteranceHeard(text=text):
                return self._raise(self._said(text, "caller"), entry.at)
            case AgentHeard(text=text):
                return self._raise(self._said(text, "agent"), entry.at)
            case ChecklistTicked(item=item):
                self._open.pop(item, None)
            case AgentJoined(role=role) if role in TALKS and self._helped_at is None:
                self._helped_at = entry.at
            case AgentLeft(role=role, reason=reason) if role in TALKS and reason in _LEFT:
                return self._raise(self._missed(float("inf")), entry.at)
            case _:
                pass
        return []

    def tick(self, at: float) -> list[AlertRaised]:
        """What follows from the time alone; `at` in seconds on the call's clock."""
        if self._over:
            return []
        helped_s = -1.0 if self._helped_at is None else at - self._helped_at
        return self._raise([*self._silent(at), *self._waits(at), *self._missed(helped_s)], at)

    def _follow(self, entry: Entry) -> None:
        self._quiet.handle(entry)
        change = self._standing.handle(entry)
        if change is not None and change["state"] != self._state:
            self._state, self._since = change["state"], entry.at
            self._quiet.broken(entry.at)

    # --- conditions: the names of the rules that are met ------------------------------------------

    def _upset(self, mood: float) -> Iterable[str]:
        for name, rule in self._rules.items():
            if rule.mood is not None:
                self._low[name] = self._low.get(name, 0) + 1 if mood < rule.mood.below else 0
                if self._low[name] >= rule.mood.turns:
                    yield name

    def _said(self, text: str, by: str) -> Iterable[str]:
        said = said_words(text)
        for name, rule in self._rules.items():
            if (
                rule.said is not None
                and rule.said.by in (by, "any")
                and self._words[name].found(said)
            ):
                yield name

    def _silent(self, at: float) -> Iterable[str]:
        if self._state not in ("bot", "talking"):  # music plays
            return
        quiet_s = self._quiet.seconds(at)
        for name, rule in self._rules.items():
            if rule.silence is not None and quiet_s >= rule.silence:
                yield name

    def _waits(self, at: float) -> Iterable[str]:
        waited_s = at - self._since if self._state == "waiting" else 0.0
        for name, rule in self._rules.items():
            if rule.waiting is not None and waited_s >= rule.waiting:
                yield name

    def _missed(self, helped_s: float) -> Iterable[str]:
        for name, rule in self._rules.items():
            if rule.missed is not None and helped_s >= rule.missed.after and self._lacks(rule):
                yield name

    def _lacks(self, rule: AlertRule) -> list[str]:
        """Texts of what was not said yet."""
        items = rule.missed.items if rule.missed is not None else ()
        return [text for name, text in self._open.items() if not items or name in items]

    def _raise(self, names: Iterable[str], at: float) -> list[AlertRaised]:
        found = []
        for name in names:
            rule = self._rules[name]
            last = self._raised.get(name)
            if last is not None and (rule.cooldown is None or at - last < rule.cooldown):
                continue
            self._raised[name] = at
            told = rule.text
            if rule.missed is not None:
                told = f"{told}: {'; '.join(self._lacks(rule)[:_NAMED])}"
            found.append(AlertRaised(rule=name, severity=rule.severity, text=told))
        return found
