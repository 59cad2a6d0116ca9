"""What can be said before any call, and that none of it comes from a caller."""

from collections.abc import Callable
from pathlib import Path

import pytest

from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.flows.sayings import MAX_VARIANTS, closed_slots, lead_in_of, sayings

FLOWS = Path(__file__).parents[3] / "voice_flows"
ORDER_STATUS = load_flow(FLOWS / "order_status")
Build = Callable[..., Flow]


def test_all_prompts_are_among_them_and_come_first() -> None:
    prompts = ORDER_STATUS.prompts()
    assert list(sayings(ORDER_STATUS).texts[: len(prompts)]) == prompts


def test_the_fields_of_a_table_are_known_and_its_keys_are_not() -> None:
    said = sayings(ORDER_STATUS)
    assert "It should arrive Tuesday, November 24." in said.texts
    assert not any("4527" in text or "4 5 2 7" in text for text in said.texts)
    assert closed_slots(ORDER_STATUS).keys() >= {"status", "eta", "tries", "reason"}
    assert "order" not in closed_slots(ORDER_STATUS)


def test_a_sentence_with_a_callers_value_has_a_lead_in() -> None:
    assert sayings(ORDER_STATUS).lead_ins == ("I have", "I can't find an order", "I heard:")


QUESTION = """\
  question:
    ask:
      prompt: "What would you like?"
      slots:
        size: { type: choice, options: { small: [], large: [] } }
        drink: { type: choice, prompt: "Which drink?", options: { tea: [], latte: [] } }
        name: { type: name, prompt: "What is your name?" }
      read_back: "So [a {size}] {drink}. Shall it be for {name}?"
    then: bye
"""


def test_each_of_a_few_values_is_told_with_and_without_optional_parts(flow_with: Build) -> None:
    said = sayings(flow_with(QUESTION))
    wanted = {"So a small tea.", "So a large tea.", "So tea."}
    assert wanted <= set(said.texts)
    assert len([text for text in said.texts if text.startswith("So ")]) == 6
    assert said.lead_ins == ("Shall it be",)


def test_many_values_are_not_told_one_by_one(flow_with: Build) -> None:
    drinks = ", ".join(f"d{n}: []" for n in range(MAX_VARIANTS + 1))
    said = sayings(flow_with(QUESTION.replace("tea: [], latte: []", drinks)))
    assert not any(text.startswith("So ") for text in said.texts)
    assert said.lead_ins == ("Shall it be",)


@pytest.mark.parametrize(
    "other",
    [
        '  other: { set: { drink: "{name}" }, then: bye }\n',
        "  other: { ask: { slot: drink, type: free, prompt: Well? }, then: bye }\n",
        "  other:\n"
        "    call: { endpoint: shop, save: { drink: $.d } }\n"
        "    on: { ok: bye, error: bye }\n",
    ],
)
def test_a_slot_that_may_hold_anything_is_open(flow_with: Build, other: str) -> None:
    known = closed_slots(flow_with(QUESTION.replace("then: bye", "then: other") + other, HEAD))
    assert "drink" not in known and "size" in known


HEAD = "endpoints: [shop]\n"


@pytest.mark.parametrize(
    ("sentence", "lead_in"),
    [
        ("I have {order:digits}.", "I have"),
        ("I have: [{size}] {drink}.", "I have:"),
        ("The card ending in {card} is frozen.", "The card ending"),
        ("Your repair number is {repair}.", "Your repair number is"),
        ("Order {order} is late.", ""),
        ("{amount}. Is that right?", ""),
        ("It is on the {day}.", "It is"),
        ("for the {day}", ""),
    ],
)
def test_where_a_voice_can_take_a_breath_before_a_value(sentence: str, lead_in: str) -> None:
    assert lead_in_of(sentence) == lead_in


@pytest.mark.parametrize("folder", sorted(path.parent for path in FLOWS.glob("*/flow.yaml")))
def test_the_flows_that_ship_have_few_and_whole_texts(folder: Path) -> None:
    said = sayings(load_flow(folder))
    assert len(said.texts) < 200
    assert not [text for text in (*said.texts, *said.lead_ins) if set(text) & set("{}[]")]
