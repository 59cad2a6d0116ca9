"""Refusals of the schema in an author's words."""

import pytest
from pydantic import ValidationError

from warmline.flows.explain import explain
from warmline.flows.flow import FlowFile
from warmline.flows.problem import Path

GOOD = {"flow": "f", "start": "a", "escape": {"queue": "q"}, "nodes": {"a": {"end": "x"}}}
ASK = {"slot": "s", "type": "free", "prompt": "p"}


def node(content: object, name: str = "a") -> dict[str, object]:
    return {"nodes": {name: content}}


def _paths(value: object, at: Path = ()) -> set[Path]:
    """The paths of a document, as a reader finds them."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return {at}.union(*(_paths(below, (*at, key)) for key, below in items))


@pytest.mark.parametrize(
    ("wrong", "path", "message"),
    [
        ({"flow": None}, "flow", "expected a text, found nothing"),
        ({"flow": True}, "flow", "expected a text, found true"),
        ({"flow": "A b"}, "flow", "expected a name of a-z, 0-9 and _, found 'A b'"),
        ({"flows": 1}, "flows", "unknown key; did you mean 'flow'?"),
        ({"includes": []}, "includes", "unknown key; did you mean 'include'?"),
        ({"repair": {"failed": "x" * 2000}}, "repair.failed", f"found {'x' * 40!r}…"),
        ({"repair": {"no_match": []}}, "repair.no_match", "at least 1 item"),
        ({"repair": {"no_match": "{x"}}, "repair.no_match", "expected {slot} or {slot:format}"),
        ({"repair": {"no_match": ["a", "{x"]}}, "repair.no_match.1", "expected {slot} or"),
        ({"repair": {"failed": "{s}"}}, "repair.failed", "expected a text without slots"),
        (
            {"repair": {"wrong_length": "{s}"}},
            "repair.wrong_length",
            "expected a text without slots but {needed}",
        ),
        ({"escape": {}}, "escape.queue", "is missing"),
        ({"escape": [1]}, "escape", "expected a mapping, found a list"),
        ({"escape": {"queue": "q", "aftr": 1}}, "escape.aftr", "did you mean 'after'?"),
        (
            {"escape": {"queue": "q", "when": {"mood": {"turn": 1, "below": 0.0}}}},
            "escape.when.mood.turn",
            "did you mean 'turns'?",
        ),
        ({"hours": {"open": {"mo": []}}}, "hours.open.mo", "expected a day or a span of days"),
        (
            {"hours": {"open": {"mon": ["9-5"]}}},
            "hours.open.mon.0",
            "expected times within one day",
        ),
        ({"hours": {"open": {}, "timezone": "Mars"}}, "hours.timezone", "expected a time zone"),
        ({"nodes": {}}, "nodes", "found {}"),
        ({"nodes": {"A!": {"end": "x"}}}, "nodes.A!", "expected a name of a-z, 0-9 and _"),
        (node({"say": "x"}), "nodes.a.then", "is missing"),
        (node({"end": "x", "bargeIn": True}), "nodes.a.bargeIn", "known: end"),
        (node(1), "nodes.a", "expected exactly one of say, ask"),
        (node({"say": "x", "end": "y"}), "nodes.a", "found a mapping of 'say', 'end'"),
        (node({"say": 1, "then": "a"}, "say"), "nodes.say.say", "expected a text"),
        (node({"ask": {**ASK, "typ": 1}}), "nodes.a.ask.typ", "did you mean 'type'?"),
        (node({"ask": {**ASK, "bargein": 1}}), "nodes.a.ask.bargein", "did you mean 'bargeIn'?"),
        (node({"ask": {**ASK, "min": True}}), "nodes.a.ask.min", "expected a number, found true"),
        (node({"ask": {**ASK, "confirm": "yes"}}), "nodes.a.ask.confirm", "'auto', 'always' or"),
        (node({"ask": "x"}), "nodes.a.ask", "expected a mapping, found 'x'"),
        (node({"ask": {"slots": {}, "prompt": "p"}}), "nodes.a.ask.slots", "found {}"),
        (
            node({"ask": {"prompt": "p", "slots": {"size": {"type": "choice", "promt": "x"}}}}),
            "nodes.a.ask.slots.size.promt",
            "did you mean 'prompt'?",
        ),
        (
            node({"ask": {"prompt": "p", "slots": {"slots": {"options": {}}}}}),
            "nodes.a.ask.slots.slots.type",
            "is missing",
        ),
        (
            node({"menu": {"prompt": "p", "items": {"x": {"label": "l", "kee": "1"}}}, "on": {}}),
            "nodes.a.menu.items.x.kee",
            "did you mean 'key'?",
        ),
        (
            node({"menu": {"prompt": "p", "items": {"x": {"label": "l", "key": "0"}}}, "on": {}}),
            "nodes.a.menu.items.x.key",
            "expected a key from 1 to 9, found '0'",
        ),
        (
            node({"call": {"endpoint": "e"}, "on": {"ok": "a", "eror": "a", "error": "a"}}),
            "nodes.a.on.eror",
            "known: ok, not_found, error",
        ),
        (
            node({"answer": {"prompt": "p", "knowledge": "k"}, "then": "a", "on": {"none": "a"}}),
            "nodes.a.on.none",
            "'nothing'",
        ),
        (
            node(
                {
                    "secure_input": {**ASK, "endpoint": "e", "read_back": "{s}"},
                    "on": {"ok": "a", "error": "a"},
                }
            ),
            "nodes.a.secure_input.read_back",
            "expected nothing",
        ),
        (node({"escalate": {"queu": "q"}}), "nodes.a.escalate.queu", "did you mean 'queue'?"),
    ],
)
def test_refusals_in_an_authors_words(wrong: dict[str, object], path: str, message: str) -> None:
    document = GOOD | wrong
    with pytest.raises(ValidationError) as raised:
        FlowFile.model_validate(document)
    (problem,) = explain(raised.value, known=_paths(document))
    assert ".".join(map(str, problem.path)) == path
    assert message in problem.message


def test_a_file_that_is_no_mapping() -> None:
    with pytest.raises(ValidationError) as raised:
        FlowFile.model_validate(None)
    (problem,) = explain(raised.value, known={()})
    assert (problem.path, problem.message) == ((), "expected a mapping, found nothing")
