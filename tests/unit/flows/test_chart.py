"""Flows as boxes and arrows, and as Mermaid text."""

from warmline.flows.chart import MAX_LABEL, Arrow, chart, mermaid
from warmline.flows.flow import FlowFile
from warmline.flows.nodes import NODE_KINDS

ASK = {"slot": "s", "type": "free", "prompt": "What?"}
ROADS = {"ok": "bye", "not_found": "bye", "error": "person"}
NODES: dict[str, object] = {
    "hello": {"say": "A virtual assistant.", "then": "ask"},
    "ask": {"ask": {**ASK, "options": {"x": ["x"]}}, "on": {"x": "bye", "else": "form"}},
    "form": {"ask": {"prompt": "Which?", "slots": {"a": {"type": "name"}}}, "then": "menu"},
    "menu": {"menu": {"prompt": "Which?", "items": {"a": "one"}}, "on": {"a": "faq"}},
    "faq": {"answer": {"prompt": "Ask.", "knowledge": "k"}, "then": "call"},
    "call": {"call": {"endpoint": "orders"}, "on": ROADS},
    "secure": {"secure_input": {**ASK, "endpoint": "cards"}, "on": ROADS},
    "put": {"set": {"a": "b"}, "then": "find"},
    "find": {
        "look_up": {"table": "t", "key": "{a}", "save": {}},
        "on": {"found": "bye", "not_found": "put"},
    },
    "open": {"branch": "hours", "on": {"open": "person", "else": "open"}},
    "may": {
        "consent": {"purpose": "recording", "prompt": "May I?"},
        "on": {"yes": "bye", "no": "bye"},
    },
    "back": {"handback": "Hello again.", "then": "ask"},
    "person": {"escalate": "why"},
    "bye": {"end": {}},
}
FLOW = FlowFile.model_validate(
    {"flow": "all", "start": "hello", "escape": {"queue": "q"}, "nodes": NODES}
)


def test_every_kind_of_node_is_a_box() -> None:
    shown = chart(FLOW)
    assert [box.name for box in shown.boxes] == list(NODES)
    assert {box.kind for box in shown.boxes} == set(NODE_KINDS)
    texts = {box.name: box.text for box in shown.boxes}
    assert texts["form"] == "a: Which?" and texts["secure"] == "s to cards"
    assert texts["person"] == "why" and texts["bye"] == ""
    assert shown.doors == ("hello", "back")


def test_roads_to_the_same_node_are_one_arrow() -> None:
    arrows = chart(FLOW).arrows
    assert Arrow(source="call", target="bye", label="ok, not_found") in arrows
    assert Arrow(source="hello", target="ask", label="") in arrows
    assert Arrow(source="open", target="open", label="else") in arrows
    assert len({(arrow.source, arrow.target) for arrow in arrows}) == len(arrows)


def test_long_texts_are_cut() -> None:
    long = {"hello": {"say": "word " * 50, "then": "hello"}}
    file = FLOW.model_copy(
        update={
            "nodes": FlowFile.model_validate(
                {"flow": "a", "start": "hello", "escape": {"queue": "q"}, "nodes": long}
            ).nodes
        }
    )
    (box,) = chart(file).boxes
    assert len(box.text) <= MAX_LABEL and box.text.endswith("…")


def test_mermaid() -> None:
    lines = mermaid(chart(FLOW)).splitlines()
    assert lines[0] == "flowchart TD"
    assert '    n0["<b>hello</b> say<br/>A virtual assistant."]' in lines
    assert '    n13(("<b>bye</b> end"))' in lines
    assert '    n5 -->|"ok, not_found"| n13' in lines
    assert "    n0 --> n1" in lines


def test_mermaid_is_not_broken_by_texts() -> None:
    nodes = {"a": {"say": 'Say "hi"; [x]{b} #1 |-->', "then": "a"}}
    text = {"flow": "f", "start": "a", "escape": {"queue": "q"}}
    nodes["a"]["say"] = 'Say "hi" | end; <b> #1'
    line = mermaid(chart(FlowFile.model_validate({**text, "nodes": nodes}))).splitlines()[1]
    assert line == ('    n0["<b>a</b> say<br/>Say #34;hi#34; #124; end#59; #60;b#62; #35;1"]')
