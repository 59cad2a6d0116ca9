"""How long callers wait for three kinds of answers, in calls of several turns each.

`talk` answers with one cached sentence, `numbers` reads a number back, `echo` says the caller's
own words. The calls are those of turn_latency.py; the flows lie in voice_flows/ beside this file.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import corpus
import speech
import stats
from corpus import Clip
from desk_words import align
from emission import Emitted, emitted
from turn_latency import Batch, Costs, Scenario, run, show, show_costs
from warmline.audio import files
from warmline.audio.frame import RATE
from warmline.caller.client import CallOptions
from warmline.cli.screen import errors_in_a_line

FLOWS: Final = Path(__file__).parent / "voice_flows"
SETTINGS: Final = {
    "WARMLINE_FLOWS_FOLDER": str(FLOWS),
    "WARMLINE_FLOWS_DEFAULT": "talk",
    "WARMLINE_FLOWS_RELOAD": "false",
}
PER_CALL: Final = 8
LONGEST_S: Final = 9.0
"""Longer clips cost too much of the suite's time."""
FOUR_DIGITS: Final = r"digits=\d{4}"


def chosen(folders: Sequence[Path], talk: int, numbers: int, echo: int) -> list[tuple[str, Clip]]:
    """So many clips for each flow: those of all folders in turn, none longer than `LONGEST_S`."""
    known = [corpus.read(folder) for folder in folders]
    open_ = [some for some in known if not some[0].digits]
    counted = [some for some in known if some[0].digits]
    spoken = list(_in_turn(open_, talk + echo))
    said = [corpus.select(some, where=FOUR_DIGITS) for some in counted]
    return [
        *(("talk", clip) for clip in spoken[:talk]),
        *(("numbers", clip) for clip in _in_turn(said, numbers)),
        *(("echo", clip) for clip in spoken[talk : talk + echo]),
    ]


def _in_turn(folders: Sequence[Sequence[Clip]], limit: int) -> Iterator[Clip]:
    every = [[clip for clip in some if clip.seconds <= LONGEST_S] for some in folders]
    short = [some for some in every if some]
    share = -(-limit // max(1, len(short)))
    drawn = [corpus.select(some, limit=share) for some in short]
    mixed = chain.from_iterable(zip_longest(*drawn))
    yield from [clip for clip in mixed if clip is not None][:limit]


async def ask(
    clips: Sequence[tuple[str, Clip]],
    options: CallOptions,
    *,
    url: str = "",
    settings: Mapping[str, str] | None = None,
    idle: bool = False,
    per_call: int = PER_CALL,
) -> tuple[list[Batch], Costs | None]:
    """All calls, at a server of our own with these further settings unless `url` names one."""
    flows = list(dict.fromkeys(flow for flow, _ in clips))
    plan = [(Scenario(flow=name), [clip for flow, clip in clips if flow == name]) for name in flows]
    every = {**SETTINGS, **(settings or {})}
    batches, costs = await run(plan, options, url, per_call, every, idle)
    for batch, name in zip(batches, flows, strict=True):
        batch.corpus = name
    return batches, costs


def words(batches: Sequence[Batch]) -> list[Emitted]:
    """When the words of open answers were to be read; aligns each clip (about a second)."""
    found = []
    for batch in batches:
        for clip, call in zip(batch.clips, batch.answered, strict=True):
            if not clip.digits and call.partials:
                found.append(emitted(align(files.read(clip.path, RATE)), call.partials))
    return found


def emission(found: Sequence[Emitted]) -> dict[str, Any]:
    """Figures of all clips together; milliseconds."""
    first = stats.spread([one.first_ms for one in found])
    each = stats.spread([ms for one in found for ms in one.words_ms])
    cadence = stats.spread([1000 * s for one in found for s in one.cadence_s])
    return {
        "clips": len(found),
        "first_ms": first and asdict(first),
        "word_ms": each and asdict(each),
        "only_final": sum(one.only_final for one in found),
        "shown": sum(one.shown for one in found),
        "revised": sum(one.revised for one in found),
        "cadence_ms": cadence and asdict(cadence),
    }


def main(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[CORPUS...]", help="Default: recorded prompts.")
    ] = None,
    talk: Annotated[int, typer.Option(min=0, help="Turns answered by a cached sentence.")] = 40,
    numbers: Annotated[int, typer.Option(min=0, help="Turns with a number read back.")] = 16,
    echo: Annotated[int, typer.Option(min=0, help="Turns whose words are said again.")] = 16,
    url: Annotated[str, typer.Option(help="A running server; default: start one.")] = "",
    phone: Annotated[bool, typer.Option("--phone", help="8 kHz G.711 mu-law.")] = False,
    emit: Annotated[bool, typer.Option("--words", help="Also when words were shown.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write all turns here.")] = None,
) -> None:
    """Measure the waits for a cached sentence, a number read back and a synthesized sentence.

    Exit status 1 when a call failed or a turn was not answered.
    """
    machine = stats.machine()
    options = CallOptions()
    options = replace(options, rate=8_000, encoding="mulaw") if phone else options
    with errors_in_a_line():
        known, what = speech.folders(folders or [])
        clips = chosen(known, talk, numbers, echo)
        batches, costs = asyncio.run(ask(clips, options, url=url, idle=True))
        shown = emission(words(batches)) if emit else None
    for batch in batches:
        show(batch)
    if costs:
        show_costs(costs)
    if json:
        result = {
            "machine": machine,
            "speech": what,
            "costs": costs and asdict(costs),
            "emission": shown,
            "batches": [batch.as_dict() for batch in batches],
        }
        stats.write_json(json, result)
    if any(call.failure for batch in batches for call in batch.answered):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
