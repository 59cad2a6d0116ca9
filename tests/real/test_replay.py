"""A recorded call through the real ears once more, by the commands that a person uses."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.cli import app
from warmline.speaking.piper import Voice

SAYS = (("Where is my order?", 9.0), ("four five two seven", 9.0), ("yes", 6.0))
"""What the caller says, and the seconds of silence before it."""


@pytest.fixture(scope="module")
def call(joe: Voice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A caller's track as a recorder writes it: the other channel holds the bot."""
    noise = np.random.default_rng(0)
    parts: list[Pcm] = []
    for text, before_s in SAYS:
        parts.append(np.zeros(int(before_s * RATE), dtype=np.int16))
        parts.append(resample(joe.speak(text, 1.0), joe.rate, RATE))
    parts.append(np.zeros(6 * RATE, dtype=np.int16))
    caller = np.concatenate(parts)
    caller += noise.normal(0, 3.0, caller.size).astype(np.int16)
    path = tmp_path_factory.mktemp("recordings") / "call.flac"
    writer = files.FlacWriter(path, RATE, 2)
    writer.write(np.column_stack([caller, noise.normal(0, 900, caller.size).astype(np.int16)]))
    writer.close()
    return path


def test_settings_change_when_a_turn_ends_and_not_what_was_heard(call: Path) -> None:
    command = ["replay", str(call), "--flow", "order_status", "--json"]
    result = CliRunner().invoke(app, [*command, "--set", "endpoint.min=1.2"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    heard = [turn["before"]["text"].lower() for turn in told["turns"]]
    assert "order" in heard[0]
    assert heard[1].replace(" ", "") == "4527"
    assert heard[2].startswith("yes")
    assert {change for turn in told["turns"] for change in turn["changes"]} <= {"wait", "text"}
    assert told["after"]["p50_ms"] > told["before"]["p50_ms"] + 300


def test_a_wrong_setting_is_named(call: Path) -> None:
    result = CliRunner().invoke(app, ["replay", str(call), "--set", "endpoint.mim=1"])
    assert result.exit_code == 1
    assert "WARMLINE_ENDPOINT_MIN" in result.stderr
