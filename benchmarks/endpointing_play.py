"""A recorded turn played through a policy of turns, offline and in audio time.

The real voice detector, endpointer, recogniser and turn model; what the models need in CPU time
is when their answers come. Answers are kept in a file, since a sweep asks the same again and again.
Knows no corpus.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from endpointing_takes import CHUNK_S, Take
from warmline.audio.frame import RATE, Pcm
from warmline.events import Expectation
from warmline.hearing.endpointing import (
    Endpointer,
    Signal,
    TurnOver,
    VoiceBegan,
    VoicePaused,
    VoiceResumed,
    VoiceWentOn,
)
from warmline.hearing.expectation import completeness
from warmline.hearing.patience import Patience
from warmline.hearing.turn_model import SmartTurn
from warmline.hearing.turn_words import is_settled, prompt
from warmline.hearing.utterance import PRE_ROLL_S
from warmline.hearing.vad import CHUNK
from warmline.hearing.whisper import Whisper

REPLY_S: Final = 0.02
"""From the decision (and the words) to the first audible sample of a cached reply."""
STOP_S: Final = 0.05
"""From the moment at which a caller's going on is noticed until the reply is silent."""
NOTICED_S: Final = 0.3
"""A reply to half a turn that was audible for longer is noticed."""
_LATE_VOICE_S: Final = 0.05
_LATE_S: Final = 1.0
"""How far behind the labelled end the detector may hear a turn's voice begin, and end."""


class Answers:
    """What both models say of a stretch of audio and what it costs them (seconds of CPU)."""

    def __init__(self, whisper: Callable[[], Whisper], turn: Callable[[], SmartTurn], file: Path):
        self._make = (whisper, turn)
        self._whisper: Whisper | None = None
        self._turn: SmartTurn | None = None
        self._file = file
        self._known: dict[str, list[str | float]] = {}
        self.asked = 0
        if file.exists():
            self._known = json.loads(file.read_text(encoding="utf-8"))

    def words(
        self, key: str, audio: Pcm, expect: Expectation, tail_s: float, prompt: str = ""
    ) -> tuple[str, float]:
        """The text behind `prompt`, and the seconds that it took."""

        def ask() -> str:
            self._whisper = self._whisper or self._make[0]()
            asked = audio[-29 * RATE :]
            heard = self._whisper.transcribe(asked, expect=expect, prompt=prompt, tail_s=tail_s)
            return heard.text

        text, took = self._answer(f"words {key}", ask)
        return str(text), took

    def voice(self, key: str, audio: Pcm) -> tuple[float, float]:
        """How finished it sounds, and the seconds that it took."""

        def ask() -> float:
            self._turn = self._turn or self._make[1]()
            return self._turn.finished(audio)

        finished, took = self._answer(f"voice {key}", ask)
        return float(finished), took

    def save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._known), encoding="utf-8")

    def _answer(self, key: str, ask: Callable[[], str | float]) -> tuple[str | float, float]:
        if key not in self._known:
            begin = time.process_time()
            answer = ask()
            self._known[key] = [answer, round(time.process_time() - begin, 4)]
            self.asked += 1
        answer, took = self._known[key]
        return answer, float(took)


@dataclass(slots=True, kw_only=True)
class Decision:
    """The end of a turn as it was decided. Seconds of audio."""

    voice_end: float
    decided: float
    words: float
    """When the words were known."""
    resumed: float | None = None
    """When it was noticed that the caller goes on: the end was taken back."""
    onset: float | None = None
    """Where that voice began."""

    @property
    def reply(self) -> float:
        return max(self.decided, self.words) + REPLY_S

    @property
    def noticed(self) -> bool:
        """Of an end that came too early: were words lost to another turn, or too much heard of the
        reply?"""
        if self.resumed is None:
            return True
        return self.resumed + STOP_S - self.reply > NOTICED_S


@dataclass(slots=True, kw_only=True)
class _Words:
    """What is known of the words of one turn, as in `turn_words`. Samples of the take."""

    first: int = 0
    """Where the turn's audio begins."""
    settled: str = ""
    settled_to: int = 0
    draft: str = ""
    draft_to: int = 0
    known: float = 0.0
    """When the draft is (seconds)."""

    def breathed(self, silence: float, expect: Expectation) -> None:
        new_s = (self.draft_to - max(self.first, self.settled_to)) / RATE
        if self.draft_to and is_settled(new_s, silence, expect):
            self.settled, self.settled_to = self.draft, self.draft_to
        self.draft_to = 0


