"""`warmline hints check|report`."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from warmline.cli.hints import hints_app
from warmline.events import CallEnded, CallStarted, Entry, Fact, HintClosed, HintShown
from warmline.records.store import Store

GOOD = """\
flow: tiny
start: hello
escape: { queue: help }
nodes:
  hello: { say: "A virtual assistant here.", then: bye }
  bye: { end: "Goodbye." }
"""
HINTS = """\
hints:
  refund: { when: { words: [refund] }, title: Refunds, text: Five days. }
checklist:
  told: { text: Told, node: hello }
"""


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("WARMLINE_RECORDS_DATABASE", str(tmp_path / "record.db"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "flows" / "tiny"
    folder.mkdir(parents=True)
    (folder / "flow.yaml").write_text(GOOD)
    (folder / "hints.yaml").write_text(HINTS)
    return folder


def run(*arguments: object) -> Done:
    result = CliRunner().invoke(hints_app, [str(argument) for argument in arguments])
    assert isinstance(result.exception, SystemExit | None), repr(result.exception)
    return Done(result.exit_code, result.stdout, result.stderr)


# --- check ---------------------------------------------------------------------------------------


def test_the_flows_that_ship_are_sound() -> None:
    done = run("check", "--strict")
    assert done.code == 0
    assert "customer_care: no problems; 5 hints, 4 items to be said\n" in done.out


def test_one_line_for_each_problem(folder: Path) -> None:
    path = folder / "hints.yaml"
    path.write_text(HINTS.replace("title", "titel").replace("node: hello", "node: helo"))
    done = run("check", folder)
    assert done.code == 1
    unknown = f"error: {path}:2: hints.refund.titel: unknown key; did you mean 'title'?"
    assert done.out.startswith(unknown)
    assert f"\nerror: {path}:2: hints.refund.title: is missing\n" in done.out
    assert done.out.endswith("tiny: 2 errors\n")


def test_warnings_count_if_wished(folder: Path) -> None:
    rule = "hints:\n  a: { when: { meaning: [a refund] }, title: A, text: B }\n"
    (folder / "hints.yaml").write_text(rule)
    done = run("check", folder)
    assert done.code == 0
    assert done.out.startswith(f"warning: {folder}/hints.yaml:2: hints.a.when.meaning: 1 examples")
    assert done.out.endswith("tiny: 1 warnings; 1 hints, 0 items to be said\n")
    assert run("check", folder, "--strict").code == 1


def test_findings_for_programs(folder: Path) -> None:
    (folder / "hints.yaml").write_text("hint: {}\n")
    done = run("check", "tiny", "--folder", folder.parent, "--json")
    (found,) = json.loads(done.out)
    assert (done.code, found["line"], found["path"], found["severity"]) == (1, 1, "hint", "error")
    (folder / "hints.yaml").unlink()
    assert json.loads(run("check", folder, "--json").out) == []


def test_a_flow_that_is_not_there(folder: Path) -> None:
    done = run("check", "nowhere", "--folder", folder.parent)
    assert (done.code, done.out) == (2, "")
    assert "there is no flow 'nowhere'" in done.err


# --- report --------------------------------------------------------------------------------------


def shown(hint: str, rule: str = "refund") -> HintShown:
    return HintShown(hint=hint, rule=rule, kind="rule", title="T", text="t", source="s")


def closed(hint: str, outcome: str, rule: str = "refund") -> HintClosed:
    return HintClosed(hint=hint, rule=rule, outcome=outcome)


async def _record(path: Path, calls: Sequence[tuple[str, Sequence[Fact]]]) -> None:
    store = await Store.open(path)
    for number, (flow, facts) in enumerate(calls):
        start = CallStarted(door="test", caller="", flow=flow, flow_version="1")
        log: list[Fact] = [start, *facts]
        for seq, fact in enumerate(log, 1):
            store.append(Entry(call_id=f"call-{number}", seq=seq, at=float(seq), fact=fact))
    await store.close()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "record.db"
    calls: list[tuple[str, list[Fact]]] = [
        (
            "care",
            [
                *(shown("hint-1"), closed("hint-1", "used"), closed("hint-1", "expired")),
                *(shown("hint-2", "late"), closed("hint-2", "said", "late")),
                *(shown("hint-3"), closed("hint-3", "dismissed")),
                CallEnded(reason="completed"),
            ],
        ),
        ("care", [shown("hint-1"), closed("hint-7", "used"), CallEnded(reason="completed")]),
        ("bank", [shown("hint-1", "fraud"), closed("hint-1", "expired", "fraud")]),
    ]
    asyncio.run(_record(path, calls))
    return path


def test_what_became_of_each_rules_hints(record: Path) -> None:
    done = run("report")
    assert done.code == 0
    assert [" ".join(line.split()) for line in done.out.splitlines()] == [
        "flow rule shown used said dismissed expired withdrawn precision",
        "bank fraud 1 0 0 0 1 0 0%",
        "care refund 3 1 0 1 0 1 33%",
        "care late 1 0 1 0 0 0 100%",
    ]


def test_one_flow_for_programs(record: Path) -> None:
    rows = json.loads(run("report", "--flow", "care", "--json").out)
    assert [(row["rule"], row["shown"], row["precision"]) for row in rows] == [
        ("refund", 3, 0.333),
        ("late", 1, 1.0),
    ]


def test_a_call_that_goes_on_is_left_alone(record: Path) -> None:
    run("report")

    async def unfinished() -> str | None:
        from warmline.records.database import Database

        store = Store(await Database.open(record))
        call = await store.call("call-2")
        await store.close()
        assert call is not None
        return call.ended_at

    assert asyncio.run(unfinished()) is None


@pytest.mark.parametrize(("since", "rows"), [("2026-01-01", 3), ("1", 3), ("2999-01-01", 0)])
def test_since(record: Path, since: str, rows: int) -> None:
    done = run("report", "--since", since)
    assert done.code == 0
    assert max(len(done.out.splitlines()) - 1, 0) == rows
    assert ("no hints were shown" in done.err) == (rows == 0)


def test_more_calls_than_a_page(tmp_path: Path) -> None:
    facts: list[Fact] = [shown("hint-1"), closed("hint-1", "used"), CallEnded(reason="completed")]
    asyncio.run(_record(tmp_path / "record.db", [("care", facts)] * 250))
    (row,) = json.loads(run("report", "--json").out)
    assert (row["shown"], row["used"]) == (250, 250)


def test_what_cannot_be_used(tmp_path: Path) -> None:
    done = run("report")
    assert (done.code, done.out) == (1, "")
    assert "there is no record yet" in done.err and "Traceback" not in done.err
    (tmp_path / "record.db").write_text("no database " * 400)
    assert "is no usable SQLite database" in run("report").err
    done = run("report", "--since", "yesterday")
    assert "error:" in done.err
