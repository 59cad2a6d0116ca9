"""Long turns are decoded in parts: nothing twice, nothing lost, and the end is as quick as any."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import LoudnessDetector, ScriptedTranscriber, silence, voice
from virtual_time import run
from warmline.audio.frame import RATE, Frame, Pcm
from warmline.errors import InferenceError
from warmline.events import ANYTHING, AnswerKind, Expectation, UtteranceHeard
from warmline.hearing import turn_words
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.questions import Questions
from warmline.hearing.turn_words import PROMPT_WORDS, TurnWords, joined, prompt
from warmline.ports import Priority, Transcript

BREATH = silence(0.4)
LONG_S = 6.2
WORDS = [f"Sentence number {number}." for number in range(9)]


@pytest.fixture(autouse=True)
def _six_seconds_are_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that one breath of a fake voice does it: without one for 8 s it is a din."""
    monkeypatch.setattr(turn_words, "SETTLE_S", 6.0)


@dataclass
class Ears(ScriptedTranscriber):
    """Keeps what it was asked."""

    asked: list[tuple[Pcm, str]] = field(default_factory=list)

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        self.asked.append((samples, prompt))
        return await super().transcribe(samples, priority=priority)

    @property
    def seconds(self) -> list[float]:
        return [samples.size / RATE for samples, _ in self.asked]


def hear(pieces: Sequence[Pcm], ears: ScriptedTranscriber, expect: Expectation = ANYTHING) -> str:
    """All words that were told, turn by turn; those of a turn that goes on are void."""
    facts: list[Heard] = []

    async def main() -> None:
        listener = Listener(LoudnessDetector(), ears, facts.append)
        listener.expect(expect)
        audio = np.concatenate([*pieces, silence(4)])
        for position in range(0, audio.size, 320):
            await asyncio.sleep(0.02)
            listener.push(Frame(audio[position : position + 320], position))
        await listener.finish()

    run(main())
    told = {fact.turn: fact.text for fact in facts if isinstance(fact, UtteranceHeard)}
    return " | ".join(told.values())


def story(*lengths_s: float, breath: Pcm = BREATH) -> list[Pcm]:
    """So much of sentence 0, 1, 2 …, and a breath behind each."""
    pieces = [silence(0.5)]
    for number, length_s in enumerate(lengths_s):
        pieces += [voice(length_s, number), breath]
    return pieces


def test_what_was_said_before_a_breath_is_not_decoded_again() -> None:
    ears = Ears(WORDS)
    assert hear(story(LONG_S, 2, 2), ears) == " ".join(WORDS[:3])
    assert [round(seconds) for seconds in ears.seconds] == [7, 2, 5]
    assert [shown for _, shown in ears.asked] == ["", WORDS[0], WORDS[0]]


def test_the_end_of_a_long_turn_costs_what_that_of_a_short_one_does() -> None:
    ears = Ears(WORDS)
    assert hear(story(5, 5, 5, 5), ears) == " ".join(WORDS[:4])
    assert max(ears.seconds) < 12


@pytest.mark.parametrize("breath", [BREATH, silence(0.8)], ids=["a breath", "taken up again"])
def test_words_that_are_still_being_decoded_are_waited_for(breath: Pcm) -> None:
    ears = Ears(WORDS, takes_s=2.5)
    assert hear(story(LONG_S, 2, breath=breath), ears) == " ".join(WORDS[:2])
    assert [round(seconds) for seconds in ears.seconds] == [7, 2 + round(breath.size / RATE)]


def test_a_short_turn_is_decoded_as_a_whole() -> None:
    ears = Ears(WORDS)
    assert hear(story(2, 2), ears) == " ".join(WORDS[:2])
    assert [shown for _, shown in ears.asked] == ["", ""]


def test_a_stop_within_a_word_settles_nothing() -> None:
    ears = Ears(WORDS)
    hear(story(LONG_S, 2, breath=silence(0.16)), ears)
    assert {shown for _, shown in ears.asked} == {""}


@pytest.mark.parametrize("kind", [kind for kind in AnswerKind if kind is not AnswerKind.FREE])
def test_a_closed_answer_is_heard_as_a_whole(kind: AnswerKind) -> None:
    ears = Ears(WORDS)
    assert hear(story(LONG_S, 2), ears, Expectation(kind=kind)) == " ".join(WORDS[:2])
    assert {shown for _, shown in ears.asked} == {""}