@dataclass(slots=True)
class _Play:
    """One take with one policy."""

    take: Take
    endpointer: Endpointer
    answers: Answers
    hears_words: bool
    hears_voice: bool
    usual_words_s: float
    words: _Words = field(default_factory=_Words)
    known: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    def run(self) -> list[Decision]:
        self.endpointer.expect = self.take.expect
        for number, probability in enumerate(self.take.voices):
            start, end = number * CHUNK_S, (number + 1) * CHUNK_S
            self._tell(until=end)
            self._obey(self.endpointer.chunk(probability, start, end), end)
        return self.decisions

    def _tell(self, until: float) -> None:
        due = sorted((known for known in self.known if known[0] <= until), key=lambda one: one[0])
        self.known = [known for known in self.known if known[0] > until]
        for at, tell in due:
            tell()
            self._obey(self.endpointer.enough(), at)

    def _obey(self, signals: list[Signal], now: float) -> None:
        for signal in signals:
            match signal:
                case VoiceBegan(at):
                    self.words = _Words(first=max(0, round((at - PRE_ROLL_S) * RATE)))
                case VoicePaused():
                    self._ask(now)
                case VoiceResumed(_, silence):
                    self.known.clear()
                    self.words.breathed(silence, self.take.expect)
                case VoiceWentOn(at, silence):
                    self.known.clear()
                    self.words.breathed(silence, self.take.expect)
                    self.decisions[-1].resumed, self.decisions[-1].onset = now, at
                case TurnOver(at, reason):
                    self.known.clear()
                    words = self.words.known
                    self.decisions.append(Decision(voice_end=at, decided=now, words=words))
                    if reason == "max_speech":
                        self.words = _Words(first=round(now * RATE))

    def _ask(self, now: float) -> None:
        words, expect = self.words, self.take.expect
        last = round(now / CHUNK_S) * CHUNK
        tail_s = now - self.endpointer.last_voice
        begin = max(now, words.known) if words.settled else now
        words.known, words.draft_to = begin + self.usual_words_s, last
        whole = f"{self.take.name} {words.first} {last}"
        if self.hears_words:
            first = max(words.first, words.settled_to)
            asked = f"{self.take.name} {first} {last} {expect.kind} {expect.max_digits}"
            shown = prompt(words.settled)
            audio = self.take.samples[first:last]
            text, took = self.answers.words(
                f"{asked} {shown}".rstrip(), audio, expect, tail_s, shown
            )
            words.draft, words.known = f"{words.settled} {text}".strip(), begin + took
            complete = completeness(expect, words.draft)
            self.known.append((words.known, lambda: self.endpointer.words(complete)))
        if self.hears_voice:
            audio = self.take.samples[words.first : last]
            finished, took = self.answers.voice(whole, audio)
            self.known.append((now + took, lambda: self.endpointer.voice(finished)))


def play(
    take: Take,
    patience: Patience,
    answers: Answers,
    *,
    words: bool = True,
    voice: bool = True,
    usual_words_s: float = 0.2,
) -> list[Decision]:
    """All ends of turns that the policy makes of a take.

    Without `words` nobody asks the recogniser; they come `usual_words_s` behind the pause.
    """
    return _Play(take, Endpointer(patience), answers, words, voice, usual_words_s).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How one true turn was served."""

    paused: bool
    early: int
    """Ends before the turn was over."""
    undone: int
    """Of those the ones that were taken back and not noticed."""
    noticed: int
    reopened: int
    """Ends that were taken back by what was no voice of the turn."""
    dead_air_s: float | None
    """End of the voice to the decision; None: the turn was never ended."""
    reply_s: float | None
    """End of the voice to the first audible sample of a cached reply."""


def served(take: Take, decisions: list[Decision]) -> Iterator[Turn]:
    """What became of each turn of a take."""
    for (begin, end), paused in zip(take.turns, take.paused, strict=True):
        mine = [d for d in decisions if begin < d.voice_end and d.voice_end <= end + _LATE_S]
        early = [d for d in mine if any(d.voice_end <= at < end for at in take.onsets)]
        final = [d for d in mine if d not in early]
        last = next((d for d in final if d.resumed is None), final[-1] if final else None)
        noticed = sum(d.noticed for d in early)
        yield Turn(
            paused=paused,
            early=len(early),
            undone=len(early) - noticed,
            noticed=noticed,
            reopened=sum((d.onset or 0.0) > end + _LATE_VOICE_S for d in mine if d.resumed),
            dead_air_s=last.decided - end if last else None,
            reply_s=last.reply - end if last else None,
        )
