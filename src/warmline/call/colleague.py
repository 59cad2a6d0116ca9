"""Owns one person who takes part in a call: their line's ears, and their place on its clock.

What they say is written down like the caller's words; how they say it is nobody's business,
so there is nothing here that could be asked.
"""

from collections.abc import Callable
from typing import Final

from warmline.audio.frame import RATE, Frame
from warmline.call.ears import ears
from warmline.call.memory import AudioMemory
from warmline.call.services import Services
from warmline.events import (
    AgentHeard,
    AgentPartial,
    AgentSpeech,
    Fact,
    NothingHeard,
    PartialTranscript,
    SpeechEnded,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.ports import Line, Priority
from warmline.ports.people import Person

HEARD: Final = frozenset({"agent", "join", "consult"})
"""Roles whose words belong to the log."""
_DRIFT_S: Final = 0.2
"""The line's clock and the caller's may part so far before we follow."""


class Colleague:
    def __init__(
        self,
        person: Person,
        line: Line,
        memory: AudioMemory,
        emit: Callable[[Fact], None],
        services: Services,
    ) -> None:
        self.person = person
        self.line = line
        self.reason = ""
        """Why they were made to leave; empty while nobody did."""
        self._memory = memory
        self._emit = emit
        self._speaking = False
        self._shift: int | None = None
        """Samples from this line's clock to the caller's."""
        self._listener = ears(services, self._told, urgency=lambda: Priority.WATCHED)

    def frame(self, frame: Frame, *, private: bool = False) -> None:
        """What they say; `private`: the caller, on hold, does not hear it."""
        here = self._memory.end - frame.samples.size
        if self._shift is None or abs(here - frame.position - self._shift) > _DRIFT_S * RATE:
            self._shift = here - frame.position
        if self.person.role in ("agent", "join") and not private:
            self._memory.others(frame.samples, frame.position + self._shift)
        if self.person.role in HEARD:
            self._listener.push(frame)

    async def close(self) -> None:
        """They have left; their last words still get their text, within two seconds."""
        await self._listener.finish()

    def _at(self, seconds: float) -> float:
        return max(0.0, seconds + (self._shift or 0) / RATE)

    def _speech(self, speaking: bool, at: float) -> None:
        if speaking != self._speaking:
            self._speaking = speaking
            agent = self.person.user_id
            self._emit(AgentSpeech(agent=agent, speaking=speaking, audio_at=self._at(at)))

    def _told(self, fact: Fact) -> None:
        agent = self.person.user_id
        match fact:
            case SpeechStarted(audio_at=at) | TurnResumed(audio_at=at):
                self._speech(True, at)
            case SpeechEnded(audio_at=at, reason=reason) if reason != "max_speech":
                self._speech(False, at)  # not at a pause: nobody tells when a voice goes on
            case PartialTranscript(turn=turn, stable=stable, unstable=unstable, audio_at=at):
                self._emit(
                    AgentPartial(
                        agent=agent,
                        turn=turn,
                        stable=stable,
                        unstable=unstable,
                        audio_at=self._at(at),
                    )
                )
            case UtteranceHeard():
                self._emit(
                    AgentHeard(
                        agent=agent,
                        turn=fact.turn,
                        text=fact.text,
                        confidence=fact.confidence,
                        started_at=self._at(fact.started_at),
                        audio_at=self._at(fact.audio_at),
                    )
                )
            case NothingHeard(turn=turn, audio_at=at):  # what was grey goes away
                at = self._at(at)
                self._emit(
                    AgentPartial(agent=agent, turn=turn, stable="", unstable="", audio_at=at)
                )
            case _:
                pass
