"""When a growing utterance is decoded, and how urgently. What is said of it: test_listener."""

import asyncio

import numpy as np
import pytest

from warmline.audio.frame import RATE, Frame, Pcm
from warmline.errors import InferenceError
from warmline.events import ANYTHING, Expectation, PartialTranscript
from warmline.hearing.cadence import Cadence
from warmline.hearing.partials import PartialTrack
from warmline.hearing.utterance import Utterance
from warmline.hearing.vad import CHUNK
from warmline.ports import Priority, Transcript


class Asked:
    """A `Transcriber` that remembers how it was asked; `refuse` makes it fail."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, Priority]] = []
        self.refuse = False

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        self.asked.append((round(samples.size / RATE, 1), priority))
        if self.refuse:
            raise InferenceError("too late")
        return Transcript(text="well", confidence=0.9)


async def spoken(track: PartialTrack, seconds: float) -> None:
    utterance = Utterance(CHUNK)
    utterance.begin()
    for position in range(0, int(seconds * RATE), CHUNK):
        utterance.push(Frame(np.zeros(CHUNK, dtype=np.int16), position))
        track.heard(utterance, 1, (position + CHUNK) / RATE)
        await asyncio.sleep(0)
    await track.close()


async def test_the_cadence_is_asked_for_again_each_time() -> None:
    ears = Asked()
    emitted: list[PartialTranscript] = []

    def cadence(priority: Priority) -> float | None:
        return 0.4 if len(ears.asked) < 2 else 1.0

    await spoken(PartialTrack(ears, emitted.append, cadence=cadence), 3.5)
    assert [at for at, _ in ears.asked] == [0.4, 0.8, 1.9, 2.9]
    assert [partial.stable for partial in emitted] == ["", "well", "well", "well"]


async def test_no_partials_while_there_is_no_room() -> None:
    ears = Asked()
    await spoken(PartialTrack(ears, lambda partial: None, cadence=lambda priority: None), 3.0)
    assert not ears.asked


async def test_each_is_as_urgent_as_the_call_is_then() -> None:
    ears = Asked()
    urgencies = iter([Priority.PARTIAL] * 30 + [Priority.BARGE_IN] * 200)
    track = PartialTrack(ears, lambda partial: None, urgency=lambda: next(urgencies))
    await spoken(track, 2.0)
    assert [priority for _, priority in ears.asked] == [Priority.PARTIAL, Priority.BARGE_IN]


async def test_a_dropped_partial_is_not_asked_for_again_at_once() -> None:
    ears = Asked()
    ears.refuse = True
    await spoken(PartialTrack(ears, lambda partial: None), 2.5)
    assert [at for at, _ in ears.asked] == [0.8, 1.6, 2.4]


@pytest.mark.parametrize(
    ("urgency", "asked"),
    [(Priority.PARTIAL, 0), (Priority.WATCHED, 4), (Priority.BARGE_IN, 4)],
)
async def test_what_nobody_watches_costs_nothing_if_so_set(urgency: Priority, asked: int) -> None:
    """But what may interrupt us is always looked for."""
    ears = Asked()
    cadence = Cadence(unwatched=False)
    track = PartialTrack(
        ears, lambda partial: None, cadence=cadence.seconds, urgency=lambda: urgency
    )
    await spoken(track, 1.9)
    assert [priority for _, priority in ears.asked] == [urgency] * asked


async def test_who_begins_to_watch_sees_what_is_said_from_then_on() -> None:
    ears = Asked()
    cadence = Cadence(unwatched=False)
    urgencies = iter([Priority.PARTIAL] * 40 + [Priority.WATCHED] * 200)
    track = PartialTrack(
        ears, lambda partial: None, cadence=cadence.seconds, urgency=lambda: next(urgencies)
    )
    await spoken(track, 2.0)
    assert [at for at, _ in ears.asked] == [1.3, 1.7]