def test_an_end_that_is_taken_back_keeps_its_words() -> None:
    ears = Ears(WORDS)
    pieces = [voice(LONG_S, 0), silence(0.9), voice(1, 1)]
    assert hear(pieces, ears) == " ".join(WORDS[:2])
    assert [shown for _, shown in ears.asked] == ["", WORDS[0]]


def test_a_part_that_failed_is_heard_with_the_rest() -> None:
    ears = Ears(WORDS, failures=1, takes_s=1.0)  # it fails after the caller has gone on
    assert hear(story(LONG_S, 2), ears) == " ".join(WORDS[:2])
    assert round(ears.seconds[-1]) == 9


def test_a_turn_that_must_be_cut_is_cut_between_its_parts() -> None:
    ears = Ears(WORDS)
    heard = hear(story(*[4] * 8), ears)
    assert heard.replace(" | ", " ") == " ".join(WORDS[:8])
    assert heard.count(" | ") == 1


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.5, 9), st.floats(0.13, 1.1)), min_size=1, max_size=9),
    st.floats(0.02, 3),
)
def test_every_sentence_is_told_once_and_in_order(
    sentences: list[tuple[float, float]], takes_s: float
) -> None:
    async def main() -> str:
        questions = Questions(Ears(WORDS, takes_s=takes_s), None)
        words, audio = TurnWords(questions), silence(0.3)
        for number, (said_s, breath_s) in enumerate(sentences):
            audio = np.concatenate([audio, voice(said_s, number), silence(0.128)])
            draft = words.draft(audio, ANYTHING, tail_s=0.128)
            await asyncio.sleep(breath_s)
            if number < len(sentences) - 1:
                words.breathed(breath_s)
                audio = np.concatenate([audio, silence(breath_s - 0.128)])
        told = await draft
        await questions.close()
        return told.text

    assert run(main()) == " ".join(WORDS[: len(sentences)])


def test_closing_stops_all_parts() -> None:
    async def main() -> None:
        questions = Questions(ScriptedTranscriber(takes_s=1_000), None)
        words = TurnWords(questions)
        part = words.draft(voice(LONG_S), ANYTHING)
        words.breathed(0.4)
        rest = words.draft(voice(2 * LONG_S), ANYTHING)
        await asyncio.sleep(1)
        await questions.close()
        assert part.cancelled() and rest.cancelled()

    run(main())


def test_what_is_not_settled_is_taken_back() -> None:
    async def main() -> None:
        questions = Questions(ScriptedTranscriber(takes_s=1), None)
        words = TurnWords(questions)
        words.breathed(0.4)
        brief = words.draft(voice(2), ANYTHING)
        words.breathed(0.4)
        await asyncio.sleep(0.1)
        assert brief.cancelled() and words.settled == 0
        await questions.close()

    run(main())


def test_a_failure_of_the_rest_is_the_turns() -> None:
    async def main() -> None:
        questions = Questions(ears := ScriptedTranscriber(WORDS), None)
        words = TurnWords(questions)
        await words.draft(voice(LONG_S), ANYTHING)
        words.breathed(0.4)
        ears.failures = 1
        with pytest.raises(InferenceError):
            await words.draft(voice(2 * LONG_S), ANYTHING)
        await questions.close()

    run(main())


# --- joining ------------------------------------------------------------------------------------


def test_joined_words_keep_their_part_in_the_confidence() -> None:
    before = Transcript(text="one two three", confidence=0.9)
    rest = Transcript(text="four", confidence=0.5, alternatives=("for",))
    assert joined(before, rest) == Transcript(
        text="one two three four", confidence=0.8, alternatives=("one two three for",)
    )


def test_a_part_without_words_changes_nothing() -> None:
    nothing = Transcript(text="", confidence=0.0, reason="no_words")
    said = Transcript(text="one", confidence=0.9)
    assert joined(nothing, said) == joined(said, nothing) == said
    assert joined(nothing, nothing) == nothing


def test_the_recogniser_is_shown_the_last_words_only() -> None:
    words = [f"w{number}" for number in range(100)]
    assert prompt(" ".join(words)).split() == words[-PROMPT_WORDS:]
    assert prompt("") == ""
