"""What words say about a mood: complaints do, business does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.assist import words


@pytest.mark.parametrize(
    "text",
    [
        "This is ridiculous, I was charged twice!",
        "I've been waiting for an hour, this is unacceptable.",
        "You people are useless.",
        "I'm sick of this, I already told you my number.",
        "It doesn't work and I'm really frustrated.",
        "This is the third time I'm calling.",
        "I am not happy with this.",
    ],
)
def test_a_complaint_is_bad(text: str) -> None:
    judged = words.judge(text)
    assert judged.valence < -0.4
    assert judged.telling


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yes.",
        "No.",
        "Four, five, two, seven.",
        "I lost my card and I need a new one, please.",
        "My account was hacked and the money was stolen.",
        "There is a problem with my order, it was cancelled by mistake.",
        "Can I speak to an agent?",
        "I'd like to cancel, please.",
        "A large latte with no sugar.",
    ],
)
def test_business_is_neither_good_nor_bad(text: str) -> None:
    assert words.judge(text).valence == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    "text", ["Thank you so much!", "That's perfect, great.", "Not bad at all."]
)
def test_thanks_are_good(text: str) -> None:
    assert words.judge(text).valence > 0.3


def test_names_the_words_as_they_were_said_the_worst_first() -> None:
    judged = words.judge("I'm not happy, I was charged twice and this is a waste of time.")
    assert judged.telling == ("waste of time", "not happy", "charged twice")


def test_negation_takes_the_sting_out() -> None:
    assert words.judge("I was not charged twice").valence >= 0
    assert words.judge("It isn't ridiculous").telling == ()


def test_the_recogniser_s_capitals_and_marks_do_not_count() -> None:
    assert words.judge("this is awful") == words.judge("This is AWFUL!!!")
    assert words.judge("I can’t stand it") == words.judge("i can't stand it")


@given(st.text(max_size=200))
def test_any_text_has_a_valence(text: str) -> None:
    judged = words.judge(text)
    assert -1 <= judged.valence <= 1
    assert judged.count >= 0
