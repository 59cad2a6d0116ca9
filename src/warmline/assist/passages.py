"""Passages of the flow's articles that fit what the caller says, as hints. Pure.

Knows no call; what is not likely enough to be spoken to a caller is not shown to an agent.
"""

from collections.abc import Iterable
from typing import Final

from warmline.assist.governor import Hint
from warmline.meaning.articles import Passage
from warmline.meaning.knowledge import ANSWER, Found, Knowledge

PRIORITY: Final = 3
"""Below that of a rule whose author gave none."""
COOLDOWN_S: Final = 120.0
EXPIRES_S: Final = 30.0


def fitting(knowledge: Knowledge, looked_at: Iterable[str], cause: int, turn: int) -> list[Hint]:
    """The best passage of all stretches of what was said, or none."""
    found = [best for text in looked_at for best in knowledge.search(text, limit=1)]
    best = max(found, key=lambda one: one.confidence, default=None)
    return [_hint(best, cause, turn)] if best and best.confidence >= ANSWER else []


def name(passage: Passage) -> str:
    """As HintShown.rule has it."""
    return f"{passage.article}/{passage.heading}"


def _hint(found: Found, cause: int, turn: int) -> Hint:
    passage = found.passage
    return Hint(
        rule=name(passage),
        kind="passage",
        title=passage.heading,
        text=passage.short,
        source=passage.article,
        confidence=found.confidence,
        cause=cause,
        turn=turn,
        priority=PRIORITY,
        cooldown_s=COOLDOWN_S,
        expires_s=EXPIRES_S,
    )
