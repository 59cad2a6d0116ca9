import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.sequences import named_change, repeated_part
from warmline.spoken import digits


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("4528", "the last one is seven", ["4527"]),
        ("4528", "the last three are 1 2 3", ["4123"]),
        ("4528", "the last three are 1 2", []),
        ("4528", "the first two digits are 1 2", ["1228"]),
        ("4528", "the second digit from the end is 9", ["4598"]),
        ("4528", "seven at the end", ["4527"]),
        ("4528", "seven at the beginning", ["7528"]),
        ("4528", "the fifth digit is 9", []),
        ("4428", "it's a five not a four", ["5428", "4528"]),
        ("4528", "it's a five not a nine", []),
        ("4528", "eight at the end", []),
        ("4528", "4527", []),
        ("", "the last one is seven", []),
    ],
)
def test_named_change(before: str, text: str, expected: list[str]) -> None:
    assert named_change(before, text, digits) == expected


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("4528", "two seven", ["4527"]),
        ("4528", "no, five nine", ["4598"]),
        ("4528", "nine seven", []),
        ("4528", "five two", []),
        ("1212", "one three", ["1312", "1213"]),
        ("4528", "", []),
        ("4528", "1 2 3 4 5", []),
    ],
)
def test_repeated_part(before: str, text: str, expected: list[str]) -> None:
    assert repeated_part(before, text, digits) == expected


def test_what_sounds_alike_is_replaced() -> None:
    assert repeated_part("4528", "nine", digits, ("59",)) == ["4928"]
    assert len(repeated_part("4528", "nine", digits)) == 4


@given(st.text("0123456789", max_size=8), st.text())
def test_any_text_is_safe(before: str, text: str) -> None:
    for changed in (named_change(before, text, digits), repeated_part(before, text, digits)):
        assert all(len(value) == len(before) and value != before for value in changed)
