import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.formats import FORMATS, amount, full_date, speak


@pytest.mark.parametrize(
    ("value", "format", "spoken"),
    [
        ("as it is", "", "as it is"),
        ("4527", "digits", "4 5 2 7"),
        ("4111111111114527", "last4", "4 5 2 7"),
        ("AB-12", "spelled", "A, B, dash, 1, 2"),
        ("2026-11-24", "date", "Tuesday, November 24"),
        ("2026-11-24", "fulldate", "Tuesday, November 24, 2026"),
        ("soon", "date", "soon"),
        ("soon", "fulldate", "soon"),
        ("15:30", "time", "3 30 PM"),
        ("09:05", "time", "9 oh 5 AM"),
        ("09:00", "time", "9 AM"),
        ("00:30", "time", "12 30 AM"),
        ("12:00", "time", "noon"),
        ("00:00", "time", "midnight"),
        ("later", "time", "later"),
        ("12.50", "money", "12 dollars and 50 cents"),
        ("1", "money", "1 dollar"),
        ("0.01", "money", "1 cent"),
        ("0", "money", "0 dollars"),
        ("-5.00", "money", "minus 5 dollars"),
        ("a lot", "money", "a lot"),
        ("NaN", "money", "NaN"),
        ("Infinity", "money", "Infinity"),
        ("12.50", "euros", "12 euros and 50 cents"),
        ("1.01", "pounds", "1 pound and 1 penny"),
        ("2.02", "pounds", "2 pounds and 2 pence"),
        ("+16502530000", "phone", "6 5 0, 2 5 3, 0 0 0 0"),
        ("+442070313000", "phone", "plus 4 4 2, 0 7 0, 3 1 3, 0 0 0"),
        ("5551234", "phone", "5 5 5, 1 2 3 4"),
        ("unknown", "phone", "unknown"),
        ("", "phone", ""),
        ("-5", "number", "minus 5"),
        ("12.5", "number", "12.5"),
        ("-", "number", "-"),
        ("John Smith", "name", "John Smith"),
    ],
)
def test_speak(value: str, format: str, spoken: str) -> None:
    assert speak(value, format) == spoken


@given(st.sampled_from(sorted(FORMATS)), st.text())
def test_every_value_can_be_spoken(format: str, value: str) -> None:
    assert isinstance(speak(value, format), str)


def test_the_largest_sum() -> None:
    assert amount("1e400") == "1e400"
    assert full_date("9999-12-31") == "Friday, December 31, 9999"
