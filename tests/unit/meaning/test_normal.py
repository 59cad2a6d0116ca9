"""Both sides of a comparison in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.meaning.normal import normal


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("I've LOST my card!", "i've lost my card"),
        ("Number 45, please.", "number four five please"),
        ("Um, uh, B2 it is", "b two it is"),
        ("... ?!", ""),
        ("", ""),
    ],
)
def test_one_form(text: str, same: str) -> None:
    assert normal(text) == same


@given(st.text())
def test_it_is_normal_once_and_for_all(text: str) -> None:
    assert normal(normal(text)) == normal(text)
