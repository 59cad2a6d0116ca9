"""How many calls at once does this machine answer in time? Real callers, more and more of them.

Knows the server by its socket and its log. All callers are paced by this one process, which
tells how well it kept their time. Each caller speaks other clips than the others.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import corpus
import own_server
import speech
import stats
from answers import LONGEST_S, SETTINGS
from corpus import Clip
from stats import Spread
from turn_latency import Batch, Scenario, run_batch
from warmline.caller.client import CallOptions
from warmline.cli.screen import errors_in_a_line

TURN_S: Final = 6.0
"""About what a turn takes, with its answer."""
STAGGER_S: Final = 0.7
"""Between the beginnings of two calls; a burst has none."""
BURST: Final = 5
PACED_MS: Final = 40.0
"""A caller that sends later than this (p95) says nothing about the server."""
HOPELESS: Final = 2.0
"""No more calls are tried beyond so many times the target."""


def shares(clips: Sequence[Clip], calls: int, turns: int) -> Iterator[list[Clip]]:
    """For each call its clips, none twice in a row of calls where there are enough."""
    for call in range(calls):
        yield [clips[(call * turns + turn) % len(clips)] for turn in range(turns)]


async def together(
    options: CallOptions, clips: Sequence[Clip], calls: int, turns: int, stagger_s: float
) -> list[Batch]:
    async def place(number: int, some: list[Clip]) -> Batch:
        await asyncio.sleep(number * stagger_s)
        return await run_batch(options, Scenario(flow="talk"), some, turns)

    given = enumerate(shares(clips, calls, turns))
    return await asyncio.gather(*(place(number, some) for number, some in given))


def step(batches: Sequence[Batch], target_ms: float, cpu_s: float) -> dict[str, Any]:
    """Figures of all calls that were placed at the same time; milliseconds."""
    turns = [turn for batch in batches for turn in batch.answered]
    v2v = stats.spread([turn.v2v_ms for turn in turns])
    late = stats.spread([1000 * late for batch in batches for late in batch.lateness_s])
    gaps = [
        1000 * (after.at_s - before.at_s)
        for turn in turns
        for before, after in zip(turn.partials, turn.partials[1:], strict=False)
        if before.turn == after.turn and not after.final
    ]
    greeting = stats.spread([turn.greeting_ms for turn in turns])
    cadence = stats.spread(gaps)
    missed = sum(bool(turn.failure) for turn in turns)
    minutes = sum(batch.call_s for batch in batches) / 60
    why = f"{missed} of {len(turns)} replies missed" if missed else _why(v2v, late, target_ms)
    return {
        "calls": len(batches),
        "turns": len(turns),
        "within": not why,
        "why": why,
        "missed": missed,
        "v2v_ms": v2v and asdict(v2v),
        "greeting_ms": greeting and asdict(greeting),
        "cadence_ms": cadence and asdict(cadence),
        "pacing_ms": late and asdict(late),
        "partials_per_turn": round(sum(len(t.partials) for t in turns) / max(1, len(turns)), 1),
        "cpu_s_per_call_minute": round(cpu_s / max(0.01, minutes), 2),
    }


def _why(v2v: Spread | None, late: Spread | None, target_ms: float) -> str:
    """Why the target was not kept; empty when it was."""
    if v2v is None:
        return "no reply"
    if late is None or late.p95 > PACED_MS:
        return f"the callers themselves were late: {late.p95 if late else 0:.0f} ms"
    return f"p95 {v2v.p95:.0f} ms" if v2v.p95 > target_ms else ""


async def ramp(
    clips: Sequence[Clip], steps: Sequence[int], seconds: float, target_ms: float
) -> dict[str, Any]:
    """One step after the other until the target is missed by far, then five calls at once."""
    for clip in clips:  # the callers' process has no time for it while it speaks
        corpus.voice_end_s(clip)
    turns = max(2, round(seconds / TURN_S))
    settings = {**SETTINGS, "WARMLINE_CALL_MAX_CALLS": "64"}
    async with own_server.started(settings) as server:
        options = replace(CallOptions(), url=server.url)
        await together(options, clips, 1, 1, 0.0)  # what is slow only once
        found = []
        for calls in steps:
            before = server.tree.cpu_s()
            batches = await together(options, clips, calls, turns, STAGGER_S)
            found.append(step(batches, target_ms, server.tree.cpu_s() - before))
            show(found[-1])
            v2v = found[-1]["v2v_ms"]
            if v2v is None or v2v["p95"] > HOPELESS * target_ms:
                break
        before = server.tree.cpu_s()
        burst = await together(options, clips, BURST, 3, 0.0)
        memory = server.tree.memory()
        return {
            "ramp": found,
            "burst": step(burst, target_ms, server.tree.cpu_s() - before),
            "memory": asdict(memory),
        }


def show(of: dict[str, Any]) -> None:
    v2v = of["v2v_ms"] or {"p50": 0, "p95": 0}
    stats.err.print(
        f"{of['calls']} calls: V2V p50 {v2v['p50']:.0f}, p95 {v2v['p95']:.0f} ms; "
        f"{of['cpu_s_per_call_minute']} s of CPU per call minute; {of['why'] or 'within'}"
    )


def main(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[CORPUS...]", help="Default: recorded prompts.")
    ] = None,
    steps: Annotated[str, typer.Option(help="Calls at once, in this order.")] = "1,4,8,12,16",
    seconds: Annotated[float, typer.Option(min=5, help="About so long a call.")] = 30.0,
    target: Annotated[float, typer.Option(help="V2V p95 to keep, ms.")] = 900.0,
    json: Annotated[Path | None, typer.Option(help="Write the result here.")] = None,
) -> None:
    """Ramp up the number of calls, then place five at the same moment.

    Exit status 1 when the first step missed the target.
    """
    machine = stats.machine()
    with errors_in_a_line():
        known, what = speech.folders(folders or [])
        clips = [clip for folder in known for clip in corpus.read(folder)]
        open_ = [clip for clip in clips if not clip.digits and clip.seconds <= LONGEST_S]
        drawn = corpus.select(open_, limit=96)
        counts = [int(part) for part in steps.split(",")]
        result = asyncio.run(ramp(drawn, counts, seconds, target))
    show(result["burst"])
    if json:
        told = {"machine": machine, "speech": what, "target_ms": target, **result}
        stats.write_json(json, told)
    if not result["ramp"][0]["within"]:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
