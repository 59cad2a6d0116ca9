"""Negations: what is denied, and whether a wish or a fact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.meaning.negation import Negated, negated
from warmline.meaning.normal import normal


@pytest.mark.parametrize(
    ("text", "stem", "wish"),
    [
        ("I do not want to cancel my order", "cancel", True),
        ("I don't really want to cancel", "cancel", True),
        ("please don't cancel it", "cancel", True),
        ("No, do not cancel it", "cancel", True),
        ("I'm not calling about the invoice", "invoic", True),
        ("change it without cancelling", "cancel", True),
        ("my card is not lost", "lost", False),
        ("I never said to cancel", "cancel", False),
        ("I'm not able to log in", "log", False),
        ("it isn't damaged", "damag", False),
        ("you must not cancel it", "cancel", False),
        ("I haven't received my parcel", "receiv", False),
        ("I never lost it", "lost", False),
    ],
)
def test_what_is_denied(text: str, stem: str, wish: bool) -> None:
    assert negated(normal(text)) == [Negated(stem, wish)]


@pytest.mark.parametrize(
    "text",
    [
        "cancel my order",
        "can't you cancel it",
        "not only that",
        "it doesn't work",
        "I do not have my card",
        "I can't log in",
        "why isn't my card here",
        "why has my card not arrived",
        "notice",
        "",
    ],
)
def test_no_negation(text: str) -> None:
    assert negated(normal(text)) == []


def test_a_wish_denied_without_saying_which() -> None:
    assert negated("i don't want to") == [Negated("", True)]


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    assert len(negated(normal(text))) <= len(text)
