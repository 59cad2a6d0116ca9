"""TF-IDF: likeness of short texts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.meaning.tfidf import Similarity, Tfidf, pieces, words

TEXTS = ["cancel my order", "where is my order", "i lost my card", "cancel my order"]
_WORD = st.sampled_from(["cancel", "my", "order", "where", "is", "card", "lost", "the", "of"])
_TEXT = st.lists(_WORD, max_size=6).map(" ".join)


def test_grams() -> None:
    assert list(words("a b c")) == ["a", "b", "c", "a b", "b c"]
    assert list(pieces("ab")) == [" a", "ab", "b ", " ab", "ab ", " ab "]
    assert list(words("")) == list(pieces("")) == []


def test_the_same_text_is_alike_and_nothing_shared_is_not() -> None:
    found = Similarity(TEXTS)("cancel my order")
    assert found == pytest.approx([1.0, found[1], found[2], 1.0])
    assert 1.0 > found[1] > found[2] > 0.0
    assert Similarity(TEXTS)("xyz") == pytest.approx(np.zeros(4))
    assert Similarity(TEXTS)("") == pytest.approx(np.zeros(4))


def test_what_no_text_holds_makes_it_less_alike() -> None:
    similar = Tfidf(TEXTS, words)
    assert similar.similarity("my order")[0] > similar.similarity("my order xyz")[0] > 0


def test_pieces_keep_what_was_half_heard() -> None:
    assert Tfidf(TEXTS, words).similarity("canceled")[0] == 0.0
    assert Tfidf(TEXTS, pieces).similarity("canceled")[0] > 0.3


@given(st.lists(_TEXT, min_size=1, max_size=6))
def test_similarities_are_cosines(texts: list[str]) -> None:
    similar = Similarity(texts)
    matrix = np.array([similar(text) for text in texts])
    assert matrix == pytest.approx(matrix.T)
    assert matrix.min() >= 0.0 and matrix.max() <= 1.0 + 1e-9
    assert np.linalg.eigvalsh(matrix).min() > -1e-9
