"""Whisper, Silero and the listener on real voices, real noise and real silence."""

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from warmline.audio import g711
from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.audio.resample import StreamResampler, resample
from warmline.events import ANYTHING, AnswerKind, Expectation, NothingHeard, UtteranceHeard
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.hearing.whisper import Whisper
from warmline.spoken import digits, words
from warmline.trial.ears import InProcess

BECKETT = "ever tried ever failed no matter try again fail again fail better"
FOUR_DIGITS = Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4)


def by_phone(pcm: Pcm) -> Pcm:
    """Through the telephone network and back: 8 kHz mu-law."""
    narrow = resample(pcm, RATE, 8_000)
    return StreamResampler(8_000, RATE).push(g711.decode(g711.encode(narrow)))


def quiet(seconds: float) -> Pcm:
    noise = np.random.default_rng(1).normal(0, 3, int(seconds * RATE))
    return noise.astype(np.int16)


def listen(whisper: Whisper, pcm: Pcm, expect: Expectation = ANYTHING) -> list[Heard]:
    async def main() -> list[Heard]:
        heard: list[Heard] = []
        listener = Listener(SileroDetector(SileroModel()), InProcess(whisper), heard.append)
        listener.expect(expect)
        for position in range(0, pcm.size - FRAME, FRAME):
            listener.push(Frame(pcm[position : position + FRAME], position))
            for _ in range(4):  # let a decode that was begun come to its end
                await asyncio.sleep(0)
        await listener.finish()
        return heard

    return asyncio.run(main())


def texts(heard: list[Heard]) -> list[str]:
    """The words of each turn; a turn that was taken up again counts once, as a whole."""
    turns = {fact.turn: fact.text for fact in heard if isinstance(fact, UtteranceHeard)}
    return list(turns.values())


@pytest.mark.parametrize("through", ["wide band", "telephone"])
def test_a_person_is_heard_right(base: Whisper, beckett: Pcm, through: str) -> None:
    clip = by_phone(beckett) if through == "telephone" else beckett
    heard = base.transcribe(clip)
    assert " ".join(words(heard.text)) == BECKETT
    assert heard.confidence > 0.5


def test_the_small_model_hears_most_of_it(tiny: Whisper, beckett: Pcm) -> None:
    heard = words(tiny.transcribe(beckett).text)
    assert len(set(BECKETT.split()) & set(heard)) >= 6


def test_a_turn_with_breaths_is_one_turn(base: Whisper, beckett: Pcm) -> None:
    heard = listen(base, np.concatenate([quiet(1), by_phone(beckett), quiet(3)]))
    assert [" ".join(words(text)) for text in texts(heard)] == [BECKETT]


@pytest.mark.parametrize("number", ["4527", "1860", "9034"])
def test_a_spoken_number_is_heard_whole(
    base: Whisper, spell: Callable[[str], Pcm], number: str
) -> None:
    clip = np.concatenate([quiet(1), by_phone(spell(number)), quiet(2)])
    heard = listen(base, clip, FOUR_DIGITS)
    assert [digits(text) for text in texts(heard)][-1] == number


def test_a_closed_question_does_not_press_words_into_digits(
    base: Whisper, say: Callable[[str], Pcm]
) -> None:
    heard = base.transcribe(say("I want to talk to a person, please."), expect=FOUR_DIGITS)
    assert "person" in words(heard.text)


@pytest.mark.parametrize("answer", ["Yes.", "No.", "Yes, please."])
def test_a_short_answer_is_not_lost(base: Whisper, say: Callable[[str], Pcm], answer: str) -> None:
    expect = Expectation(kind=AnswerKind.YES_NO, words=("yes", "no"))
    clip = np.concatenate([quiet(0.5), by_phone(say(answer)), quiet(2)])
    assert [words(text)[0] for text in texts(listen(base, clip, expect))] == [words(answer)[0]]


def test_long_speech_is_heard_to_its_end(base: Whisper, say: Callable[[str], Pcm]) -> None:
    clip = say(
        "I bought a car from your dealership two weeks ago. Yesterday the service light came on. "
        "It makes no noise yet, but I would rather have it looked at before it does. "
        "I work in the mornings, so an afternoon would suit me best. "
        "My number is on the contract, and you can reach me after four. "
        "Please tell me what it will cost, and whether I get another car for that day. "
        "By the way, the radio has stopped working as well. Thank you."
    )
    assert 20 * RATE < clip.size < 29 * RATE
    heard = " ".join(words(base.transcribe(clip).text))
    for part in ("service light came on", "another car for that day", "stopped working"):
        assert part in heard


@pytest.mark.parametrize("kind", ["digital silence", "line noise", "loud noise", "hum", "ringing"])
def test_no_words_are_invented(base: Whisper, kind: str) -> None:
    t = np.arange(20 * RATE) / RATE
    random = np.random.default_rng(2)
    sounds = {
        "digital silence": np.zeros(t.size),
        "line noise": random.normal(0, 30, t.size),
        "loud noise": random.normal(0, 3_000, t.size),
        "hum": 4_000 * np.sin(2 * np.pi * 50 * t),
        # North American ringing: 440 + 480 Hz, two seconds on and four off.
        "ringing": 3_000
        * (np.sin(2 * np.pi * 440 * t) + np.sin(2 * np.pi * 480 * t))
        * (t % 6 < 2),
    }
    heard = listen(base, sounds[kind].astype(np.int16))
    assert texts(heard) == []


def test_the_model_itself_says_when_there_are_no_words(base: Whisper) -> None:
    heard = base.transcribe(quiet(2))
    assert (heard.text, heard.confidence) == ("", 0.0)
    assert heard.reason in ("no_words", "not_speech")


def test_a_cough_is_no_turn(base: Whisper) -> None:
    random = np.random.default_rng(3)
    cough = random.normal(0, 8_000, RATE // 4) * np.exp(-np.linspace(0, 6, RATE // 4))
    clip = np.concatenate([quiet(1), cough.astype(np.int16), quiet(2)])
    heard = listen(base, clip)
    assert texts(heard) == []
    assert all(fact.reason != "failed" for fact in heard if isinstance(fact, NothingHeard))
