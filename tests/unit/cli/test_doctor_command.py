"""`warmline doctor`: its exit status for programs, its findings for people."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warmline.cli.doctor import Finding, State
from warmline.inference import probe
from warmline.inference.layout import Probe

Command = Callable[..., Any]
FINE = Finding("flows", State.OK, "order_status")
DOUBTFUL = Finding("memory", State.WARNING, "little")
BROKEN = Finding("model [x]", State.FAILED, "is missing")


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """This machine is fast, and forgets it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(probe, "measured", lambda: Probe(gflops=120.0, parallel=2.0))
    monkeypatch.setattr("warmline.cli.doctor.cores", lambda: 2)


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], 0),
        ([FINE], 0),
        ([FINE, DOUBTFUL, FINE], 1),
        ([BROKEN, DOUBTFUL], 2),
        ([FINE, BROKEN], 2),
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_worst_finding_is_the_status(
    warmline: Command,
    monkeypatch: pytest.MonkeyPatch,
    findings: list[Finding],
    code: int,
    options: list[str],
) -> None:
    monkeypatch.setattr("warmline.cli.doctor.examine", lambda config: iter(findings))
    done = warmline("doctor", *options)
    assert (done.code, done.err) == (code, "")
    if options:
        told = json.loads(done.out)["findings"]
        assert [Finding(**finding) for finding in told] == findings
    else:
        assert [line.split()[0] for line in done.out.splitlines()] == [f.state for f in findings]
        assert all(f"{f.name}: {f.text}" in done.out for f in findings)


def found(done: Any) -> dict[str, tuple[str, str]]:
    return {f["name"]: (f["state"], f["text"]) for f in json.loads(done.out)["findings"]}


def test_a_broken_configuration_ends_the_examination(warmline: Command, tmp_path: Path) -> None:
    config = tmp_path / "warmline.toml"
    config.write_text("[server]\nport = 'eighty'\n")
    done = warmline("doctor", "--config", config, "--json")
    assert done.code == 2
    ((name, (state, text)),) = found(done).items()
    assert (name, state) == ("configuration", "failed") and f"{config}:2: server.port" in text


def test_what_is_missing_on_this_machine(
    warmline: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WARMLINE_SERVER_PORT", "0")
    done = warmline("doctor", "--json")
    findings = found(done)
    assert done.code == 2
    assert findings["configuration"][0] == findings["flows"][0] == findings["port"][0] == "ok"
    assert findings["model whisper-base"][0] == "failed"
    assert "run `warmline models pull whisper-base`" in findings["model whisper-base"][1]
    assert {"processor", "memory", "calls at once"} < findings.keys()
    assert findings["model smart-turn-v3.2"][0] == "warning"
    assert findings["recognition"] == (
        "ok",
        "2 workers, 1 of them kept for finals, 1 thread each, both models in each; "
        "2 cores that do the work of 2.0, 120 GFLOP/s each",
    )

    monkeypatch.setenv("WARMLINE_FLOWS_DEFAULT", "nosuch")
    assert found(warmline("doctor", "--json"))["flows"] == ("failed", "there is no flow 'nosuch'")
    monkeypatch.setenv("WARMLINE_FLOWS_FOLDER", str(tmp_path / "none"))
    assert found(warmline("doctor", "--json"))["flows"][0] == "failed"


def test_a_port_in_use_is_a_warning(warmline: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("WARMLINE_SERVER_PORT", str(taken.getsockname()[1]))
        state, text = found(warmline("doctor", "--json"))["port"]
    assert state == "warning" and "is a server running already?" in text


@pytest.mark.parametrize(
    ("found_probe", "text"),
    [(None, "could not be measured"), (Probe(gflops=5.0, parallel=2.0), "small")],
)
def test_a_machine_that_is_slow_or_unknown_is_a_warning(
    warmline: Command, monkeypatch: pytest.MonkeyPatch, found_probe: Probe | None, text: str
) -> None:
    monkeypatch.setattr(probe, "measured", lambda: found_probe)
    state, told = found(warmline("doctor", "--json"))["recognition"]
    assert state == "warning" and text in told
