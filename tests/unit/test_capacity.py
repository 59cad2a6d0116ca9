"""Where the number of calls at once comes from, and whose figure is believed."""

from pathlib import Path

import pytest

from warmline.config import Settings
from warmline.config.capacity import (
    CALLS_PER_CORE,
    Capacity,
    Machine,
    call_limit,
    read,
    this_machine,
    write,
)
from warmline.config.sections import CallSettings, HearingSettings
from warmline.errors import ConfigError
from warmline.machine import cores

SETTINGS = Settings()
BY_CORES = CALLS_PER_CORE * cores()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "capacity.toml"


def measured(machine: Machine | None = None, calls: int = 11) -> Capacity:
    return Capacity(
        calls=calls,
        target_ms=900.0,
        measured_at="2026-11-22T14:00:00+00:00",
        machine=machine or this_machine(SETTINGS),
    )


def test_what_is_written_is_read(file: Path) -> None:
    odd = Machine(processor='A "fast\\one" \x00µ', cores=2, hearing="ab")
    write(measured(odd), file)
    found = read(file)
    assert found is not None
    assert found.machine.processor == 'A "fast\\one" µ'
    write(measured(), file)
    assert read(file) == measured()
    assert [path.name for path in file.parent.iterdir()] == ["capacity.toml"]


def test_what_is_set_counts_before_what_was_measured(file: Path) -> None:
    write(measured(), file)
    limit = call_limit(Settings(call=CallSettings(max_calls=3)), file)
    assert (limit.calls, limit.because) == (3, "call.max_calls")


def test_what_was_measured_counts_before_the_cores(file: Path) -> None:
    assert call_limit(SETTINGS, file).calls == BY_CORES
    write(measured(), file)
    limit = call_limit(SETTINGS, file)
    assert limit.calls == 11
    assert "2026-11-22" in limit.because
    assert "900 ms" in limit.because


def test_another_machines_figure_is_not_believed(file: Path) -> None:
    write(measured(Machine(processor="other", cores=64, hearing="")), file)
    limit = call_limit(SETTINGS, file)
    assert limit.calls == BY_CORES
    assert "elsewhere" in limit.because


def test_a_figure_of_other_recognition_is_not_believed(file: Path) -> None:
    other = Settings(hearing=HearingSettings(partials=False))
    write(measured(this_machine(other)), file)
    assert "other recognition" in call_limit(SETTINGS, file).because
    assert call_limit(other, file).calls == 11


@pytest.mark.parametrize(
    "text", ["", "calls = 'many'", "calls = [", "\x00", "calls = 0\ntarget_ms = 1.0"]
)
def test_a_file_that_says_nothing_stops_no_server(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    limit = call_limit(SETTINGS, file)
    assert limit.calls == BY_CORES
    assert "warmline capacity --write" in limit.because
    with pytest.raises(ConfigError, match=r"capacity\.toml"):
        read(file)


def test_no_call_at_all_is_no_capacity(file: Path) -> None:
    write(measured(calls=0), file)
    with pytest.raises(ConfigError, match="expected 1 or more"):
        read(file)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be written"):
        write(measured(), tmp_path / "folder" / "capacity.toml")
