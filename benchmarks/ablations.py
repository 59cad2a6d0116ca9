"""Which technique brings what? The same calls again and again, with one technique off each time.

Every row is a server of its own with one setting changed, and the same turns. Knows settings
only by their names: a switch that the server does not have is a row that says so.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import typer

import corpus
import speech
import stats
from answers import ask, chosen
from corpus import Clip
from figures import of_values
from warmline.caller.client import CallOptions
from warmline.cli.screen import errors_in_a_line
from warmline.config import keys as settings_keys
from warmline.errors import WarmlineError


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """As variables of the environment."""
    elsewhere: str = ""
    """Where it is measured instead, if no setting turns it off."""


SWITCHES: Final = (
    Switch(name="nothing: all on"),
    Switch(name="turn model", settings={"WARMLINE_ENDPOINT_TURN_MODEL": "false"}),
    Switch(name="foresight", settings={"WARMLINE_SPEAKING_FORESIGHT": "false"}),
    Switch(name="short waits (twice as patient)", settings={"WARMLINE_ENDPOINT_FACTOR": "2"}),
    Switch(name="partials", settings={"WARMLINE_HEARING_PARTIALS": "false"}),
    Switch(name="speculative decode", settings={"WARMLINE_ENDPOINT_SPECULATIVE": "false"}),
    Switch(name="expected answer", settings={"WARMLINE_ENDPOINT_EXPECTATION": "false"}),
    Switch(name="optimistic turns", settings={"WARMLINE_ENDPOINT_OPTIMISTIC": "false"}),
    Switch(name="first clause", settings={"WARMLINE_SPEAKING_FIRST_CLAUSE": "false"},
           elsewhere="Synthesis"),
    Switch(name="disk cache", settings={"WARMLINE_SPEAKING_DISK_MB": "0"},
           elsewhere="Start-up"),
    Switch(name="short window", settings={"WARMLINE_HEARING_SHORT_WINDOW": "false"},
           elsewhere="Recognition"),
    Switch(name="batching", settings={"WARMLINE_HEARING_BATCH": "1"}, elsewhere="Scheduler"),
    Switch(name="shared pool", settings={"WARMLINE_HEARING_SHARED": "false"},
           elsewhere="Scheduler"),
    Switch(name="adaptive cadence", settings={"WARMLINE_HEARING_ADAPTIVE": "false"},
           elsewhere="Scheduler"),
)  # fmt: skip
"""In this order, as long as there is time."""


def unknown(switch: Switch) -> str:
    """Why it cannot be turned off; empty when it can."""
    names = {variable for _, variable, _, _ in settings_keys()}
    missing = sorted(set(switch.settings) - names)
    if not missing:
        return ""
    where = f"; see {switch.elsewhere}" if switch.elsewhere else ""
    return f"no setting {', '.join(missing)}{where}"


def _late(switch: Switch, minutes: float) -> str:
    where = f"; see {switch.elsewhere}" if switch.elsewhere else ""
    return f"out of time ({minutes:g} minutes){where}"


async def row(switch: Switch, clips: Sequence[tuple[str, Clip]]) -> dict[str, Any]:
    """All turns with this technique off; waits in milliseconds."""
    if why := unknown(switch):
        return {"name": switch.name, "failure": why}
    try:
        batches, costs = await ask(clips, CallOptions(), settings=switch.settings)
    except (WarmlineError, httpx.HTTPError) as error:
        return {"name": switch.name, "failure": str(error).splitlines()[0]}
    turns = [turn for batch in batches for turn in batch.answered]
    waits = sorted(turn.v2v_ms for turn in turns if turn.v2v_ms is not None)
    if not waits or costs is None:
        return {"name": switch.name, "failure": "no turn was answered"}
    by_flow = {
        batch.corpus: stats.spread([turn.v2v_ms for turn in batch.answered]) for batch in batches
    }
    return {
        "name": switch.name,
        "settings": dict(switch.settings),
        "v2v_ms": of_values(waits),
        "cut_off": sum(turn.turns > 1 or turn.over_ms > 300 for turn in turns),
        "undone": sum(turn.resumed for turn in turns),
        "missed": sum(bool(turn.failure) for turn in turns),
        "cpu_s_per_call_minute": costs.cpu_s_per_call_minute,
        "start_s": costs.start_s,
        "note": "p50: " + ", ".join(f"{flow} {s.p50:.0f}" for flow, s in by_flow.items() if s),
    }


async def rows(
    switches: Sequence[Switch], clips: Sequence[tuple[str, Clip]], minutes: float
) -> list[Any]:
    """In this order; what would end after so many minutes is left out, and says so."""
    found: list[Any] = []
    begin = time.monotonic()
    longest = 0.0
    for switch in switches:
        since = time.monotonic()
        if since + longest - begin > 60 * minutes and not unknown(switch):
            found.append({"name": switch.name, "failure": _late(switch, minutes)})
            continue
        found.append(await row(switch, clips))
        longest = max(longest, time.monotonic() - since)
        told = found[-1]
        said = told.get("failure") or f"V2V p50 {told['v2v_ms']['p50']:.0f} ms; {told['note']}"
        stats.err.print(f"without {switch.name}: {said}")
    return found


def main(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[CORPUS...]", help="Default: recorded prompts.")
    ] = None,
    talk: Annotated[int, typer.Option(min=0, help="Turns answered by a cached sentence.")] = 3,
    numbers: Annotated[int, typer.Option(min=0, help="Turns with a number read back.")] = 2,
    echo: Annotated[int, typer.Option(min=0, help="Turns whose words are said again.")] = 1,
    only: Annotated[str, typer.Option(help="Switches whose names hold this, and all on.")] = "",
    minutes: Annotated[float, typer.Option(min=0, help="At most, for all.")] = 60.0,
    json: Annotated[Path | None, typer.Option(help="Write the result here.")] = None,
) -> None:
    """Measure the same turns with one technique off at a time. Differences below the spread of
    so few turns mean nothing; raise the counts for a finer look."""
    machine = stats.machine()
    with errors_in_a_line():
        known, what = speech.folders(folders or [])
        clips = chosen(known, talk, numbers, echo)
        for _, clip in clips:
            corpus.voice_end_s(clip)
        switches = [one for one in SWITCHES if not one.settings or only in one.name]
        found = asyncio.run(rows(switches, clips, minutes))
    if json:
        told = {"machine": machine, "speech": what, "rows": found, "figures": []}
        stats.write_json(json, told)


if __name__ == "__main__":
    typer.run(main)
