"""`warmline capacity`: what it tries, tells and writes; the calls themselves are made up."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warmline.audio import files
from warmline.caller.client import CallOptions
from warmline.caller.crowd import Clip, Measured, Waited
from warmline.config.capacity import read

Command = Callable[..., Any]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "phrase.wav"
    noise = np.random.default_rng(1).normal(0, 3000, 16_000).astype(np.int16)
    files.write_wav(path, noise, 16_000)
    return path


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "capacity.toml"
    monkeypatch.setattr("warmline.config.capacity.default_file", lambda: path)
    monkeypatch.setattr("warmline.cli.capacity.cores", lambda: 2)
    return path


def server(monkeypatch: pytest.MonkeyPatch, v2v_ms: Callable[[int], float], late_ms: float) -> None:
    """A server that makes callers wait so long, by their number."""

    @contextlib.asynccontextmanager
    async def started(settings: Mapping[str, str]) -> AsyncIterator[str]:
        assert settings["WARMLINE_CALL_WHEN_BUSY"] == "refuse"
        assert (Path(settings["WARMLINE_FLOWS_FOLDER"]) / "take_message" / "flow.yaml").exists()
        yield "http://127.0.0.1:1"

    async def crowd(
        options: CallOptions,
        clips: Sequence[Clip],
        calls: int,
        *,
        seconds: float,
        spread_s: float,
    ) -> list[Measured]:
        turn = Waited(clip=clips[0].name, at_s=99.0, v2v_ms=v2v_ms(calls), outcome="answered")
        return [
            Measured(
                caller=number,
                call_id="c",
                failure="",
                begun_s=0.0,
                greeting_ms=50.0,
                turns=(turn,) * 5,
                gaps=0,
                minutes=seconds / 60,
                late_ms=(late_ms,),
            )
            for number in range(calls)
        ]

    monkeypatch.setattr("warmline.cli.capacity.own_server", started)
    monkeypatch.setattr("warmline.cli.capacity.run_crowd", crowd)


def test_the_largest_number_in_time_is_written(
    warmline: Command, monkeypatch: pytest.MonkeyPatch, recording: Path, written: Path
) -> None:
    server(monkeypatch, lambda calls: 100.0 * calls, 1.0)
    done = warmline("capacity", recording, "--write")
    assert done.code == 0
    assert "9 calls at once within 900 ms" in done.out
    assert "burst of 5" in done.out
    found = read(written)
    assert found is not None
    assert (found.calls, found.target_ms) == (9, 900.0)


def test_nothing_is_written_unless_asked_for(
    warmline: Command, monkeypatch: pytest.MonkeyPatch, recording: Path, written: Path
) -> None:
    server(monkeypatch, lambda calls: 100.0 * calls, 1.0)
    done = warmline("capacity", recording, "--target-ms", 300, "--json")
    result = json.loads(done.out)
    assert (done.code, result["calls"]) == (0, 3)
    assert [one["calls"] for one in result["tried"]] == [2, 4, 3]
    assert result["burst"]["verdict"] == "slow"
    assert not written.exists()


def test_a_machine_that_is_too_slow_for_one(
    warmline: Command, monkeypatch: pytest.MonkeyPatch, recording: Path, written: Path
) -> None:
    server(monkeypatch, lambda calls: 1000.0, 1.0)
    done = warmline("capacity", recording, "--write")
    assert done.code == 1
    assert "0 calls at once" in done.out
    assert not written.exists()


def test_it_gives_up_when_its_own_pace_is_lost(
    warmline: Command, monkeypatch: pytest.MonkeyPatch, recording: Path, written: Path
) -> None:
    server(monkeypatch, lambda calls: 100.0, 50.0)
    done = warmline("capacity", recording, "--write", "--json")
    assert done.code == 1
    assert [one["verdict"] for one in json.loads(done.out)["tried"]] == ["own pace"]


def test_nothing_to_say(warmline: Command, clip: Path, letter: Path) -> None:
    done = warmline("capacity", clip)
    assert done.code == 1
    assert "there is no phrase" in done.err
    assert warmline("capacity", letter).code == 1
