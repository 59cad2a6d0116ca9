"""What the caller is saying right now, for whoever watches. Never decides anything."""

import asyncio
from collections.abc import Callable
from typing import Final

from warmline.audio.frame import RATE
from warmline.errors import InferenceError
from warmline.events import PartialTranscript
from warmline.hearing.agreement import Agreement
from warmline.hearing.utterance import CUT_SEARCH_S, Utterance, quietest
from warmline.ports import Priority, Transcriber

CADENCE_S: Final = 0.8
"""Audio between two partials where nobody says otherwise."""
MAX_WINDOW_S: Final = 10.0
"""A longer window is closed at its quietest late moment: flat cost however long the turn."""


class PartialTrack:
    """Decodes the growing utterance again and again and emits what is stable; never more than
    one decode of a call is in work."""

    def __init__(
        self,
        transcriber: Transcriber,
        emit: Callable[[PartialTranscript], None],
        *,
        cadence: Callable[[Priority], float | None] = lambda priority: CADENCE_S,
        urgency: Callable[[], Priority] = lambda: Priority.PARTIAL,
    ) -> None:
        """`cadence` gives the seconds of audio between two partials of a priority, None for no
        partials now; `urgency` how urgent those of this call are at the moment."""
        self._transcriber = transcriber
        self._emit = emit
        self._cadence = cadence
        self._urgency = urgency
        self._task: asyncio.Task[None] | None = None
        self.reset()

    def reset(self) -> None:
        """The turn is over (or there was none yet)."""
        if self._task:
            self._task.cancel()
        self._task = None
        self._agreement = Agreement()
        self._window_from = 0
        self._decoded_to = 0

    def heard(self, utterance: Utterance, turn: int, at: float) -> None:
        """The turn's audio has grown up to `at` seconds of the call's audio."""
        if self._task and not self._task.done():
            return
        priority = self._urgency()
        cadence = self._cadence(priority)
        if cadence is not None and utterance.size - self._decoded_to >= cadence * RATE:
            self._decoded_to = utterance.size
            self._task = asyncio.create_task(
                self._decode(utterance, turn, at, priority), name="listener-partial"
            )

    async def close(self) -> None:
        """Stop at once; idempotent."""
        task = self._task
        self.reset()
        if task:
            await asyncio.gather(task, return_exceptions=True)

    async def _decode(self, utterance: Utterance, turn: int, at: float, priority: Priority) -> None:
        audio = utterance.audio()[self._window_from :]
        full = audio.size > MAX_WINDOW_S * RATE
        if full:
            audio = audio[: quietest(audio, int(CUT_SEARCH_S * RATE))]
        agreement = self._agreement
        try:
            said = await self._transcriber.transcribe(
                audio, priority=priority, prompt=agreement.settled
            )
        except InferenceError:
            return  # nobody waits for a partial; the next one comes in a moment
        agreement.update(said.text)
        if full:
            agreement.close_window()
            self._window_from += audio.size
        if agreement.stable or agreement.unstable:
            self._emit(
                PartialTranscript(
                    turn=turn,
                    stable=agreement.stable,
                    unstable=agreement.unstable,
                    audio_at=at,
                )
            )
