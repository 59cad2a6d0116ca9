"""Flows in several files: what is put together, and what is refused where."""

from collections.abc import Callable
from pathlib import Path

import pytest

from warmline.errors import FlowError
from warmline.flows.includes import MAX_FILES, read_source
from warmline.flows.loader import load_flow
from warmline.flows.report import FlowRefused, Place

Files = Callable[..., Path]

HEAD = """\
flow: tiny
start: hello
include: [parts/bye.yaml, ../shared/hours.yaml]
escape: { queue: help }
nodes:
  hello: { say: "A virtual assistant here.", then: bye }
"""
BYE = 'nodes:\n  bye: { end: "Goodbye." }\n'
HOURS = 'hours:\n  open: { mon-fri: ["09:00-17:00"] }\nescape: { closed: bye }\n'


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Writes a flow's folder with the folder of shared parts beside it; gives flow.yaml."""

    def write(head: str = HEAD, bye: str = BYE, hours: str = HOURS, **more: str) -> Path:
        path = tmp_path / "flows" / "tiny" / "flow.yaml"
        for name, text in {
            "tiny/flow.yaml": head,
            "tiny/parts/bye.yaml": bye,
            "shared/hours.yaml": hours,
            **{f"tiny/{name}.yaml": text for name, text in more.items()},
        }.items():
            place = tmp_path / "flows" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return path

    return write


def refused(path: Path) -> list[str]:
    with pytest.raises(FlowRefused) as raised:
        load_flow(path)
    return [str(finding) for finding in raised.value.findings]


def test_parts_become_one_flow(files: Files) -> None:
    flow = load_flow(files())
    assert list(flow.nodes) == ["hello", "bye"]
    assert flow.file.hours is not None
    assert (flow.escape.queue, flow.escape.closed) == ("help", "bye")


def test_the_version_is_of_all_files(files: Files) -> None:
    version = load_flow(files()).version
    assert load_flow(files()).version == version
    assert load_flow(files(bye=BYE.replace("Good", "Bye"))).version != version


def test_a_place_names_the_file_that_it_is_in(files: Files) -> None:
    path = files()
    source = read_source(path)
    root = path.parent
    assert source.places["nodes", "hello"] == Place(str(path), 6)
    assert source.places["nodes", "bye"] == Place(str(root / "parts" / "bye.yaml"), 2)
    assert source.places["escape", "closed"].file.endswith("shared/hours.yaml")
    assert "include" not in source.value
    assert len(source.data) == 3


def test_problems_of_a_part_are_told_where_they_are(files: Files) -> None:
    path = files(bye=BYE.replace("end", "ends"), hours=HOURS.replace("09:00", "9"))
    told = refused(path)
    assert len(told) == 2
    assert told[0].startswith(f"{path.parent / 'parts' / 'bye.yaml'}:2: nodes.bye: expected")
    assert "shared/hours.yaml:2: hours.open.mon-fri.0: expected times" in told[1]


def test_a_name_that_stands_twice_names_both_places(files: Files) -> None:
    hours = 'nodes:\n  hello: { end: "Hm." }\n\n  bye: { end: "Well." }\nescape: { queue: x }\n'
    path = files(hours=hours)
    shared = path.parents[1] / "shared" / "hours.yaml"
    assert refused(path) == [
        f"{shared}:2: nodes.hello: stands in {path}:6 already",
        f"{shared}:4: nodes.bye: stands in {path.parent / 'parts' / 'bye.yaml'}:2 already",
        f"{shared}:5: escape.queue: stands in {path}:4 already",
    ]


def test_tables_lie_beside_the_file_that_names_them(files: Files) -> None:
    look_up = (
        "tables: { people: people.json }\nnodes:\n"
        "  bye: { look_up: { table: people, key: x, save: {} }, on: { found: e, not_found: e } }\n"
        "  e: { end: x }\n"
    )
    path = files(bye=look_up)
    (path.parent / "parts" / "people.json").write_text('{"x": {"name": "Ann"}}')
    assert load_flow(path).tables["people"] == {"x": {"name": "Ann"}}
    files(bye=look_up.replace("people.json", "../people.json"))
    assert "expected a file inside the flow's folder" in refused(path)[0]


@pytest.mark.parametrize(
    ("include", "message"),
    [
        ("parts/bye.yaml", ":3: include: expected a list of files"),
        ("[1]", ":3: include: expected a list of files"),
        (f"[{', '.join(f'{n}.yaml' for n in range(MAX_FILES + 1))}]", "expected at most 20 files"),
        ("[parts/none.yaml]", ":3: none.yaml: no such file or directory"),
        ("[parts]", ":3: parts: expected a regular file"),
        ("[../../secret.yaml]", ":3: expected a file inside the folder that holds the flows'"),
        ("[/etc/passwd]", ":3: expected a file inside the folder that holds the flows'"),
        ("['']", ":3: expected a file inside the folder that holds the flows'"),
        ("['a\\0']", ":3: "),
        ("[..]", ":3: expected a file inside the folder that holds the flows'"),
        ("[flow.yaml]", ":3: flow.yaml is included already"),
        ("[parts/bye.yaml, parts/../parts/bye.yaml]", ":3: bye.yaml is included already"),
        ("[parts/bye.yaml, ../secret]", ":3: secret: no such file or directory"),
    ],
)
def test_what_cannot_be_included(files: Files, include: str, message: str) -> None:
    head = HEAD.replace("[parts/bye.yaml, ../shared/hours.yaml]", include)
    path = files(head)
    (path.parents[2] / "secret.yaml").write_text(BYE)
    (told,) = refused(path)
    assert told.startswith(str(path)) and message in told


def test_a_link_may_not_lead_out(files: Files, tmp_path: Path) -> None:
    path = files()
    (tmp_path / "secret.yaml").write_text(BYE)
    (path.parent / "parts" / "bye.yaml").unlink()
    (path.parent / "parts" / "bye.yaml").symlink_to(tmp_path / "secret.yaml")
    assert "expected a file inside the folder" in refused(path)[0]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("flow: other", ":1: an included file cannot hold 'flow', only nodes, intents"),
        ("nodes: {}\ninclude: [a.yaml]", ":2: an included file cannot hold 'include'"),
        ("- a", ":1: expected a mapping of nodes"),
        ("nodes: &a {}", ":1: anchors and aliases"),
        ("nodes: []", "nodes: stands in"),
    ],
)
def test_what_a_part_cannot_hold(files: Files, part: str, message: str) -> None:
    path = files(bye=part)
    (told,) = refused(path)
    assert told.startswith(str(path.parent / "parts" / "bye.yaml")) and message in told


def test_the_budget_is_for_all_files(files: Files) -> None:
    many = "".join(f"  n{{n}}_{at}: {{{{ end: x }}}}\n" for at in range(2600))
    parts = {f"p{n}": "nodes:\n" + many.format(n=n) for n in range(3)}
    head = HEAD.replace("[parts/bye.yaml,", "[parts/bye.yaml, p0.yaml, p1.yaml, p2.yaml,")
    with pytest.raises(FlowError, match=r"p1\.yaml:\d+: expected at most 20000 keys and values"):
        load_flow(files(head, **parts))
