"""All measures, one command: runs them, and writes a report with every bound and its verdict.

Knows the measures as programs that write JSON. One that fails, is missing or takes too long is
a row of the report; the suite goes on. Owns the folder of results.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import corpus
import pictures
import readers
import speech
import stats
from figures import Figure
from load import Load, LoadWatch
from plan import (
    FULL_MINUTES,
    LANES,
    MEASURES,
    QUICK_MINUTES,
    Inputs,
    Measure,
    chosen,
    minutes,
    rounds,
    total,
)
from report import markdown
from tables import tables
from warmline.cli.screen import errors_in_a_line

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results"
_LATE: Final = 2.0
"""So many times its minutes may pass until a measure is stopped and counted as failed."""
_GRACE_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one measure."""

    measure: Measure
    command: tuple[str, ...]
    seconds: float = 0.0
    load: Load | None = None
    failure: str = ""
    result: Any = None


async def run(measure: Measure, given: Inputs, results: Path) -> Outcome:
    """In a process of its own; what it says goes to a log beside its result."""
    written = results / f"{measure.name}.json"
    said = results / f"{measure.name}.log"
    written.unlink(missing_ok=True)
    program = HERE / measure.program
    command = ("python", f"benchmarks/{measure.program}", *stats.short(measure.arguments(given)))
    outcome = Outcome(measure=measure, command=command)
    if not program.exists():
        return replace(outcome, failure=f"benchmarks/{measure.program} is not there")
    begin = time.perf_counter()
    limit_s = max(120.0, 60 * _LATE * (measure.minutes(given.quick) or measure.full))
    with said.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(program), *measure.arguments(given), "--json", str(written)),
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": _path()},
            start_new_session=True,
        )
        late = await _over(process, limit_s)
    seconds = round(time.perf_counter() - begin, 1)
    outcome = replace(outcome, seconds=seconds)
    if late:
        return replace(outcome, failure=f"stopped after {limit_s:.0f} s; see {said.name}")
    result = stats.read_json(written)
    if result is None:
        last = said.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        why = f"exit status {process.returncode}, no result: {last[0][:200]}"
        return replace(outcome, failure=why)
    return replace(outcome, result=result)


async def _over(process: asyncio.subprocess.Process, limit_s: float) -> bool:
    """Whether it had to be stopped. Nothing that it started is left, however this ends."""
    try:
        await asyncio.wait_for(process.wait(), limit_s)
    except TimeoutError:
        return True
    finally:
        await _end(process)
    return False


async def _end(process: asyncio.subprocess.Process) -> None:
    """Of the group that it leads, also what has outlived it."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            os.killpg(process.pid, sign)
            await asyncio.wait_for(process.wait(), _GRACE_S)


async def run_all(measures: Sequence[Measure], given: Inputs, results: Path) -> list[Outcome]:
    done: list[Outcome] = []
    lanes = asyncio.Semaphore(LANES)

    async def in_a_lane(measure: Measure) -> Outcome:
        async with lanes:
            return await run(measure, given, results)

    for some in rounds(measures):
        names = ", ".join(measure.title for measure in some)
        stats.err.print(f"{names} (about {minutes(some, given.quick):.1f} min) ...")
        with LoadWatch() as watch:
            outcomes = await asyncio.gather(*(in_a_lane(one) for one in some))
        for outcome in outcomes:
            load = None if outcome.seconds == 0 else watch.load
            done.append(replace(outcome, load=load))
            said = outcome.failure or "done"
            line = f"  {outcome.measure.title}: {said}, {outcome.seconds:.0f} s"
            stats.err.print(line, soft_wrap=True, markup=False)
    return done


def report(
    outcomes: Sequence[Outcome], machine: Any, what: str, quick: bool, took_s: float, folder: Path
) -> dict[str, Any]:
    """All that the report says, as JSON; draws the plots."""
    results = {one.measure.name: one.result for one in outcomes if one.result is not None}
    return {
        "machine": machine,
        "speech": what,
        "quick": quick,
        "minutes": round(took_s / 60, 1),
        "plots": pictures.draw(results, folder / "plots"),
        "measures": [
            {
                "name": one.measure.name,
                "title": one.measure.title,
                "minutes": one.measure.minutes(quick),
                "seconds": one.seconds,
                "command": one.command,
                "failure": one.failure,
                "load": one.load and {**asdict(one.load), "busy": one.load.busy},
                "figures": [_figure(figure) for figure in _figures(one)],
                "tables": tables(one.measure.name, one.result),
            }
            for one in outcomes
        ],
    }


def _figures(one: Outcome) -> list[Figure]:
    if one.result is None:
        return [Figure(measure=one.measure.name, name=one.measure.title, failure=one.failure)]
    return readers.read(one.measure.name, one.result)


def _figure(figure: Figure) -> dict[str, Any]:
    return {**asdict(figure), "verdict": figure.verdict}


def _path() -> str:
    """Programs in folders of their own find what lies here."""
    return os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH", ""), str(HERE))))


def inputs(given: Sequence[Path], quick: bool) -> tuple[Inputs, str]:
    """What to measure with, and what it is. Raises CorpusError."""
    folders, what = speech.folders(given)
    known = [(folder, corpus.read(folder)[0]) for folder in folders]
    return Inputs(
        open_speech=[folder for folder, clip in known if clip.transcript and not clip.digits],
        numbers=[folder for folder, clip in known if clip.digits],
        every=folders,
        noises=speech.noises(given),
        quick=quick,
    ), what


def main(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CORPUS...]", help="Corpora, or folders of them."),
    ] = None,
    quick: Annotated[bool, typer.Option(help="Five minutes instead of thirty.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this measure; repeatable.")] = None,
    peers: Annotated[bool, typer.Option(help="Also Pipecat and others, where set up.")] = True,
    results: Annotated[Path, typer.Option(help="Folder of the results.")] = RESULTS,
    json: Annotated[Path | None, typer.Option(help="Also write the report's JSON here.")] = None,
) -> None:
    """Run the benchmark suite and write results/report.md, report.json and plots/.

    Exit status 1 when a bound was missed or a measure did not run.
    """
    unknown = set(only or ()) - {measure.name for measure in MEASURES}
    if unknown:
        names = ", ".join(measure.name for measure in MEASURES)
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: expected one of {names}")
    machine = stats.machine()
    with errors_in_a_line():
        given, what = inputs(folders or [], quick)
    results.mkdir(parents=True, exist_ok=True)
    measures = chosen(quick, only or [], peers)
    most = QUICK_MINUTES if quick else FULL_MINUTES
    stats.err.print(
        f"{total(measures, quick):.0f} of at most {most:.0f} minutes; speech: {what}",
        soft_wrap=True,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # children end with us, then, too
    begin = time.perf_counter()
    outcomes = asyncio.run(run_all(measures, given, results))
    took_s = time.perf_counter() - begin
    told = report(outcomes, machine, what, quick, took_s, results)
    stats.write_json(results / "report.json", told)
    if json:
        stats.write_json(json, told)
    (results / "report.md").write_text(markdown(told), encoding="utf-8")
    stats.out.print(f"{took_s / 60:.1f} minutes; the report: {results / 'report.md'}")
    verdicts = [figure["verdict"] for measure in told["measures"] for figure in measure["figures"]]
    if {"missed", "not run"} & set(verdicts):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
