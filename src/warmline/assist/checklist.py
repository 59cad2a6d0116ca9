"""What had to be said in a call, by the flow or by a person, and what was. Pure.

Ticks from what a caller really heard: a text of the flow that was cut off does not count, nor
does an agent whom the caller cannot hear.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warmline.assist.rules import HEARD, Item
from warmline.assist.triggers import Phrases, Saying, said_words, spans
from warmline.events import (
    AgentHeard,
    AgentJoined,
    CallerHeld,
    ChecklistTicked,
    Entry,
    SpeakingFinished,
    SpeakingStarted,
)
from warmline.flows.flow import Flow, texts
from warmline.meaning.vectors import Embed

_SLOTS: Final = re.compile(r"\[[^\]]*\]|\{[^}]*\}")
"""What a template says of the call: other words each time."""


class Items:
    """The checklist of a flow, ready to be looked for; shared by its calls."""

    def __init__(self, items: Mapping[str, Item], flow: Flow, embed: Embed | None) -> None:
        self.items = items
        self._words = {name: Phrases(item.words) for name, item in items.items()}
        self._said = {name: Saying(item.said, embed) for name, item in items.items() if item.said}
        self._wordings = {
            name: _wordings(flow, item.node) for name, item in items.items() if item.node
        }

    def said(self, text: str, among: Collection[str]) -> Iterator[str]:
        """Those that somebody's words say."""
        said = said_words(text)
        looked_at = spans(said)
        for name in among:
            saying = self._said.get(name)
            if self._words[name].found(said) or (saying and any(map(saying.said, looked_at))):
                yield name

    def spoken(self, node: str, text: str, among: Collection[str]) -> Iterator[str]:
        """Those of this node of the flow, one of whose wordings is wholly in the text."""
        heard = set(said_words(text))
        for name in among:
            if self.items[name].node == node and any(w <= heard for w in self._wordings[name]):
                yield name


def _wordings(flow: Flow, node: str) -> list[set[str]]:
    """The words of each of a node's first texts, without what they say of the call's slots."""
    said = list(texts(flow.nodes[node]))
    return [set(said_words(_SLOTS.sub(" ", text))) for at, text in said if at == said[0][0]]


@dataclass(slots=True)
class _Saying:
    node: str
    heard: str = ""


class Checklist:
    """Of one call."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._open = dict.fromkeys(items.items)
        self._saying: dict[str, _Saying] = {}
        """What the flow says, until it was heard to its end."""
        self._talking: set[str] = set()
        """Whose words count; those of who has left too: their last ones come after them."""
        self._held = False

    @property
    def missing(self) -> list[str]:
        """What is required and was not said yet."""
        return [name for name in self._open if self._items.items[name].required]

    def handle(self, entry: Entry) -> list[ChecklistTicked]:
        match entry.fact:
            case SpeakingStarted(say_id=say_id, node=node):
                self._saying.setdefault(_whole(say_id), _Saying(node))
            case SpeakingFinished(say_id=say_id, text=text, interrupted=cut):
                return self._bot_said(_whole(say_id), text, entry.seq, cut=cut)
            case AgentJoined(agent=agent, role=role):
                (self._talking.add if role in HEARD else self._talking.discard)(agent)
            case CallerHeld(held=held):
                self._held = held
            case AgentHeard(agent=agent, text=text) if agent in self._talking and not self._held:
                return self._tick(self._items.said(text, self._by("agent")), "agent", entry.seq)
            case _:
                pass
        return []

    def tick(self, at: float) -> list[ChecklistTicked]:
        """Time alone ticks nothing."""
        return []

    def _bot_said(self, say_id: str, text: str, seq: int, *, cut: bool) -> list[ChecklistTicked]:
        saying = self._saying.get(say_id)
        if saying is None:
            return []
        saying.heard = f"{saying.heard} {text}".strip()
        if cut:  # what is left may be said yet, when it was a cough that stopped it
            return []
        del self._saying[say_id]
        among = self._by("bot")
        said = [*self._items.spoken(saying.node, saying.heard, among)]
        said += self._items.said(saying.heard, among)
        return self._tick(said, "bot", seq)

    def _by(self, who: str) -> Sequence[str]:
        items = self._items.items
        return [name for name in self._open if items[name].by in (who, "any")]

    def _tick(self, names: Iterator[str] | list[str], by: str, seq: int) -> list[ChecklistTicked]:
        done = list(dict.fromkeys(names))
        for name in done:
            del self._open[name]
        items = self._items.items
        return [
            ChecklistTicked(item=name, text=items[name].text, by=by, evidence=seq) for name in done
        ]


def _whole(say_id: str) -> str:
    """A text that is taken up again where it was cut off has its first id, and a mark."""
    return say_id.rstrip("+")
