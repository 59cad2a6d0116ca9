"""BM25 as a share of what a question could find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.meaning.bm25 import Bm25, terms

DOCUMENTS = ["Points expire after two years.", "Join in any shop.", "Lost cards are blocked."]


def test_terms_are_stems_of_words_that_say_something() -> None:
    assert terms("Do my points ever expire, please?") == ["point", "ever", "expir"]
    assert terms("Can I have it?") == []


def test_the_document_with_the_words_is_first() -> None:
    index = Bm25(DOCUMENTS)
    for at, question in enumerate(["when do points expire", "how to join", "i lost a card"]):
        found = index.coverage(question)
        assert found.argmax() == at
        assert found[at] > 0.3
        assert found.sum() == pytest.approx(found[at])


def test_words_that_are_nowhere_count() -> None:
    index = Bm25(DOCUMENTS)
    assert index.coverage("expire")[0] > 2 * index.coverage("expire cash flights")[0] > 0
    assert index.coverage("the of").tolist() == [0.0, 0.0, 0.0]
    assert Bm25(["the"]).coverage("anything").tolist() == [0.0]


@given(st.text(max_size=60))
def test_a_share_is_a_share(question: str) -> None:
    found = Bm25([*DOCUMENTS, question]).coverage(question)
    assert found.min() >= 0.0
    assert found.max() <= 2.2
