"""Real ears under bad audio: bursts, clipping, keys, two voices, no pause, and no voice at all."""

import asyncio
from collections.abc import Callable
from difflib import SequenceMatcher

import numpy as np
import pytest

from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.audio.resample import resample
from warmline.events import SpeechEnded, UtteranceHeard
from warmline.hearing.expectation import MAX_UTTERANCE_S
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.hearing.whisper import Whisper
from warmline.spoken import words
from warmline.trial.ears import InProcess

BECKETT = "ever tried ever failed no matter try again fail again fail better"
LAST = "please repeat the last sentence"
STORY = (
    "I bought a car from your dealership two weeks ago and it makes a noise when I turn left. "
    "My neighbour says that it is the wheel, but my brother thinks that it is the engine. "
    "I work in the mornings, so an afternoon would suit me best, if you have one this week. "
    "Last year my old car had the same trouble, and the repair took almost a month. "
    "That was a bad month for us, because my daughter had just started at a new school, "
    "and there is no bus that goes there from our street at seven in the morning. "
    "We asked the people next door, who were very kind, but you cannot ask every day. "
    "In the end my husband took her on his bicycle, even in the rain and once in the snow. "
    "So please tell me first what it will cost and how long you would have to keep it. "
    "If I can get another car from you for those days, I would like a small one with four doors. "
    "And the radio has never worked, which I forgot to tell the man who sold it to me."
)


def hear(whisper: Whisper, *pieces: Pcm, packet: int = 1) -> list[Heard]:
    """What is told of these pieces, a moment of silence behind them; so many frames at once."""
    pcm = np.concatenate([quiet(0.5), *pieces, quiet(2.5)])

    async def main() -> list[Heard]:
        heard: list[Heard] = []
        listener = Listener(SileroDetector(SileroModel()), InProcess(whisper), heard.append)
        for number, position in enumerate(range(0, pcm.size - FRAME, FRAME), start=1):
            listener.push(Frame(pcm[position : position + FRAME], position))
            if number % packet == 0:
                for _ in range(4):  # let a decode that was begun come to its end
                    await asyncio.sleep(0)
        assert not listener.speaking
        await listener.finish()
        return heard

    return asyncio.run(main())


def quiet(seconds: float) -> Pcm:
    noise = np.random.default_rng(1).normal(0, 3, int(seconds * RATE))
    return noise.astype(np.int16)


def texts(heard: list[Heard]) -> list[str]:
    """The words of each turn, as they were told last."""
    turns = {fact.turn: fact.text for fact in heard if isinstance(fact, UtteranceHeard)}
    return [" ".join(words(text)) for text in turns.values()]


def mixed(one: Pcm, other: Pcm) -> Pcm:
    both = np.zeros(max(one.size, other.size), dtype=np.int32)
    both[: one.size] += one
    both[: other.size] += other
    return np.clip(both, -32_768, 32_767).astype(np.int16)


@pytest.mark.parametrize("packet", [1, 150])
def test_three_seconds_at_once_are_heard_as_in_real_time(
    base: Whisper, beckett: Pcm, say: Callable[[str], Pcm], packet: int
) -> None:
    heard = texts(
        hear(base, beckett, quiet(4), say("Please repeat the last sentence."), packet=packet)
    )
    assert " ".join(heard) == f"{BECKETT} {LAST}"


@pytest.mark.parametrize("ppm", [-188, 188])
def test_a_clock_that_drifts_is_not_heard(base: Whisper, beckett: Pcm, ppm: int) -> None:
    drifted = resample(beckett, RATE, RATE + round(RATE * ppm / 1e6))
    assert drifted.size != beckett.size
    assert " ".join(texts(hear(base, drifted))) == BECKETT


def test_who_is_clipped_is_heard_and_ends(base: Whisper, beckett: Pcm) -> None:
    loud = np.clip(beckett.astype(np.int32) * 30, -32_768, 32_767).astype(np.int16)
    heard = " ".join(texts(hear(base, loud)))
    assert heard.count("fail") >= 3 and "matter" in heard


def test_keys_within_a_sentence_do_not_end_it(base: Whisper, say: Callable[[str], Pcm]) -> None:
    time = np.arange(int(0.15 * RATE)) / RATE
    low, high = (np.sin(2 * np.pi * hertz * time) for hertz in (770, 1_336))
    tone = (6_000 * (low + high)).astype(np.int16)
    sentence = [say("I would like to know"), tone, say("where my order is.")]
    (heard,) = texts(hear(base, *sentence))
    assert {"know", "where", "order"} <= set(heard.split())


def test_behind_two_voices_at_once_one_is_heard_again(
    base: Whisper, beckett: Pcm, say: Callable[[str], Pcm]
) -> None:
    other = say("I bought a car from your dealership two weeks ago, and the light came on.")
    heard = texts(
        hear(base, mixed(beckett, other), quiet(3), say("Please repeat the last sentence."))
    )
    assert heard[-1] == LAST


@pytest.mark.parametrize("breathes", [True, False])
def test_a_long_story_is_heard_in_parts(
    base: Whisper, say: Callable[[str], Pcm], breathes: bool
) -> None:
    story = say(STORY) if breathes else without_pauses(say(STORY))
    assert MAX_UTTERANCE_S * RATE < story.size < 2 * MAX_UTTERANCE_S * RATE
    heard = hear(base, story)
    ends = [fact.reason for fact in heard if isinstance(fact, SpeechEnded)]
    assert ends == ["max_speech", "silence"]
    said, got = words(STORY), " ".join(texts(heard)).split()
    changes = SequenceMatcher(None, said, got, autojunk=False).get_opcodes()
    assert max((b - a) - (d - c) for _, a, b, c, d in changes) < 5, "a sentence is missing"


def without_pauses(pcm: Pcm) -> Pcm:
    frames = pcm[: pcm.size // FRAME * FRAME].reshape(-1, FRAME)
    loud: Pcm = frames[np.sqrt(np.mean(frames.astype(float) ** 2, axis=1)) > 100].ravel()
    return loud


def test_ten_minutes_of_a_silent_line_are_no_turn(base: Whisper) -> None:
    assert hear(base, quiet(600)) == []
