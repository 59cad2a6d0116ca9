"""The hints of one call: its entries come in, hints that are shown and closed go out. Pure.

Knows which words count and when; what they mean is `triggers`' matter, what is shown the
governor's. While the flow speaks with the caller nobody sees a hint: what is said shortly
before they are passed on waits for the agent. Only callers are searched for passages.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from warmline.assist import passages
from warmline.assist.governor import Change, Governor, Hint
from warmline.assist.rules import FILE, HEARD, Rule
from warmline.assist.triggers import Triggers, said_words, spans
from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    AgentPartial,
    AgentSpeech,
    CallerHeld,
    Entry,
    Escalated,
    HandedBack,
    HintClosed,
    NodeEntered,
    PartialTranscript,
    TurnResumed,
    UtteranceHeard,
)
from warmline.meaning.knowledge import Knowledge
from warmline.spoken import is_number

SHORTLY_S: Final = 60.0
"""What the flow heard so long before it passed the caller on is worth showing to the agent."""
SOME_WORDS: Final = 4
"""Fewer are too few for the meaning of a beginning, and "yes, thank you" is no other topic."""
CALLER: Final = "caller"
_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+")


@dataclass(slots=True)
class _Voice:
    """What somebody has said in their turn."""

    turn: int = 0
    count: int = 0
    """Words that were looked at, of a turn that goes on."""
    rules: set[str] = field(default_factory=set)
    """What they already led to."""


class Hints:
    """Entries are taken in their order, whatever they tell of."""

    def __init__(self, triggers: Triggers, knowledge: Knowledge | None) -> None:
        self._triggers = triggers
        self._knowledge = knowledge
        self._governor = Governor()
        self._voices: dict[str, _Voice] = {}
        self._entered: set[str] = set()
        self._escalated = False
        self._held = False
        """The caller hears music, not the agents."""
        self._now = 0.0

    def handle(self, entry: Entry) -> list[Change]:
        """What changes because of this entry."""
        self._now = max(self._now, entry.at)
        return [*self._take(entry), *self._governor.step(self._now)]

    def tick(self, at: float) -> list[Change]:
        """What changes because time goes by; `at` in seconds on the call's clock."""
        self._now = max(self._now, at)
        return self._governor.step(self._now)

    def _take(self, entry: Entry) -> list[Change]:
        governor, now = self._governor, self._now
        match entry.fact:
            case PartialTranscript(turn=turn, stable=text) if self._escalated:
                self._goes_on(CALLER, turn, text, entry.seq)
            case UtteranceHeard(turn=turn, text=text):
                return self._caller_said(turn, text, entry.seq)
            case TurnResumed(turn=turn):
                self._voices.pop(CALLER, None)
                governor.forget(turn=turn)
            case AgentPartial(agent=agent, turn=turn, stable=text):
                return self._agent_says(agent, turn, text, entry.seq, over=False)
            case AgentHeard(agent=agent, turn=turn, text=text):
                return self._agent_says(agent, turn, text, entry.seq, over=True)
            case AgentSpeech(agent=agent, speaking=speaking):
                governor.speaks(agent, speaking)
            case AgentJoined(agent=agent, role=role):
                if role in HEARD:
                    governor.joins(agent, now)
                else:  # perhaps they talked until now
                    return governor.leaves(agent, now)
            case AgentLeft(agent=agent):
                return governor.leaves(agent, now)
            case NodeEntered(node=node):
                self._entered.add(node)
            case Escalated() if not self._escalated:
                self._escalated = True
                governor.forget(before=now - SHORTLY_S)
            case CallerHeld(held=held):
                self._held = held
            case HandedBack():
                self._escalated = False
                governor.forget(before=float("inf"))
            case HintClosed(hint=name, outcome=outcome):
                governor.closed(name, outcome, now)
            case _:
                pass
        return []

    # --- what is said ----------------------------------------------------------------------------

    def _caller_said(self, turn: int, text: str, seq: int) -> list[Change]:
        said = said_words(text)
        looked_at = spans(said)
        topics = self._triggers.topics(said, looked_at)
        found = self._passages(looked_at, seq, turn)
        self._offer(CALLER, turn, topics, found, seq)
        # Who answers the flow, or gives a number, has not changed the subject.
        if not self._escalated or len(said) < SOME_WORDS or is_number(text):
            return []
        spoken_of = topics.keys() | {hint.rule for hint in found}
        return self._governor.spoke_of(turn, spoken_of, self._now)

    def _agent_says(
        self, agent: str, turn: int, text: str, seq: int, *, over: bool
    ) -> list[Change]:
        if self._held or agent not in self._governor.agents:
            return []
        said, rules = said_words(text), self._triggers.rules
        if not over:
            looked_at = self._goes_on(agent, turn, text, seq)
            about = self._governor.held
        else:
            looked_at = spans(said)
            self._offer(agent, turn, self._triggers.topics(said, looked_at), [], seq)
            # What was said before anything led to it needs no hint later.
            early = [_hint(name, rule, 1.0, seq, 0) for name, rule in rules.items() if rule.said]
            about = list({hint.rule: hint for hint in (*early, *self._governor.held)}.values())
        told = [hint for hint in about if self._tells(hint, looked_at)]
        return [change for hint in told for change in self._governor.said(hint, self._now)]

    def _goes_on(self, who: str, turn: int, text: str, seq: int) -> list[str]:
        """A turn that is not over: what is new of it, as far as it can be looked at."""
        said = said_words(text)
        voice = self._voice(who, turn)
        if len(said) <= voice.count or len(said) < SOME_WORDS:
            return []
        voice.count = len(said)
        looked_at = spans(said)[-1:]
        found = self._passages(looked_at, seq, turn) if who == CALLER else []
        self._offer(who, turn, self._triggers.topics(said, looked_at), found, seq)
        return looked_at

    def _passages(self, looked_at: Sequence[str], seq: int, turn: int) -> list[Hint]:
        if self._knowledge is None or not self._escalated:
            return []
        return passages.fitting(self._knowledge, looked_at, seq, turn)

    def _tells(self, hint: Hint, looked_at: Sequence[str]) -> bool:
        """Whether the agent's words say what the hint does."""
        rule = self._triggers.rules.get(hint.rule)
        texts = (hint.text, *_SENTENCE.split(hint.text), *(rule.said if rule else ()))
        return self._triggers.says(tuple(dict.fromkeys(texts)), looked_at)

    # --- what fits -------------------------------------------------------------------------------

    def _offer(
        self, who: str, turn: int, topics: dict[str, float], found: Sequence[Hint], seq: int
    ) -> None:
        """Each once a turn, however often it is found in it."""
        heard = turn if who == CALLER else 0
        fitting = [
            _hint(name, rule, sure, seq, heard)
            for name, sure in topics.items()
            if self._applies(rule := self._triggers.rules[name], who)
        ]
        led = self._voice(who, turn).rules
        for hint in (*fitting, *found):
            if hint.rule not in led:
                led.add(hint.rule)
                self._governor.offer(hint, self._now)

    def _applies(self, rule: Rule, who: str) -> bool:
        speaker = CALLER if who == CALLER else "agent"
        return (
            rule.speaker in (speaker, "any")
            and (rule.after is None or rule.after in self._entered)
            and (rule.before is None or rule.before not in self._entered)
        )

    def _voice(self, who: str, turn: int) -> _Voice:
        voice = self._voices.setdefault(who, _Voice(turn))
        if voice.turn != turn:
            voice = self._voices[who] = _Voice(turn)
        return voice


def _hint(name: str, rule: Rule, confidence: float, cause: int, turn: int) -> Hint:
    return Hint(
        rule=name,
        kind="rule",
        title=rule.title,
        text=rule.text,
        source=f"{FILE}: {name}",
        link=rule.link,
        compliance=rule.compliance,
        confidence=confidence,
        cause=cause,
        turn=turn,
        priority=rule.priority,
        cooldown_s=rule.cooldown,
        once=rule.once,
        expires_s=rule.expires,
    )
