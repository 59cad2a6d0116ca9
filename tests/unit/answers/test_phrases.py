import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.phrases import exact_option, match_choice

OPTIONS = {
    "where": ["where is my order", "track my order", "when will my order arrive"],
    "address": ["change my address", "I moved"],
    "cancel": ["cancel my order"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my order?", "where"),
        ("Hi, um, where is my order please?", "where"),
        ("I would like to know where is my order", "where"),
        ("wear is my order", "where"),
        ("I want to track an order", "where"),
        ("cancel that order", "cancel"),
        ("change the addresses", "address"),
        ("I moved last week", "address"),
        ("my order", None),
        ("where is my order, cancel my order", None),
        ("what is the weather like", None),
        ("hello", None),
        ("", None),
    ],
)
def test_match_choice(text: str, expected: str | None) -> None:
    found = match_choice(text, OPTIONS)
    assert (found and found[0]) == expected


def test_confidence_falls_with_distance() -> None:
    texts = ["where is my order", "yes but where is my order then", "wear is my order"]
    scores = [found[1] for text in texts if (found := match_choice(text, OPTIONS))]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 1.0
    assert len(set(scores)) == 3


def test_without_options_nothing_matches() -> None:
    assert match_choice("where", {}) is None


def test_exact_option_is_the_whole_utterance() -> None:
    assert exact_option("Um, I moved.", OPTIONS) == "address"
    assert exact_option("I moved house", OPTIONS) is None
    assert exact_option("hello", {"greet": ["hello"]}) == "greet"
    assert exact_option("um", {"greet": ["hello"]}) is None


@given(st.text())
def test_any_text_is_safe(text: str) -> None:
    match_choice(text, OPTIONS)
