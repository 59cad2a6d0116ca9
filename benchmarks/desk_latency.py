"""How soon does an agent see what a caller says, and what does it cost to let them?

Real calls to a server of our own with recorded speech, watched on the real pages in a headless
Chromium. Knows the parts that are measured, their bounds, and how the figures are shown.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

import corpus
import desk_cost
import desk_story
import own_server
import stats
from desk_people import add, first_admin
from desk_story import Clip
from desk_watch import Watched, hints, sentences, words
from desk_words import align
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.cli.screen import errors_in_a_line
from warmline.errors import WarmlineError

PARTS: Final = ("words", "hints", "cost", "away")
CLIPS_A_CALL: Final = 3
"""Answers that are none; then a person comes."""
TALK_S: Final = 40.0
RENDERED_S: Final = 20.0
"""A server renders the prompts of all flows in its first moments."""
WORD_S, HINT_S, PACKET_MS, COST_PERCENT, AWAY_S = 1.0, 1.5, 300.0, 10.0, 1.0
"""The project's own bounds: p50 of a word, p95 of a hint and of the packet, the mean cost, the
worst of 10,000 entries received."""
PACKET: Final = ("packet in a feed that watches", "offer card painted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    parts: Sequence[str]
    bot: Sequence[Clip]
    talks: Sequence[tuple[Clip, Pcm]]
    """What the caller and the agent say to each other, one for each call."""
    hint_calls: int
    calls: int
    desks: int
    rounds: int
    seconds: float
    entries: int
    times: int


async def run(plan: Plan) -> dict[str, Any]:
    result: dict[str, Any] = {}
    watched = Watched()
    if "words" in plan.parts or "hints" in plan.parts:
        spoken = [list(sentences(n)) for n in range(plan.hint_calls)]
        async with own_server.started() as server, desk_story.stage(server) as on:
            await asyncio.sleep(RENDERED_S)
            if "words" in plan.parts:
                for number, talk in enumerate(plan.talks):
                    clips = plan.bot[number * CLIPS_A_CALL :][:CLIPS_A_CALL]
                    await words(on, clips, talk, watched)
                    stats.err.print(f"words: call {number + 1} of {len(plan.talks)}")
            if "hints" in plan.parts:
                for number, said in enumerate(spoken):
                    await hints(on, said, watched)
                    stats.err.print(f"hints: call {number + 1} of {len(spoken)}")
        result["watched"] = asdict(watched) | {"load_1_min": os.getloadavg()[0]}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = desk_cost.write_flow(folder)
        if "cost" in plan.parts:
            async with own_server.started(settings) as server:
                viewer = await add(await first_admin(server), "sam", "supervisor")
                cost = await desk_cost.cost(
                    server, viewer, plan.calls, plan.desks, plan.rounds, plan.seconds
                )
            result["cost"] = asdict(cost) | {"more": cost.more, "load_1_min": os.getloadavg()[0]}
        if "away" in plan.parts:
            async with own_server.started(settings) as server, desk_story.stage(server) as on:
                result["away"] = [
                    asdict(await desk_cost.away(on, plan.entries)) for _ in range(plan.times)
                ]
    return result


def report(result: dict[str, Any]) -> list[str]:
    """Print tables; gives what is beyond its bound."""
    broken: list[str] = []
    if watched := result.get("watched"):
        broken += [*_words(watched), *_handoffs(watched), *_hints(watched)]
        late = stats.spread(watched["lateness_ms"])
        if late:
            stats.out.print(f"  own pacing error: p95 {late.p95} ms, max {late.max} ms")
        stats.out.print(f"  load after it: {watched['load_1_min']:.1f}")
    if cost := result.get("cost"):
        broken += _cost(cost)
    if away := result.get("away"):
        rows = [[str(value) for value in one.values()] for one in away]
        heading = ["missing", "socket, s", "page, s", "painted, s"]
        stats.table("a page that was away", heading, rows)
        broken += [f"away: {one}" for one in away if one["received_s"] > AWAY_S]
    return broken


def _words(watched: dict[str, Any]) -> Iterator[str]:
    rows = []
    for what, seen in watched["words"].items():
        missed = sum(one["first_ms"] is None for one in seen)
        for name, values in (
            ("first", [one["first_ms"] for one in seen]),
            ("first, as a partial", [one["first_ms"] for one in seen if one["by"] == "partial"]),
            ("first, as a final", [one["first_ms"] for one in seen if one["by"] == "final"]),
            ("final", [one["final_ms"] for one in seen]),
        ):
            if spread := stats.spread(values):
                rows.append([f"{what}: {name}", *spread.row(), str(missed)])
                if name == "first" and spread.p50 > 1000 * WORD_S:
                    yield f"word to {what}: p50 {spread.p50} ms, bound {WORD_S:g} s"
    if rows:
        heading = ["from a word's end, ms", "n", "p50", "p95", "max", "other words"]
        stats.table("words", heading, rows)


def _handoffs(watched: dict[str, Any]) -> Iterator[str]:
    rows = []
    for what in watched["handoffs"][0] if watched["handoffs"] else ():
        spread = stats.spread([one[what] for one in watched["handoffs"]])
        assert spread is not None
        rows.append([what, *spread.row()])
        if what in PACKET and spread.p95 > PACKET_MS:
            yield f"{what}: p95 {spread.p95} ms, bound {PACKET_MS:g} ms"
    if rows:
        stats.table("handoff, ms", ["", "n", "p50", "p95", "max"], rows)


def _hints(watched: dict[str, Any]) -> Iterator[str]:
    rows = []
    for name, kind in (("all", ""), ("by a partial", "Partial"), ("by a final", "Utterance")):
        seen = [one for one in watched["hints"] if one["cause"].startswith(kind)]
        for what in ("shown_ms", "painted_ms"):
            if spread := stats.spread([one[what] for one in seen]):
                rows.append([f"{name}: {what[:-3]}", *spread.row()])
                if name == "all" and what == "painted_ms" and spread.p95 > 1000 * HINT_S:
                    yield f"hint painted: p95 {spread.p95} ms, bound {HINT_S:g} s"
    if rows:
        missed = sum(not one["rule"] for one in watched["hints"])
        title = f"hints: {missed} of {len(watched['hints'])} sentences led to none"
        stats.table(title, ["from the trigger's end, ms", "n", "p50", "p95", "max"], rows)


def _cost(cost: dict[str, Any]) -> Iterator[str]:
    rows = [
        [
            name,
            f"{np.mean(values):.1f}",
            f"{np.std(values):.1f}",
            " ".join(f"{v:.1f}" for v in values),
        ]
        for name, values in (
            ("calls alone, % of a core", cost["alone"]),
            ("the same, watched", cost["watched"]),
            ("difference", cost["more"]),
            ("entries a second", cost["entries_s"]),
        )
    ]
    stats.table("cost", ["", "mean", "sd", "one by one"], rows)
    answers = {"alone": cost["answer_alone_ms"], "watched": cost["answer_watched_ms"]}
    rows = [[name, *s.row()] for name, v in answers.items() if (s := stats.spread(v))]
    stats.table("/healthz answers after, ms", ["", "n", "p50", "p95", "max"], rows)
    stats.out.print(f"  load after it: {cost['load_1_min']:.1f}")
    if (mean := float(np.mean(cost["more"]))) > COST_PERCENT:
        yield f"watching costs {mean:.1f} % of a core, bound {COST_PERCENT:g} %"


def bot_clips(folders: Sequence[Path], count: int) -> list[Clip]:
    found = [clip for folder in folders for clip in corpus.select(corpus.read(folder), limit=count)]
    clips = [_clip(one.name, files.read(one.path, RATE)) for one in found[:count]]
    late = [
        1000 * (clip.words[-1].end - corpus.voice_end_s(one))
        for clip, one in zip(clips, found[:count], strict=True)
        if clip.words
    ]
    if late:
        stats.out.print(
            f"aligned: {sum(len(clip.words) for clip in clips)} words; the last one of a clip ends "
            f"{np.median(late):+.0f} ms (median) from where its voice does"
        )
    return clips


def conversation(folder: Path, parts: int) -> list[tuple[Clip, Pcm]]:
    """Stretches of a recorded conversation: what the caller and what the agent said in each."""
    sides = {clip.labels.get("role", ""): clip for clip in corpus.read(folder)}
    if not {"caller", "agent"} <= sides.keys():
        raise WarmlineError(f"{folder}: expected two files with the roles caller and agent")
    caller, agent = (files.read(sides[role].path, RATE) for role in ("caller", "agent"))
    size, found = int(TALK_S * RATE), []
    for number in range(parts):
        begin = number * size % max(1, caller.size - size)
        theirs = caller[begin : begin + size]
        found.append((_clip(f"{folder.name} {number}", theirs), agent[begin : begin + size]))
    return found


def _clip(name: str, samples: Pcm) -> Clip:
    return Clip(name, samples, align(samples))


def main(
    folders: Annotated[list[Path], typer.Argument(metavar="CORPUS...", help="For the bot.")],
    talk: Annotated[
        Path | None, typer.Option(help="Corpus of two files, roles caller and agent: a call.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="words, hints, cost, away.")] = None,
    clips: Annotated[int, typer.Option(min=3, help="Clips for the bot, three a call.")] = 18,
    hint_calls: Annotated[int, typer.Option(help="Calls with six hints each.")] = 5,
    calls: Annotated[int, typer.Option(help="At once, for the cost.")] = 20,
    desks: Annotated[int, typer.Option(help="That share them out.")] = 5,
    rounds: Annotated[int, typer.Option(help="Alone, then watched.")] = 5,
    seconds: Annotated[float, typer.Option(help="Of each.")] = 20.0,
    entries: Annotated[int, typer.Option(help="That a page misses.")] = 10_000,
    times: Annotated[int, typer.Option(help="That a page is away.")] = 3,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures.")] = None,
) -> None:
    """Measure the way from a caller's words to an agent's screen."""
    machine = stats.machine()
    with errors_in_a_line():
        parts = only or PARTS
        if wrong := set(parts) - set(PARTS):
            raise WarmlineError(f"{', '.join(wrong)}: the parts are {', '.join(PARTS)}")
        if "words" in parts and talk is None:
            raise WarmlineError("--talk FOLDER: the words of a talk need a recorded conversation")
        spoken = bot_clips(folders, clips) if "words" in parts else []
        talks = conversation(talk, clips // CLIPS_A_CALL) if talk and spoken else []
        plan = Plan(
            parts=parts,
            bot=spoken,
            talks=talks,
            hint_calls=hint_calls,
            calls=calls,
            desks=desks,
            rounds=rounds,
            seconds=seconds,
            entries=entries,
            times=times,
        )
        result = asyncio.run(run(plan))
    broken = report(result)
    if json_file:
        stats.write_json(json_file, {"machine": machine, **result})
    if broken:
        stats.err.print(*broken, sep="\n")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
