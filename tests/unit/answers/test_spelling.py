import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.spelling import NATO, runs, symbols


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("B as in boy, T as in Tom, 7", "BT7"),
        ("P as in boy", "B"),
        ("B like Bravo", "B"),
        ("B for bravo 2 for", "B24"),
        ("it's a B as in boy", "B"),
        ("alpha bravo two", "AB2"),
        ("Bravo, Tango, niner, zero", "BT90"),
        ("alfa juliet whisky x-ray X ray", "AJWXX"),
        ("A-B-1-2", "AB12"),
        ("AB-12", "AB-12"),
        ("AB1234", "AB1234"),
        ("A, B, C.", "ABC"),
        ("double L", "LL"),
        ("triple five", "555"),
        ("double double", ""),
        ("my code is capital M dash 4", "M-4"),
        ("a b c one two", "ABC12"),
        ("see you tea 7", "CUT7"),
        ("W 4 7", "W47"),
        ("double u 4 7", "W47"),
        ("oh seven B", "O7B"),
        ("twenty seven B", "27B"),
        ("eighteen B", "18B"),
        ("zee zed aitch", "ZZH"),
        ("I don't know", ""),
        ("hello there", ""),
        ("", ""),
    ],
)
def test_symbols(text: str, expected: str) -> None:
    assert symbols(text) == expected


def test_other_words_cut() -> None:
    assert runs("I think it's X Y 9 or maybe Z") == ["XY9", "Z"]


def test_all_of_nato() -> None:
    assert symbols(" ".join(NATO)) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@given(st.text())
def test_any_text_is_safe(text: str) -> None:
    assert symbols(text).isascii()
