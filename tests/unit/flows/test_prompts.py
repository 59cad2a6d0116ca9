"""The sentences that every flow has."""

from warmline.flows import prompts


def test_keys_are_told_by_what_they_mean() -> None:
    labels = {"1": "where is it", "2": "a refund"}
    assert prompts.keypad_hint(labels) == "You can press 1 for where is it, 2 for a refund."
    assert prompts.menu(labels) == "For where is it, press 1. For a refund, press 2."


def test_where_no_key_answers_a_person_is_offered() -> None:
    assert prompts.keypad_hint({}) == prompts.HINT_FREE


def test_one_or_two_may_be_meant() -> None:
    assert prompts.did_you_mean(["a refund"]) == "Did you mean: a refund?"
    assert prompts.did_you_mean(["a refund", "a bill"]) == "Did you mean: a refund, or a bill?"
