"""hints.yaml: what may stand there, and how its problems are told."""

from pathlib import Path

import pytest

from warmline.assist.playbook import load_playbook, load_playbooks
from warmline.assist.reading import examine, read_hints
from warmline.assist.rules import HintsFile
from warmline.errors import FlowError
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.flows.problem import Severity
from warmline.flows.report import FlowRefused

FLOWS = Path(__file__).parents[3] / "voice_flows"
FLOW = """\
flow: tiny
start: hello
escape: { queue: help }
knowledge: { facts: facts }
nodes:
  hello: { say: "A virtual assistant here.", then: asked }
  asked: { answer: { knowledge: facts, prompt: "Yes?" }, then: choose }
  choose: { set: { wish: none }, then: bye }
  bye: { end: "Goodbye." }
"""
GOOD = """\
knowledge: facts
hints:
  refund:
    speaker: any
    when:
      words: [refund]
      meaning: ["I want it back", "give it back", "where is my money"]
    unless: [no refund]
    after: hello
    before: bye
    priority: 7
    cooldown: 90
    once: true
    expires: 20
    compliance: true
    title: Refunds
    text: Within five days.
    link: https://example.com/refunds
    said: [it takes five days]
checklist:
  told: { text: Told that a machine speaks, node: hello, by: bot }
  until: { text: Said until when, said: [it takes five days], words: [days], required: false }
dispositions: [Solved, Not solved]
wrapup: { fields: [order] }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flow.yaml").write_text(FLOW)
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "all.md").write_text("# Facts\n## Why?\nBecause it is so.\n")
    return tmp_path


@pytest.fixture
def flow(folder: Path) -> Flow:
    return load_flow(folder)


def found(folder: Path, flow: Flow | None, text: str) -> list[str]:
    """What is told of this hints.yaml, without the folder's name."""
    (folder / "hints.yaml").write_text(text)
    return [str(one).removeprefix(f"{folder}/") for one in examine(folder, flow).findings]


def test_all_that_may_stand_there(folder: Path, flow: Flow) -> None:
    assert found(folder, flow, GOOD) == []
    file = read_hints(folder, flow)
    assert file.hints["refund"].when.words == ("refund",)
    assert (file.hints["refund"].priority, file.hints["refund"].cooldown) == (7, 90.0)
    assert file.checklist["until"].by == "any" and not file.checklist["until"].required
    assert file.dispositions == ("Solved", "Not solved")
    assert file.wrapup.fields == ("order",)
    assert load_playbook(folder, flow).knowledge is flow.knowledge["facts"]


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_without_hints(folder: Path, flow: Flow, text: str) -> None:
    assert read_hints(folder, flow) == HintsFile()
    (folder / "hints.yaml").write_text(text)
    assert read_hints(folder, flow) == HintsFile()
    playbook = load_playbook(folder, flow)
    assert playbook.knowledge is None and playbook.checklist().missing == []


def test_the_flows_that_ship() -> None:
    for path in sorted(FLOWS.glob("*/flow.yaml")):
        flow = load_flow(path)
        assert examine(path.parent, flow).findings == ()
        assert read_hints(path.parent, flow).checklist["disclosure"].by == "bot"


