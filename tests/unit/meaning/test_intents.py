"""Intents by words alone, and with embeddings that are made up: the rules, not the figures."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.meaning.intents import CONFIRM, Decision, Guess, IntentMatcher, decide
from warmline.meaning.tfidf import pieces
from warmline.meaning.vectors import Embed, Vectors

EXAMPLES = {
    "where": ["where is my order", "has my parcel shipped", "I'm waiting for my delivery"],
    "cancel": ["cancel my order", "I don't want my order anymore", "please cancel it"],
    "broken": ["it arrived broken", "the item does not work", "damaged goods"],
}


def embed(texts: Sequence[str]) -> Vectors:
    """Pieces of words thrown into 384 boxes: alike texts are alike, always in the same way."""
    rows = np.full((len(texts), 384), 1e-6, dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for piece in pieces(text):
            row[sum(piece.encode()) * 31 % 384] += 1
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / lengths, dtype=np.float32)


WAYS = pytest.mark.parametrize("way", [embed, None], ids=["embedded", "words"])


@WAYS
@pytest.mark.parametrize("intent", EXAMPLES)
def test_an_example_is_certain(way: Embed | None, intent: str) -> None:
    matcher = IntentMatcher(EXAMPLES, way)
    for phrase in EXAMPLES[intent]:
        guesses = matcher.match(f"Um, {phrase.upper()}!")
        assert guesses[0] == Guess(intent, 1.0)
        assert decide(guesses) is Decision.ACCEPT
        assert {guess.intent for guess in guesses} == EXAMPLES.keys()


@WAYS
@pytest.mark.parametrize(
    "said",
    [
        "I do not want to cancel my order",
        "please don't cancel my order",
        "I'm not calling to cancel it",
        "I never said to cancel my order",
        "do not cancel it",
        "keep it instead of cancelling my order",
    ],
)
def test_what_is_denied_is_never_accepted(way: Embed | None, said: str) -> None:
    found = {guess.intent: guess.confidence for guess in IntentMatcher(EXAMPLES, way).match(said)}
    assert found["cancel"] < 0.6


@WAYS
def test_a_denied_wish_in_other_words_denies_all_that_it_may_mean(way: Embed | None) -> None:
    guesses = IntentMatcher({"cancel": ["end it all", "end it"]}, way).match("don't finish it all")
    assert guesses[0].confidence < 0.6


@WAYS
def test_another_wish_goes_before_the_one_that_is_denied(way: Embed | None) -> None:
    examples = {"cancel": ["cancel my order"], "address": ["change my address", "a new address"]}
    guesses = IntentMatcher(examples, way).match(
        "I don't want to cancel my order, just change my address"
    )
    assert guesses[0].intent == "address"
    assert decide(guesses) is Decision.CONFIRM


@WAYS
def test_what_the_examples_deny_themselves_may_be_denied(way: Embed | None) -> None:
    matcher = IntentMatcher(EXAMPLES, way)
    assert matcher.match("the item doesn't work")[0].confidence > 0.6
    assert matcher.match("I don't want this order any more")[0].confidence > 0.6


@WAYS
@pytest.mark.parametrize(
    "examples",
    [
        {"lost": ["I lost my card"]},
        {"lost": ["I lost my card"], "balance": ["what is my balance"]},
        {"lost": ["I lost my card", "my card is gone"], "balance": ["balance"]},
    ],
)
def test_few_examples_will_do(way: Embed | None, examples: dict[str, list[str]]) -> None:
    matcher = IntentMatcher(examples, way)
    assert decide(matcher.match("I've lost my card")) is Decision.ACCEPT
    assert decide(matcher.match("quick brown fox")) is not Decision.ACCEPT


@WAYS
def test_nothing_to_match(way: Embed | None) -> None:
    assert IntentMatcher({}, way).match("anything") == ()
    assert IntentMatcher({"empty": ["...", ""]}, way).match("anything") == ()
    assert IntentMatcher(EXAMPLES, way).match("...") == ()
    one = IntentMatcher({"empty": [], "full": ["hello there"]}, way)
    assert one.match("hello there") == (Guess("full", 1.0),)


@WAYS
def test_a_phrase_of_two_intents_is_certain_for_none(way: Embed | None) -> None:
    matcher = IntentMatcher({"a": ["my account", "open"], "b": ["my account", "close"]}, way)
    first, second = matcher.match("my account")
    assert first.confidence < 1.0
    assert first.confidence - second.confidence < 0.2
    assert decide((first, second)) is not Decision.ACCEPT


@pytest.mark.parametrize(
    ("confidences", "decision"),
    [
        ([], Decision.NOTHING),
        ([0.19], Decision.NOTHING),
        ([0.2], Decision.CONFIRM),
        ([0.59, 0.1], Decision.CONFIRM),
        ([0.7, 0.1], Decision.ACCEPT),
        ([0.7, 0.49], Decision.ACCEPT),
        ([0.7, 0.55], Decision.CHOOSE),
        ([0.3, 0.25], Decision.CHOOSE),
        ([0.3, 0.19], Decision.CONFIRM),
    ],
)
def test_decisions(confidences: list[float], decision: Decision) -> None:
    guesses = [Guess(str(at), confidence) for at, confidence in enumerate(confidences)]
    assert decide(guesses) is decision


@given(said=st.text(max_size=80))
@pytest.mark.parametrize("matcher", [IntentMatcher(EXAMPLES, way) for way in (embed, None)])
def test_any_text_gives_probabilities_best_first(matcher: IntentMatcher, said: str) -> None:
    guesses = matcher.match(said)
    sure = [guess.confidence for guess in guesses]
    assert sure == sorted(sure, reverse=True)
    assert all(0.0 <= confidence <= 1.0 for confidence in sure)
    assert matcher.match(said) == guesses
    assert (decide(guesses) is Decision.NOTHING) == (not sure or sure[0] < CONFIRM)
