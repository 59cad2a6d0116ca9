"""Stems: alike for both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.meaning.stems import stem


@pytest.mark.parametrize(
    "words",
    [
        ("cancel", "cancels", "cancelled", "canceling", "cancelling"),
        ("expire", "expires", "expired", "expiring"),
        ("delivery", "deliveries", "deliver", "delivering"),
        ("card", "cards", "card's"),
    ],
)
def test_one_stem(words: tuple[str, ...]) -> None:
    assert len({stem(word) for word in words}) == 1


@pytest.mark.parametrize(("one", "other"), [("bed", "be"), ("sing", "s"), ("card", "care")])
def test_short_words_stay_apart(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@given(st.text())
def test_a_stem_is_never_longer(word: str) -> None:
    assert len(stem(word)) <= len(word)
    assert bool(stem(word)) == bool(word.removesuffix("'s"))
