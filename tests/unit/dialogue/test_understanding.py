"""Intents and articles: did you mean …, and nothing that no passage supports."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from talk import Call, escalation
from warmline.flows.flow import Flow

Build = Callable[..., Flow]
INTENTS = """\
intents:
  where: ["where is my order", "has my parcel shipped", "when will my delivery come"]
  refund: ["I want my money back", "give me a refund", "refund my order"]
  cancel: ["cancel my order", "I don't want it any more", "stop the order"]
"""
REASON = """\
  question:
    ask: { slot: reason, type: intent, prompt: "How can I help?" }
    on: { where: bye, refund: bye, cancel: bye }
"""
ARTICLE = """\
# Points

## How do I earn points?

You earn one point for each dollar.

Points come two days later.

## Do points expire?

Points expire after a year.
"""
FAQ = """\
  question:
    answer: { prompt: "What is your question?", knowledge: faq }
    then: bye
"""


@pytest.fixture
def intents(flow_with: Build) -> Call:
    return Call(flow_with(REASON, INTENTS))


@pytest.fixture
def faq(flow_with: Build, tmp_path: Path) -> Call:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "points.md").write_text(ARTICLE, encoding="utf-8")
    return Call(flow_with(FAQ, "knowledge: { faq: articles }\n"))


def test_a_clear_intent_is_taken(intents: Call) -> None:
    intents.do("well where is my order please")
    assert intents.slots == {"reason": "where"}


def test_an_unclear_one_is_asked_about(intents: Call) -> None:
    assert intents.says("I want it stopped and my money").startswith("Did you mean: ")
    intents.do("no")
    assert intents.state.excluded


def test_one_of_two_is_chosen_by_its_words(intents: Call) -> None:
    intents.state = replace(intents.state, offered=("refund", "cancel"))
    intents.do("the refund")
    assert intents.slots == {"reason": "refund"}


def test_one_of_two_is_chosen_by_its_place(intents: Call) -> None:
    intents.state = replace(intents.state, offered=("refund", "cancel"))
    intents.do("/2")
    assert intents.slots == {"reason": "cancel"}


def test_a_yes_takes_what_was_offered(intents: Call) -> None:
    intents.state = replace(intents.state, offered=("refund",))
    intents.do("yes")
    assert intents.slots == {"reason": "refund"}


def test_a_no_never_offers_it_again(intents: Call) -> None:
    intents.state = replace(intents.state, offered=("refund",))
    assert "You can press" in intents.says("no")
    assert intents.state.excluded == ("refund",)
    intents.do("where is my order")
    assert intents.slots == {"reason": "where"}


def test_what_is_far_away_is_no_match(intents: Call) -> None:
    assert intents.says("banana").startswith("Sorry, I didn't catch that.")
    assert "You can press 1 for where is my order" in intents.says("banana")
    assert escalation(intents.do("banana")) == "no_match"


def test_keys_choose_an_intent(intents: Call) -> None:
    intents.do("/2")
    assert intents.slots == {"reason": "refund"}


def test_an_article_answers_and_offers_more(faq: Call) -> None:
    said = faq.says("how do I earn points")
    assert said.startswith("You earn one point for each dollar. | Would you like to hear more")
    assert faq.says("yes").startswith("Points come two days later. | What else")
    assert faq.says("do points expire").startswith("Points expire after a year. | What else")
    assert faq.says("no that's all") == "Goodbye."


def test_no_more_is_no_goodbye(faq: Call) -> None:
    faq.do("how do I earn points")
    assert faq.says("no") == "What else would you like to know?"
    assert faq.says("no") == "Goodbye."


def test_nothing_is_said_that_no_passage_supports(faq: Call) -> None:
    said = faq.says("who is the president of France")
    assert said.startswith("Sorry, I didn't catch that.")
    faq.do("who is the president of France")
    assert escalation(faq.do("who is the president of France")) == "no_match"
