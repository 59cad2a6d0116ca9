"""Flows from their folders; every problem with its file and line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from warmline.errors import FlowError
from warmline.flows.fields import Ask
from warmline.flows.loader import examine, load_flow, load_flows
from warmline.flows.nodes import AskNode
from warmline.flows.problem import Severity
from warmline.flows.reader import MAX_BYTES
from warmline.flows.report import FlowRefused

FLOWS = Path(__file__).parents[3] / "voice_flows"
Write = Callable[[str], Path]

GOOD = """\
flow: tiny
start: hello
escape: { queue: help }
tables: { people: people.json }
nodes:
  hello:
    ask:
      slot: code
      type: digits(2)
      prompt: "A virtual assistant here. Your code?"
    then: find
  find:
    look_up: { table: people, key: "{code}", save: { name: name } }
    on: { found: bye, not_found: other }
  bye:
    end: "Goodbye {name}."
  other:
    escalate: "unknown code"
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.json"
    path.write_text('{"12": {"name": "Ann", "age": 40, "vip": true}}')
    return path


def test_shipped_flows_load() -> None:
    flows = load_flows(FLOWS)
    assert flows.keys() >= {"order_status", "take_message"}
    assert all(flow.name == name for name, flow in flows.items())


def test_a_good_flow(write: Write, people: Path) -> None:
    flow = load_flow(write(GOOD).parent)
    assert flow.name == "tiny"
    assert flow.tables["people"]["12"] == {"name": "Ann", "age": "40", "vip": "yes"}
    assert len(flow.version) == 64


def test_version_is_of_the_content(write: Write, people: Path) -> None:
    version = load_flow(write(GOOD)).version
    assert load_flow(write(GOOD)).version == version
    changed = load_flow(write(GOOD.replace("Goodbye", "Farewell"))).version
    people.write_text('{"12": {"name": "Bob"}}')
    other_table = load_flow(write(GOOD)).version
    assert len({version, changed, other_table}) == 3


def test_plain_words_stay_words(write: Write, people: Path) -> None:
    flow = load_flow(
        write(
            GOOD.replace("digits(2)", "choice").replace(
                "      prompt:",
                "      options: { yes: [on], no: [2024-11-24, 'off'] }\n      prompt:",
            )
        )
    )
    node = flow.nodes["hello"]
    assert isinstance(node, AskNode) and isinstance(node.ask, Ask)
    assert node.ask.options == {"yes": ("on",), "no": ("2024-11-24", "off")}


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("slot: code", "slot: 12", 8, "nodes.hello.ask.slot: expected a text, found 12"),
        ("slot: code", "slots: code", 8, "nodes.hello.ask.slots: expected a mapping, found 'code'"),
        ("slot: code", "slto: code", 8, "nodes.hello.ask.slto: unknown key; did you mean 'slot'"),
        ("digits(2)", "digit(2)", 9, "nodes.hello.ask.type: expected a type of answer"),
        ("digits(2)", "digits(8..4)", 9, "nodes.hello.ask.type: expected 1 to 32 digits"),
        (
            "start: hello",
            "start: hallo",
            2,
            "start: there is no node 'hallo'; did you mean 'hello'",
        ),
        ("start: hello\n", "", 1, "start: is missing"),
        ("then: find", "then: [find]", 11, "nodes.hello.then: expected a text, found a list"),
        ("then: find", "then: finds", 11, "nodes.hello.then: there is no node 'finds'"),
        ('end: "', 'ends: "', 15, "nodes.bye: expected exactly one of say, ask"),
        ("{name}.", "{name", 16, "expected {slot} or {slot:format}"),
        ("{name}.", "{name:euro}", 16, "unknown format 'euro'"),
        ("{name}.", "{nam}", 16, "nothing fills the slot 'nam'; did you mean 'name'?"),
        ("people.json", "persons.json", 4, "persons.json: no such file"),
        ("people.json", "../people.json", 4, "expected a file inside the flow's folder"),
        ("people.json", "/etc/hostname", 4, "expected a file inside the flow's folder"),
        ("people.json", ".", 4, "expected a file inside the flow's folder"),
        ("table: people", "table: peple", 13, "there is no table 'peple'; did you mean 'people'"),
        ("name: name", "name: nom", 13, "1 of 1 records have no field 'nom'"),
        ("{ queue: help }", "&x { queue: help }", 3, "anchors and aliases are not allowed"),
        ("{ queue: help }", "*x", 3, "anchors and aliases are not allowed"),
        ("flow: tiny", "flow: !!python/none tiny", 1, "tags are not allowed"),
        ("start: hello", "start: hello\nstart: bye", 3, "'start' stands on line 2 already"),
        ("start: hello", "start: hello\n? [a]\n: b", 3, "expected a plain key"),
        ("start: hello", "start: 'hello", 18, "not YAML"),
        ("start: hello", "start: hello\n---\na: b", 3, "expected one document"),
        ("start: hello", "start: hello\nx: \x07", 3, "expected printable text"),
        ("flow: tiny", "flow: tiny\nversion: 0", 2, "version: expected greater than or equal to 1"),
        ("flow: tiny", "flow: tiny\nversion: yes", 2, "expected a whole number, found 'yes'"),
        ("  bye:\n", "  Bye!:\n", 15, "expected a name of a-z, 0-9 and _"),
    ],
)
def test_errors_name_file_line_and_place(
    write: Write, people: Path, old: str, new: str, line: int, message: str
) -> None:
    path = write(GOOD.replace(old, new, 1))
    with pytest.raises(FlowError) as raised:
        load_flow(path)
    told = str(raised.value).splitlines()
    assert any(text.startswith(f"{path}:{line}: ") and message in text for text in told), told


