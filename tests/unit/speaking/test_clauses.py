"""Where a text is cut, and that nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.speaking.clauses import (
    EARLY_WORDS,
    MIN_WORDS,
    SENTENCE_PAUSE_S,
    clauses,
    early,
    pause_s,
    voiced,
)

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


@pytest.mark.parametrize(
    ("clause", "opening"),
    [
        ("I have 4 5 2 7.", None),
        (f"{SIX} and seven eight nine.", None),  # ten words
        (f"{SIX}, seven eight nine ten eleven.", f"{SIX},"),
        (f"{SIX} and seven eight nine ten.", SIX),
        (f"one two, three four, {SIX} seven.", "one two, three four,"),
        (f"{SIX} and seven or eight nine ten.", f"{SIX} and seven"),
        (f"one two three and {SIX} seven.", None),  # too short an opening
        (f"{SIX} seven eight nine ten and eleven.", None),
    ],
)
def test_where_a_clause_is_cut_that_a_caller_waits_for(clause: str, opening: str | None) -> None:
    first, rest = early(clause)
    assert first == (opening or clause)
    assert f"{first} {rest}".strip() == clause


@given(st.lists(st.sampled_from(["and", "to", "well,", "order", "so;", "4", "on", "…"])))
def test_nothing_of_a_cut_clause_is_lost(said: list[str]) -> None:
    first, rest = early(" ".join(said))
    assert f"{first} {rest}".split() == said
    assert not rest or MIN_WORDS <= len(first.split()) <= EARLY_WORDS


@pytest.mark.parametrize(
    ("opening", "melody"), [("I have", "I have,"), ("I heard:", "I heard:"), ("Well,", "Well,")]
)
def test_the_melody_of_an_opening_goes_on(opening: str, melody: str) -> None:
    assert voiced(opening) == melody


@pytest.mark.parametrize(
    ("clause", "pause"),
    [
        ("Right.", True), ("Right?", True), ('Say "repeat".', True), ('Say "repeat."', True),
        ("Well,", False), ("I have", False), ("For that:", False),
    ],
)  # fmt: skip
def test_a_pause_follows_a_sentence(clause: str, *, pause: bool) -> None:
    assert pause_s(clause) == (SENTENCE_PAUSE_S if pause else 0.0)
