"""Clips that outlive the server: files in the user's cache folder, by what they were made of.

All methods block and none raises: what cannot be read is not there, what cannot be written is
made again next time. Knows no call; who writes here decides that it holds nobody's words.
"""

import contextlib
import hashlib
import json
import logging
import os
import struct
import tempfile
import threading
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from warmline.audio.frame import Pcm
from warmline.speaking import shape

log = logging.getLogger(__name__)

Clause = tuple[str, str, float]
"""text, voice (empty: the default), pace"""
_HEAD: Final = struct.Struct("<4sII")
"""Magic, rate (Hz), CRC-32 of the samples; little-endian int16 follow."""
_MAGIC: Final = b"WLC1"
_ENDING: Final = ".clip"
_ROOM: Final = 0.9
"""When the folder is full it is emptied to this share, so that not each file empties it."""


def fingerprint(folder: Path, name: str) -> str:
    """What a voice's clips depend on beside their text: its files (60 MB: 0.1 s), the engine,
    and how we shape clips. Raises OSError."""
    digest = hashlib.sha256()
    for file in (folder / f"{name}.onnx", folder / f"{name}.onnx.json"):
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    digest.update(f"piper-tts {version('piper-tts')} shape {shape.VERSION}".encode())
    return digest.hexdigest()


class ClipFiles:
    """May be used by several threads, and the folder by several servers at once."""

    def __init__(self, folder: Path, voices: Mapping[str, str], max_bytes: int) -> None:
        """`voices` maps each voice's name, and the empty one, to its fingerprint."""
        self._folder = folder
        self._voices = voices
        self._max_bytes = max_bytes
        self._lock = threading.RLock()
        self._sizes: dict[str, int] = {}
        self._told = False
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sizes = {file.name: file.stat().st_size for file in folder.glob(f"*{_ENDING}")}
        except OSError as error:
            self._complain(error)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        with self._lock:
            return sum(self._sizes.values())

    def __contains__(self, clause: Clause) -> bool:
        return self._name(clause) in self._sizes

    def load(self, clause: Clause) -> tuple[Pcm, int] | None:
        """Samples and their rate (Hz); None when there is no whole file of this clause."""
        name = self._name(clause)
        path = self._folder / name
        try:
            content = path.read_bytes()
            magic, rate, crc = _HEAD.unpack_from(content)
            samples = content[_HEAD.size :]
            if magic != _MAGIC or crc != zlib.crc32(samples) or not rate:
                raise ValueError("damaged")
            pcm = np.frombuffer(samples, dtype="<i2").astype(np.int16)
        except (OSError, ValueError, struct.error):
            self._drop(name)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # used now: others go first
        return pcm, int(rate)

    def save(self, clause: Clause, pcm: Pcm, rate: int) -> None:
        samples = pcm.astype("<i2").tobytes()
        content = _HEAD.pack(_MAGIC, rate, zlib.crc32(samples)) + samples
        name = self._name(clause)
        try:
            with tempfile.NamedTemporaryFile(
                dir=self._folder, prefix=".", suffix=".part", delete=False
            ) as part:
                try:
                    part.write(content)
                    part.close()
                    os.replace(part.name, self._folder / name)
                except OSError:
                    os.unlink(part.name)
                    raise
        except OSError as error:
            self._complain(error)
            return
        with self._lock:
            self._sizes[name] = len(content)
            if self.size > self._max_bytes:
                self._make_room()

    def _make_room(self) -> None:
        """The files that were not used for longest go, and what a killed server left behind."""
        found: list[tuple[float, str, int]] = []
        for file in self._folder.iterdir():
            with contextlib.suppress(OSError):
                stat = file.stat()
                found.append((stat.st_mtime, file.name, stat.st_size))
        left = sum(size for _, _, size in found)
        for _, name, size in sorted(found):
            if left <= self._max_bytes * _ROOM:
                break
            left -= size
            self._drop(name)

    def _drop(self, name: str) -> None:
        with self._lock:
            self._sizes.pop(name, None)
        with contextlib.suppress(OSError):
            (self._folder / name).unlink()

    def _name(self, clause: Clause) -> str:
        text, voice, pace = clause
        made_of = json.dumps([self._voices.get(voice, voice), text, pace])
        return hashlib.sha256(made_of.encode()).hexdigest()[:40] + _ENDING

    def _complain(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            log.warning(
                "%s: clips cannot be kept there (%s); prompts are made anew at each start",
                self._folder,
                error.strerror,
            )
