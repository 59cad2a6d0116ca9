"""Audio that nobody wants to hear: always an answer, never a loop."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.cli.transcribe import transcribe
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.hearing import decoding
from warmline.hearing.whisper import Whisper
from warmline.spoken import words

FOUR_DIGITS = Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4)
ANSWERS = [ANYTHING, FOUR_DIGITS, Expectation(kind=AnswerKind.YES_NO, words=("yes", "no"))]


def key(hertz: tuple[int, int], seconds: float) -> Pcm:
    time = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * tone * time) for tone in hertz)
    return np.asarray(6_000 * wave).astype(np.int16)


def mixed(one: Pcm, other: Pcm) -> Pcm:
    size = max(one.size, other.size)
    both = np.zeros(size, dtype=np.int32)
    both[: one.size] += one
    both[: other.size] += other
    return np.clip(both, -32_768, 32_767).astype(np.int16)


@pytest.mark.parametrize("expect", ANSWERS, ids=lambda expect: expect.kind.value)
@pytest.mark.parametrize(
    "kind", ["nothing", "one sample", "silence", "full scale", "square", "clicks", "hiss", "long"]
)
def test_no_words_are_made_of_it_without_end(base: Whisper, kind: str, expect: Expectation) -> None:
    random = np.random.default_rng(5)
    pcm = {
        "nothing": np.zeros(0),
        "one sample": np.ones(1),
        "silence": np.zeros(5 * RATE),
        "full scale": np.full(3 * RATE, 32_767),
        "square": 32_767 * np.sign(np.sin(np.arange(3 * RATE) / 9)),
        "clicks": 30_000 * (random.random(4 * RATE) > 0.9995),
        "hiss": random.normal(0, 8_000, 6 * RATE).clip(-32_768, 32_767),
        "long": random.normal(0, 300, 45 * RATE),
    }[kind].astype(np.int16)
    heard = base.transcribe(pcm, expect=expect)
    assert len(words(heard.text)) <= decoding.token_bound(pcm.size / RATE)
    if kind in ("nothing", "one sample", "silence"):
        assert heard.text == ""


def test_clipped_speech_is_still_heard(base: Whisper, beckett: Pcm) -> None:
    loud = np.clip(beckett.astype(np.int32) * 30, -32_768, 32_767).astype(np.int16)
    heard = words(base.transcribe(loud).text)
    assert heard.count("fail") + heard.count("failed") >= 2
    assert len(heard) < 20


def test_of_more_than_it_takes_the_end_is_heard(
    base: Whisper, say: Callable[[str], Pcm], beckett: Pcm
) -> None:
    end = say(
        "I bought a car from your dealership two weeks ago. It makes no noise yet, but I would "
        "rather have it looked at before it does. I work in the mornings, so an afternoon would "
        "suit me best. Please tell me what it will cost."
    )
    pcm = np.concatenate([beckett, beckett, end])
    assert pcm.size > decoding.MAX_SPEECH_S * RATE
    heard = " ".join(words(base.transcribe(pcm).text))
    assert "an afternoon would suit me best" in heard
    assert len(heard.split()) <= 2 * 12 + 41


def test_keys_within_speech_are_no_words(
    base: Whisper, say: Callable[[str], Pcm], beckett: Pcm
) -> None:
    one, two = say("I want to know"), say("where my order is.")
    tone = key((770, 1_336), 0.2)
    heard = words(base.transcribe(np.concatenate([one, tone, two])).text)
    assert {"know", "where", "order"} <= set(heard)
    assert len(heard) <= 12


def test_two_voices_at_once_are_no_loop(
    base: Whisper, say: Callable[[str], Pcm], beckett: Pcm
) -> None:
    other = say("I bought a car from your dealership two weeks ago, and the light came on.")
    heard = base.transcribe(mixed(beckett, other))
    assert len(words(heard.text)) < 40


def test_a_stereo_file_of_a_compact_disc_is_transcribed(
    base: Whisper, beckett: Pcm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = resample(beckett, RATE, 44_100)
    files.write_wav(tmp_path / "cd.wav", np.stack([wide, wide // 2], axis=1), 44_100)
    transcribe([tmp_path / "cd.wav"], model="whisper-base", as_json=False)
    assert "try again" in capsys.readouterr().out.lower()
