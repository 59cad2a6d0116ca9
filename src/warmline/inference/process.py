"""One worker process as the server sees it: started, asked, and certainly stopped.

Knows the operating system; neither queues nor what is asked.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, Protocol

from warmline.inference import pipe
from warmline.inference.layout import Place
from warmline.inference.pipe import Message


class Worker(Protocol):
    """What a pool needs of a worker. OSError, EOFError: it is lost."""

    @property
    def pid(self) -> int:
        """Of its process; 0 while there is none."""

    async def start(self) -> None:
        """Until it can be asked."""

    async def ask(self, request: Message) -> Message:
        """Its answer. One at a time."""

    async def ended(self) -> str:
        """Wait for its end; why, for people."""

    async def stop(self) -> None:
        """End it at once, if it runs."""


class WorkerProcess:
    """A `Worker` that runs `warmline.inference.worker`; may be started again after `stop`."""

    def __init__(self, target: str, arguments: Mapping[str, Any], place: Place) -> None:
        """`target` is `module:function`, which builds the engine from `arguments` there."""
        self._target = target
        self._arguments = json.dumps(dict(arguments))
        self._niceness = place.niceness
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "warmline.inference.worker",
            self._target,
            self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is for the server; it stops its workers itself
        )
        if self._niceness:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, self._niceness)
        await self._receive(self._process)

    async def ask(self, request: Message) -> Message:
        process = self._process
        if process is None or process.stdin is None:
            raise EOFError("the worker was not started")
        process.stdin.write(request.pack())
        await process.stdin.drain()
        return await self._receive(process)

    async def ended(self) -> str:
        if self._process is None:
            return "it was not started"
        return f"exit status {await self._process.wait()}"

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _receive(self, process: asyncio.subprocess.Process) -> Message:
        assert process.stdout is not None
        return await pipe.read_async(process.stdout)
