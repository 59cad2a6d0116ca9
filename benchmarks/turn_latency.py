"""How long does a caller wait? Real calls with recorded speech, measured from outside in audio.

Knows the server only by its socket, its log and its processes. One call per clip, one at a
time, in real time. A bot that stays silent is a failure, not a missing value.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import typer

import corpus
import own_server
import stats
from corpus import Clip
from stats import Spread
from waits import Answered, measure_all
from warmline.audio import files
from warmline.caller.client import CallOptions, Play, Press, Step, api_url, place_call
from warmline.cli.call import fetch_events
from warmline.cli.screen import errors_in_a_line
from warmline.errors import WarmlineError

WAITS: Final = {
    "v2v_ms": "voice to voice: end of voice to first audible sample of the answer",
    "endpoint_ms": "endpointing: end of voice to the decision that the turn is over",
    "text_ms": "final text after that decision",
    "ttfs_ms": "TTFS: end of voice to final text",
    "greeting_ms": "greeting: connection begun to first audible sample",
}
NOTICED_MS: Final = 300
"""So long a reply must be audible over the caller's voice to be noticed."""
COUNTS: Final = {
    "failed": "failures",
    "cut off (several turns made of one clip)": "cut_off",
    "talked over (the bot was audible before the clip's end)": "talked_over",
    "early end taken back": "resumed",
    "all words right": "all_words_right",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What the clips answer: the flow, and the steps that lead to the question."""

    flow: str
    before: tuple[str, ...] = ()
    """Keys, or sound files."""
    where: str = ""
    """The clips that can answer it: LABEL=PATTERN."""


NUMBERS: Final = Scenario(flow="order_status", before=("1",), where=r"digits=\d{4}")
"""Key 1 is the first option of its first question and leads to the order number."""
SPEECH: Final = Scenario(flow="take_message")


@dataclass(slots=True, kw_only=True)
class Batch:
    """All calls with the clips of one corpus."""

    corpus: str
    scenario: Scenario
    clips: list[Clip] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    lateness_s: list[float] = field(default_factory=list)
    call_s: float = 0.0
    """Length of all calls together."""

    def summary(self) -> dict[str, Any]:
        """Figures of the batch: waits in milliseconds, shares as counts of calls."""
        pairs = zip(self.clips, self.answered, strict=True)
        scored = [
            corpus.errors(clip, call.heard)
            for clip, call in pairs
            if call.call_id and (clip.digits or clip.transcript)
        ]
        late = stats.spread([late * 1000 for late in self.lateness_s])
        return {
            "calls": len(self.answered),
            "failures": sum(bool(call.failure) for call in self.answered),
            "cut_off": sum(call.turns > 1 for call in self.answered),
            "talked_over": sum(call.over_ms > 0 for call in self.answered),
            "resumed": sum(call.resumed > 0 for call in self.answered),
            "turns_per_clip": round(
                sum(call.turns for call in self.answered) / len(self.answered), 2
            ),
            "word_errors_percent": corpus.total(scored).percent if scored else None,
            "talked_over_300_ms": sum(call.over_ms > NOTICED_MS for call in self.answered),
            "all_words_right": sum(part.wrong == 0 for part in scored),
            "pacing_error_ms": late and asdict(late),
            **{wait: s and asdict(s) for wait, s in self.waits()},
        }

    def as_dict(self) -> dict[str, Any]:
        return {
            "corpus": self.corpus,
            "scenario": asdict(self.scenario),
            "summary": self.summary(),
            "calls": [asdict(call) for call in self.answered],
        }

    def waits(self) -> Iterator[tuple[str, Spread | None]]:
        for wait in WAITS:
            yield wait, stats.spread([getattr(call, wait) for call in self.answered])


async def run_batch(
    options: CallOptions, scenario: Scenario, clips: Sequence[Clip], per_call: int = 1
) -> Batch:
    """One call after the other; what goes wrong in one is noted and the next is placed."""
    options = replace(options, flow=scenario.flow)
    before = [_step(item, options.rate) for item in scenario.before]
    batch = Batch(corpus=clips[0].corpus, scenario=scenario)
    async with httpx.AsyncClient(base_url=api_url(options.url), timeout=10) as client:
        for first in range(0, len(clips), per_call):
            some = clips[first : first + per_call]
            try:
                spoken = [
                    (clip.name, files.read(clip.path, options.rate), corpus.voice_end_s(clip))
                    for clip in some
                ]
                steps = [Play(samples) for _, samples, _ in spoken]
                recording = await place_call(options, [*before, *steps])
                events = await fetch_events(client, recording.call_id)
            except (WarmlineError, httpx.HTTPError) as error:
                why = str(error).splitlines()[0]
                answered = [Answered(clip=clip.name, failure=why) for clip in some]
            else:
                answered = measure_all(spoken, recording, events)
                batch.lateness_s += recording.lateness
                batch.call_s += recording.sent.end - recording.connected_at
            batch.clips += some
            batch.answered += answered
            for number, one in enumerate(answered, first + 1):
                said = one.failure or f"answered after {one.v2v_ms:.0f} ms"
                stats.err.print(f"{number}/{len(clips)} {one.clip}: {said}", soft_wrap=True)
    return batch


def _step(item: str, rate: int) -> Step:
    return Play(files.read(Path(item), rate)) if Path(item).exists() else Press(item)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a server of our own needed."""

    start_s: float
    memory: own_server.Memory
    """After all calls."""
    idle_percent: float | None
    """Of one core, all processes, in a call in which nobody speaks; None: not measured."""
    cpu_s_per_call_minute: float


async def run(
    plan: Sequence[tuple[Scenario, Sequence[Clip]]],
    options: CallOptions,
    url: str,
    per_call: int = 1,
    settings: Mapping[str, str] | None = None,
    idle: bool = True,
) -> tuple[list[Batch], Costs | None]:
    """All calls, against the server at `url` or (when that is empty) one of our own.

    `settings` are variables of its environment; `idle` says whether to place a silent call.
    """
    async with AsyncExitStack() as stack:
        own = None if url else await stack.enter_async_context(own_server.started(settings))
        options = replace(options, url=own.url if own else url)
        begin = own.tree.cpu_s() if own else 0.0
        batches = [await run_batch(options, *asked, per_call) for asked in plan]
        if own is None:
            return batches, None
        used = own.tree.cpu_s() - begin
        memory = own.tree.memory()
        silent = await own_server.idle_cores(options, own.tree) if idle else None
        return batches, Costs(
            start_s=own.start_s,
            memory=memory,
            idle_percent=None if silent is None else round(100 * silent, 2),
            cpu_s_per_call_minute=round(60 * used / max(1.0, sum(b.call_s for b in batches)), 2),
        )


def show(batch: Batch) -> None:
    summary = batch.summary()
    stats.table(
        f"{batch.corpus} in {batch.scenario.flow}: milliseconds",
        ("", "n", "p50", "p95", "max"),
        [[WAITS[wait], *(s.row() if s else ("0", "-", "-", "-"))] for wait, s in batch.waits()],
    )
    for text, key in COUNTS.items():
        stats.out.print(f"  {text}: {summary[key]} of {summary['calls']}")
    for call in batch.answered:
        if call.failure:
            stats.out.print(f"  failed: {call.clip}: {call.failure}", soft_wrap=True)
    if summary["word_errors_percent"] is not None:
        stats.out.print(f"  word errors: {summary['word_errors_percent']} %")
    late = summary["pacing_error_ms"]
    if late:
        stats.out.print(f"  own pacing error: p95 {late['p95']} ms, max {late['max']} ms")


def show_costs(costs: Costs) -> None:
    memory = costs.memory
    idle = "" if costs.idle_percent is None else f"idle call {costs.idle_percent:.1f} % of a core; "
    stats.out.print(
        f"server: ready after {costs.start_s:.1f} s; {memory.rss_mb:.0f} MB resident in "
        f"{memory.processes} processes ({memory.pss_mb:.0f} MB with shared pages counted once); "
        f"{idle}{costs.cpu_s_per_call_minute:.1f} s of CPU per minute of call",
        soft_wrap=True,
    )


def main(
    folders: Annotated[list[Path], typer.Argument(metavar="CORPUS...", help="Corpus folders.")],
    url: Annotated[str, typer.Option(help="A running server; default: start one.")] = "",
    flow: Annotated[str, typer.Option(help="Voice flow; default: by the corpus.")] = "",
    before: Annotated[
        list[str] | None,
        typer.Option(help="What leads to the question (with --flow): keys or a sound file."),
    ] = None,
    where: Annotated[str, typer.Option(help="LABEL=PATTERN: only these clips.")] = "",
    clips: Annotated[int, typer.Option(min=0, help="Clips of each corpus, 0: all.")] = 20,
    repeat: Annotated[int, typer.Option(min=1, help="Calls with each clip.")] = 1,
    per_call: Annotated[int, typer.Option(min=1, help="Clips in a call; the flow must loop.")] = 1,
    phone: Annotated[bool, typer.Option("--phone", help="8 kHz G.711 mu-law.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write all calls here.")] = None,
) -> None:
    """Call a server with recorded speech and measure how long it takes to answer.

    Exit status 1 when a call failed or was not answered.
    """
    options = CallOptions(rate=8_000, encoding="mulaw") if phone else CallOptions()
    machine = stats.machine()
    with errors_in_a_line():
        plan = []
        for folder in folders:
            known = corpus.read(folder)
            usual = NUMBERS if known[0].digits else SPEECH
            own = Scenario(flow=flow, before=tuple(before or ()), where=where)
            scenario = own if flow else replace(usual, where=where or usual.where)
            chosen = corpus.select(known, where=scenario.where, limit=clips)
            plan.append((scenario, chosen * repeat))
        batches, costs = asyncio.run(run(plan, options, url, per_call))
    for batch in batches:
        show(batch)
    if costs:
        show_costs(costs)
    if json:
        result = {
            "machine": machine,
            "line": {"rate": options.rate, "encoding": options.encoding},
            "costs": costs and asdict(costs),
            "batches": [batch.as_dict() for batch in batches],
        }
        stats.write_json(json, result)
    if any(call.failure for batch in batches for call in batch.answered):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
