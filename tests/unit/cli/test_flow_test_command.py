"""`warmline flow test` and `flow coverage`: what they show, and their exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

FLOW = """\
flow: tiny
start: welcome
escape: { queue: help }
nodes:
  welcome:
    say: "You are talking with an automated assistant."
    then: question
  question:
    ask: { slot: more, type: yes_no, prompt: "Anything else?" }
    on: { yes: question, no: bye }
  bye:
    end: "Goodbye."
"""
GOOD = """\
conversation: nothing else
turns:
  - bot: automated assistant
  - caller: "no"
  - bot: { says: goodbye, ends: true }
"""
BAD = """\
conversation: wants a person
turns:
  - caller: "agent"
  - bot: { escalates: sales }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    conversations = tmp_path / "flows" / "tiny" / "conversations"
    conversations.mkdir(parents=True)
    (conversations.parent / "flow.yaml").write_text(FLOW)
    (conversations / "good.yaml").write_text(GOOD)
    return tmp_path / "flows"


@pytest.fixture
def bad(folder: Path) -> Path:
    path = folder / "tiny" / "conversations" / "bad.yaml"
    path.write_text(BAD)
    return path


def test_all_pass(warmline: Command, folder: Path) -> None:
    done = warmline("flow", "test", "--folder", folder)
    assert (done.code, done.out) == (
        0,
        "pass tiny: nothing else\n1 of 1 conversations pass\n",
    )
    assert "all-MiniLM-L6-v2 is not installed" in done.err


def test_a_failure_is_told_with_its_place(warmline: Command, folder: Path, bad: Path) -> None:
    done = warmline("flow", "test", "tiny", "--folder", folder)
    assert done.code == 1
    first, place, said, *_ = done.out.splitlines()
    assert first == "FAIL tiny: wants a person"
    assert place == f"{bad}:4: expected a person of the queue sales, found help"
    assert said.startswith("    said: ")
    assert done.out.endswith("1 of 2 conversations pass\n")


def test_only_some(warmline: Command, folder: Path, bad: Path) -> None:
    for text in ("NOTHING else", "good"):
        done = warmline("flow", "test", "--folder", folder, "-k", text)
        assert (done.code, done.out.count("tiny:")) == (0, 1)
    assert warmline("flow", "test", "--folder", folder, "-k", "unheard of").code == 2


def test_every_turn(warmline: Command, folder: Path) -> None:
    out = warmline("flow", "test", "--folder", folder, "--verbose").out
    assert " s  caller: no\n                bot: Goodbye.\n" in out
    assert "nodes: welcome, question\n" in out
    assert "more = 'no' (0.90)\n" in out


def test_json(warmline: Command, folder: Path, bad: Path) -> None:
    done = warmline("flow", "test", "--folder", folder, "--json")
    wrong, right = map(json.loads, done.out.splitlines())
    assert done.code == 1
    assert (right["flow"], right["name"], right["passed"]) == ("tiny", "nothing else", True)
    assert [turn["caller"] for turn in right["turns"]] == ["", "no"]
    [failure] = wrong["failures"]
    assert (failure["file"], failure["line"], failure["found"]) == (str(bad), 4, "help")


@pytest.mark.parametrize("command", ["test", "coverage"])
def test_files_that_cannot_be_used(
    warmline: Command, folder: Path, bad: Path, command: str
) -> None:
    bad.write_text("conversation: x\n")
    done = warmline("flow", command, "--folder", folder)
    assert (done.code, done.out) == (2, "")
    assert f"error: {bad}:1: turns: is missing\n" in done.err
    assert warmline("flow", command, "large", "--folder", folder).code == 2
    assert warmline("flow", command, "--folder", folder / "none").code == 2


def test_what_is_not_covered(warmline: Command, folder: Path) -> None:
    done = warmline("flow", "coverage", "--folder", folder, "--min", "100")
    flow = folder / "tiny" / "flow.yaml"
    assert (done.code, done.out) == (
        0,
        "tiny: 100 % of 3 nodes entered, 67 % of 3 exits taken\n"
        f"{flow}:10: never taken: question to question (on.yes)\n",
    )
    assert warmline("flow", "coverage", "--folder", folder, "--min-exits", "90").code == 1


def test_nodes_that_are_not_covered(warmline: Command, folder: Path) -> None:
    (folder / "tiny" / "conversations" / "good.yaml").unlink()
    done = warmline("flow", "coverage", "--folder", folder, "--min", "1")
    flow = folder / "tiny" / "flow.yaml"
    assert done.code == 1
    assert f"{flow}:11: never entered: bye\n" in done.out
    done = warmline("flow", "coverage", "--folder", folder, "--json")
    [report] = map(json.loads, done.out.splitlines())
    assert (done.code, report["nodes"], len(report["missed_exits"])) == (0, 0.0, 3)
    assert report["missed_nodes"][-1] == {"at": f"{flow}:11", "node": "bye"}


def test_audio_without_models(warmline: Command, folder: Path) -> None:
    done = warmline("flow", "test", "--folder", folder, "--audio")
    assert (done.code, done.out) == (2, "")
    assert "warmline models pull" in done.err
