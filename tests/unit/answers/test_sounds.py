import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.sounds import LOSE, REPLACE, SOUNDS, numbers, sounds, spoken_words


@pytest.mark.parametrize(
    ("word", "heard"),
    [
        ("knight", "nIt"),
        ("phone", "fon"),
        ("through", "Tru"),
        ("queen", "kwin"),
        ("judge", "JuJ"),
        ("giving", "giviN"),
        ("iced", "Ist"),
        ("wanted", "wantid"),
        ("coffee", "kofi"),
        ("ounces", "uns"),
        ("eight", "Et"),
        ("my", "mI"),
        ("me", "me"),
        ("100", ""),
        ("", ""),
    ],
)
def test_letters_to_sounds(word: str, heard: str) -> None:
    assert sounds(word) == heard


@pytest.mark.parametrize(
    ("one", "other"), [("night", "knight"), ("rose", "roze"), ("write", "rite"), ("wait", "wate")]
)
def test_words_that_sound_the_same(one: str, other: str) -> None:
    assert sounds(one) == sounds(other)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("16-ounce, please!", ["sixteen", "ounce", "please"]),
        ("12oz", ["twelve", "oz"]),
        ("45", ["forty", "five"]),
        ("20 or 0", ["twenty", "or", "zero"]),
        ("100", ["100"]),
    ],
)
def test_numerals_are_written_out(text: str, said: list[str]) -> None:
    assert spoken_words(text) == said


@given(st.text())
def test_every_text_has_sounds_that_have_numbers(text: str) -> None:
    for word in spoken_words(text):
        assert set(sounds(word)) <= set(SOUNDS)
        assert numbers(sounds(word)).size == len(sounds(word))


def test_costs_are_a_sensible_distance() -> None:
    assert (REPLACE == REPLACE.T).all()
    assert (np.diag(REPLACE) == 0).all()
    assert ((REPLACE + np.eye(len(SOUNDS))) > 0).all()
    assert (REPLACE <= 1).all()
    assert ((LOSE > 0) & (LOSE <= 1)).all()


def test_sounds_made_alike_are_alike() -> None:
    def cost(one: str, other: str) -> float:
        return float(REPLACE[SOUNDS.index(one), SOUNDS.index(other)])

    assert cost("p", "b") < cost("p", "t") < cost("p", "m")
    assert cost("a", "o") < cost("a", "s")
