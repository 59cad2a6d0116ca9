from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from warmline.dialogue.flow import Ask, Flow, Node, exits, texts
from warmline.dialogue.loader import load_flow
from warmline.events import AnswerKind

FLOWS = Path(__file__).parents[3] / "voice_flows"
ASK = {"slot": "s", "type": "free", "prompt": "p", "read_back": "r"}


@pytest.mark.parametrize(
    ("type", "kind", "fewest", "most"),
    [
        ("yes_no", AnswerKind.YES_NO, 0, 0),
        ("choice", AnswerKind.CHOICE, 0, 0),
        ("free", AnswerKind.FREE, 0, 0),
        ("digits(4)", AnswerKind.DIGITS, 4, 4),
        ("digits(4..12)", AnswerKind.DIGITS, 4, 12),
    ],
)
def test_answer_types(type: str, kind: AnswerKind, fewest: int, most: int) -> None:
    ask = Ask.model_validate(ASK | {"type": type})
    assert (ask.kind, ask.min_digits, ask.max_digits) == (kind, fewest, most)


@pytest.mark.parametrize("type", ["digits", "digits()", "digits(0)", "digits(9..8)", "digits(99)"])
def test_other_answer_types_are_refused(type: str) -> None:
    with pytest.raises(ValidationError):
        Ask.model_validate(ASK | {"type": type})


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
