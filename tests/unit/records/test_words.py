"""What counts as the same text, and what is shown of a line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.records.words import ESCAPE, MAX_WORDS, SNIPPET, fold, like, snippet, words

texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("My ORDER", "my order"),
        ("Árvíztűrő", "arvizturo"),
        ("e\u0301", "e"),
        ("STRASSE straße", "strasse strasse"),
        ("ﬁne ＡＢ", "fine ab"),
        ("ΟΔΟΣ οδος", "οδοσ οδοσ"),
        ("zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"),
        ("\u202eright\u202c to left", "right to left"),
        ("שָׁלוֹם", "שלום"),
        ("", ""),
    ],
)
def test_what_counts_as_the_same(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(texts, texts)
def test_folding_goes_letter_by_letter(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)
    assert fold(fold(one)) == fold(one)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("", []),
        (" \t\n", []),
        ("Refund  the\u00a0REFUND", ["refund", "the"]),
        ("100% o'clock", ["100%", "o'clock"]),
        (" ".join(map(str, range(100))), [str(n) for n in range(MAX_WORDS)]),
    ],
)
def test_the_words_of_a_question(question: str, found: list[str]) -> None:
    assert words(question) == found


def matches(pattern: str, text: str) -> bool:
    """LIKE as databases do it."""
    parts = re.findall(re.escape(ESCAPE) + ".|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(expression, text, re.DOTALL) is not None


@given(st.text("a%_\\", min_size=1), st.text("a%_\\"))
def test_a_pattern_finds_its_word_and_nothing_else(word: str, text: str) -> None:
    assert matches(like(word), text) is (word in text)


def test_a_snippet_shows_what_was_found() -> None:
    parts = snippet("I want a Refund, a FULL refund", words("refund full"))
    assert [part.text for part in parts if part.found] == ["Refund", "FULL", "refund"]
    assert "".join(part.text for part in parts) == "I want a Refund, a FULL refund"


def test_a_long_line_is_cut_around_the_first_word() -> None:
    line = "so " * 100 + "Refund" + " and" * 100
    parts = snippet(line, ["refund"])
    text = "".join(part.text for part in parts)
    assert [part.text for part in parts if part.found] == ["Refund"]
    assert text.startswith("…") and text.endswith("…")
    assert text.strip("…") in line and len(text) == SNIPPET + 2


def test_without_a_word_the_beginning_is_shown() -> None:
    (part,) = snippet("a" * 500, ["b"])
    assert (part.text, part.found) == ("a" * SNIPPET + "…", False)
    assert snippet("", ["b"]) == ()


@given(texts, st.lists(texts.map(fold), max_size=3), st.integers(1, 20))
def test_a_snippet_is_a_part_of_the_line(text: str, wanted: list[str], length: int) -> None:
    parts = snippet(text, wanted, length)
    joined = "".join(part.text for part in parts)
    assert joined.removeprefix("…").removesuffix("…") in text
    assert len(joined) <= length + 2
    assert all(part.text for part in parts)
    if len(text) <= length:
        assert joined == text


@given(texts, st.data())
def test_what_is_there_is_marked(text: str, data: st.DataObject) -> None:
    inside = data.draw(st.sampled_from([w for w in words(text) if w] or ["x"]))
    parts = snippet(text, [inside], len(text) + 1)
    assert any(part.found for part in parts) is (inside in fold(text))
    assert all(inside in fold(part.text) for part in parts if part.found)
