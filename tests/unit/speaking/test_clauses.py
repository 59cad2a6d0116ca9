"""Where a text is cut, and that nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.speaking.clauses import clauses

SIX = "one two three four five six"
"""Three of these are too long for one clause."""


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        (" \n\t ", []),
        ("Hello", ["Hello"]),
        ("Yes. No! Why? Well…  Right.", ["Yes.", "No!", "Why?", "Well…", "Right."]),
        ("It costs 3.50 today. Good.", ["It costs 3.50 today.", "Good."]),
        ("Is it 4 0 1 7?\nIs that right?", ["Is it 4 0 1 7?", "Is that right?"]),
        ("Short, with, many, commas.", ["Short, with, many, commas."]),
        (f"{SIX}, {SIX}; {SIX}.", [f"{SIX},", f"{SIX};", f"{SIX}."]),
        (f"Well, {SIX}, {SIX}, {SIX}.", [f"Well, {SIX},", f"{SIX},", f"{SIX}."]),
        (f"{SIX}, {SIX}, {SIX}, please.", [f"{SIX},", f"{SIX},", f"{SIX}, please."]),
        (f"{SIX} {SIX} {SIX}", [f"{SIX} {SIX} {SIX}"]),
        (f"{SIX} 10:30 {SIX} 1,000 {SIX}", [f"{SIX} 10:30 {SIX} 1,000 {SIX}"]),
    ],
)
def test_where_a_text_is_cut(text: str, pieces: list[str]) -> None:
    assert clauses(text) == pieces


@pytest.mark.parametrize(
    "abbreviation",
    ["Mr.", "Mrs.", "Ms.", "Dr.", "St.", "No.", "vs.", "e.g.", "i.e.", "approx.", "J."],
)
def test_an_abbreviation_ends_no_sentence(abbreviation: str) -> None:
    assert clauses(f"Ask {abbreviation} Smith. Then go.") == [
        f"Ask {abbreviation} Smith.",
        "Then go.",
    ]


@pytest.mark.parametrize("word", ["Brno.", "most.", "costs.", "USA."])
def test_a_word_that_ends_like_an_abbreviation_is_none(word: str) -> None:
    assert clauses(f"Go {word} Then stop.") == [f"Go {word}", "Then stop."]


words = st.sampled_from(["Mr.", "e.g.", "no", "No.", "yes!", "well,", "so;", "a", "3.5", "…", "?"])


@given(st.one_of(st.text(), st.lists(st.one_of(words, st.text(max_size=3))).map(" ".join)))
def test_joined_they_are_the_text_and_none_is_empty(text: str) -> None:
    pieces = clauses(text)
    assert " ".join(pieces) == " ".join(text.split())
    assert all(piece.strip() == piece != "" for piece in pieces)
