"""The whole command, in this process; errors on stderr in one line, without a traceback."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from warmline.audio import files
from warmline.cli import app


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def warmline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs `warmline ARGUMENT…` with a wide screen and no models."""
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("WARMLINE_MODELS", str(tmp_path / "models"))

    def run(*arguments: object) -> Done:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert isinstance(result.exception, SystemExit | None), repr(result.exception)
        return Done(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def refused(warmline: Command) -> Command:
    """Runs a command that must fail with status 1 and one line."""

    def run(*arguments: object) -> Done:
        done = warmline(*arguments)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("error: ") and done.err.count("\n") == 1
        return done

    return run


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All models seem to be there; nobody may load them."""
    monkeypatch.setattr("warmline.modelstore.ModelStore.path", lambda self, name: tmp_path / name)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A second of silence."""
    path = tmp_path / "clip.wav"
    files.write_wav(path, np.zeros(16_000, dtype=np.int16), 16_000)
    return path


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A file without sound."""
    path = tmp_path / "letter.wav"
    path.write_text("Dear listener,\n" * 100)
    return path
