"""Owns the recording of a call: both tracks in one file, written behind the call's back.

Must not know why it records. It reads the call's memory a second late, when the others' audio
has found its place; a disk that is full or slow costs the recording, never the call.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from warmline.audio.files import FlacWriter
from warmline.audio.frame import RATE
from warmline.call.memory import LATE_S, AudioMemory
from warmline.errors import AudioError

_log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
"""Between two writes; the memory holds thirty times as much."""


class Recorder:
    """Begins at once and writes until `close`. Its clock is the caller's audio: what was before
    the beginning is silence, so that each moment of the log is found in the file."""

    def __init__(self, memory: AudioMemory, path: Path, failed: Callable[[], None]) -> None:
        """`failed` is told once, when the file cannot be written any more."""
        self._memory = memory
        self._path = path
        self._failed = failed
        self._written = memory.end
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="recorder")

    def stop(self) -> None:
        """Nothing that is said from now on is written."""
        self._stop.set()

    async def close(self) -> None:
        """Write what is left, and end the file. Idempotent."""
        self._stop.set()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            writer = await asyncio.to_thread(FlacWriter, self._path, RATE, 2)
            try:
                await asyncio.to_thread(writer.silence, self._written)
                while not self._stop.is_set():
                    try:
                        async with asyncio.timeout(EVERY_S):
                            await self._stop.wait()
                    except TimeoutError:
                        await self._write(writer, self._memory.end - round(LATE_S * RATE))
                await self._write(writer, self._memory.end)
            finally:
                await asyncio.to_thread(writer.close)
        except AudioError as error:
            _log.error("A recording was given up: %s", error)
            self._failed()

    async def _write(self, writer: FlacWriter, end: int) -> None:
        if end <= self._written:
            return
        both = self._memory.heard(self._written / RATE, end / RATE)
        missing = (end - self._written) - both[0].size
        self._written = end
        await asyncio.to_thread(writer.silence, missing)
        await asyncio.to_thread(writer.write, np.column_stack(both))
