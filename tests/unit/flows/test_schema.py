"""The published schema says what the models say, as authors write it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from warmline.flows.reader import parse
from warmline.flows.schema import schema

FLOWS = Path(__file__).parents[3] / "voice_flows"
SCHEMA = schema()
GOOD = """\
flow: tiny
start: hello
escape: { queue: help }
nodes:
  hello: { say: "A virtual assistant.", then: bye }
  bye: { end: Goodbye. }
"""


def valid(text: str) -> bool:
    value = parse(Path("flow.yaml"), text.encode()).value
    return bool(Draft202012Validator(SCHEMA).is_valid(value))


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(FLOWS.glob("*/flow.yaml")), ids=lambda p: p.parent.name)
def test_shipped_flows_are_valid(path: Path) -> None:
    Draft202012Validator(SCHEMA).validate(parse(path, path.read_bytes()).value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("bye: { end: Goodbye. }", "bye: { end: {} }"),
        ("bye: { end: Goodbye. }", "bye: { end: { say: Goodbye. } }"),
        ("bye: { end: Goodbye. }", "bye: { escalate: other reason }"),
        ("bye: { end: Goodbye. }", "bye: { handback: Hello again., then: hello }"),
        ("start", "include: [a.yaml]\nstart"),
        ("start", "repair: { no_match: Sorry. }\nstart"),
        ("start", "repair: { no_match: [Sorry., Hm.] }\nstart"),
        ("escape: { queue: help }", "include: [a.yaml]"),
        (
            "bye: { end: Goodbye. }",
            "bye: { ask: { slot: s, type: digits, maxDigits: 4, prompt: [A?, B?] }, then: bye }",
        ),
        (
            "bye: { end: Goodbye. }",
            "bye: { ask: { prompt: A?, slots: { s: { type: name } } }, then: bye }",
        ),
        (
            "bye: { end: Goodbye. }",
            "bye: { menu: { prompt: A?, items: { a: one, b: { label: two, key: '2' } } }, "
            "on: { else: bye } }",
        ),
    ],
)
def test_what_authors_may_write(old: str, new: str) -> None:
    assert valid(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("flow: tiny\n", ""),
        ("escape: { queue: help }\n", ""),
        ("flow: tiny", "flow: Tiny!"),
        ("flow: tiny", "flows: tiny"),
        ("start", "include: a.yaml\nstart"),
        ("bye: {", "Bye!: {"),
        ("bye: { end: Goodbye. }", "bye: { end: Goodbye., say: Oh., then: bye }"),
        ("bye: { end: Goodbye. }", "bye: { ends: Goodbye. }"),
        ("then: bye", "then: [bye]"),
        (
            "bye: { end: Goodbye. }",
            "bye: { ask: { slot: s, type: free, prompt: A?, bargein: true }, then: bye }",
        ),
    ],
)
def test_what_is_refused(old: str, new: str) -> None:
    assert not valid(GOOD.replace(old, new, 1))


def test_editors_have_something_to_tell() -> None:
    ask = SCHEMA["$defs"]["Ask"]["properties"]
    assert ask["timeout"]["description"] == "Silence after which the caller is asked again."
    assert {"yes_no", "digits(4..8)", "intent"} <= set(ask["type"]["examples"])
    assert "bargeIn" in ask and "interDigitTimeout" in ask
    assert not [text for text in _descriptions(SCHEMA) if "\n" in text]


def _descriptions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("description"), str):
            yield value["description"]
        for below in value.values():
            yield from _descriptions(below)
