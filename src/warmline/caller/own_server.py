"""A server that a measurement starts for itself, in a process of its own, with nothing of the
user's in it: records in a folder that is thrown away, a free port.

Knows the command line and what it prints; nothing of what is measured.
"""

import asyncio
import os
import re
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from warmline.errors import WarmlineError

START_TIMEOUT_S: Final = 120.0
_ANSWERS: Final = re.compile(r"answers on (http://\S+)")
_KEPT_LINES: Final = 20


@asynccontextmanager
async def own_server(settings: Mapping[str, str] | None = None) -> AsyncIterator[str]:
    """`warmline serve`; gives its address. `settings` are further `WARMLINE_*` variables.

    Raises WarmlineError with what it said when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="warmline-") as folder:
        environment = {
            **os.environ,
            "WARMLINE_RECORDS_DATABASE": str(Path(folder) / "records.db"),
            "WARMLINE_RECORDS_AUDIO_FOLDER": str(Path(folder) / "audio"),
            "WARMLINE_FLOWS_RELOAD": "false",
            **(settings or {}),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "warmline", "serve", "--port", "0"),
            env=environment,
            stderr=asyncio.subprocess.PIPE,
        )
        said: deque[str] = deque(maxlen=_KEPT_LINES)
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        listening = asyncio.create_task(_listen(process, said, address), name="server's words")
        try:
            yield await _address(address, said)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            await listening


async def _listen(
    process: asyncio.subprocess.Process, said: deque[str], address: "asyncio.Future[str]"
) -> None:
    """Take what it says, so that it never waits for a reader."""
    assert process.stderr is not None
    async for line in process.stderr:
        said.append(line.decode(errors="replace").rstrip())
        if not address.done() and (found := _ANSWERS.search(said[-1])):
            address.set_result(found[1])
    if not address.done():
        address.set_result("")


async def _address(address: "asyncio.Future[str]", said: deque[str]) -> str:
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            found = await asyncio.shield(address)
    except TimeoutError:
        found = ""
    if not found:
        raise WarmlineError("\n".join(["the server did not start:", *said]))
    return found
