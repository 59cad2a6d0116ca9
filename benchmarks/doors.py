"""What does a door cost? Delay in both directions, CPU of a call, and what a thousand calls leave.

Knows the doors from outside, and a server with nothing behind them (`door_server.py`), which is
a process of its own: its CPU, tasks and memory are the doors' alone. All goes over loopback.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from random import Random
from typing import Annotated, Any, Final

import httpx
import numpy as np
import typer

import stats
from door_callers import DOORS, Door, Ports
from door_clicks import ClickDetector, click
from own_server import ProcessTree
from stats import Spread
from warmline.audio.frame import FRAME_S, Pcm
from warmline.cli.screen import errors_in_a_line
from warmline.errors import WarmlineError

GAP: Final = (20, 30)
"""Frames from click to click."""
LONGEST_S: Final = 0.35
"""A click that is heard later than this after it was made is the next one."""
SETTLE_S: Final = 4.0
"""A WebSocket that closed is kept for 2 s, in case its peer does not close too."""
AT_ONCE: Final = 10
KEPT: Final = {"tasks": 1.0, "descriptors": 1.0, "rss_kb": 1.02}
"""What calls must leave as it was, and up to which factor: allocators keep some memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    sent: int
    in_ms: Spread | None
    """From the caller to the call."""
    out_ms: Spread | None
    """From the call to the caller."""
    pacing_ms: Spread | None
    """How late the caller itself sent its frames."""