def test_all_problems_are_told_in_the_files_order(write: Write) -> None:
    path = write("flow: 1\nnodes:\n  a: {say: 2}\n  b: {}\n")
    with pytest.raises(FlowError) as raised:
        load_flow(path)
    told = str(raised.value).splitlines()
    assert len(told) == 6
    assert [int(text.removeprefix(f"{path}:").split(":")[0]) for text in told] == [1, 1, 1, 3, 3, 4]


def test_very_many_problems_are_cut(write: Write) -> None:
    with pytest.raises(FlowError, match="more problems"):
        load_flow(write("\n".join(f"k{at}: 1" for at in range(50))))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "- a\n- b\n",
        "[" * 5000,
        "a: " + "{a: " * 5000,
        "- " * 5000 + "a",
        "a: &a [x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
        "nodes:\n" + "".join(f"  n{at}: {{end: x}}\n" for at in range(10_000)),
        "\ufeff",
        "%TAG ! tag:x:\n---\n!a b",
    ],
)
def test_bombs_and_nonsense_are_refused(write: Write, text: str) -> None:
    with pytest.raises(FlowError, match=r"^[^\n]*flow\.yaml:\d+: "):
        load_flow(write(text))


def test_bytes_that_are_no_text(write: Write) -> None:
    path = write("")
    path.write_bytes(b"flow: a\nstart: \xff\n")
    with pytest.raises(FlowError, match=r"flow\.yaml:2: expected UTF-8"):
        load_flow(path)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(FlowError, match="at most 1 MiB"):
        load_flow(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "people.json:1: not JSON"),
        (b"[]", "an object of key to record"),
        (b'{"a": 1}', "an object of key to record"),
        (b'{"a": {"name": null}}', "field 'name': expected text, a number or true/false"),
        (b'{"a": {"name": ["x"]}}', "field 'name': expected text, a number or true/false"),
        (b'{"a": {"name": NaN}}', "NaN is not JSON"),
        (b'{"a": {}, "a": {}}', "a key stands twice"),
        (b"[" * 100_000, "deep nesting"),
        (b'{"a":\n"\xff"}', "people.json:2: expected UTF-8"),
        (b" " * (MAX_BYTES + 1), "at most 1 MiB"),
    ],
)
def test_bad_tables(write: Write, people: Path, content: bytes, message: str) -> None:
    people.write_bytes(content)
    with pytest.raises(FlowError, match=message):
        load_flow(write(GOOD))


