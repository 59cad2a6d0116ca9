"""What this machine is said to be."""

from pathlib import Path

import pytest

from warmline import machine


def test_a_share_of_time_is_worth_fewer_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(machine, "_QUOTA", quota)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert machine.cores() == 8
    for text, cores in [("max 100000", 8), ("200000 100000", 2), ("50000 100000", 1)]:
        quota.write_text(text)
        assert machine.cores() == cores


@pytest.mark.parametrize("content", [b"model name\t: Fast  CPU \n", b"", b"\xff"])
def test_a_processor_always_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    info = tmp_path / "cpuinfo"
    monkeypatch.setattr(machine, "_CPUINFO", info)
    assert machine.processor()  # no such file
    info.write_bytes(content)
    found = machine.processor()
    assert found == "Fast CPU" if b"Fast" in content else found
