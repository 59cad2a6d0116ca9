import pytest

from warmline.dialogue import prompts
from warmline.dialogue.prompts import Field
from warmline.events import AnswerKind


def test_fields_in_order() -> None:
    assert prompts.fields("{a} and {b:digits}.") == [Field("a", ""), Field("b", "digits")]


@pytest.mark.parametrize(
    "text", ["{", "}", "{A}", "{a.b}", "{a:b:c}", "{{a}}", "{a!r}", "{}", "{a:money}", "{0}"]
)
def test_anything_but_substitution_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected|unknown format"):
        prompts.fields(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order {n}.", "Order 4527."),
        ("Order {n:digits}.", "Order 4 5 2 7."),
        ("On {day:date}.", "On Tuesday, November 24."),
        ("On {n:date}.", "On 4527."),
        ("{braces}", "{n}"),
        ("{absent}", ""),
    ],
)
def test_render(text: str, expected: str) -> None:
    slots = {"n": "4527", "day": "2026-11-24", "braces": "{n}"}
    assert prompts.render(text, slots) == expected


def test_static_texts_are_the_sentences_without_slots() -> None:
    assert prompts.static_texts("One. Two.") == ["One. Two."]
    assert prompts.static_texts("I have {n}. Is that right?") == ["Is that right?"]
    assert prompts.static_texts("{n}") == []


@pytest.mark.parametrize(
    ("fewest", "most", "expected"),
    [(4, 4, "four digits"), (1, 1, "one digit"), (12, 12, "12 digits"), (4, 8, "4 to 8 digits")],
)
def test_needed_digits(fewest: int, most: int, expected: str) -> None:
    assert prompts.needed_digits(fewest, most) == expected


def test_every_kind_of_answer_has_a_keypad_hint() -> None:
    hints = {kind: prompts.keypad_hint(kind, ["where is it", "a refund"]) for kind in AnswerKind}
    assert hints[AnswerKind.CHOICE] == "You can press 1 for where is it, 2 for a refund."
    assert len(set(hints.values())) == len(AnswerKind)
