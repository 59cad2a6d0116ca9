"""Voice servers of a benchmark, started and stopped: Warmline and its peers behind one face.

Owns processes, ports and openings; knows no audio and no figure.
"""

import asyncio
import contextlib
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import beside  # noqa: F401
import setup

import own_server
from bare_caller import Opening
from own_server import ProcessTree
from warmline.caller.client import socket_url
from warmline.errors import WarmlineError
from warmline.modelstore import ModelStore

WARMLINE: Final = "warmline"
PEERS: Final = setup.NAMES
WRITERS: Final = frozenset({"whisper_live"})
"""Who only write down what they hear."""
WHISPER: Final = "whisper-base"
VOICE: Final = "en_US-joe-medium"
START_TIMEOUT_S: Final = 180.0
FLOWS: Final = Path(__file__).parent / "flows"


class NotRun(WarmlineError):
    """A system that cannot be measured here, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    name: str
    url: str
    tree: ProcessTree
    start_s: float
    """From the start of its process until it could be called."""
    opening: Opening | None = None
    http: str = ""
    """Where its record can be read; empty: nowhere."""

    @property
    def answers(self) -> bool:
        return self.name not in WRITERS


@asynccontextmanager
async def started(name: str, *, echo: bool) -> AsyncIterator[Server]:
    """The system, ready to be called; `echo`: it says the caller's words again instead of one
    fixed sentence. Raises NotRun."""
    starting = _warmline(echo) if name == WARMLINE else _peer(name, echo)
    async with starting as server:
        yield server


@asynccontextmanager
async def _warmline(echo: bool) -> AsyncIterator[Server]:
    flow = "echoes" if echo else "answers"
    start = {"type": "start", "encoding": "pcm16", "rate": 16_000, "flow": flow}
    settings = {"WARMLINE_FLOWS_FOLDER": str(FLOWS), "WARMLINE_FLOWS_DEFAULT": flow}
    async with own_server.started(settings) as own:
        yield Server(
            name=WARMLINE,
            url=socket_url(own.url),
            tree=own.tree,
            start_s=own.start_s,
            opening=Opening(start=start, subprotocol="warmline.audio.v1"),
            http=own.url,
        )


@asynccontextmanager
async def _peer(name: str, echo: bool) -> AsyncIterator[Server]:
    if why := setup.missing(name):
        raise NotRun(why)
    store, port = ModelStore(), _free_port()
    voice = store.path(VOICE) / f"{VOICE}.onnx"
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            *(str(setup.interpreter(name)), str(setup.HERE / name / "server.py")),
            *("--port", str(port), "--whisper", str(store.path(WHISPER))),
            *("--voice", str(voice)),
            *(["--echo"] if echo else []),
            stdout=said,
            stderr=said,
        )
        try:
            if not await _listens(port, process):
                said.seek(0)
                lines = said.read().decode(errors="replace").strip().splitlines()
                raise NotRun(f"it did not start: {lines[-1] if lines else 'it said nothing'}")
            yield Server(
                name=name,
                url=f"ws://127.0.0.1:{port}/",
                tree=ProcessTree(process.pid),
                start_s=round(time.perf_counter() - begin, 2),
            )
        finally:
            if process.returncode is None:
                process.terminate()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 5)
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _listens(port: int, process: asyncio.subprocess.Process) -> bool:
    deadline = time.perf_counter() + START_TIMEOUT_S
    while process.returncode is None and time.perf_counter() < deadline:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        await asyncio.sleep(0.05)
    return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
