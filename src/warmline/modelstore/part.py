"""FILE.part: a file on its way. It gets its name only when its bytes are the catalog's.

Knows no source and no network; whoever fetches writes here, in order.
"""

import hashlib
import os
from pathlib import Path
from typing import Final, Self

from warmline.modelstore.catalog import ModelFile

CHUNK: Final = 1 << 18
"""Bytes moved at once: large against a system call's cost, small against memory."""


class SourceFailed(Exception):
    """This source cannot give the file; `str()` says why in a few words. Try the next one."""


class Unreachable(SourceFailed):
    """Nobody answers at the source's address; a person was told so once already."""


class WrongBytes(SourceFailed):
    """The source gave something, but not what the catalog says."""


class Part:
    """The part file in `folder`; continues what an earlier run left there."""

    def __init__(self, folder: Path, file: ModelFile) -> None:
        self.file = file
        self.label = f"{folder.name}/{file.name}"
        self._target = folder / file.name
        self._path = folder / f"{file.name}.part"
        self._hash = hashlib.sha256()
        self.size = 0
        """Bytes written so far, by this run and those before."""
        self._out = self._path.open("a+b")
        self._take_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()
        if self.size == 0:
            self._path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Append. Raises WrongBytes when there is more than the file can hold."""
        if self.size + len(data) > self.file.size:
            self.restart()
            raise WrongBytes(f"there are more than {self.file.size} bytes; nothing was kept")
        self._out.write(data)
        self._hash.update(data)
        self.size += len(data)

    def restart(self) -> None:
        """Forget all bytes."""
        self._out.truncate(0)
        self._hash = hashlib.sha256()
        self.size = 0

    def check(self) -> None:
        """Raises WrongBytes, and forgets all bytes, when size or hash are not the catalog's."""
        size, actual = self.size, self._hash.hexdigest()
        if actual == self.file.sha256:
            return
        self.restart()
        if size != self.file.size:
            raise WrongBytes(
                f"there are {size} bytes instead of {self.file.size}; nothing was kept"
            )
        raise WrongBytes(
            f"SHA-256 is {actual}, the catalog says {self.file.sha256}; nothing was kept"
        )

    def commit(self) -> None:
        """Give the checked file its name; from then on it survives a power cut."""
        self._out.flush()
        os.fsync(self._out.fileno())
        self._path.replace(self._target)

    def _take_up(self) -> None:
        self._out.seek(0)
        while data := self._out.read(CHUNK):
            self._hash.update(data)
            self.size += len(data)
        if self.size > self.file.size:
            self.restart()
