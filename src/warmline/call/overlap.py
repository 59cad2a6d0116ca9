"""Owns when others spoke while the caller did: cross-talk says nothing about a mood. Pure."""

from collections import deque
from typing import Final

from warmline.events import AgentLeft, AgentSpeech, Fact, SpeakingFinished, SpeakingStarted

KEPT: Final = 64
"""Stretches of speech remembered: more than half a minute of any talk."""
Stretch = tuple[float, float]


class Voices:
    """Told of every fact with the caller's audio clock (seconds) at that moment."""

    def __init__(self) -> None:
        self._speaking: dict[str, float] = {}
        self._spoken: deque[Stretch] = deque(maxlen=KEPT)

    def fact(self, fact: Fact, now: float) -> None:
        match fact:
            case SpeakingStarted(say_id=say_id):
                self._speaking[say_id] = now
            case SpeakingFinished(say_id=say_id):
                self._end(say_id, now)
            case AgentSpeech(agent=agent, speaking=True, audio_at=at):
                self._speaking.setdefault(agent, at)
            case AgentSpeech(agent=agent, audio_at=at):
                self._end(agent, at)
            case AgentLeft(agent=agent):
                self._end(agent, now)
            case _:
                pass

    def within(self, begin: float, end: float) -> list[Stretch]:
        """When somebody else spoke between these (seconds), in no order."""
        all_ = [*self._spoken, *((since, end) for since in self._speaking.values())]
        cut = ((max(begin, first), min(end, last)) for first, last in all_)
        return [(first, last) for first, last in cut if first < last]

    def _end(self, who: str, at: float) -> None:
        if (since := self._speaking.pop(who, None)) is not None and since < at:
            self._spoken.append((since, at))
