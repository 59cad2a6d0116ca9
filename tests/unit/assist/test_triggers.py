"""What rules are found in somebody's words, without a model and with a pretended one."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.assist.rules import Rule, When
from warmline.assist.triggers import SPAN, Likeness, Phrases, Saying, Triggers, said_words, spans
from warmline.meaning.vectors import Vectors

WHEN = ["I want my money back", "how long does a refund take", "give me back what you took"]


def rule(*words: str, meaning: Sequence[str] = (), unless: Sequence[str] = ()) -> Rule:
    when = When(words=words, meaning=tuple(meaning))
    return Rule(when=when, unless=tuple(unless), title="A title", text="A text.")


def topics(triggers: Triggers, text: str) -> set[str]:
    said = said_words(text)
    return set(triggers.topics(said, spans(said)))


# --- stretches -----------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=60))
def test_stretches_hold_all_that_was_said(said: list[str]) -> None:
    found = [text.split() for text in spans(said)]
    assert all(0 < len(text) <= SPAN for text in found)
    assert bool(found) == bool(said)
    if found:
        assert found[-1] == said[-SPAN:] and found[0] == said[:SPAN]
    assert all(said[at : at + 6] in [s[i : i + 6] for s in found for i in range(len(s))]
               for at in range(0, len(said) - 5, 6))  # fmt: skip


def test_of_a_speech_its_end_is_looked_at() -> None:
    assert len(spans(["word"] * 5000)) == 12


# --- by words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I want a refund!", True),
        ("you refunded the wrong amount", True),
        ("are there any refunds?", True),
        ("Money? Back!", True),
        ("the money is back", False),
        ("", False),
        ("um", False),
    ],
)
def test_words_in_all_their_forms(text: str, found: bool) -> None:
    assert Phrases(["refund", "money back", "..."]).found(said_words(text)) is found


def test_unless() -> None:
    triggers = Triggers({"refund": rule("refund", unless=["without a refund"])}, None)
    assert topics(triggers, "I want a refund") == {"refund"}
    assert topics(triggers, "do it without a refund") == set()


# --- by meaning, from words alone ----------------------------------------------------------------


def test_likeness_by_words_alone() -> None:
    likeness = Likeness(WHEN, ["I already have my money back"], None)
    assert likeness.of("i want my money back") == 1.0
    assert likeness.of("i already have my money back") == 0.0
    assert likeness.of("what is the weather like") == likeness.of("") == 0.0


def test_several_rules_at_once() -> None:
    triggers = Triggers(
        {
            "refund": rule(meaning=WHEN),
            "legal": rule("lawyer"),
            "late": rule("parcel", meaning=["where is my parcel"]),
        },
        None,
    )
    said = "My lawyer asks where is my parcel, and I want my money back."
    assert topics(triggers, said) == {"refund", "legal", "late"}


# --- what says what some text says ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("you have it within five days", True),
        ("you have it within 5 days", True),
        ("you have it within ten days", False),
        ("you will have it", False),
        ("how is the weather", False),
    ],
)
def test_numbers_must_be_said(text: str, said: bool) -> None:
    assert Saying(["you have it within five days"], None).said(" ".join(said_words(text))) is said


# --- the embedder --------------------------------------------------------------------------------


def test_each_text_is_embedded_once() -> None:
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> Vectors:
        asked.extend(texts)
        rows = np.array([[len(text), text.count("a"), 1.0] for text in texts], dtype=np.float32)
        lengths: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return lengths

    rules = {name: rule(meaning=[f"{name} {example}" for example in WHEN]) for name in "abc"}
    triggers = Triggers(rules, embed)
    asked.clear()
    triggers.topics(said_words("something new was said"), ["something new was said"])
    triggers.says(("a text", "another text"), ["something new was said"])
    triggers.says(("a text", "another text"), ["something new was said"])
    assert asked.count("something new was said") == 1
    assert len(asked) == len(set(asked))
