"""The ears of one call: frames in, facts out. The only one to say that a turn is over.

The words of a pause are decoded while the silence that would end the turn still runs, so
that at the end of the turn the text is usually there. Speech that goes on throws them away.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, assert_never

from warmline.audio.frame import RATE, Frame, Pcm
from warmline.audio.rechunk import Rechunker
from warmline.errors import InferenceError
from warmline.events import (
    ANYTHING,
    Expectation,
    NothingHeard,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.hearing.endpointing import (
    Endpointer,
    Signal,
    TurnOver,
    VoiceBegan,
    VoicePaused,
    VoiceResumed,
    VoiceWentOn,
)
from warmline.hearing.expectation import PAUSE_S, completeness
from warmline.hearing.partials import PartialTrack
from warmline.hearing.utterance import Utterance
from warmline.hearing.vad import CHUNK
from warmline.ports import Transcriber, Transcript, VoiceDetector

log = logging.getLogger(__name__)

MAX_PENDING: Final = 8
"""Turns that may wait for their words; beyond, the workers are hopelessly behind."""
LAST_WORDS_S: Final = 2.0
"""How long the last words are waited for when the caller hangs up."""

Heard = SpeechStarted | SpeechPaused | SpeechEnded | TurnResumed | UtteranceHeard | NothingHeard


@dataclass(slots=True)
class _Turn:
    number: int
    started_at: float
    ended_at: float
    words: asyncio.Task[Transcript]
    void: bool = False
    """The caller went on: these words are not all of the turn's."""


class Listener:
    """`push` each frame; facts come through `emit`, in order."""

    def __init__(
        self,
        detector: VoiceDetector,
        transcriber: Transcriber,
        emit: Callable[[Heard], None],
        partials: PartialTrack | None = None,
    ) -> None:
        self._detector = detector
        self._transcriber = transcriber
        self._emit = emit
        self._partials = partials
        self._chunks = Rechunker(CHUNK)
        self._endpointer = Endpointer()
        self._utterance = Utterance(CHUNK)
        self._turn = 0
        self._began = 0.0
        self._last: _Turn | None = None
        self._draft: asyncio.Task[Transcript] | None = None
        self._decodes: set[asyncio.Task[Transcript]] = set()
        self._pending: asyncio.Queue[_Turn] = asyncio.Queue(MAX_PENDING)
        self._reporter = asyncio.create_task(self._report(), name="listener-report")

    def expect(self, expectation: Expectation) -> None:
        """What the flow waits for from now on."""
        self._endpointer.expect = expectation

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
            for signal in self._endpointer.chunk(probability, start, end):
                self._obey(signal)
            if self._partials and self._endpointer.speaking:
                self._partials.heard(self._utterance, self._turn + 1, end)

    async def finish(self) -> None:
        """The caller is gone: what was said last still gets its words, within two seconds."""
        if self._endpointer.speaking:
            self._end_turn(self._endpointer.last_voice, "hang_up")
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._pending.join()
        except TimeoutError:
            log.info("the last words of a call were not decoded in time")
        await self.close()

    async def close(self) -> None:
        """Stop at once; idempotent."""
        tasks = [self._reporter, *self._decodes]
        for task in tasks:
            task.cancel()
        if self._partials:
            await self._partials.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- turns ----------------------------------------------------------------------------------

    def _obey(self, signal: Signal) -> None:
        match signal:
            case VoiceBegan(at):
                self._began = at
                self._utterance.begin()
                self._emit(SpeechStarted(audio_at=at))
            case VoicePaused(at):
                self._emit(SpeechPaused(audio_at=at))
                self._start_draft()
            case VoiceResumed():
                self._drop_draft()
            case VoiceWentOn(at):
                self._reopen_turn(at)
            case TurnOver(at, reason):
                self._end_turn(at, reason)
            case _:
                assert_never(signal)

    def _start_draft(self) -> None:
        expect = self._endpointer.expect
        self._draft = self._decode(self._utterance.audio(), expect, PAUSE_S)
        self._draft.add_done_callback(lambda draft: self._judge(draft, expect))

    def _judge(self, draft: asyncio.Task[Transcript], expect: Expectation) -> None:
        if draft is self._draft and not draft.cancelled() and draft.exception() is None:
            self._endpointer.words(completeness(expect, draft.result().text))

    def _drop_draft(self) -> None:
        if self._draft:
            self._draft.cancel()
            self._draft = None

    def _end_turn(self, at: float, reason: str) -> None:
        self._turn += 1
        self._emit(SpeechEnded(turn=self._turn, audio_at=at, reason=reason))
        if reason == "max_speech":
            self._drop_draft()
            words = self._decode(self._utterance.split(), ANYTHING)
        else:
            words = self._draft or self._decode(self._utterance.audio(), self._endpointer.expect)
            self._utterance.end()
        self._draft = None
        self._await_words(_Turn(self._turn, self._began, at, words))
        self._began = at
        if self._partials:
            self._partials.reset()

    def _reopen_turn(self, at: float) -> None:
        assert self._last is not None
        self._last.void = True
        self._last.words.cancel()
        self._utterance.go_on()
        self._emit(TurnResumed(turn=self._turn, audio_at=at))
        self._began = self._last.started_at
        self._turn -= 1

    def _await_words(self, turn: _Turn) -> None:
        self._last = turn
        if self._pending.full():
            turn.words.cancel()
            self._emit(NothingHeard(turn=turn.number, audio_at=turn.ended_at, reason="failed"))
        else:
            self._pending.put_nowait(turn)

    def _decode(
        self, audio: Pcm, expect: Expectation, tail_s: float = 0.0
    ) -> asyncio.Task[Transcript]:
        task = asyncio.create_task(
            self._transcriber.transcribe(audio, expect=expect, tail_s=tail_s),
            name="listener-decode",
        )
        self._decodes.add(task)
        task.add_done_callback(self._decoded)
        return task

    def _decoded(self, task: asyncio.Task[Transcript]) -> None:
        self._decodes.discard(task)
        if not task.cancelled():
            task.exception()  # seen: of words that are void, nobody else may ask

    async def _report(self) -> None:
        """Give each turn its words, in the order of the turns."""
        while True:
            turn = await self._pending.get()
            try:
                if (heard := await self._heard(turn)) is not None:
                    self._emit(heard)
            finally:
                self._pending.task_done()

    async def _heard(self, turn: _Turn) -> Heard | None:
        """None for a turn that was taken up again before its words were told."""
        await asyncio.wait({turn.words})
        if turn.void or turn.words.cancelled():
            return None
        if error := turn.words.exception():
            # Any other error is a bug, and its text may hold what the caller said.
            why = error if isinstance(error, InferenceError) else type(error).__name__
            log.warning("a turn could not be decoded: %s", why)
            return NothingHeard(turn=turn.number, audio_at=turn.ended_at, reason="failed")
        said = turn.words.result()
        if not said.text:
            return NothingHeard(turn=turn.number, audio_at=turn.ended_at, reason=said.reason)
        return UtteranceHeard(
            turn=turn.number,
            text=said.text,
            confidence=said.confidence,
            started_at=turn.started_at,
            audio_at=turn.ended_at,
            alternatives=said.alternatives,
        )
