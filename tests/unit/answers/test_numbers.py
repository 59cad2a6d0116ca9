from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.numbers import canonical, find_numbers, tokens


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        ("hello", []),
        ("five", ["5"]),
        ("twenty-one", ["21"]),
        ("Twenty one.", ["21"]),
        ("a hundred and five", ["105"]),
        ("one hundred five", ["105"]),
        ("twelve hundred", ["1200"]),
        ("five thousand three hundred", ["5300"]),
        ("two thousand and six", ["2006"]),
        ("eighteen thousand waters", ["18000"]),
        ("one hundred twenty five thousand", ["125000"]),
        ("1.5 million", ["1500000"]),
        ("two million three hundred thousand", ["2300000"]),
        ("1,250", ["1250"]),
        ("4,527.50", ["4527.5"]),
        ("4, 5, 2", ["452"]),
        ("4-5-2", ["452"]),
        ("5-10", ["5", "10"]),
        ("between 5 and 10", ["5", "10"]),
        ("twelve fifty", ["1250"]),
        ("one oh five", ["105"]),
        ("two point five", ["2.5"]),
        ("two point oh five", ["2.05"]),
        ("two and a half", ["2.5"]),
        ("one and three quarters", ["1.75"]),
        ("half", ["0.5"]),
        ("a half", ["0.5"]),
        (".5", ["0.5"]),
        ("minus five", ["-5"]),
        ("it's -5", ["-5"]),
        ("\u22125", ["-5"]),
        ("that one", []),
        ("the wrong one", []),
        ("one", ["1"]),
        ("the one hundred", ["100"]),
        ("five hundred six hundred", ["500", "600"]),
        ("my 3rd order of 5", ["5"]),
        ("\uff11\uff12", ["12"]),
    ],
)
def test_find_numbers(text: str, values: list[str]) -> None:
    assert [canonical(number.value) for number in find_numbers(tokens(text))] == values


def test_the_parts_are_kept_as_they_were_said() -> None:
    (number,) = find_numbers(tokens("one twenty oh five"))
    assert number.parts == ("1", "20", "0", "5")
    assert (number.start, number.end) == (0, 4)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1200", "1200"), ("12.50", "12.5"), ("-0", "0"), ("1E+3", "1000"), ("-3.00", "-3")],
)
def test_canonical(value: str, expected: str) -> None:
    assert canonical(Decimal(value)) == expected


@given(st.text())
def test_any_text_is_safe(text: str) -> None:
    said = tokens(text)
    for number in find_numbers(said):
        assert 0 <= number.start < number.end <= len(said)


@given(st.integers(0, 10**9))
def test_numerals_with_and_without_commas(value: int) -> None:
    for text in (str(value), f"{value:,}"):
        assert [number.value for number in find_numbers(tokens(text))] == [value]
