"""Turns that are over, and the telling of their words: in order, once, and only if they count.

Knows transcripts and the background's verdict; not how a turn begins or ends.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from warmline.errors import InferenceError
from warmline.events import (
    Expectation,
    NothingHeard,
    PauseJudged,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.hearing.background import Background, Scene
from warmline.ports import Transcript

log = logging.getLogger(__name__)

MAX_PENDING: Final = 8
"""Turns that may wait for their words; beyond, the workers are hopelessly behind."""

Heard = (
    SpeechStarted
    | SpeechPaused
    | PauseJudged
    | SpeechResumed
    | SpeechEnded
    | TurnResumed
    | UtteranceHeard
    | NothingHeard
)


@dataclass(slots=True, kw_only=True)
class Turn:
    number: int
    started_at: float
    scene: Scene
    """The sound that it is judged by; it ends where the turn does."""
    reason: str
    """Why it ended (SpeechEnded)."""
    expect: Expectation
    words: asyncio.Task[Transcript]
    told: bool
    """SpeechStarted and SpeechEnded were told when they happened."""
    void: bool = False
    """The caller went on: these words are not all of the turn's."""


class TurnTeller:
    """Waits for the words of each turn that is added, and emits what follows from them."""

    def __init__(
        self,
        background: Background,
        emit: Callable[[Heard], None],
        *,
        rejected: Callable[[Turn], None],
        busy: Callable[[], bool],
    ) -> None:
        """`rejected` is told of turns that were only background; `busy` says whether another
        turn, whose beginning was told, is being spoken."""
        self._background = background
        self._emit = emit
        self._rejected = rejected
        self._busy = busy
        self._pending: asyncio.Queue[Turn] = asyncio.Queue(MAX_PENDING)
        self._task = asyncio.create_task(self._tell_all(), name="listener-report")

    def add(self, turn: Turn) -> None:
        """A turn is over; too many that wait for their words make it fail at once."""
        if self._pending.full():
            turn.words.cancel()
            self._tell(turn, _nothing(turn, "failed"))
        else:
            self._pending.put_nowait(turn)

    async def done(self) -> None:
        """Wait until all words were told."""
        await self._pending.join()

    async def close(self) -> None:
        """Stop at once; idempotent."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _tell_all(self) -> None:
        while True:
            turn = await self._pending.get()
            try:
                await asyncio.wait({turn.words})
                if not turn.void and not turn.words.cancelled():
                    self._tell(turn, self._heard(turn))
            finally:
                self._pending.task_done()

    def _tell(self, turn: Turn, heard: UtteranceHeard | NothingHeard) -> None:
        """Of a doubted turn all is told now if it has words, and nothing otherwise."""
        if isinstance(heard, UtteranceHeard) and not turn.told:
            turn.told = True
            if not self._busy():
                end, reason = turn.scene.end, turn.reason
                if reason == "max_speech":  # what follows is in doubt: its end may not be told
                    reason = "silence"
                self._emit(SpeechStarted(audio_at=turn.started_at))
                self._emit(SpeechEnded(turn=turn.number, audio_at=end, reason=reason))
        if turn.told:
            self._emit(heard)

    def _heard(self, turn: Turn) -> UtteranceHeard | NothingHeard:
        if error := turn.words.exception():
            # Any other error is a bug, and its text may hold what the caller said.
            why = error if isinstance(error, InferenceError) else type(error).__name__
            log.warning("a turn could not be decoded: %s", why)
            return _nothing(turn, "failed")
        said = turn.words.result()
        why_not = self._background.why_not(turn.scene, said, turn.expect)
        if why_not or said.text or not turn.told:
            self._background.told(turn.scene, counts=bool(said.text and not why_not))
        if why_not:
            self._rejected(turn)
        if why_not or not said.text:
            return _nothing(turn, why_not or said.reason)
        return UtteranceHeard(
            turn=turn.number,
            text=said.text,
            confidence=said.confidence,
            started_at=turn.started_at,
            audio_at=turn.scene.end,
            alternatives=said.alternatives,
        )


def _nothing(turn: Turn, reason: str) -> NothingHeard:
    return NothingHeard(turn=turn.number, audio_at=turn.scene.end, reason=reason)
