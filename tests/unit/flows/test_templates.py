"""Texts with slots: substitution and formats, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.flows import templates
from warmline.flows.templates import Field


def test_fields_in_order() -> None:
    assert templates.fields("{a} and {b:digits}.") == [Field("a", ""), Field("b", "digits")]


@pytest.mark.parametrize(
    "text", ["{", "}", "{A}", "{a.b}", "{a:b:c}", "{{a}}", "{a!r}", "{}", "{a:roman}", "{0}"]
)
def test_anything_but_substitution_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected|unknown format"):
        templates.fields(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order {n}.", "Order 4527."),
        ("Order {n:digits}.", "Order 4 5 2 7."),
        ("On {day:date}.", "On Tuesday, November 24."),
        ("On {n:date}.", "On 4527."),
        ("{braces}", "{n}"),
        ("{absent}", ""),
        ("A coffee[ with {milk}], please.", "A coffee, please."),
        ("A coffee [with {milk}], please.", "A coffee, please."),
        ("A coffee [with {n}], please.", "A coffee with 4527, please."),
        ("{absent} {n} [and {absent}] [{n}]", "4527 4527"),
    ],
)
def test_render(text: str, expected: str) -> None:
    slots = {"n": "4527", "day": "2026-11-24", "braces": "{n}"}
    assert templates.render(text, slots) == expected


def test_static_texts_are_the_sentences_without_slots() -> None:
    assert templates.static_texts("One. Two.") == ["One. Two."]
    assert templates.static_texts("I have {n}. Is that right?") == ["Is that right?"]
    assert templates.static_texts("{n}") == []


@pytest.mark.parametrize("text", ["[", "]", "a [b] c", "[{a}", "{a}]", "[[{a}]]", "[a {b] }"])
def test_brackets_hold_slots_and_close(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        templates.fields(text)


def test_what_stands_in_brackets_is_optional() -> None:
    assert templates.fields("{a} [with {b}]") == [Field("a", ""), Field("b", "", True)]


def test_a_slot_is_spoken_as_its_type_speaks_it() -> None:
    spoken = templates.render(
        "{n} {n:digits}", {"n": "45"}, lambda slot, value: f"<{slot} {value}>"
    )
    assert spoken == "<n 45> 4 5"


@given(st.text("ab {}[]:,."), st.dictionaries(st.sampled_from("ab"), st.text(max_size=3)))
def test_a_text_is_refused_or_rendered(text: str, slots: dict[str, str]) -> None:
    try:
        templates.fields(text)
    except ValueError:
        return
    rendered = templates.render(text, {**slots, "a": "x"})
    assert "{" not in rendered.replace("".join(slots.values()), "") or any(
        "{" in value for value in slots.values()
    )
