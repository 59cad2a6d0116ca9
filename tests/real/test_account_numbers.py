"""Numbers, spelling and what is said around them, as the model really hears them."""

from collections.abc import Callable

import numpy as np
import pytest

from warmline.audio.frame import RATE, Pcm
from warmline.events import AnswerKind, Expectation
from warmline.hearing.whisper import Whisper
from warmline.spoken import digits, is_number, words, yes_no

pytestmark = pytest.mark.real

Say = Callable[[str], Pcm]


def awaited(size: int, *excluded: str) -> Expectation:
    return Expectation(kind=AnswerKind.DIGITS, min_digits=size, max_digits=size, excluded=excluded)


@pytest.mark.parametrize("number", ["4527", "9034", "100765", "80012245"])
def test_a_number_said_digit_by_digit_is_heard_surely(
    base: Whisper, spell: Say, number: str
) -> None:
    heard = base.transcribe(spell(number), expect=awaited(len(number)))
    assert digits(heard.text) == number
    assert heard.confidence > 0.7
    assert all(len(digits(other)) == len(number) for other in heard.alternatives)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("forty five twenty seven", "4527"),
        ("My order number is four five two seven.", "4527"),
        ("eighteen sixty", "1860"),
    ],
)
def test_a_number_said_in_groups_or_in_a_sentence_is_heard(
    base: Whisper, say: Say, text: str, number: str
) -> None:
    assert digits(base.transcribe(say(text), expect=awaited(4)).text) == number


def test_a_number_that_is_not_at_its_end_stays_a_part(base: Whisper, spell: Say) -> None:
    assert digits(base.transcribe(spell("452"), expect=awaited(4)).text) == "452"


def test_a_refused_number_is_heard_in_another_way(base: Whisper, spell: Say) -> None:
    heard = base.transcribe(spell("4527"), expect=awaited(4, "4527"))
    assert digits(heard.text) != "4527"


def test_a_number_mended_in_one_breath_keeps_both_numbers(base: Whisper, say: Say) -> None:
    text = "four five two eight, no, four five two seven"
    heard = base.transcribe(say(text), expect=awaited(4))
    assert digits(heard.text) == "45284527"
    assert "no" in words(heard.text)


@pytest.mark.parametrize(
    "text", ["I want to talk to an agent.", "I don't know.", "One moment please."]
)
@pytest.mark.parametrize("size", [4, 8])
def test_words_are_not_pressed_into_a_number(base: Whisper, say: Say, text: str, size: int) -> None:
    heard = base.transcribe(say(text), expect=awaited(size)).text
    assert not is_number(heard)
    assert set(words(text)) & set(words(heard))


def test_no_number_is_invented(base: Whisper) -> None:
    noise = np.random.default_rng(1).normal(0, 30, 2 * RATE).astype(np.int16)
    assert base.transcribe(noise, expect=awaited(4)).text == ""


@pytest.mark.parametrize(
    ("text", "verdict", "number"),
    [
        ("No, four five two seven.", False, "4527"),
        ("No, two seven at the end.", False, "27"),
        ("Four five two seven.", None, "4527"),
    ],
)
def test_the_answer_to_a_read_back_may_hold_the_number(
    base: Whisper, say: Say, text: str, verdict: bool | None, number: str
) -> None:
    expect = Expectation(kind=AnswerKind.YES_NO, words=("yes", "no"), min_digits=4, max_digits=4)
    heard = base.transcribe(say(text), expect=expect).text
    assert (yes_no(heard), digits(heard)) == (verdict, number)


def test_letters_are_written_as_letters(base: Whisper, say: Say) -> None:
    heard = base.transcribe(
        say("B as in boy, T as in Tom."), expect=Expectation(kind=AnswerKind.SPELLED)
    )
    assert [word for word in words(heard.text) if len(word) == 1] == ["b", "t"]