RULE = "hints:\n  refund:\n    title: Refunds\n    text: Five days.\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{RULE}    when: {{ words: [refund] }}\n    prio: 3\n",
         "hints.yaml:6: hints.refund.prio: unknown key; did you mean 'priority'? (known: speaker,"),
        (f"{RULE}    when: {{ word: [refund] }}\n",
         "hints.yaml:5: hints.refund.when.word: unknown key; did you mean 'words'?"),
        ("checklists: {}\n", "hints.yaml:1: checklists: unknown key; did you mean 'checklist'?"),
        ("checklist:\n  a: { text: x, words: [y], nod: z }\n",
         "hints.yaml:2: checklist.a.nod: unknown key; did you mean 'node'?"),
        (RULE, "hints.yaml:2: hints.refund.when: is missing"),
        (f"{RULE}    when: {{}}\n", "hints.yaml:5: hints.refund.when: expected words or meaning"),
        (f"{RULE}    when: {{ words: refund }}\n",
         "hints.yaml:5: hints.refund.when.words: expected a list"),
        (f"{RULE}    when: {{ words: [refund] }}\n    priority: 10\n",
         "hints.yaml:6: hints.refund.priority: expected less than or equal to 9, found 10"),
        (f"{RULE}    when: {{ words: [refund] }}\n    once: 1\n",
         "hints.yaml:6: hints.refund.once: expected true or false"),
        (f"{RULE}    when: {{ words: [refund] }}\n    link: 'javascript:alert(1)'\n",
         "hints.yaml:6: hints.refund.link: expected an address that begins with https://"),
        (f"{RULE}    when: {{ words: [refund] }}\n    speaker: bot\n",
         "hints.yaml:6: hints.refund.speaker: expected 'caller', 'agent' or 'any', found 'bot'"),
        (f"{RULE}    when: {{ words: [refund] }}\n    after: helo\n",
         "hints.yaml:6: hints.refund.after: there is no node 'helo'; did you mean 'hello'?"),
        ("hints:\n  Refund: {}\n", "hints.yaml:2: hints.Refund: expected a name of a-z"),
        ("checklist:\n  a: { text: x, node: nowhere }\n",
         "hints.yaml:2: checklist.a.node: there is no node 'nowhere'"),
        ("checklist:\n  a: { text: x, node: choose }\n",
         "hints.yaml:2: checklist.a.node: the node 'choose' says nothing"),
        ("checklist:\n  a: { text: x, node: hello, by: agent }\n",
         "hints.yaml:2: checklist.a: expected by: bot or any"),
        ("checklist:\n  a: { text: x }\n",
         "hints.yaml:2: checklist.a: expected said, words or node"),
        ("knowledge: fact\n", "hints.yaml:1: knowledge: there is no knowledge that an answer node "
         "uses, named 'fact'; did you mean 'facts'?"),
        ("hints: &a {}\n", "hints.yaml:1: anchors and aliases are not allowed"),
        ("- hints\n", "hints.yaml:1: expected a mapping"),
        ("hints: {\n", "hints.yaml:1: not YAML:"),
    ],
)  # fmt: skip
def test_one_line_for_each_problem(folder: Path, flow: Flow, text: str, told: str) -> None:
    problems = found(folder, flow, text)
    assert any(problem.startswith(told) for problem in problems), problems
    with pytest.raises(FlowRefused):
        load_playbook(folder, flow)


def test_all_problems_at_once(folder: Path, flow: Flow) -> None:
    text = f"{RULE}    when: {{}}\n    one: 1\nchecklist:\n  a: {{}}\n"
    assert [line.split(": ")[0] for line in found(folder, flow, text)] == [
        "hints.yaml:5", "hints.yaml:6", "hints.yaml:8",
    ]  # fmt: skip


def test_a_broken_flow_hides_no_problem_of_its_hints(folder: Path) -> None:
    assert found(folder, None, GOOD.replace("hello", "gone")) == []
    assert found(folder, None, "hint: {}\n")[0].startswith("hints.yaml:1: hint: unknown key")


def test_few_examples_are_a_warning(folder: Path, flow: Flow) -> None:
    found(folder, flow, f"{RULE}    when: {{ meaning: [I want it back] }}\n")
    examined = examine(folder, flow)
    assert examined.file is not None and examined.errors == []
    assert [one.severity for one in examined.findings] == [Severity.WARNING]
    assert "1 examples: 3 to 10 are recognised better" in str(examined.findings[0])


def test_the_playbooks_of_all_flows(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        head = f"flow: {name}\nstart: bye\nescape: {{ queue: q }}\n"
        nodes = "nodes: { bye: { end: A robot. } }\n"
        (tmp_path / name / "flow.yaml").write_text(head + nodes)
    flows = {name: load_flow(tmp_path / name) for name in ("one", "two", "three")}
    assert load_playbooks(tmp_path, flows).keys() == flows.keys()
    for name in ("one", "three"):
        (tmp_path / name / "hints.yaml").write_text("hint: {}")
    with pytest.raises(FlowError) as caught:
        load_playbooks(tmp_path, flows)
    lines = str(caught.value).splitlines()
    assert [Path(line.split(":")[0]).parent.name for line in lines] == ["one", "three"]
