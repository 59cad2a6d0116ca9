"""Nothing is told about the mood of who does not want it, not even what is under way."""

import asyncio

import numpy as np

from warmline.assist.assistant import Assistant
from warmline.assist.mood import MoodMeter
from warmline.events import (
    AssistFact,
    ConsentAnswered,
    Entry,
    NodeEntered,
    SentimentChanged,
    UtteranceHeard,
)

SAID = UtteranceHeard(turn=1, text="I hate it.", confidence=0.9, started_at=0.0, audio_at=1.0)


class Last:
    """Tells when all before it was done."""

    def __init__(self) -> None:
        self.seen = asyncio.Event()

    def handle(self, entry: Entry) -> list[AssistFact]:
        if isinstance(entry.fact, NodeEntered):
            self.seen.set()
        return []

    def tick(self, at: float) -> list[AssistFact]:
        return []


async def told(*answers: bool) -> list[type[AssistFact]]:
    """What a turn leads to that was heard before these answers."""
    found: list[AssistFact] = []
    last = Last()
    assistant = Assistant(found.append, [last], MoodMeter())
    assistant.caller_spoke(np.zeros(16_000, dtype=np.int16), SAID, [])
    for granted in answers:
        fact = ConsentAnswered(
            purpose="care", wording="May we?", granted=granted, allows=("recording", "mood")
        )
        assistant.observe(Entry(call_id="c", seq=1, at=1.0, fact=fact))
    assistant.observe(Entry(call_id="c", seq=2, at=1.0, fact=NodeEntered(node="end")))
    async with asyncio.timeout(10):
        await last.seen.wait()
    await assistant.close()
    return [type(fact) for fact in found]


async def test_a_refusal_stops_what_is_under_way() -> None:
    assert await told(True) == [SentimentChanged]
    assert await told(True, False) == []
    assert await told(False, True) == [SentimentChanged]
