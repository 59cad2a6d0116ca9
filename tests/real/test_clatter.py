"""Kitchens clatter: short bursts that a voice detector takes for a voice are no answers."""

from collections.abc import Callable

import numpy as np
import pytest

from warmline.audio.frame import RATE, Pcm
from warmline.events import AnswerKind, Expectation
from warmline.hearing.whisper import Whisper
from warmline.spoken import yes_no

YES_NO = Expectation(kind=AnswerKind.YES_NO, words=("yes", "no"))


def clatter(seconds: float, seed: int) -> Pcm:
    """Plates: decaying partials that are not harmonic, and noise."""
    random = np.random.default_rng(seed)
    wave = random.normal(0, 60, int(seconds * RATE))
    time = np.arange(RATE // 5) / RATE
    for _ in range(int(seconds * 4)):
        at = int(random.integers(0, wave.size - time.size))
        tones = random.uniform(400, 3_400, 5)
        ring = np.sin(2 * np.pi * np.outer(tones, time)).sum(axis=0) * np.exp(-25 * time)
        wave[at : at + time.size] += 900 * ring + 300 * random.normal(size=time.size) * ring
    return wave.astype(np.int16)


def test_clatter_is_no_answer(base: Whisper) -> None:
    heard = [base.transcribe(clatter(1.5, seed), expect=YES_NO).text for seed in range(6)]
    assert heard == [""] * 6


@pytest.mark.parametrize("answer", ["Yes.", "No.", "Yeah.", "Nope.", "No, thank you."])
def test_an_answer_over_clatter_is_heard(
    base: Whisper, say: Callable[[str], Pcm], answer: str
) -> None:
    voice = say(answer)
    noise = clatter(voice.size / RATE + 0.5, 1)[: voice.size]
    both = np.clip(voice.astype(np.int32) + noise // 4, -32_768, 32_767).astype(np.int16)
    heard = base.transcribe(both, expect=YES_NO).text
    assert yes_no(heard) is (answer[0] == "Y")
