"""What is remembered of a machine; the measurement itself once, in a process of its own."""

import json
from pathlib import Path

import pytest

from warmline.inference import probe
from warmline.inference.layout import Probe
from warmline.machine import cores

SLOW, FAST = Probe(gflops=20.0, parallel=1.9), Probe(gflops=30.0, parallel=1.4)


def test_a_machine_can_be_measured() -> None:
    found = probe.measured()
    assert found is not None
    assert found.gflops > 0
    assert 0 < found.parallel < 2 * cores() + 1


def test_what_was_measured_is_remembered_and_the_best_counts(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "probe.json"
    assert probe.remembered(file) is None
    assert probe.remember(file, SLOW) == SLOW
    best = Probe(gflops=30.0, parallel=1.9)
    assert probe.remember(file, FAST) == best
    assert probe.remembered(file) == best
    assert probe.known(file) == best


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "half {", '{"machine": 1, "version": 1, "gflops": "x", "parallel": 2}'],
)
def test_a_broken_file_is_no_memory(tmp_path: Path, content: str) -> None:
    file = tmp_path / "probe.json"
    file.write_text(content)
    assert probe.remembered(file) is None


@pytest.mark.parametrize("change", [{"machine": "another"}, {"version": 0}, {"gflops": None}])
def test_another_machine_s_figures_are_not_believed(
    tmp_path: Path, change: dict[str, object]
) -> None:
    file = tmp_path / "probe.json"
    probe.remember(file, FAST)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    assert probe.remembered(file) is None


def test_where_nothing_can_be_written_the_figures_still_count(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    assert probe.remember(tmp_path / "cache" / "probe.json", FAST) == FAST


def test_a_machine_that_cannot_be_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "none"))
    assert probe.known(tmp_path / "probe.json") is None
