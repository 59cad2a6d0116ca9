from collections.abc import Callable

import pytest

from warmline.dialogue.checks import Severity, check
from warmline.dialogue.flow import Flow, FlowFile
from warmline.errors import FlowError

Build = Callable[..., Flow]

ASK = 'ask: { slot: s, type: free, prompt: "?" }'


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (f"  question: {{ {ASK}, then: nowhere }}", "nodes.question.then: there is no node"),
        (f"  question: {{ {ASK}, then: question }}", "nodes.question: no road leads from here"),
        (
            "  question: { say: a, then: again }\n  again: { say: b, then: question }",
            "nodes.again: the call comes back here without asking anything",
        ),
        (f"  question: {{ {ASK} }}", "nodes.question: expected either 'then' or 'on'"),
        (
            f"  question: {{ {ASK}, then: bye, on: {{ else: bye }} }}",
            "nodes.question: expected either 'then' or 'on'",
        ),
        (f"  question: {{ {ASK}, on: {{ a: bye }} }}", "the answer is never 'a'"),
        (
            "  question: { ask: { slot: s, type: yes_no, prompt: q }, on: { yes: bye } }",
            "expected a node for 'no', or an 'else'",
        ),
        (
            "  question: { ask: { slot: s, type: choice, prompt: q }, then: bye }",
            "nodes.question.ask.options: expected 2 to 9 options, found 0",
        ),
        (
            "  question:\n    then: bye\n"
            "    ask: { slot: s, type: choice, prompt: q, options: { a: [x], b: [X!] } }",
            "nodes.question.ask.options.b.0: 'X!' stands under 'a' already",
        ),
        (
            "  question:\n    ask: { slot: s, type: yes_no, prompt: q, options: { maybe: [x] } }\n"
            "    then: bye",
            "expected only yes and no",
        ),
        (
            "  question:\n    ask: { slot: s, type: yes_no, prompt: q, read_back: r }\n"
            "    then: bye",
            "a yes or no is not read back",
        ),
        (
            "  question:\n    ask: { slot: s, type: digits(2), prompt: q, words: [x] }\n"
            "    then: bye",
            "digits takes no words",
        ),
        (
            "  question:\n    ask: { slot: s, type: digits(2), prompt: q, options: { a: [x] } }\n"
            "    then: bye",
            "digits take no options",
        ),
        ("  question: { branch: s, on: { a: bye } }", "expected an 'else'"),
        ("  question: { branch: s, on: { else: bye } }", "nothing fills the slot 's'"),
        (
            f"  question: {{ branch: s, on: {{ a: more, else: more }} }}\n"
            f"  more: {{ {ASK}, then: bye }}",
            "nodes.question.branch: the slot 's' is not filled on every road",
        ),
        (
            '  question: { ask: { slot: s, type: free, prompt: "{s}?" }, then: bye }',
            "nodes.question.ask.prompt: the slot 's' is not filled on every road",
        ),
        (
            "  question:\n    ask: { slot: s, type: free, prompt: q, options: { x: [x] } }\n"
            "    on: { x: said, else: bye }\n  said: { end: 'you said {s}' }",
            "nodes.said.end.say: the slot 's' is not filled on every road",
        ),
    ],
)
def test_errors(flow_with: Build, nodes: str, message: str) -> None:
    with pytest.raises(FlowError) as raised:
        flow_with(nodes)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "nodes",
    [
        f"  question: {{ {ASK}, on: {{ else: bye }} }}",
        "  question: { ask: { slot: s, type: yes_no, prompt: q }, on: { no: bye, else: bye } }",
        '  question: { ask: { slot: s, type: free, prompt: q, read_back: "{s}?" }, then: bye }',
        f"  question: {{ {ASK}, then: more }}\n  more: {{ branch: s, on: {{ else: bye }} }}",
    ],
)
def test_good_flows(flow_with: Build, nodes: str) -> None:
    assert flow_with(nodes).name == "tiny"


def file(nodes: dict[str, object]) -> FlowFile:
    start = next(iter(nodes))
    return FlowFile.model_validate(
        {"flow": "f", "start": start, "escape": {"queue": "q"}, "nodes": nodes}
    )


@pytest.mark.parametrize(
    ("first", "disclosed"),
    [
        ({"say": "This is an automated line.", "then": "bye"}, True),
        ({"say": "I'm an AI.", "then": "bye"}, True),
        ({"say": "Hello, this is Joe. I said hello.", "then": "bye"}, False),
        ({"escalate": "x"}, False),
        ({"ask": {"slot": "s", "type": "free", "prompt": "Virtual me?"}, "then": "bye"}, True),
        ({"ask": {"slot": "s", "type": "free", "prompt": "Yes?"}, "then": "bye"}, False),
    ],
)
def test_the_first_words_disclose_the_machine(first: object, disclosed: bool) -> None:
    problems = check(file({"hello": first, "bye": {"end": "x"}}), {})
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    assert (not errors) is disclosed


def test_warnings_do_not_refuse_a_flow() -> None:
    nodes: dict[str, object] = {
        "hello": {"say": "A machine.", "then": "find"},
        "find": {
            "look_up": {"table": "t", "key": "1", "save": {"unused": "x"}},
            "on": {"found": "bye", "not_found": "bye"},
        },
        "bye": {"end": "x"},
        "island": {"end": "y"},
    }
    problems = check(file(nodes), {"t": {"1": {"x": "1"}}})
    assert [problem.severity for problem in problems] == [Severity.WARNING] * 2
    assert {problem.path[1] for problem in problems} == {"find", "island"}
