"""The way from a written line to what is heard, with a voice of tones and a scripted ear."""

from collections.abc import Iterator

import numpy as np
import pytest

from warmline.audio.frame import RATE, Pcm
from warmline.events import (
    ANYTHING,
    AnswerKind,
    Expectation,
    Fact,
    SpeechEnded,
    SpeechStarted,
    UtteranceHeard,
)
from warmline.ports import Transcript
from warmline.trial.conversation import Speaks
from warmline.trial.ears import RealEars, Studio, aloud

NUMBER = Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4)


class Tones:
    """A voice: a tenth of a second of sound for each letter."""

    rate = RATE
    spoken: list[str]

    def __init__(self) -> None:
        self.spoken = []

    def speak(self, text: str, pace: float) -> Pcm:
        self.spoken.append(text)
        t = np.arange(len(text) * RATE // 10) / RATE
        tone: Pcm = (8_000 * np.sin(2 * np.pi * (440 + 60 * t) * t)).astype(np.int16)
        return tone


class Loudness:
    def probability(self, samples: Pcm) -> float:
        return float(np.abs(samples.astype(np.int32)).mean() > 500)


class Scribe:
    """Hears what the voice said last; knows what was expected."""

    def __init__(self, voice: Tones) -> None:
        self._voice = voice
        self.expected: list[Expectation] = []

    def transcribe(
        self, samples: Pcm, *, expect: Expectation, prompt: str, tail_s: float
    ) -> Transcript:
        self.expected.append(expect)
        return Transcript(text=f"{self._voice.spoken[-1]}.", confidence=0.8)


@pytest.fixture
def voice() -> Tones:
    return Tones()


@pytest.fixture
def scribe(voice: Tones) -> Scribe:
    return Scribe(voice)


@pytest.fixture
def ears(voice: Tones, scribe: Scribe) -> Iterator[RealEars]:
    with RealEars(Studio(voice=voice, recogniser=scribe, new_detector=Loudness)) as ears:
        yield ears


def hear(ears: RealEars, text: str, expect: Expectation = ANYTHING) -> list[tuple[float, Fact]]:
    return list(ears(Speaks(text=text), lambda: expect))


def test_a_line_is_one_turn_of_facts_in_time(ears: RealEars) -> None:
    facts = hear(ears, "where is my order")
    kinds = [type(fact) for _, fact in facts]
    assert (kinds[0], kinds[-2:]) == (SpeechStarted, [SpeechEnded, UtteranceHeard])
    heard = facts[-1][1]
    assert isinstance(heard, UtteranceHeard)
    assert (heard.turn, heard.text, heard.confidence) == (1, "where is my order.", 0.8)
    spoken_s = len("where is my order") / 10
    assert spoken_s < sum(seconds for seconds, _ in facts) < spoken_s + 2.0


def test_turns_are_counted_over_the_conversation(ears: RealEars) -> None:
    turns = [hear(ears, text)[-1][1] for text in ("hello", "good morning")]
    assert [fact.turn for fact in turns if isinstance(fact, UtteranceHeard)] == [1, 2]


def test_hearing_knows_what_is_awaited(ears: RealEars, scribe: Scribe, voice: Tones) -> None:
    hear(ears, "4527", NUMBER)
    assert set(scribe.expected) == {NUMBER}
    assert voice.spoken == ["four five two seven"]


def test_the_same_line_is_always_heard_the_same(voice: Tones, scribe: Scribe) -> None:
    studio = Studio(voice=voice, recogniser=scribe, new_detector=Loudness)
    runs = []
    for _ in range(2):
        with RealEars(studio) as ears:
            runs.append([hear(ears, text) for text in ("hello", "good morning")])
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("text", "kind", "spoken"),
    [
        ("order 4527 please", AnswerKind.FREE, "order four five two seven please"),
        ("it's 4527.", AnswerKind.FREE, "it's four five two seven."),
        ("two or 3", AnswerKind.FREE, "two or 3"),
        ("at 15:30 for $1200.50", AnswerKind.FREE, "at 15:30 for $1200.50"),
        ("B 2", AnswerKind.SPELLED, "B two"),
    ],
)
def test_numbers_are_read_out_as_people_do(text: str, kind: AnswerKind, spoken: str) -> None:
    assert aloud(text, kind) == spoken
