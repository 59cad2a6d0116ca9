"""Several slots from one spoken sentence: two recognisers and a form, in quiet and in noise."""

from collections.abc import Callable

import numpy as np
import pytest

from warmline.answers.form import Field, Form, extract, ranked
from warmline.audio.frame import RATE, Pcm
from warmline.events import AnswerKind, Expectation
from warmline.hearing.opinions import joined
from warmline.hearing.whisper import Whisper
from warmline.ports import Transcript
from warmline.spoken import words

PIZZA = Form(
    [
        Field(
            name="kind",
            options={"margherita": [], "hawaiian": [], "four seasons": [], "calzone": []},
            required=True,
        ),
        Field(name="size", options={"(small|medium|large|family size)": []}),
        Field(name="extra", options={"(|extra |double )(cheese|olives|mushrooms)": []}),
    ]
)
ORDER = Expectation(
    kind=AnswerKind.CHOICE,
    words=(
        "Can I have a large margherita with extra cheese?",
        "I'd like a family size four seasons, double olives.",
        "A small Hawaiian with mushrooms, a medium calzone, please.",
    ),
    alternatives=4,
)
MENU = Expectation(
    kind=AnswerKind.CHOICE,
    words=("where is my order", "change my address", "opening hours", "something else"),
)


def heard(base: Whisper, tiny: Whisper, pcm: Pcm) -> Transcript:
    return joined(base.transcribe(pcm, expect=ORDER), tiny.transcribe(pcm, expect=ORDER))


def noisy(pcm: Pcm, share: float) -> Pcm:
    """With hiss, as a share of the voice's level."""
    level = share * np.sqrt((pcm.astype(np.float64) ** 2).mean())
    hiss = np.random.default_rng(3).normal(0, level, pcm.size)
    return (pcm * 0.5 + hiss * 0.5).astype(np.int16)


@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("A large calzone, please.", {"kind": "calzone", "size": "large"}),
        (
            "Could I get a family size margherita with double mushrooms?",
            {"kind": "margherita", "size": "family size", "extra": "double mushrooms"},
        ),
        ("Give me a four seasons with olives.", {"kind": "four seasons", "extra": "olives"}),
    ],
)
def test_an_order_is_understood(
    base: Whisper,
    tiny: Whisper,
    say: Callable[[str], Pcm],
    order: str,
    expected: dict[str, str],
    noise: float,
) -> None:
    transcript = heard(base, tiny, noisy(say(order), noise))
    found = extract(PIZZA, ranked(transcript.text, transcript.alternatives))
    assert {name: field.value for name, field in found.items() if field.value} == expected


def test_examples_do_not_become_words_in_noise(base: Whisper, tiny: Whisper) -> None:
    random = np.random.default_rng(4)
    for seconds in (0.6, 1.5, 4.0):
        noise = random.normal(0, 1_000, int(seconds * RATE)).astype(np.int16)
        transcript = heard(base, tiny, noise)
        found = extract(PIZZA, ranked(transcript.text, transcript.alternatives))
        assert not transcript.text or not found


@pytest.mark.parametrize(
    "answer", ["Something else.", "Opening hours.", "I want to change my address."]
)
def test_a_menu_is_answered_once(base: Whisper, say: Callable[[str], Pcm], answer: str) -> None:
    assert words(base.transcribe(say(answer), expect=MENU).text) == words(answer)


def test_other_words_than_the_menu_are_heard(base: Whisper, say: Callable[[str], Pcm]) -> None:
    said = "My parcel arrived with a broken lamp in it."
    assert words(base.transcribe(say(said), expect=MENU).text) == words(said)
