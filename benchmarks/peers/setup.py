"""Makes the virtual environments of the peers, in the user's cache: outside of this tree.

Owns where they lie and when they are complete; knows nothing of what runs in them.
"""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from platformdirs import user_cache_path

HERE: Final = Path(__file__).parent
NAMES: Final = tuple(sorted(path.parent.name for path in HERE.glob("*/server.py")))
_MARK: Final = ".complete"


def interpreter(name: str) -> Path:
    """The Python that runs the peer's server."""
    return _folder(name) / "bin" / "python"


def missing(name: str) -> str:
    """Why this peer cannot run; empty when it can."""
    mark = _folder(name) / _MARK
    if mark.exists() and mark.read_text() == _wanted(name):
        return ""
    return f"not installed; python benchmarks/peers/setup.py {name}"


def install(name: str) -> str:
    """Install exactly what its requirements file lists. Returns why not; empty when done."""
    if not missing(name):
        return ""
    folder, listed = _folder(name), HERE / name / "requirements.txt"
    make = [sys.executable, "-m", "venv", "--clear", str(folder)]
    # The file is a complete list (pip freeze): nothing that a package would like is added to it.
    fill = [str(interpreter(name)), "-m", "pip", "install", "--no-deps", "-r", str(listed)]
    for command in (make, fill):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    (folder / _MARK).write_text(_wanted(name))
    return ""


def _folder(name: str) -> Path:
    return user_cache_path("warmline") / "peers" / name


def _wanted(name: str) -> str:
    return hashlib.sha256((HERE / name / "requirements.txt").read_bytes()).hexdigest()


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(NAMES)}.")] = None,
) -> None:
    """Install peers (default: all). One that cannot be installed is no error: it is not run."""
    for name in names or NAMES:
        if name not in NAMES:
            raise typer.BadParameter(f"{name}: no such peer; there are {', '.join(NAMES)}")
        why = install(name)
        print(f"{name}: not run: {why}" if why else f"{name}: ready ({interpreter(name)})")


if __name__ == "__main__":
    typer.run(main)
