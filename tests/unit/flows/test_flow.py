"""What a node says and where it leads."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from warmline.flows.flow import Flow, exits, texts
from warmline.flows.loader import load_flow
from warmline.flows.nodes import Node

FLOWS = Path(__file__).parents[3] / "voice_flows"
ASK = {"slot": "s", "type": "free", "prompt": "p", "read_back": "r"}
FORM = {"prompt": "p", "slots": {"a": {"type": "free", "prompt": ["q", "r"]}}, "read_back": "b"}
CALL = {"endpoint": "e", "while_waiting": "w"}
ROADS = {"ok": "x", "not_found": "y", "error": "z"}


@pytest.mark.parametrize(
    ("node", "roads", "said"),
    [
        ({"say": "a", "then": "x"}, {"x"}, ["a"]),
        ({"ask": ASK, "then": "x"}, {"x"}, ["p", "r"]),
        ({"ask": ASK, "on": {"a": "x", "else": "y"}}, {"x", "y"}, ["p", "r"]),
        ({"branch": "s", "on": {"a": "x", "else": "y"}}, {"x", "y"}, []),
        (
            {
                "look_up": {"table": "t", "key": "k", "save": {}},
                "on": {"found": "x", "not_found": "y"},
            },
            {"x", "y"},
            [],
        ),
        ({"ask": FORM, "then": "x"}, {"x"}, ["p", "b", "q", "r"]),
        ({"menu": {"prompt": "p", "items": {"a": "b"}}, "on": {"a": "x"}}, {"x"}, ["p"]),
        (
            {"answer": {"prompt": "p", "knowledge": "k", "more": "m", "again": "a"}, "then": "x"},
            {"x"},
            ["p", "m", "a"],
        ),
        ({"call": CALL, "on": ROADS}, {"x", "y", "z"}, ["w"]),
        ({"set": {"a": "b"}, "then": "x"}, {"x"}, []),
        ({"consent": {"purpose": "c", "prompt": "p"}, "then": "x"}, {"x"}, ["p"]),
        (
            {"consent": {"purpose": "c", "prompt": "p"}, "on": {"yes": "x", "no": "y"}},
            {"x", "y"},
            ["p"],
        ),
        (
            {
                "secure_input": {"slot": "s", "type": "digits(4)", "prompt": "p", **CALL},
                "on": {"ok": "x", "error": "y"},
            },
            {"x", "y"},
            ["p", "w"],
        ),
        ({"handback": "a", "then": "x"}, {"x"}, ["a"]),
        ({"escalate": "why"}, set(), []),
        ({"escalate": {"say": "a"}}, set(), ["a"]),
        ({"end": "a"}, set(), ["a"]),
        ({"end": {}}, set(), []),
    ],
)
def test_roads_and_texts(node: object, roads: set[str], said: list[str]) -> None:
    found: Node = TypeAdapter(Node).validate_python(node)
    assert {target for _, target in exits(found)} == roads
    assert [text for _, text in texts(found)] == said


@pytest.mark.parametrize(
    "node",
    [
        {},
        {"say": "a"},
        {"say": "a", "end": "b"},
        {"say": "{a", "then": "x"},
        {"menu": {"prompt": "p", "items": {"a": {"label": "b", "key": "0"}}}, "on": {"a": "x"}},
        {"secure_input": {"slot": "s", "type": "free", "prompt": "p", "read_back": "{s}", **CALL}},
        {"ask": {"prompt": "p", "slots": {}}, "then": "x"},
    ],
)
def test_what_is_no_node_is_refused(node: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Node).validate_python(node)


def test_prompts_are_all_texts_without_slots() -> None:
    flow: Flow = load_flow(FLOWS / "order_status")
    said = flow.prompts()
    assert len(said) == len(set(said))
    assert not any("{" in text for text in said)
    for text in (
        "How can I help you today?",
        "Is that right?",
        "I need four digits.",
        "Sorry, I didn't catch that.",
        "You can also type it on your keypad.",
        flow.escape.say,
    ):
        assert text in said
