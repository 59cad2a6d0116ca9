"""A second recogniser for answers that are worth it. Knows transcribers; no model, no flow.

A small model mishears other things than a large one, and other noises: where the flow can use
several readings of a sentence, both are asked at the same time and both are heard.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest

from warmline.audio.frame import Pcm
from warmline.errors import InferenceError
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.hearing.decoding import different
from warmline.ports import Priority, Transcriber, Transcript

log = logging.getLogger(__name__)


class SecondOpinion:
    """A `Transcriber` that asks `second` too where a choice with alternatives is awaited."""

    def __init__(
        self, first: Transcriber, second: Transcriber, affordable: Callable[[], bool] = lambda: True
    ) -> None:
        """`affordable` says whether there is time for two at the moment."""
        self._first = first
        self._second = second
        self._affordable = affordable

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        """As `Transcriber` says; where the second one fails, the first is heard alone."""

        async def ask(whom: Transcriber) -> Transcript:
            return await whom.transcribe(
                samples, expect=expect, priority=priority, prompt=prompt, tail_s=tail_s
            )

        async def opinion() -> Transcript | None:
            try:
                return await ask(self._second)
            except InferenceError:
                log.warning("a second opinion failed; the first is heard alone")
                return None

        wanted = expect.kind is AnswerKind.CHOICE and expect.alternatives
        if not wanted or priority is not Priority.FINAL or not self._affordable():
            return await ask(self._first)
        first, second = await asyncio.gather(ask(self._first), opinion())
        return joined(first, second) if second else first


def joined(first: Transcript, second: Transcript) -> Transcript:
    """The first one's words; the second one's lead the alternatives, even if they are the same:
    that two agree says more than one. What one of them takes for noise is noise.
    """
    if not first.text:
        return first
    if not second.text:
        return second if second.reason == "not_speech" else first
    pairs = zip_longest(first.alternatives, second.alternatives, fillvalue="")
    others = different([first.text, second.text], [other for pair in pairs for other in pair])
    return replace(first, alternatives=(second.text, *others))
