"""`warmline flow check|schema|show`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FLOWS = Path(__file__).parents[3] / "voice_flows"
Command = Callable[..., Any]

GOOD = """\
flow: tiny
start: hello
escape: { queue: help }
nodes:
  hello: { say: "A virtual assistant here.", then: bye }
  bye: { end: "Goodbye." }
"""
ISLAND = "  island: { end: x }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows" / "tiny").mkdir(parents=True)
    (tmp_path / "flows" / "tiny" / "flow.yaml").write_text(GOOD)
    return tmp_path / "flows"


def test_the_flows_that_ship_are_sound(warmline: Command) -> None:
    done = warmline("flow", "check", "order_status", "take_message")
    assert done.code == 0
    assert "order_status: no problems; " in done.out and "take_message: no problems" in done.out


def test_one_line_for_each_problem(warmline: Command, folder: Path) -> None:
    path = folder / "tiny" / "flow.yaml"
    path.write_text(GOOD.replace("then: bye", "then: by") + ISLAND)
    done = warmline("flow", "check", "--folder", folder)
    assert done.code == 1
    assert done.out == (
        f"error: {path}:5: nodes.hello.then: there is no node 'by'; did you mean 'bye'?\n"
        "tiny: 1 errors\n"
    )


def test_warnings_are_shown_and_count_if_wished(warmline: Command, folder: Path) -> None:
    path = folder / "tiny" / "flow.yaml"
    path.write_text(GOOD + ISLAND)
    done = warmline("flow", "check", path)
    assert done.code == 0
    assert done.out.startswith(f"warning: {path}:7: nodes.island: no road from the start leads")
    assert "tiny: 1 warnings; 3 nodes, a person within 1 step of each" in done.out
    assert warmline("flow", "check", path.parent, "--strict").code == 1


def test_findings_for_programs(warmline: Command, folder: Path) -> None:
    path = folder / "tiny" / "flow.yaml"
    path.write_text(GOOD.replace("then: bye", "then: by") + ISLAND)
    done = warmline("flow", "check", "tiny", "--folder", folder, "--json")
    assert done.code == 1
    assert json.loads(done.out) == [
        {
            "file": str(path),
            "line": 5,
            "path": "nodes.hello.then",
            "severity": "error",
            "message": "there is no node 'by'; did you mean 'bye'?",
        }
    ]
    path.write_text(GOOD)
    assert json.loads(warmline("flow", "check", path, "--json").out) == []


def test_a_flow_is_named_as_its_folder(warmline: Command, folder: Path) -> None:
    (folder / "tiny").rename(folder / "other")
    done = warmline("flow", "check", "--folder", folder)
    assert done.code == 1
    assert "flow.yaml:1: flow: expected the folder's name, found 'tiny'" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "nowhere"), "there is no flow 'nowhere'"),
        (("show", "nowhere"), "there is no flow 'nowhere'"),
        (("schema", "--output", "/nowhere/schema.json"), "/nowhere/schema.json: no such file"),
    ],
)
def test_what_cannot_be_used_is_status_2(
    warmline: Command, arguments: tuple[str, ...], message: str
) -> None:
    done = warmline("flow", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_folder_without_flows(warmline: Command, tmp_path: Path) -> None:
    done = warmline("flow", "check", "--folder", tmp_path)
    assert done.code == 2 and "expected at least one NAME/flow.yaml" in done.err


def test_the_schema(warmline: Command, tmp_path: Path) -> None:
    shown = json.loads(warmline("flow", "schema").out)
    assert shown["properties"].keys() >= {"flow", "include", "nodes"}
    path = tmp_path / "schema.json"
    done = warmline("flow", "schema", "--output", path)
    assert (done.code, done.out) == (0, "")
    assert json.loads(path.read_text()) == shown


def test_pictures(warmline: Command, folder: Path, tmp_path: Path) -> None:
    assert warmline("flow", "show", "order_status").out.startswith("flowchart TD\n")
    path = tmp_path / "tiny.svg"
    done = warmline("flow", "show", folder / "tiny", "--format", "svg", "--output", path)
    assert (done.code, done.out) == (0, "")
    assert path.read_text().startswith("<svg ")


def test_a_flow_with_errors_is_not_drawn(warmline: Command, folder: Path) -> None:
    (folder / "tiny" / "flow.yaml").write_text("flow: tiny")
    done = warmline("flow", "show", folder / "tiny")
    assert done.code == 2 and "flow.yaml:1: start: is missing" in done.err
