"""What the models of one call were asked and have not answered yet.

Owns the tasks, so that none outlives the call; knows neither turns nor what an answer means.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from warmline.audio.frame import Pcm
from warmline.events import Expectation
from warmline.ports import Transcriber, Transcript, TurnModel

Answer = TypeVar("Answer")


def answer(task: asyncio.Task[Answer]) -> Answer | None:
    """What was answered; None while nothing was, and for a question that failed or was taken
    back."""
    if not task.done() or task.cancelled() or task.exception():
        return None
    return task.result()


class Questions:
    """To the recogniser, and to the turn model where there is one."""

    def __init__(self, transcriber: Transcriber, turn_model: TurnModel | None) -> None:
        self._transcriber = transcriber
        self._turn_model = turn_model
        self._open = set[asyncio.Task[Any]]()

    def words(
        self, audio: Pcm, expect: Expectation, tail_s: float = 0.0, *, prompt: str = ""
    ) -> asyncio.Task[Transcript]:
        """The words in `audio`, behind those of `prompt`; its last `tail_s` seconds hold no
        voice."""
        return self.ask(
            self._transcriber.transcribe(audio, expect=expect, prompt=prompt, tail_s=tail_s)
        )

    def voice(
        self, audio: Pcm, then: Callable[[asyncio.Task[float]], None]
    ) -> asyncio.Task[float] | None:
        """How finished (0 to 1) the voice in `audio` sounds; None where nobody can tell."""
        if self._turn_model is None:
            return None
        task = self.ask(self._turn_model.finished(audio))
        task.add_done_callback(then)
        return task

    def ask(self, question: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        """Begin with it at once."""
        task = asyncio.create_task(question, name="listener-question")
        self._open.add(task)
        task.add_done_callback(self._answered)
        return task

    async def close(self) -> None:
        """Stop at once; idempotent."""
        tasks = [*self._open]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _answered(self, task: asyncio.Task[Any]) -> None:
        self._open.discard(task)
        if not task.cancelled():
            task.exception()  # seen: of an answer that is void, nobody else may ask
