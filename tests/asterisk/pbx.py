"""A real Asterisk with the dialplans of the doors' README, and callers that do as they are told.

It listens on no port. `.ci/asterisk` brings it; `find` skips the test where it is not.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import warmline.gateway.asterisk

HERE: Final = Path(__file__).parent
README: Final = Path(warmline.gateway.asterisk.__file__).with_name("README.md")
PATIENCE_S: Final = 60.0
"""Of conditions that come in a second or two where the machine is not busy."""


def find() -> Path:
    """The folder that `.ci/asterisk` made."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "warmline" / "asterisk"
    if not (folder / "asterisk").is_file():
        pytest.skip("no Asterisk on this machine: run .ci/asterisk")
    return folder


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One of the README's dialplans, a little different."""

    of: str
    replace: dict[str, str]


def dialplans(substitutes: Mapping[str, str], variants: Mapping[str, Variant]) -> dict[str, str]:
    """The README's ini blocks by the name of their section, and the variants of them."""
    text = _replaced(README.read_text(encoding="utf-8"), substitutes)
    found = re.findall(r"```ini\n(.*?)```", text, re.DOTALL)
    blocks = {block.partition("]")[0].strip("[ "): block for block in found}
    for name, variant in variants.items():
        block = _replaced(blocks[variant.of], variant.replace)
        blocks[name] = block.replace(f"[{variant.of}]", f"[{name}]")
    return blocks


def _replaced(text: str, substitutes: Mapping[str, str]) -> str:
    for old, new in substitutes.items():
        assert old in text, f"{old} is not in the README"
        text = text.replace(old, new)
    return text


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Pbx:
    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self.folder = folder
        self._acts = 0

    def cli(self, command: str) -> str:
        """What Asterisk answers to a command at its console."""
        configuration = str(self.folder / "etc" / "asterisk.conf")
        done = subprocess.run(
            [self._program / "asterisk", "-C", configuration, "-rx", command],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        return done.stdout

    def call(self, context: str, *acts: str) -> None:
        """A caller calls 100 in this context of the dialplan, and starts with these acts."""
        self.cli(f"dialplan set global FIRST {self._acts + 1}")
        for application in acts:
            self.act(application)
        answer = self.cli(f"channel originate Local/100@{context} extension s@caller")
        assert not answer, answer

    def act(self, application: str) -> None:
        """The caller does this when all acts before it are done: `Playback(file)`, `Hangup()`."""
        self._acts += 1
        self.cli(f'dialplan set global DO{self._acts} "{application}"')

    def log(self) -> str:
        return (self.folder / "log.txt").read_text(errors="replace")

    def channels(self) -> list[str]:
        return [line.split("!")[0] for line in self.cli("core show channels concise").splitlines()]

    def variables(self, channel: str) -> dict[str, str]:
        shown = self.cli(f"core show channel {channel}")
        return dict(re.findall(r"^([^\s=]+)=(.*)$", shown, re.MULTILINE))

    def in_queue(self, queue: str) -> list[str]:
        """The channels that wait in a queue."""
        return re.findall(r"^\s+\d+\. (\S+) \(wait", self.cli(f"queue show {queue}"), re.MULTILINE)

    def hang_up_all(self) -> None:
        self.cli("channel request hangup all")
        until(lambda: not self.channels(), "all channels are gone")


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


@contextlib.contextmanager
def running(folder: Path, blocks: dict[str, str]) -> Iterator[Pbx]:
    """An Asterisk in `folder` with these of `dialplans`; skips where there is none."""
    program = find()
    _configure(program, folder, blocks)
    pbx = Pbx(program, folder)
    configuration = str(folder / "etc" / "asterisk.conf")
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [program / "asterisk", "-C", configuration, "-f", "-n", "-vvv"], stdout=log, stderr=log
        )
    try:
        until(lambda: "fully booted" in pbx.cli("core waitfullybooted"), "Asterisk is up")
        yield pbx
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()


def _configure(program: Path, folder: Path, blocks: dict[str, str]) -> None:
    etc = folder / "etc"
    shutil.copytree(HERE, etc, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name in ("run", "log", "spool", "db", "keys"):
        (folder / name).mkdir()
    root = program / "root"
    modules = next(root.glob("usr/lib/*/asterisk/modules"))
    (etc / "asterisk.conf").write_text(
        f"""[directories]
astetcdir => {etc}
astmoddir => {modules}
astvarlibdir => {folder}
astdbdir => {folder / "db"}
astkeydir => {folder}
astdatadir => {root / "usr/share/asterisk"}
astagidir => {folder}
astspooldir => {folder / "spool"}
astrundir => {folder / "run"}
astlogdir => {folder / "log"}
"""
    )
    (etc / "websocket_client.conf").write_text(blocks["warmline"])
    contexts = [block for name, block in blocks.items() if name != "warmline"]
    callers = (etc / "extensions.conf").read_text()
    plan = [f"[globals]\nFOLDER={folder}\n", callers, *contexts]
    (etc / "extensions.conf").write_text("\n".join(plan))
