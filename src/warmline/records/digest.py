"""What the log of a call comes to: lines to be searched, figures to be counted. Pure.

Knows entries only; the same entries always give the same digest, so it can be made again.
"""

from dataclasses import dataclass
from typing import Literal

from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    CallbackRequested,
    CallEnded,
    CallerHeld,
    Entry,
    Escalated,
    HandedBack,
    SentimentChanged,
    SlotFilled,
    SpeakingFinished,
    Transferred,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)

DIGESTED = (
    *(AgentHeard, AgentJoined, AgentLeft, CallEnded, CallbackRequested, CallerHeld, Escalated),
    *(HandedBack, SentimentChanged, SlotFilled, SpeakingFinished, Transferred, TurnMeasured),
    *(TurnResumed, UtteranceHeard),
)
"""The facts that matter here; all others can be left out."""
SURVEY_SLOT = "survey"
"""The slot that holds a caller's grade, 1 (bad) to 5."""
_GRADES = {str(grade): grade for grade in range(1, 6)}
_CALLER_LEFT = {"caller_hung_up", "caller_stalled", "media_timeout"}

Who = Literal["caller", "bot", "agent"]
WaitOutcome = Literal["", "answered", "abandoned", "callback", "returned", "transferred", "ended"]
"""How waiting for a person ended: by a person; by the caller who hung up, asked to be called or
went back to the flow; at another telephone system; `ended` by the server; "" never waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that was said and heard."""

    seq: int
    """Of the entry that says so."""
    at: float
    """Seconds since the call's start."""
    audio_at: float | None
    """Where it ends in the caller's audio, seconds; None where the log does not say."""
    who: Who
    name: str
    """An agent's, as the caller heard it; else empty."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """The figures of one call. Times in seconds; None where there is nothing to say."""

    contained: bool
    """The flow brought it to its end, and nobody was asked for."""
    queue: str
    escalation_reason: str
    """Of the first escalation, both; empty when there was none."""
    escalated_at: float | None
    first_agent_at: float | None
    """Since the call's start."""
    wait_s: float | None
    """Waiting until the first agent came, or for nobody."""
    wait_outcome: WaitOutcome
    agents: tuple[tuple[str, str], ...]
    """User id and name of those who talked with the caller, in order."""
    talk_s: float
    hold_s: float
    """With an agent: talking, and the caller on hold."""
    mood_min: float | None
    survey: int | None
    confidence_mean: float | None
    """Of the recognition of the caller's words."""
    answers_ms: tuple[float, ...]
    """Voice's end to our first sound, for each turn whose end was not taken back."""
    answer_ms_mean: float | None


class Digest:
    """Made of one call's entries, in order."""

    def __init__(self) -> None:
        self._at = 0.0
        self._others: list[Line] = []
        self._heard: dict[int, tuple[Line, float]] = {}
        self._answers: dict[int, float] = {}
        self._names: dict[str, str] = {}
        self._agents: dict[str, str] = {}
        self._talking = set[str]()
        self._held = self._waiting = self._called_back = False
        self._escalated: tuple[float, Escalated] | None = None
        self._first_agent_at: float | None = None
        self._outcome: WaitOutcome = ""
        self._wait_s = self._talk_s = self._hold_s = 0.0
        self._mood_min: float | None = None
        self._survey: int | None = None
        self._reason = ""

    def handle(self, entry: Entry) -> None:
        self._advance(entry.at)
        match entry.fact:
            case UtteranceHeard(turn=turn, text=text, audio_at=audio_at, confidence=confidence):
                self._heard[turn] = _line(entry, audio_at, "caller", "", text), confidence
            case TurnResumed(turn=turn):
                self._heard.pop(turn, None)
                self._answers.pop(turn, None)
            case SpeakingFinished(text=text) if text.strip():
                self._others.append(_line(entry, None, "bot", "", text))
            case AgentHeard(agent=agent, text=text, audio_at=audio_at):
                name = self._names.get(agent, "")
                self._others.append(_line(entry, audio_at, "agent", name, text))
            case TurnMeasured(turn=turn, total_ms=total_ms):
                self._answers[turn] = total_ms
            case SentimentChanged(mood=mood):
                self._mood_min = mood if self._mood_min is None else min(self._mood_min, mood)
            case SlotFilled(slot=slot, value=value) if slot == SURVEY_SLOT:
                self._survey = _GRADES.get(value.strip(), self._survey)
            case _:
                self._with_people(entry)

    def lines(self) -> list[Line]:
        """What was said, in order; words of turns that were taken back are not among it."""
        heard = [line for line, _ in self._heard.values()]
        return sorted(heard + self._others, key=lambda line: line.seq)

    def facts(self) -> CallFacts:
        confidences = [confidence for _, confidence in self._heard.values()]
        answers = tuple(self._answers.values())
        escalated_at, escalated = self._escalated or (None, None)
        return CallFacts(
            contained=self._reason == "completed" and not escalated and not self._called_back,
            queue=escalated.queue if escalated else "",
            escalation_reason=escalated.reason if escalated else "",
            escalated_at=escalated_at,
            first_agent_at=self._first_agent_at,
            wait_s=self._wait_s if escalated else None,
            wait_outcome="ended" if self._waiting else self._outcome,
            agents=tuple(self._agents.items()),
            talk_s=self._talk_s,
            hold_s=self._hold_s,
            mood_min=self._mood_min,
            survey=self._survey,
            confidence_mean=_mean(confidences),
            answers_ms=answers,
            answer_ms_mean=_mean(answers),
        )

    def _with_people(self, entry: Entry) -> None:
        match entry.fact:
            case Escalated():
                self._escalated = self._escalated or (entry.at, entry.fact)
                self._waiting = self._first_agent_at is None
            case AgentJoined(agent=agent, name=name, role=role):
                self._names[agent] = name
                if role == "agent":
                    self._agents[agent] = name
                    self._talking.add(agent)
                    self._left_the_queue("answered")
                    if self._first_agent_at is None:
                        self._first_agent_at = entry.at
            case AgentLeft(agent=agent):
                self._talking.discard(agent)
                self._held = self._held and bool(self._talking)
            case CallerHeld(held=held):
                self._held = held
            case CallbackRequested():
                self._called_back = True
                self._left_the_queue("callback")
            case HandedBack():
                self._left_the_queue("returned")
            case Transferred():
                self._left_the_queue("transferred")
            case CallEnded(reason=reason):
                self._reason = reason
                self._left_the_queue("abandoned" if reason in _CALLER_LEFT else "ended")
                self._talking.clear()

    def _left_the_queue(self, outcome: WaitOutcome) -> None:
        if self._waiting:
            self._waiting, self._outcome = False, outcome

    def _advance(self, at: float) -> None:
        """The time since the last entry belongs to what was going on then."""
        passed = max(0.0, at - self._at)
        self._at = max(self._at, at)
        if self._waiting:
            self._wait_s += passed
        if self._talking and self._held:
            self._hold_s += passed
        elif self._talking:
            self._talk_s += passed


def _line(entry: Entry, audio_at: float | None, who: Who, name: str, text: str) -> Line:
    return Line(seq=entry.seq, at=entry.at, audio_at=audio_at, who=who, name=name, text=text)


def _mean(values: list[float] | tuple[float, ...]) -> float | None:
    return sum(values) / len(values) if values else None
