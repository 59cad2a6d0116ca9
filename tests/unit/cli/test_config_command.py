"""`warmline config`: every setting, and its value in force."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warmline.config import keys

Command = Callable[..., Any]


def test_every_setting_stands_in_a_line(
    warmline: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "warmline.toml"
    config.write_text("[server]\nport = 9000\n[speaking]\nvoices = ['a', 'b']\n")
    monkeypatch.setenv("WARMLINE_CALL_MAX_MINUTES", "7.5")
    done = warmline("config", "--config", config)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()[1:]
    rows = {line.split()[0]: line for line in lines}
    assert len(lines) == len(rows) == len(list(keys()))
    for key, variable, _, meaning in keys():
        assert variable in rows[key] and meaning in rows[key]
    assert "9000" in rows["server.port"]
    assert "a,b" in rows["speaking.voices"]
    assert "7.5" in rows["call.max_minutes"]


def test_a_missing_file(refused: Command, tmp_path: Path) -> None:
    done = refused("config", "--config", tmp_path / "none.toml")
    assert "none.toml: the configuration cannot be read: No such file" in done.err


def test_each_mistake_has_its_line(warmline: Command, tmp_path: Path) -> None:
    config = tmp_path / "warmline.toml"
    config.write_text("[server]\nprot = 1\nport = -1\n")
    done = warmline("config", "--config", config)
    assert done.code == 1
    first, second = sorted(done.err.splitlines())
    assert first.startswith(f"error: {config}:2: server.prot: there is no such key")
    assert second.startswith(f"error: {config}:3: server.port: ")
