"""A server that a benchmark starts itself: how soon it is ready and what its processes cost.

Knows the command line, the socket and /proc (so: Linux); nothing of what is measured in calls.
"""

import asyncio
import contextlib
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import numpy as np

from warmline.caller.client import CallOptions, Play, Recording, place_call
from warmline.caller.tracks import AUDIBLE, BLOCK_S
from warmline.errors import WarmlineError

IDLE_S: Final = 20.0
START_TIMEOUT_S: Final = 120.0
_PROC: Final = Path("/proc")
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    rss_mb: float
    """Resident memory of all processes; what they share counts in each."""
    pss_mb: float
    """The same with shared pages counted once."""
    processes: int


class ProcessTree:
    """One process and all that descend from it."""

    def __init__(self, root: int) -> None:
        self._root = root

    def cpu_s(self) -> float:
        """Seconds of CPU that all of them (also the ended ones) have used so far."""
        return sum(sum(map(int, _stat(pid)[11:15])) for pid in self._pids()) * _TICK_S

    def memory(self) -> Memory:
        rolled = [(_PROC / str(pid) / "smaps_rollup").read_text() for pid in self._pids()]
        return Memory(
            rss_mb=round(sum(_kilobytes(text, "Rss:") for text in rolled) / 1024, 1),
            pss_mb=round(sum(_kilobytes(text, "Pss:") for text in rolled) / 1024, 1),
            processes=len(rolled),
        )

    def _pids(self) -> list[int]:
        pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]
        parents = {pid: int(stat[1]) for pid in pids if (stat := _stat(pid))}
        found = [self._root]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on (proc(5)); empty when it has ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _kilobytes(text: str, key: str) -> int:
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnServer:
    url: str
    tree: ProcessTree
    start_s: float
    """From the start of its process until it said that it was ready."""
    first_link: "asyncio.Future[str]"
    """Path of the page that makes its first account, once it was printed."""


@asynccontextmanager
async def started(settings: Mapping[str, str] | None = None) -> AsyncIterator[OwnServer]:
    """`warmline serve` on a free port, with records of its own. `settings` are further
    variables of its environment. Raises WarmlineError."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        records = {
            "WARMLINE_RECORDS_DATABASE": str(Path(folder) / "records.db"),
            "WARMLINE_RECORDS_AUDIO_FOLDER": str(Path(folder) / "audio"),
            "WARMLINE_FLOWS_RELOAD": "false",  # whoever edits flows meanwhile changes nothing
        }
        begin = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "warmline", "serve", "--port", str(port)),
            env={**records, **os.environ, **(settings or {})},
            stderr=asyncio.subprocess.PIPE,
        )
        link = asyncio.get_running_loop().create_future()
        telling = asyncio.create_task(_tell(process, link))
        try:
            await _ready(url, process)
            start_s = round(time.perf_counter() - begin, 2)
            tree = ProcessTree(process.pid)
            yield OwnServer(url=url, tree=tree, start_s=start_s, first_link=link)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            await telling


async def _tell(process: asyncio.subprocess.Process, link: "asyncio.Future[str]") -> None:
    """Pass on what it says."""
    assert process.stderr is not None
    async for line in process.stderr:
        sys.stderr.buffer.write(line)
        sys.stderr.flush()
        if not link.done() and (found := re.search(rb"http://[^/]+(/setup#\S+)", line)):
            link.set_result(found[1].decode())


async def _ready(url: str, process: asyncio.subprocess.Process) -> None:
    deadline = time.perf_counter() + START_TIMEOUT_S
    async with httpx.AsyncClient(base_url=url) as client:
        while process.returncode is None and time.perf_counter() < deadline:
            with contextlib.suppress(httpx.TransportError):  # it does not listen yet
                if (await client.get("/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.02)
    raise WarmlineError("the server did not start; its own message stands above")


async def idle_cores(options: CallOptions, tree: ProcessTree) -> float:
    """Share of a core that the server needs while nobody speaks in a call."""
    clock = asyncio.get_running_loop().time
    silence = np.zeros(int(IDLE_S * options.rate), dtype=np.int16)
    call = asyncio.create_task(place_call(options, [Play(silence)]))
    used: list[tuple[float, float]] = []
    while not call.done():
        used.append((clock(), tree.cpu_s()))
        await asyncio.wait({call}, timeout=0.25)
    recording = await call
    start, end = _longest_silence(recording)
    inside = [(at, cpu) for at, cpu in used if start + 1.0 < at < end]
    (first, before), (last, after) = inside[0], inside[-1]
    return (after - before) / (last - first)


def _longest_silence(recording: Recording) -> tuple[float, float]:
    """Greeting and prompts cost something that an idle call does not."""
    loud = recording.received.loudness(recording.received.zero, recording.received.end) > AUDIBLE
    moments = recording.received.zero + np.flatnonzero(loud) * BLOCK_S
    edges = np.array([recording.sent.zero, *moments, recording.sent.end])
    widest = int(np.diff(edges).argmax())
    return float(edges[widest]), float(edges[widest + 1])
