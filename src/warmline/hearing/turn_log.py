"""Turns as the log of a call tells them, decided anew under other settings. Pure.

Each judgement of a pause is in the log with all that it was made of, so `patience` can judge it
again; no audio and no model is needed. What only audio can tell stays as it was: where the voice
sounded, what the words of a pause were and when they were known (`endpoint.pause` has no effect
here), and ends that were no decision about a pause (background, the longest turn, a hang-up).
Without `endpoint.expectation` an answer that was complete counts as one that sounds finished.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import ceil, inf
from typing import Final

from warmline.config.sections import EndpointSettings
from warmline.events import (
    AnswerKind,
    Entry,
    PauseJudged,
    SpeechEnded,
    SpeechResumed,
    SpeechStarted,
    TurnResumed,
)
from warmline.hearing.endpointing import BREATH_S, GO_ON_S, YOUNG_S, Endpointer
from warmline.hearing.expectation import Completeness
from warmline.hearing.patience import Patience, Pause

_CHUNK_S: Final = 0.032
"""Decisions fall at the end of the detector's chunks."""
_TINY_S: Final = 1e-6
_JUDGED: Final = frozenset({"complete", "silence"})
"""Reasons of ends that silence decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An end of turn."""

    audio_at: float
    """Where the voice stopped (seconds of audio)."""
    waited_s: float
    """Silence after which it was decided; 0 where no silence decided it."""
    reason: str
    """As in SpeechEnded."""
    undone: bool = False
    """The caller went on, and the end was taken back."""


def judged(endpointer: Endpointer) -> PauseJudged | None:
    """What is known of the present pause and what follows from it, for the log."""
    pause, wait = endpointer.pause, endpointer.wait
    if pause is None or wait is None:
        return None
    return PauseJudged(
        audio_at=endpointer.last_voice,
        known_at=endpointer.now,
        kind=pause.kind,
        words=pause.words or "",
        finished=-1.0 if pause.finished is None else pause.finished,
        wait_s=wait.seconds,
        because=wait.because,
    )


def recorded(entries: Iterable[Entry]) -> list[Decided]:
    """The ends of turns as the call decided them."""
    found: list[Decided] = []
    last: PauseJudged | None = None
    for entry in entries:
        match entry.fact:
            case PauseJudged() as fact:
                last = fact
            case SpeechEnded(audio_at=at, reason=reason):
                by_silence = last is not None and last.audio_at == at and reason in _JUDGED
                waited_s = _decided_at(last, last.wait_s) - at if last and by_silence else 0.0
                found.append(Decided(audio_at=at, waited_s=round(waited_s, 3), reason=reason))
            case TurnResumed() if found:
                found[-1] = replace(found[-1], undone=True)
    return found


def replay(entries: Iterable[Entry], settings: EndpointSettings) -> list[Decided]:
    """The ends of turns as they would have been decided under `settings`.

    With the settings of the call these are the recorded ones.
    """
    again = _Replay(Patience(settings))
    for entry in entries:
        match entry.fact:
            case SpeechStarted(audio_at=at) | SpeechResumed(audio_at=at):
                again.voice(at)
            case TurnResumed(audio_at=at):
                again.voice(at, goes_on=True)
            case PauseJudged() as fact:
                again.pause.append(fact)
            case SpeechEnded(audio_at=at, reason=reason):
                again.ended(at, reason)
    again.finish()
    return again.found


@dataclass(slots=True)
class _Replay:
    patience: Patience
    found: list[Decided] = field(default_factory=list)
    pause: list[PauseJudged] = field(default_factory=list)
    """What became known of the present pause, in order."""
    silent: bool = False
    """It lasted as long as the call needed to end the turn, and longer."""
    began: float = 0.0
    """Where the present turn did (seconds of audio)."""

    def voice(self, at: float, *, goes_on: bool = False) -> None:
        """A voice begins; in the call it went on with a turn that had ended."""
        if self.pause:
            self.settle(at, goes_on=True)
        elif not goes_on:
            self.patience.begun()
            self.began = at
        elif self.found:
            self.found[-1] = replace(self.found[-1], undone=True)

    def ended(self, at: float, reason: str) -> None:
        """The call ended a turn here. Silence is judged once it is known how long it was."""
        if reason in _JUDGED and self.pause and self.pause[-1].audio_at == at:
            self.silent = True
        elif not self.pause or not self.settle(self.pause[-1].known_at):
            self.found.append(Decided(audio_at=at, waited_s=0.0, reason=reason))
            self.began = at

    def finish(self) -> None:
        """There is no more of the log."""
        if self.pause:
            self.settle(inf if self.silent else self.pause[-1].known_at)

    def settle(self, until: float, *, goes_on: bool = False) -> bool:
        """The pause lasted until then, and then the caller went on: did it end the turn?"""
        pause, self.pause, self.silent = self.pause, [], False
        began = pause[0].audio_at
        known = [later.known_at for later in pause[1:]]
        same_turn = goes_on
        for told, more_known in zip(pause, [*known, inf], strict=True):
            now = self.known(told)
            decided = _decided_at(told, self.patience.wait(now).seconds)
            if decided > min(more_known, until) + _TINY_S:
                continue
            soon = until <= max(began + GO_ON_S, decided + YOUNG_S) + _TINY_S
            same_turn = goes_on and soon and self.patience.settings.optimistic
            complete = now.words is Completeness.COMPLETE
            self.found.append(
                Decided(
                    audio_at=began,
                    waited_s=round(decided - began, 3),
                    reason="complete" if complete else "silence",
                    undone=same_turn,
                )
            )
            break
        else:
            decided = inf
        if not same_turn:
            self.patience.begun()
            self.began = until
        elif until - began >= BREATH_S - _TINY_S:
            self.patience.breathed(until - began)
        return decided < inf

    def known(self, told: PauseJudged) -> Pause:
        """What would have been known of it under these settings."""
        settings = self.patience.settings
        kind = AnswerKind(told.kind) if settings.expectation else AnswerKind.FREE
        words = Completeness(told.words) if told.words and settings.speculative else None
        if words is Completeness.COMPLETE and not settings.expectation:
            words = Completeness.FINISHED
        finished = told.finished if told.finished >= 0 and settings.turn_model else None
        said_s = told.audio_at - self.began
        return Pause(kind=kind, words=words, finished=finished, said_s=said_s)


def _decided_at(told: PauseJudged, wait_s: float) -> float:
    """When a silence that has to last `wait_s` is known to be enough (seconds of audio)."""
    chunks = ceil((wait_s - _TINY_S) / _CHUNK_S)
    return max(told.audio_at + chunks * _CHUNK_S, told.known_at)