class Server:
    def __init__(self, ports: Ports, pid: int) -> None:
        self.ports = ports
        self._tree = ProcessTree(pid)
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['http']}")

    async def mode(self, mode: str) -> dict[str, list[float]]:
        answer: dict[str, list[float]] = (await self._http.post(f"/bench/{mode}")).json()
        return answer

    async def state(self) -> dict[str, int]:
        answer: dict[str, int] = (await self._http.get("/bench")).json()
        return answer

    async def settled(self) -> dict[str, int]:
        """When no call is left and the figures stand still."""
        await asyncio.sleep(SETTLE_S)
        before: dict[str, int] = {}
        for _ in range(100):
            await asyncio.sleep(0.2)
            now = await self.state()
            if not now["calls"] and now["tasks"] == before.get("tasks"):
                return now
            before = now
        raise WarmlineError(f"calls do not end: {now}")

    async def percent(self, seconds: float) -> float:
        """Of a core, that the server needs from now on."""
        before, begin = self._tree.cpu_s(), time.perf_counter()
        await asyncio.sleep(seconds)
        return 100 * (self._tree.cpu_s() - before) / (time.perf_counter() - begin)

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def server() -> AsyncIterator[Server]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(Path(__file__).parent / "door_server.py")),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        if not line:
            raise WarmlineError("the server did not start; its own message stands above")
        running = Server(json.loads(line), process.pid)
        yield running
        await running.close()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class Ear:
    """A caller without a buffer: frames are heard when they come, but one after the other."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._detector = ClickDetector()
        self._clock = asyncio.get_running_loop().time
        self._free = 0.0
        self.clicks: list[float] = []

    def hear(self, pcm: Pcm) -> None:
        now = self._clock()
        begins, self._free = max(now, self._free), now + pcm.size / self._rate
        if (onset := self._detector.push(pcm, now)) is not None:
            self.clicks.append(begins + onset / self._rate)


async def delays(door: Door, running: Server, clicks: int, random: Random) -> Delays:
    """One call, in which the caller clicks and the call clicks back."""
    await running.mode("echo")
    ear = Ear(door.rate)
    quiet = np.zeros(round(door.rate * FRAME_S), dtype=np.int16)
    clock = asyncio.get_running_loop().time
    made: list[float] = []
    late: list[float] = []
    async with door.call(running.ports, ear.hear) as talk:
        begin, until_click = clock() + FRAME_S, 50
        for number in range(10**9):
            await asyncio.sleep(begin + number * FRAME_S - clock())
            late.append(clock() - begin - number * FRAME_S)
            until_click -= 1
            if until_click:
                await talk(quiet)
                continue
            if len(made) == clicks:
                break
            at = random.randrange(0, quiet.size * 12 // 20)
            made.append(clock() - (quiet.size - at) / door.rate)
            await talk(click(door.rate, at))
            until_click = random.randint(*GAP)
    there = await running.mode("idle")
    return Delays(
        sent=clicks,
        in_ms=stats.spread(matched(made, there["heard"])),
        out_ms=stats.spread(matched(there["played"], ear.clicks)),
        pacing_ms=stats.spread([1000 * seconds for seconds in late]),
    )


def matched(made: Sequence[float], heard: Sequence[float]) -> list[float | None]:
    """For each click the milliseconds until it was heard; None if it was not."""
    found = [
        next((at for at in heard if -0.005 < at - moment < LONGEST_S), None) for moment in made
    ]
    return [None if at is None else 1000 * (at - m) for at, m in zip(found, made, strict=True)]


async def cpu(door: Door, running: Server, seconds: float) -> dict[str, float]:
    """Percent of a core of one call, above a server without calls: the caller is silent and
    nothing is said, and both talk all the time."""
    base = await running.percent(seconds / 2)
    used = {}
    for mode, level in (("idle", 0), ("talk", 3000)):
        await running.mode(mode)
        sound = np.random.default_rng(1).normal(0, 1, round(door.rate * FRAME_S)) * level
        async with door.call(running.ports, lambda pcm: None) as talk:
            sending = asyncio.create_task(_send(talk, sound.astype(np.int16)))
            await asyncio.sleep(1.0)
            used[mode] = round(await running.percent(seconds) - base, 2)
            sending.cancel()
            await asyncio.wait([sending])
    return used


async def _send(talk: Any, frame: Pcm) -> None:
    clock = asyncio.get_running_loop().time
    begin = clock()
    for number in range(10**9):
        await asyncio.sleep(begin + number * FRAME_S - clock())
        await talk(frame)


async def cycles(door: Door, running: Server, count: int) -> dict[str, dict[str, int]]:
    """So many calls, each as long as a few frames; what was there before and is there after.

    As many come before the first look: they bring what stays (caches, the memory of those that
    are open at once).
    """
    await running.mode("talk")
    await _calls(door, running, count)
    before = await running.settled()
    begin = time.perf_counter()
    await _calls(door, running, count)
    took = time.perf_counter() - begin
    return {"before": before, "after": await running.settled(), "seconds": {"all": round(took)}}


async def _calls(door: Door, running: Server, count: int) -> None:
    frame = np.zeros(round(door.rate * FRAME_S), dtype=np.int16)
    left = iter(range(count))

    async def caller() -> None:
        for _ in left:
            heard = asyncio.Event()

            def hear(_: Pcm, heard: asyncio.Event = heard) -> None:
                heard.set()

            async with door.call(running.ports, hear) as talk:
                await talk(frame)
                async with asyncio.timeout(10):
                    await heard.wait()

    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))


async def measure(
    doors: Sequence[Door], clicks: int, seconds: float, calls: int
) -> dict[str, dict[str, Any]]:
    results: dict[str, dict[str, Any]] = {}
    for door in doors:
        async with server() as running:
            result: dict[str, Any] = {}
            if clicks:
                result |= asdict(await delays(door, running, clicks, Random(1)))
            if seconds:
                result["cpu_percent"] = await cpu(door, running, seconds)
            if calls:
                result["cycles"] = await cycles(door, running, calls)
            results[door.name] = result
            stats.err.print(f"{door.name}: done")
    return results


def report(doors: Sequence[Door], results: dict[str, dict[str, Any]]) -> list[str]:
    """Print tables; gives what is beyond its bound."""
    rows: dict[str, list[list[str]]] = {"delay": [], "cpu": [], "cycles": []}
    broken: list[str] = []
    for door in doors:
        result = results[door.name]
        for way in ("in_ms", "out_ms"):
            if way in result:
                figures = result[way] or {}
                rows["delay"].append([f"{door.name} {way[:-3]}", *map(str, figures.values())])
                if figures.get("p95", inf) > door.delay_ms or figures["n"] < result["sent"]:
                    broken.append(f"{door.name}: {way} {figures}, bound {door.delay_ms:g} ms")
        if used := result.get("cpu_percent"):
            rows["cpu"].append([door.name, str(used["idle"]), str(used["talk"])])
            for what, most in (("idle", door.idle_percent), ("talk", door.talking_percent)):
                if most is not None and used[what] > most:
                    broken.append(f"{door.name}: {what} {used[what]} %, bound {most:g} %")
        if left := result.get("cycles"):
            before, after = left["before"], left["after"]
            changes = [f"{before[key]} -> {after[key]}" for key in KEPT]
            rows["cycles"].append([door.name, *changes, str(left["seconds"]["all"])])
            if any(after[key] > before[key] * most for key, most in KEPT.items()):
                broken.append(f"{door.name}: calls leave something: {changes}")
    if rows["delay"]:
        stats.table("added delay, ms", ["door", "clicks", "p50", "p95", "max"], rows["delay"])
    if rows["cpu"]:
        stats.table("a call, % of a core", ["door", "idle", "talking"], rows["cpu"])
    if rows["cycles"]:
        stats.table("calls leave", ["door", *KEPT, "seconds"], rows["cycles"])
    return broken


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Doors; all if none is named.")] = None,
    clicks: Annotated[int, typer.Option(help="Clicks each way; 0: no delays.")] = 200,
    seconds: Annotated[float, typer.Option(help="Of CPU measured; 0: none.")] = 20.0,
    calls: Annotated[int, typer.Option(help="Connect and hang up; 0: never.")] = 1000,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures.")] = None,
) -> None:
    """Measure doors over loopback, without any model."""
    known = {door.name: door for door in DOORS}
    with errors_in_a_line():
        if wrong := set(names or []) - known.keys():
            raise WarmlineError(f"{', '.join(wrong)}: the doors are {', '.join(known)}")
        doors = [known[name] for name in names or known]
        results = asyncio.run(measure(doors, clicks, seconds, calls))
    broken = report(doors, results)
    if json_file:
        stats.write_json(json_file, {"machine": stats.machine(), "doors": results})
    if broken:
        stats.err.print(*broken, sep="\n")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