def test_a_table_may_not_be_a_link_out_of_the_folder(
    write: Write, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.json"
    outside.write_text("{}")
    path = write(GOOD)
    (path.parent / "people.json").symlink_to(outside)
    with pytest.raises(FlowError, match="inside the flow's folder"):
        load_flow(path)


def test_a_pipe_is_no_table(write: Write) -> None:
    path = write(GOOD)
    os.mkfifo(path.parent / "people.json")
    with pytest.raises(FlowError, match="expected a regular file"):
        load_flow(path)


def test_folders_of_flows(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="at least one NAME/flow.yaml"):
        load_flows(tmp_path)
    for name, text in (("one", "flow: 1"), ("two", "flow: x")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "flow.yaml").write_text(text)
    with pytest.raises(FlowError, match=r"(?s)one/flow\.yaml:1: .*two/flow\.yaml:1: "):
        load_flows(tmp_path)


def test_a_flow_is_named_as_its_folder(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    source = (FLOWS / "take_message" / "flow.yaml").read_text()
    (tmp_path / "other" / "flow.yaml").write_text(source)
    with pytest.raises(FlowError, match="expected the folder's name, found 'take_message'"):
        load_flows(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        # What looks like code is no text.
        ("{name}.", "{name.upper()}", 16, "expected {slot} or {slot:format} at each brace"),
        ("{name}.", "{{ name }}", 16, "expected {slot} or {slot:format} at each brace"),
        ("{name}.", "{% if name %}", 16, "expected {slot} or {slot:format} at each brace"),
        ("{name}.", "{0.__class__}", 16, "expected {slot} or {slot:format} at each brace"),
        ("{name}.", "{name!r}", 16, "expected {slot} or {slot:format} at each brace"),
        # No regular expression of an author is ever run.
        (
            "digits(2)",
            'spelled\n      pattern: "([A-Z]+)+$"',
            9,
            "expected a 'pattern' of A, 9, ?",
        ),
        ("digits(2)", "spelled\n      pattern: '(w+)*9'", 9, "expected a 'pattern' of A, 9, ?"),
        # Numbers nobody means.
        ("digits(2)", "digits(999999999999)", 9, "expected a type of answer"),
        ("digits(2)", "digits(33)", 9, "expected 1 to 32 digits"),
        ("digits(2)", "number\n      max: 1e400", 9, "expected a number for 'max'"),
        ("flow: tiny", "flow: tiny\nversion: " + "9" * 5000, 2, "expected a whole number, found"),
        ("{ queue: help }", "{ queue: help, after: { minutes: 1e400 } }", 3, "expected a number"),
        ("people.json", '"people.json\\0.txt"', 4, "expected printable text"),
        ('prompt: "A', 'prompt: "\\0A', 10, "expected printable text"),
        ("people.json", "a" * 5000, 4, ": file name too long"),
    ],
)
def test_what_is_meant_to_harm_is_refused(
    write: Write, people: Path, old: str, new: str, line: int, message: str
) -> None:
    path = write(GOOD.replace(old, new, 1))
    with pytest.raises(FlowError) as raised:
        load_flow(path)
    told = str(raised.value).splitlines()
    assert any(text.startswith(f"{path}:{line}: ") and message in text for text in told), told


def test_a_flow_without_errors_may_have_warnings(write: Write, people: Path) -> None:
    path = write(GOOD + "  island: { end: x }\n")
    found = examine(path)
    assert found.flow is not None and not found.errors
    (warning,) = found.findings
    assert (warning.severity, warning.place.line) == (Severity.WARNING, 19)
    assert load_flow(path).name == "tiny"


def test_the_types_of_answers_and_the_roads_are_told_together(write: Write, people: Path) -> None:
    path = write(GOOD.replace("digits(2)", "digit(2)").replace("then: find", "then: fund"))
    with pytest.raises(FlowRefused) as raised:
        load_flow(path)
    assert [finding.place.line for finding in raised.value.findings] == [9, 11]


# --- knowledge and intents -----------------------------------------------------------------------

FAQ = """\
flow: faq
start: hello
escape: { queue: help }
knowledge: { points: articles }
intents:
  earn: ["how do I earn points", "collect points"]
  lost: ["I lost my card", "my card is gone"]
nodes:
  hello: { say: "A virtual assistant here.", then: ask }
  ask:
    ask: { slot: reason, type: intent, prompt: "How can I help?" }
    on: { earn: answer, lost: person }
  answer: { answer: { prompt: "What is your question?", knowledge: points }, then: bye }
  person: { escalate: "lost card" }
  bye: { end: "Goodbye." }
"""
ARTICLE = "# Points\n\n## Do points expire?\n\nPoints are good for two years.\n"


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "articles" / "points.md"
    path.parent.mkdir()
    path.write_text(ARTICLE)
    return path


def test_intents_and_articles_are_ready_to_run(write: Write, article: Path) -> None:
    flow = load_flow(write(FAQ))
    matcher = flow.questions["ask"].matcher
    assert matcher is not None and matcher.match("I lost my card")[0].intent == "lost"
    found = flow.knowledge["points"].answer("do points expire")
    assert found is not None and found.passage.short == "Points are good for two years."


def test_the_version_is_also_of_the_articles(write: Write, article: Path) -> None:
    before = load_flow(write(FAQ)).version
    article.write_text(ARTICLE.replace("two", "three"))
    assert load_flow(write(FAQ)).version != before


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("no title", 1, "an article begins with its title"),
        (ARTICLE + "\n## Empty\n", 7, "no answer under this heading"),
    ],
)
def test_articles_have_lines_too(
    write: Write, article: Path, content: str, line: int, message: str
) -> None:
    article.write_text(content)
    with pytest.raises(FlowRefused) as raised:
        load_flow(write(FAQ))
    (finding,) = raised.value.findings
    assert (finding.place.file, finding.place.line) == (str(article), line)
    assert message in finding.message


@pytest.mark.parametrize("folder", ["..", "../other", "/etc", "nothing", "flow.yaml"])
def test_articles_lie_in_a_folder_beside_the_flow(write: Write, article: Path, folder: str) -> None:
    path = write(FAQ.replace("articles", folder))
    with pytest.raises(FlowError, match=r"flow\.yaml:4: .*a folder of articles inside the flow's"):
        load_flow(path)


def test_what_no_node_uses_is_not_read(write: Write) -> None:
    text = "".join(line for line in FAQ.splitlines(True) if not line.startswith("  answer:"))
    found = examine(write(text.replace("earn: answer", "earn: bye")))
    assert found.flow is not None and not found.flow.knowledge
    assert "'points' is never used" in {finding.message for finding in found.findings}
