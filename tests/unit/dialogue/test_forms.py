"""Several slots from one sentence."""

from collections.abc import Callable

import pytest

from talk import Call, escalation
from warmline.flows.flow import Flow

Build = Callable[..., Flow]
COFFEE = """\
  question:
    ask:
      prompt: "What can I get you?"
      slots:
        drink:
          { type: choice, prompt: "Which drink?", options: { latte: [], mocha: [], espresso: [] } }
        size: { type: choice, prompt: "Which size?", options: { small: [], large: [big] } }
        milk: { type: choice, options: { "(soy|oat|whole) milk": [] } }
      read_back: "A {size} {drink}[ with {milk}]. Is that right?"
    then: bye
"""


@pytest.fixture
def call(flow_with: Build) -> Call:
    return Call(flow_with(COFFEE))


def test_one_sentence_fills_them_all(call: Call) -> None:
    said = call.says("Hi, can I have a large latte with oat milk please?")
    assert said == "A large latte with oat milk. Is that right?"
    call.do("yes please")
    assert call.slots == {"drink": "latte", "milk": "oat milk", "size": "large"}


def test_what_is_missing_is_asked_for(call: Call) -> None:
    assert call.says("a mocha") == "Which size?"
    assert call.says("big one please") == "A large mocha. Is that right?"
    assert call.says("agent")


def test_an_answer_may_hold_more_than_was_asked(call: Call) -> None:
    assert call.says("something big") == "Which drink?"
    assert call.says("a latte with soy milk") == "A large latte with soy milk. Is that right?"


def test_keys_answer_for_a_single_slot(call: Call) -> None:
    call.do("a mocha")
    assert call.says("/2") == "A large mocha. Is that right?"
    call.do("/1")
    assert call.slots["size"] == "large"


def test_a_correction_changes_only_what_it_says(call: Call) -> None:
    call.do("a large latte with oat milk")
    assert call.says("no, a small one") == "A small latte with oat milk. Is that right?"
    assert call.says("without the milk") == "A small latte. Is that right?"
    call.do("that's right")
    assert call.slots == {"drink": "latte", "size": "small"}


def test_a_bare_no_is_asked_about(call: Call) -> None:
    call.do("a large latte")
    assert call.says("no") == "What should I change?"
    assert call.says("the size is small") == "A small latte. Is that right?"


def test_refused_again_and_again_a_person_takes_over(call: Call) -> None:
    call.do("a large latte")
    call.do("no", "no")
    assert escalation(call.do("no")) == "no_match"


def test_nothing_of_the_menu_is_no_match(call: Call) -> None:
    assert call.says("where is the station").startswith("Sorry, I didn't catch that. What can")


def test_going_back_from_a_slot_asks_the_whole_again(call: Call) -> None:
    call.do("a mocha")
    assert call.says("go back").endswith("What can I get you?")
    assert call.says("a small espresso") == "A small espresso. Is that right?"
