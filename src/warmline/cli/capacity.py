"""`warmline capacity`: how many calls at once are answered in time here, measured from outside."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from warmline.audio import files
from warmline.audio.frame import RATE
from warmline.caller.client import CallOptions
from warmline.caller.crowd import Clip, phrases, run_crowd
from warmline.caller.outcome import CrowdOutcome, Verdict, outcome
from warmline.caller.own_server import own_server
from warmline.caller.ramp import Ramp
from warmline.cli.screen import err, errors_in_a_line, out
from warmline.config import Settings, load
from warmline.config.capacity import Capacity, this_machine, write
from warmline.errors import AudioError, ModelError
from warmline.machine import cores

FLOW: Final = "take_message"
"""It answers whatever is said with one sentence, for as long as the caller likes."""
BURST: Final = 5
PROMPTS: Final = Path("/usr/share/asterisk/sounds")
"""Debian's asterisk-core-sounds-en-wav: recorded telephone prompts."""
MAX_PROMPTS: Final = 24
FEW: Final = 4
"""Fewer calls than these go on for longer, for a percentile needs turns."""
SPREAD_S: Final = 5.0
"""Callers come within so long: then their turns are spread as people's are."""


def capacity(
    audio: Annotated[
        list[Path] | None,
        typer.Argument(help="Recorded speech; default: `beckett`, and Asterisk's prompts."),
    ] = None,
    target_ms: Annotated[
        float, typer.Option(min=100, help="95 % of answers must begin within so many ms.")
    ] = 900.0,
    minutes: Annotated[float, typer.Option(min=0.1, help="Minutes for each number of calls.")] = 1,
    config: Annotated[Path | None, typer.Option(help="Configuration file (TOML).")] = None,
    most: Annotated[int, typer.Option(min=1, max=512, help="Try no more calls than these.")] = 64,
    keep: Annotated[
        bool, typer.Option("--write", help="Have servers go by it (call.max_calls = 0).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find how many calls at once are answered in time here. Takes about ten minutes.

    A server of its own with your settings is called by more and more callers with recorded voices,
    in real time. Exit status 1 when not even one call is answered in time, or when this program
    could not keep its own pace.
    """
    with errors_in_a_line():
        settings = load(config)
        clips = _clips(audio or _usual())
        _warn_of_others()
        err.print(f"{len(clips)} phrases; at most {target_ms:.0f} ms for 95 % of the answers")
        tried, burst, best = asyncio.run(_measure(clips, config, target_ms, minutes * 60, most))
        where = _write(best, target_ms, settings) if keep and best else None
    if as_json:
        result = {"calls": best, "target_ms": target_ms, "tried": [asdict(o) for o in tried]}
        typer.echo(json.dumps({**result, "burst": burst and asdict(burst)}))
    else:
        _show(tried, burst, best, target_ms, where)
    if not best:
        raise typer.Exit(1)


async def _measure(
    clips: Sequence[Clip], config: Path | None, target_ms: float, seconds: float, most: int
) -> tuple[list[CrowdOutcome], CrowdOutcome | None, int]:
    ramp, tried = Ramp(most, first=cores()), list[CrowdOutcome]()
    async with _server(config) as options:
        while calls := ramp.next:
            long = SPREAD_S + seconds * max(1.0, FEW / calls)
            crowd = await run_crowd(options, clips, calls, seconds=long, spread_s=SPREAD_S)
            tried.append(outcome(crowd, calls, target_ms, since_s=SPREAD_S))
            err.print(f"  {_line(tried[-1])}")
            if tried[-1].verdict is Verdict.OWN_PACE:
                break  # more callers would only be later still
            ramp.tried(calls, tried[-1].verdict is Verdict.WELL)
        if not ramp.best:
            return tried, None, 0
        # All at the same moment, and the same words: no worse burst of so many exists.
        crowd = await run_crowd(options, clips, BURST, seconds=seconds / 2, spread_s=0.0)
        return tried, outcome(crowd, BURST, target_ms), ramp.best


@asynccontextmanager
async def _server(config: Path | None) -> AsyncIterator[CallOptions]:
    from warmline.library import shipped_flows

    with tempfile.TemporaryDirectory(prefix="warmline-") as folder:
        shutil.copytree(shipped_flows() / FLOW, Path(folder) / FLOW)
        settings = {
            "WARMLINE_FLOWS_FOLDER": folder,
            "WARMLINE_FLOWS_DEFAULT": FLOW,
            "WARMLINE_CALL_MAX_CALLS": "100000",
            "WARMLINE_CALL_WHEN_BUSY": "refuse",
            **({"WARMLINE_CONFIG": str(config)} if config else {}),
        }
        async with own_server(settings) as url:
            yield CallOptions(url=url, flow=FLOW)


def _usual() -> list[Path]:
    from warmline.modelstore import ModelStore

    found: list[Path] = []
    with suppress(ModelError):
        found.append(ModelStore().path("beckett") / "beckett.wav")
    prompts = sorted(PROMPTS.glob("en*/*.wav"))
    found += prompts[:: max(1, len(prompts) // MAX_PROMPTS)]
    if not found:
        raise AudioError(
            "no speech to call with: give recordings, `warmline models pull beckett`, or install "
            "Debian's asterisk-core-sounds-en-wav"
        )
    return found


def _clips(audio: Sequence[Path]) -> list[Clip]:
    clips = [clip for file in audio for clip in phrases(file.stem, files.read(file, RATE), RATE)]
    if not clips:
        raise AudioError("in these recordings there is no phrase between 0.4 and 6 s long")
    return clips


def _warn_of_others() -> None:
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if busy > cores() / 4:
        warning = f"the machine has other work (load {busy:.1f}): the figure will be too small"
        err.print(Text("warning: ", "yellow") + Text(warning))


def _write(calls: int, target_ms: float, settings: Settings) -> Path:
    return write(
        Capacity(
            calls=calls,
            target_ms=target_ms,
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
            machine=this_machine(settings),
        )
    )


def _show(
    tried: Sequence[CrowdOutcome],
    burst: CrowdOutcome | None,
    best: int,
    target_ms: float,
    where: Path | None,
) -> None:
    table = Table(title="Voice to voice, milliseconds", title_justify="left", title_style="bold")
    for number, name in enumerate(
        ("calls", "turns", "p50", "p95", "max", "hello", "missed", "early", "holes", "late")
    ):
        table.add_column(name, justify="right" if number else "left")
    table.add_column("")
    rows = [(str(one.calls), one) for one in sorted(tried, key=lambda one: one.calls)]
    for name, one in [*rows, *([(f"burst of {burst.calls}", burst)] if burst else [])]:
        table.add_row(name, *_figures(one), str(one.verdict))
    out.print(table)
    out.print(
        "p50, p95, max: the caller's voice is over until the answer begins; hello: connected until "
        "the greeting, p95; missed: no answer; early: the bot spoke before the voice was over; "
        "holes: in the bot's voice, a minute; late: our own frames, p95"
    )
    if tried and tried[-1].verdict is Verdict.OWN_PACE:
        err.print(
            Text("warning: ", "yellow")
            + Text(
                "this program could not keep its own pace with more calls, so more may be possible;"
                " is the machine busy?"
            ),
            soft_wrap=True,
        )
    out.print(f"{best} calls at once within {target_ms:.0f} ms for 95 % of the answers")
    if where:
        out.print(f"written to {where}: servers go by it from their next start on", soft_wrap=True)


def _figures(one: CrowdOutcome) -> list[str]:
    times = (one.v2v_p50, one.v2v_p95, one.v2v_max, one.greeting_p95)
    shown = ["-" if ms is None else f"{ms:.0f}" for ms in times]
    counts = [str(one.missed), str(one.early), f"{one.gaps_a_minute:.1f}"]
    return [str(one.turns), *shown, *counts, f"{one.own_late_p95:.0f}"]


def _line(one: CrowdOutcome) -> str:
    p95 = "-" if one.v2v_p95 is None else f"{one.v2v_p95:.0f} ms"
    return f"{one.calls} calls: p95 {p95}, {one.turns} turns, {one.missed} missed: {one.verdict}"
