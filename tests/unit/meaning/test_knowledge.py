"""Knowledge by words alone: what is found, and that nothing is said without support."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.errors import FlowError
from warmline.meaning.articles import Passage, parse_article
from warmline.meaning.knowledge import ANSWER, Knowledge

PASSAGES = parse_article(
    "points.md",
    """# Points
## When do my points expire?
Questions: how long are points valid; do points run out
Points are good for two years.
## How do I join?
Questions: how can I become a member; I would like to sign up
Joining is free. You can sign up in any shop.
## I lost my card
Questions: my card was stolen; I need a new card
Your points are safe.
""",
)
KNOWLEDGE = Knowledge(PASSAGES, None)


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("When do my points expire?", "When do my points expire?"),
        ("um, do my points ever run out", "When do my points expire?"),
        ("I'd like to sign up", "How do I join?"),
        ("my card has been stolen", "I lost my card"),
    ],
)
def test_the_passage_is_found(question: str, heading: str) -> None:
    found = KNOWLEDGE.answer(question)
    assert found is not None
    assert found.passage.heading == heading
    assert KNOWLEDGE.search(question)[0] == found


@pytest.mark.parametrize(
    "question",
    ["what is the weather", "do you sell shoes", "who is the president", "", "...", "the"],
)
def test_nothing_is_said_without_support(question: str) -> None:
    assert KNOWLEDGE.answer(question) is None


def test_the_best_come_first_and_no_more_than_wanted() -> None:
    found = KNOWLEDGE.search("points", limit=2)
    assert len(found) == 2
    assert found[0].confidence >= found[1].confidence
    assert len(KNOWLEDGE.search("points", limit=10)) == 3
    assert KNOWLEDGE.search("") == []


def test_one_passage_is_enough_and_none_is_not() -> None:
    alone = Knowledge(
        [Passage(source="", article="A", heading="Opening hours", short="Nine.")], None
    )
    assert alone.answer("opening hours") is not None
    assert alone.answer("something else") is None
    with pytest.raises(FlowError, match="no passages"):
        Knowledge([], None)


@given(st.text(max_size=80))
def test_any_question_gives_probabilities(question: str) -> None:
    for found in KNOWLEDGE.search(question):
        assert 0.0 <= found.confidence <= 1.0
    answer = KNOWLEDGE.answer(question)
    assert answer is None or answer.confidence >= ANSWER
