"""Warmline and its peers on the same clips in the same run, heard by the same caller.

The systems are called in turn, batch by batch, so that whatever else the machine does meets all
of them. Owns the order of calls and what is reported; how one is placed and measured is next door.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import beside  # noqa: F401
import typer
from peer_calls import Run, batch, said
from peer_servers import PEERS, WARMLINE, Server, started
from peer_turns import Figures

import corpus
import stats
from corpus import Clip
from warmline.cli.screen import errors_in_a_line
from warmline.errors import WarmlineError

Step = dict[str, Any]
"""So many calls at once, and the figures of each system."""

ROWS: Final = {
    "v2v_ms": "voice to voice",
    "v2v_not_restarted_ms": "the same, of turns that were not restarted",
    "settled_ms": "end of voice to the answer that was not cleared any more",
    "greeting_ms": "greeting: connection begun to first sound",
    "barge_in_stop_ms": "barge-in: caller's onset to silence",
    "first_partial_ms": "first partial: end of the first word to any words",
    "word_ms": "word emission: its end to it being written",
    "pacing_error_ms": "the caller's own pacing error",
}
COUNTS: Final = {
    "missed_replies": "missed replies",
    "restarted": "answered, then cleared and answered again",
    "talked_over_300_ms": "talked over the caller for more than 300 ms",
    "barge_in_not_stopped": "barge-in: not stopped",
    "revised_percent": "written words that were revised, %",
    "cpu_s_per_call_minute": "CPU seconds per minute of call",
    "rss_mb": "resident memory at most, MB",
    "pss_mb": "the same, shared pages counted once, MB",
    "start_s": "start-up, s",
}
BOUNDS: Final = {"p50": 3, "p95": 4}
"""Warmline's voice to voice is to be at most this fraction of Pipecat's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    clips: Sequence[Clip]
    calls: Sequence[int]
    """At once; one step after the other."""
    per_call: int
    """Turns in a call."""
    interrupts: int
    """Calls with a barge-in, in the first step."""
    echo: bool

    def batches(self, step: int) -> list[tuple[list[Sequence[Clip]], bool]]:
        """Groups of clips, a call each, that are called at once; and is it a barge-in?"""
        calls, size = self.calls[step], self.per_call
        groups = [self.clips[at : at + size] for at in range(0, len(self.clips), size)]
        # So many calls at once, always: the last batch is filled up with the first groups.
        filled = [groups[at % len(groups)] for at in range(-(-len(groups) // calls) * calls)]
        found = [(filled[at : at + calls], False) for at in range(0, len(filled), calls)]
        if step == 0:
            found += [([[clip]], True) for clip in self.clips[: self.interrupts]]
        return found


async def everything(names: Sequence[str], plan: Plan) -> tuple[list[Step], dict[str, str]]:
    """Figures by step and system, and why others were not run."""
    spoken = {clip.name: said(clip) for clip in plan.clips}
    async with AsyncExitStack() as stack:
        servers: list[Server] = []
        not_run: dict[str, str] = {}
        for name in names:
            try:
                servers.append(await stack.enter_async_context(started(name, echo=plan.echo)))
            except WarmlineError as error:
                not_run[name] = str(error)
        steps: list[Step] = []
        for step, calls in enumerate(plan.calls):
            runs = [Run(server=server, said=spoken) for server in servers]
            for number, (clips, into) in enumerate(plan.batches(step)):
                turned = number % max(1, len(runs))
                for run in runs[turned:] + runs[:turned]:
                    if run.server.answers or not into:
                        await batch(run, clips, into)
            steps.append({"calls": calls, "systems": {r.server.name: r.figures() for r in runs}})
        return steps, not_run


def compare(step: Step) -> dict[str, Any]:
    """Pipecat's voice to voice against Warmline's: how many times, and is it enough?"""
    ours, theirs = (step["systems"].get(name, {}).get("v2v_ms") for name in (WARMLINE, "pipecat"))
    if not ours or not theirs:
        return {}
    return {
        at: {
            "times": round(theirs[at] / ours[at], 2),
            "wanted": times,
            "met": theirs[at] >= times * ours[at],
        }
        for at, times in BOUNDS.items()
        if ours[at] > 0
    }


def table(step: Step) -> tuple[str, list[str], list[list[str]]]:
    """Title, heading and rows."""
    found = step["systems"]
    rows = [[text, *(_cell(one[key]) for one in found.values())] for key, text in ROWS.items()]
    rows += [[text, *(str(one[key]) for one in found.values())] for key, text in COUNTS.items()]
    title = f"Calls at once: {step['calls']}. The same clips, in turn"
    return title, ["milliseconds: p50 / p95 / p99 (n)", *found], rows


def _cell(figures: Figures | None) -> str:
    if figures is None:
        return "-"
    p50, p95, p99 = (f"{figures[at]:.0f}" for at in ("p50", "p95", "p99"))
    return f"{p50} / {p95} / {p99} ({figures['n']:.0f})"


def report(steps: Sequence[Step], not_run: dict[str, str]) -> dict[str, Any]:
    """The part of the result file that a report of the whole suite shows."""
    heading = ("title", "heading", "rows")
    by_calls: dict[str, list[dict[str, Any]]] = {}
    for step in steps:
        for name, one in step["systems"].items():
            if one["v2v_ms"]:
                by_calls.setdefault(name, []).append({"calls": step["calls"], **one["v2v_ms"]})
    waits = {
        name: [turn["v2v_ms"] for turn in one["each"] if turn["v2v_ms"] is not None]
        for name, one in steps[0]["systems"].items()
    }
    return {
        "v2v_ms": {name: values for name, values in waits.items() if values},
        "by_calls": by_calls,
        "against_pipecat": [{"calls": step["calls"], **compare(step)} for step in steps],
        "tables": [dict(zip(heading, table(step), strict=True)) for step in steps],
        "not_run": not_run,
    }


def show(steps: Sequence[Step], not_run: dict[str, str]) -> None:
    for step in steps:
        stats.table(*table(step))
        for at, one in compare(step).items():
            verdict = "met" if one["met"] else "missed"
            stats.out.print(
                f"V2V {at}: Pipecat takes {one['times']} times as long as Warmline "
                f"(wanted {one['wanted']}): {verdict}"
            )
    for name, why in not_run.items():
        stats.out.print(f"{name}: not run: {why}", soft_wrap=True)


def main(
    peers: Annotated[str, typer.Argument(help=f"Of {', '.join(PEERS)}; commas between them.")],
    folders: Annotated[list[Path], typer.Argument(metavar="CORPUS...", help="Corpus folders.")],
    clips: Annotated[int, typer.Option(min=0, help="Clips of each corpus, 0: all.")] = 12,
    calls: Annotated[
        list[int] | None, typer.Option(min=1, help="Calls at once; several: steps. Default: 1.")
    ] = None,
    per_call: Annotated[int, typer.Option(min=1, help="Turns in a call.")] = 1,
    interrupts: Annotated[int, typer.Option(min=0, help="Calls with a barge-in.")] = 6,
    echo: Annotated[
        bool, typer.Option("--echo", help="Answers hold the caller's words: nothing is cached.")
    ] = False,
    alone: Annotated[bool, typer.Option("--alone", help="Without Warmline.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write everything here.")] = None,
) -> None:
    """Call Warmline and its peers with the same clips, in turn, and say how long callers wait.

    A system that cannot be run is said to be so, and is no failure.
    """
    names = peers.split(",")
    if unknown := set(names) - set(PEERS):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: there are {', '.join(PEERS)}")
    machine = stats.machine()
    with errors_in_a_line():
        chosen = [c for folder in folders for c in corpus.select(corpus.read(folder), limit=clips)]
        plan = Plan(
            clips=chosen,
            calls=calls or [1],
            per_call=per_call,
            interrupts=interrupts,
            echo=echo,
        )
        steps, not_run = asyncio.run(everything([*names] if alone else [WARMLINE, *names], plan))
    show(steps, not_run)
    if json:
        result = {"machine": machine, **report(steps, not_run), "steps": steps}
        stats.write_json(json, result)


if __name__ == "__main__":
    typer.run(main)
