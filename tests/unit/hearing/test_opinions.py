import asyncio

import numpy as np
import pytest

from warmline.audio.frame import Pcm
from warmline.errors import InferenceError
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.hearing.opinions import SecondOpinion, joined
from warmline.ports import Priority, Transcript

SILENCE = np.zeros(160, dtype=np.int16)
ORDER = Expectation(kind=AnswerKind.CHOICE, words=("a latte",), alternatives=4)
NOISE = Transcript(text="", confidence=0.0, reason="not_speech")
NO_WORDS = Transcript(text="", confidence=0.0, reason="no_words")


class Scripted:
    """A `Transcriber` with one answer, which remembers what it was asked."""

    def __init__(self, answer: Transcript | None) -> None:
        self.asked: list[Expectation] = []
        self._answer = answer

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        self.asked.append(expect)
        await asyncio.sleep(0)
        if self._answer is None:
            raise InferenceError("scripted")
        return self._answer


def heard(text: str, *alternatives: str) -> Transcript:
    return Transcript(text=text, confidence=0.9, alternatives=alternatives)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (heard("a latte", "a lot"), heard("a later"), heard("a latte", "a later", "a lot")),
        (heard("a latte"), heard("a latte"), heard("a latte", "a latte")),
        (
            heard("a latte", "a lot", "A latte!"),
            heard("a later", "a ladder", "a lot", "latte"),
            heard("a latte", "a later", "a lot", "a ladder", "latte"),
        ),
        (heard("a latte", "a lot"), NO_WORDS, heard("a latte", "a lot")),
        (heard("a latte"), NOISE, NOISE),
        (NOISE, heard("thank you"), NOISE),
        (NO_WORDS, NOISE, NO_WORDS),
    ],
)
def test_two_transcripts_become_one(
    first: Transcript, second: Transcript, expected: Transcript
) -> None:
    assert joined(first, second) == expected


async def test_both_are_asked_for_a_choice_with_alternatives() -> None:
    first, second = Scripted(heard("a latte")), Scripted(heard("a lot"))
    said = await SecondOpinion(first, second).transcribe(SILENCE, expect=ORDER)
    assert said == heard("a latte", "a lot")
    assert [expect.alternatives for expect in (*first.asked, *second.asked)] == [4, 4]


@pytest.mark.parametrize(
    ("expect", "priority"),
    [
        (ANYTHING, Priority.FINAL),
        (Expectation(kind=AnswerKind.CHOICE), Priority.FINAL),
        (Expectation(kind=AnswerKind.DIGITS, max_digits=4, alternatives=3), Priority.FINAL),
        (ORDER, Priority.PARTIAL),
    ],
)
async def test_else_only_the_first_is_asked(expect: Expectation, priority: Priority) -> None:
    second = Scripted(heard("a lot"))
    ears = SecondOpinion(Scripted(heard("a latte")), second)
    assert await ears.transcribe(SILENCE, expect=expect, priority=priority) == heard("a latte")
    assert not second.asked


async def test_under_pressure_there_is_no_time_for_two() -> None:
    second = Scripted(heard("a lot"))
    ears = SecondOpinion(Scripted(heard("a latte")), second, affordable=lambda: False)
    assert await ears.transcribe(SILENCE, expect=ORDER) == heard("a latte")
    assert not second.asked


async def test_a_failed_opinion_costs_nothing() -> None:
    ears = SecondOpinion(Scripted(heard("a latte")), Scripted(None))
    assert await ears.transcribe(SILENCE, expect=ORDER) == heard("a latte")


async def test_the_first_must_answer() -> None:
    ears = SecondOpinion(Scripted(None), Scripted(heard("a latte")))
    with pytest.raises(InferenceError):
        await ears.transcribe(SILENCE, expect=ORDER)
