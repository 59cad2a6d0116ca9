"""What the flow's slots hold, and the caller's words that each value comes from. Pure."""

from collections.abc import Sequence
from typing import Final

from warmline.assist.caller_words import is_bare, is_vague, their
from warmline.assist.card import FlowCard
from warmline.assist.packet import Intent, SlotItem
from warmline.assist.question_card import QuestionCard
from warmline.assist.story import place
from warmline.events import (
    Entry,
    NodeEntered,
    SlotFilled,
    SpeakingStarted,
    UtteranceHeard,
)
from warmline.flows import prompts

_SURE: Final = frozenset({"confirmed", "keyed", "system"})
"""Sources that no recogniser can have got wrong."""


class Filled:
    """The newest value of each slot, and the words that it comes from."""

    def __init__(self, card: FlowCard, entries: Sequence[Entry]) -> None:
        self._card = card
        self._slots: dict[str, SlotItem] = {}
        self._intents: dict[str, Intent] = {}
        heard: list[Entry] = []
        """What the caller said at this node."""
        node, turn = "", 0
        for entry in entries:
            match entry.fact:
                case NodeEntered():
                    node, heard = entry.fact.node, []
                case UtteranceHeard():
                    heard.append(entry)
                    turn = entry.seq
                case SlotFilled():
                    self._fill(entry, entry.fact, node, heard)
                case SpeakingStarted(text=prompts.RESTART):
                    # The caller started over: all that was filled before these words is gone.
                    self._slots = {s: v for s, v in self._slots.items() if v.seq > turn}
                    self._intents = {s: v for s, v in self._intents.items() if v.seq > turn}
                case _:
                    pass

    @property
    def slots(self) -> tuple[SlotItem, ...]:
        return tuple(sorted(self._slots.values(), key=lambda slot: slot.seq))

    @property
    def intents(self) -> tuple[Intent, ...]:
        """From the newest answer to the first of these questions on: older ones are of an
        earlier matter."""
        asked = [question.slot for question in self._card.questions]
        found = sorted(self._intents.values(), key=lambda intent: intent.seq)
        first = min(found, key=lambda intent: asked.index(intent.slot), default=None)
        return tuple(intent for intent in found if first and intent.seq >= first.seq)

    def _fill(self, entry: Entry, fact: SlotFilled, node: str, heard: Sequence[Entry]) -> None:
        card, slot = self._card, fact.slot
        self._slots.pop(slot, None)
        self._intents.pop(slot, None)
        if slot in card.hidden or not fact.value:
            return
        source = fact.source or ("system" if node in card.systems else "said")
        question = card.question(slot)
        line = _line(question, heard) if source in ("said", "confirmed") else None
        if question and question.kind == "intent":
            label = question.choices.get(fact.value, fact.value.replace("_", " "))
            self._intents[slot] = Intent(
                **place(entry, line),
                slot=slot,
                value=fact.value,
                text=their(label),
                asked=label,
                words=line.fact.text if line and isinstance(line.fact, UtteranceHeard) else "",
                confidence=fact.confidence,
                source=source,
                verified=source in _SURE,
                vague=is_vague(label),
            )
            return
        self._slots[slot] = SlotItem(
            **place(entry, line),
            slot=slot,
            label=card.label(slot),
            value=fact.value,
            spoken=card.speak(slot, fact.value),
            written=card.write(slot, fact.value),
            confidence=fact.confidence,
            source=source,
            verified=source in _SURE,
            type=question.type if question and source != "system" else "",
            identifies=source != "system" and card.names_a_thing(slot),
        )


def _line(question: QuestionCard | None, heard: Sequence[Entry]) -> Entry | None:
    """The caller's words that hold the answer: a yes to what was read back is none, unless yes
    or no was asked."""
    if question and question.type == "yes_no":
        return heard[-1] if heard else None
    for entry in reversed(heard):
        if isinstance(entry.fact, UtteranceHeard) and not is_bare(entry.fact.text):
            return entry
    return heard[-1] if heard else None
