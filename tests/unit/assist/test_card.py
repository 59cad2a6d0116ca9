"""What people are told of a flow, and what not."""

from collections.abc import Callable

import pytest

from recorded import NAMES, flow
from warmline.assist.card import FlowCard
from warmline.assist.wording import Wording
from warmline.flows.flow import Flow

BANK = FlowCard.of(flow("bank_card"))
ORDER = FlowCard.of(flow("order_status"))
TENANT = FlowCard.of(flow("tenant_line"))


@pytest.mark.parametrize("name", NAMES)
def test_every_flow_has_a_card(name: str) -> None:
    card = FlowCard.of(flow(name))
    assert card.title[0].isupper()
    assert all(question.label for question in card.questions)
    assert card.secrets <= card.hidden


def test_secrets_consents_and_what_machines_tell_each_other_are_hidden() -> None:
    assert BANK.secrets == {"card_number", "pin"}
    assert BANK.consents == {"recording"}
    assert {"card_number", "pin", "recording", "card", "tries"} <= BANK.hidden
    assert not {"card_end", "reference", "freeze", "reason"} & BANK.hidden


def test_whether_there_is_anything_else_tells_nothing() -> None:
    assert "more" in BANK.hidden


@pytest.mark.parametrize(
    ("slot", "value", "spoken", "written"),
    [
        ("order", "4527", "4 5 2 7", "4527"),
        ("reason", "change_address", "a change of address", "a change of address"),
        ("eta", "2026-11-24", "Tuesday, November 24", "Tuesday, November 24"),
        ("eta", "soon", "soon", "soon"),
        ("status", "being packed", "being packed", "being packed"),
        ("nobody_knows", "x", "x", "x"),
    ],
)
def test_values_are_told_as_the_flow_says_them(
    slot: str, value: str, spoken: str, written: str
) -> None:
    assert ORDER.speak(slot, value) == spoken
    assert ORDER.write(slot, value) == written


def test_only_a_pin_or_an_identity_check_says_who_the_caller_is() -> None:
    assert BANK.identity_checks == {"pin": "PIN"}  # a card's number proves nothing
    assert FlowCard.of(flow("it_helpdesk")).identity_checks == {"check_identity": "identity"}
    assert ORDER.identity_checks == {}


def test_what_names_a_thing_and_what_a_person() -> None:
    helpdesk = FlowCard.of(flow("it_helpdesk"))
    assert ORDER.names_a_thing("order")
    assert TENANT.names_a_thing("unit")
    assert not TENANT.names_a_thing("phone")
    assert not helpdesk.names_a_thing("employee")


def test_handback_nodes_and_reasons() -> None:
    assert BANK.handback_nodes == ("after_agent",)
    assert ORDER.reasons["to_search"] == "order number not found twice"


@pytest.mark.parametrize(
    ("node", "text", "slot", "read_back"),
    [
        ("order_number", "What is your four digit order number?", "order", False),
        ("order_number", "Sorry about that. What is your four digit order number?", "order", False),
        ("order_number", "I have 4 5 2 7. Is that right?", "order", True),
        ("reason", "Did you mean: a change of address?", "reason", True),
        ("reason", "What is your four digit order number?", "", False),
        ("welcome", "How can I help you today?", "", False),
    ],
)
def test_which_question_is_asked(node: str, text: str, slot: str, read_back: bool) -> None:
    asked = ORDER.asked_at(node, text)
    assert (asked.slot if asked else "") == slot
    assert (ORDER.read_back_at(node, text) is not None) == read_back


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Sorry, I didn't catch that. How can I help you today?", "no_match"),
        ("I need four digits. What is your four digit order number?", "no_match"),
        ("That can't be right. I need 16 digits.", "no_match"),
        ("I didn't hear anything. How can I help you today?", "no_input"),
        ("Sorry about that. What is your four digit order number?", "rejected"),
        ("What should I change?", "rejected"),
        ("How can I help you today?", None),
    ],
)
def test_what_went_wrong_is_heard_in_how_the_question_is_asked_again(
    text: str, kind: str | None
) -> None:
    assert ORDER.failure(text) == kind


def test_the_slots_of_a_form_are_questions_of_their_own() -> None:
    card = FlowCard.of(flow("drive_thru"))
    asked = card.asked_at("order", "Which drink would you like?")
    assert asked is not None
    assert (asked.slot, asked.required) == ("drink", True)
    size = card.question("size")
    assert size is not None
    assert not size.required


def test_what_steers_a_flow_is_hidden_unless_it_is_said(
    flow_with: Callable[..., Flow],
) -> None:
    nodes = """\
  question:
    set: { count: "1", when: "tomorrow" }
    then: told
  told:
    say: "We will come to your house {when}."
    then: bye
"""
    card = FlowCard.of(flow_with(nodes))
    assert card.hidden == {"count"}
    assert card.tells("told", "We will come to your house tomorrow.")
    assert not card.tells("welcome", "You are talking with a virtual assistant.")


@pytest.mark.parametrize(
    ("template", "text", "found"),
    [
        (
            "I have {order:digits}. Is that right?",
            "Sorry. I have 4 5. Is that right? Press 1.",
            True,
        ),
        ("I have {order}. Is that right?", "Is that right? I have 4.", False),
        (
            "I have: [{size}] {drink}[, {milk}]. Is that right?",
            "I have: latte. Is that right?",
            True,
        ),
        ("{value}", "anything", False),
        ("Hello.", "Hello. Who is there?", True),
    ],
)
def test_a_template_is_found_in_what_was_said(template: str, text: str, found: bool) -> None:
    assert Wording.of(template).within(text) == found
