"""The ears of one call: frames in, facts out. The only one to say that a turn is over.

The words of a pause are decoded and its voice is judged while the silence that would end the turn
still runs, so that at the end the text is usually there. A turn model that fails or is late delays
nothing: the words decide alone. A voice without pauses is decoded every 8 s: `background` says
whether it is a person. After a turn that was none, sounds are told only once there are words in
them, all facts at once: they neither interrupt nor start the wait for an answer anew.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final, assert_never

from warmline.audio.frame import RATE, Frame, Pcm
from warmline.audio.rechunk import Rechunker
from warmline.events import (
    ANYTHING,
    Expectation,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    TurnResumed,
)
from warmline.hearing.background import BRIEF_S, Background, Scene
from warmline.hearing.endpointing import (
    DRAGS_ON_S,
    Endpointer,
    Signal,
    TurnOver,
    VoiceBegan,
    VoiceDragsOn,
    VoicePaused,
    VoiceResumed,
    VoiceWentOn,
)
from warmline.hearing.expectation import Completeness, completeness
from warmline.hearing.partials import PartialTrack
from warmline.hearing.patience import Patience
from warmline.hearing.questions import Questions, answer
from warmline.hearing.turn_log import judged
from warmline.hearing.turn_words import AGAIN_S, HEARD_AGAIN, TurnWords
from warmline.hearing.turns import Heard, Turn, TurnTeller
from warmline.hearing.utterance import Utterance
from warmline.hearing.vad import CHUNK
from warmline.ports import Transcriber, Transcript, TurnModel, VoiceDetector

__all__ = ["Heard", "Listener"]

log = logging.getLogger(__name__)

_WORTH_HEARING: Final = RATE
"""Samples of a turn before a din, pre-roll included, that may hold words of the caller."""
LAST_WORDS_S: Final = 2.0
"""How long the last words are waited for when the caller hangs up."""


class Listener:
    """`push` each frame; facts come through `emit`, in order."""

    def __init__(
        self,
        detector: VoiceDetector,
        transcriber: Transcriber,
        emit: Callable[[Heard], None],
        partials: PartialTrack | None = None,
        *,
        turn_model: TurnModel | None = None,
        patience: Patience | None = None,
        drafted: Callable[[int, Transcript, Expectation], None] = lambda *_: None,
    ) -> None:
        """`drafted` is told the words of a pause while the turn may still end (the number that
        the turn would get, the words, what was awaited); they are void when the caller goes on."""
        self._detector = detector
        self._settings = (patience := patience or Patience()).settings
        self._questions = Questions(transcriber, turn_model)
        self._words = TurnWords(self._questions)
        self._emit = emit
        self._drafted = drafted
        self._partials = partials
        self._chunks = Rechunker(CHUNK)
        self._endpointer = Endpointer(patience)
        self._background = Background()
        self._utterance = Utterance(CHUNK)
        self._turn = 0
        self._began = 0.0
        self._told = True
        """The present turn's beginning was told."""
        self._last: Turn | None = None
        self._draft: asyncio.Task[Transcript] | None = None
        self._unclear: tuple[asyncio.Task[Transcript], Expectation] | None = None
        self._voice: asyncio.Task[float] | None = None
        self._probe: asyncio.Task[Transcript] | None = None
        self._teller = TurnTeller(
            self._background,
            emit,
            rejected=self._forget,
            busy=lambda: self._told and self.speaking,
        )

    def expect(self, expectation: Expectation) -> None:
        """What the flow waits for from now on."""
        self._endpointer.expect = expectation if self._settings.expectation else ANYTHING

    @property
    def speaking(self) -> bool:
        """The caller is within a turn, pauses included."""
        return self._endpointer.speaking

    def push(self, frame: Frame) -> None:
        """Hear one frame (16 kHz)."""
        for chunk in self._chunks.push(frame):
            self._utterance.push(chunk)
            start = chunk.position / RATE
            end = start + CHUNK / RATE
            probability = self._detector.probability(chunk.samples)
            probability = self._background.voice(chunk.samples, end, probability)
            self._obey(self._endpointer.chunk(probability, start, end))
            if self._unclear and self._endpointer.silence >= AGAIN_S:
                self._hear_again(*self._unclear)
            if self._partials and self._told and self._endpointer.speaking:
                self._partials.heard(self._utterance, self._turn + 1, end)

    async def finish(self) -> None:
        """The caller is gone: what was said last still gets its words, within two seconds."""
        if self._endpointer.speaking:
            self._end_turn(self._endpointer.last_voice, "hang_up")
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._teller.done()
        except TimeoutError:
            log.info("the last words of a call were not decoded in time")
        await self.close()

    async def close(self) -> None:
        """Stop at once; idempotent."""
        if self._partials:
            await self._partials.close()
        await self._teller.close()
        await self._questions.close()

    # --- turns ----------------------------------------------------------------------------------

    def _obey(self, signals: Iterable[Signal]) -> None:
        for signal in signals:
            match signal:
                case VoiceBegan(at):
                    self._began = at
                    self._utterance.begin()
                    self._words = TurnWords(self._questions)
                    self._told = not self._background.doubts(at)
                    self._tell(SpeechStarted(audio_at=at))
                case VoicePaused(at):
                    self._tell(SpeechPaused(audio_at=at))
                    self._judge_pause()
                case VoiceResumed(at, silence):
                    self._drop_draft(silence)
                    self._tell(SpeechResumed(audio_at=at))
                case VoiceWentOn(at, silence):
                    self._reopen_turn(at, silence)
                case VoiceDragsOn(at):
                    self._start_probe(at)
                case TurnOver(at, reason):
                    self._end_turn(at, reason)
                case _:
                    assert_never(signal)

    def _tell(self, fact: Heard) -> None:
        """Of a turn that is in doubt nothing is told before its words."""
        if self._told:
            self._emit(fact)

    def _judge_pause(self) -> None:
        expect = self._endpointer.expect
        if self._settings.speculative:
            self._draft = self._ask_words(expect)
            self._draft.add_done_callback(lambda draft: self._judge_words(draft, expect))
        self._voice = self._questions.voice(self._utterance.audio(), self._judge_voice)
        self._weigh_pause()

    def _ask_words(self, expect: Expectation) -> asyncio.Task[Transcript]:
        return self._words.draft(self._utterance.audio(), expect, self._endpointer.silence)

    def _judge_words(self, draft: asyncio.Task[Transcript], expect: Expectation) -> None:
        if draft is not self._draft or (said := answer(draft)) is None:
            return
        scene = self._background.scene(self._began, self._endpointer.last_voice)
        if scene.turn.seconds > BRIEF_S and self._background.why_not(scene, said, expect):
            self._give_up(scene, draft)
            return
        if self._told and said.text:
            self._drafted(self._turn + 1, said, expect)
        found = completeness(expect, said.text)
        self._endpointer.words(found)
        if found is not Completeness.COMPLETE and expect.kind in HEARD_AGAIN:
            self._unclear = draft, expect
        self._weigh_pause()

    def _hear_again(self, first: asyncio.Task[Transcript], expect: Expectation) -> None:
        """With more silence behind it the answer may be one; else the first words stay."""

        def heard(again: asyncio.Task[Transcript]) -> None:
            if first is not self._draft or (said := answer(again)) is None:
                return
            if completeness(expect, said.text) is Completeness.COMPLETE:
                self._draft = again
                self._judge_words(again, expect)

        self._unclear = None
        again = self._ask_words(expect)
        again.add_done_callback(heard)

    def _judge_voice(self, voice: asyncio.Task[float]) -> None:
        if voice is self._voice and (finished := answer(voice)) is not None:
            self._endpointer.voice(round(finished, 3))  # as it is told
            self._weigh_pause()

    def _weigh_pause(self) -> None:
        """Something new is known of it."""
        if fact := judged(self._endpointer):
            self._tell(fact)
        self._obey(self._endpointer.enough())

    def _drop_draft(self, silence: float) -> None:
        self._words.breathed(silence)
        if self._voice:
            self._voice.cancel()
        self._draft = self._voice = self._unclear = None

    def _start_probe(self, at: float) -> None:
        """Are there words in the voice that has not paused up to `at`?"""
        expect = self._endpointer.expect
        audio = self._utterance.audio()
        before = max(0, audio.size - int(DRAGS_ON_S * RATE))
        self._probe = self._questions.words(audio[before:], expect)
        self._probe.add_done_callback(lambda probe: self._weigh(probe, expect, at, audio[:before]))

    def _weigh(
        self, probe: asyncio.Task[Transcript], expect: Expectation, at: float, before: Pcm
    ) -> None:
        if probe is not self._probe or (said := answer(probe)) is None:
            return
        scene = self._background.scene(at - DRAGS_ON_S, at, drags=True)
        why = self._background.why_not(scene, said, expect)
        if not why and completeness(expect, said.text) is not Completeness.COMPLETE:
            return
        self._background.drown(scene)
        if why and before.size > _WORTH_HEARING:  # the caller had begun before it
            scene = self._background.scene(self._began, scene.start)
            probe = self._questions.words(before, expect)
        self._give_up(scene, probe)

    def _give_up(self, scene: Scene, words: asyncio.Task[Transcript]) -> None:
        """The turn ends here, whatever still sounds."""
        self._draft = words
        self._end_turn(scene.end, "background", scene)
        self._endpointer.drop()

    def _end_turn(self, at: float, reason: str, scene: Scene | None = None) -> None:
        self._turn += 1
        self._tell(SpeechEnded(turn=self._turn, audio_at=at, reason=reason))
        expect = self._endpointer.expect
        if reason == "max_speech":
            expect, part = ANYTHING, self._utterance.split(self._words.settled)
            words = self._words.draft(part, expect)
            self._words = TurnWords(self._questions)
        else:
            words = self._draft or self._ask_words(expect)
            self._utterance.end()
        self._draft = self._voice = self._unclear = self._probe = None
        self._last = Turn(
            number=self._turn,
            scene=scene or self._background.scene(self._began, at),
            started_at=self._began,
            reason=reason,
            expect=expect,
            words=words,
            told=self._told,
        )
        self._teller.add(self._last)
        self._began = at
        if self._partials:
            self._partials.reset()

    def _reopen_turn(self, at: float, silence: float) -> None:
        assert self._last is not None
        self._last.void = True
        self._words.breathed(silence)
        self._utterance.go_on()
        self._told = self._last.told
        self._tell(TurnResumed(turn=self._turn, audio_at=at))
        self._began = self._last.started_at
        self._turn -= 1

    def _forget(self, turn: Turn) -> None:
        """It was only background: nothing takes it up again."""
        if turn is self._last and not self.speaking:
            self._endpointer.drop()
