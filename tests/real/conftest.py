"""Real models and real voices. Skipped, by name, where a model or recording is missing."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.errors import ModelError
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore
from warmline.speaking.piper import Voice

PROMPTS = Path("/usr/share/asterisk/sounds")
"""Recorded telephone prompts: Debian's asterisk-core-sounds-en-wav, a woman at 8 kHz."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.real)


def model(name: str) -> Path:
    try:
        return ModelStore().path(name)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def base() -> Whisper:
    return Whisper(model("whisper-base"))


@pytest.fixture(scope="session")
def tiny() -> Whisper:
    return Whisper(model("whisper-tiny.en"))


@pytest.fixture(scope="session")
def joe() -> Voice:
    return Voice(model("en_US-joe-medium"), "en_US-joe-medium", steady=True)


@pytest.fixture(scope="session")
def beckett() -> Pcm:
    """Ten seconds of a man: "Ever tried. Ever failed. No matter. Try again. Fail again. Fail
    better." """
    return files.read(model("beckett") / "beckett.wav", RATE)


@pytest.fixture(scope="session")
def recorded_digits() -> dict[str, Pcm]:
    """Each digit as a woman said it on a telephone, at 16 kHz."""
    found = {digit: next(PROMPTS.rglob(f"digits/{digit}.wav"), None) for digit in "0123456789"}
    if not all(found.values()):
        pytest.skip("recorded digits: install Debian's asterisk-core-sounds-en-wav")
    return {digit: files.read(file, RATE) for digit, file in found.items() if file}


@pytest.fixture(scope="session")
def spell(recorded_digits: dict[str, Pcm]) -> Callable[[str], Pcm]:
    """A number spoken digit by digit by a recorded voice."""
    gap = np.zeros(int(0.12 * RATE), dtype=np.int16)

    def speak(digits: str) -> Pcm:
        return np.concatenate([part for digit in digits for part in (recorded_digits[digit], gap)])

    return speak


@pytest.fixture(scope="session")
def say(joe: Voice) -> Callable[[str], Pcm]:
    """Any text, spoken by Piper."""
    return lambda text: resample(joe.speak(text, 1.0), joe.rate, RATE)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["RunningServer"]:
    """`warmline serve` on a free port, as its user would start it."""
    for name in ("whisper-base", "whisper-tiny.en", "en_US-joe-medium"):
        model(name)
    folder = tmp_path_factory.mktemp("server")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "warmline", "serve", "--port", "0"],
            env={**os.environ, "WARMLINE_RECORDS_DATABASE": str(folder / "calls.db")},
            stderr=log,
        )
    try:
        yield RunningServer(_address(process, folder / "log"), process, folder / "log")
    finally:
        process.terminate()
        process.wait(20)


@dataclass(frozen=True)
class RunningServer:
    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def children(self) -> dict[int, str]:
        """The worker processes: their ids and command lines."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has just ended
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == self.process.pid:
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(folder.name)] = command.decode().strip()
        return found


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := re.search(r"http://\S+", log.read_text()):
            return found[0]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")
