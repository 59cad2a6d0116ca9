"""What the scheduler brings: calls at once on one set of workers, each of its means off in turn.

    python benchmarks/scheduler.py CORPUS ... --calls 1,2,4,8 --seconds 20 --json FILE

Simulated callers speak recorded clips in real time, one turn after another: partials while they
speak, a final decode at the pause behind the clip, two seconds of the bot's answer. Real models
in real workers; no sockets, no voice, no turn model, so a server bears fewer calls than this.
"""

import asyncio
import math
import os
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import corpus
import stats
from load import LoadWatch
from own_server import ProcessTree
from warmline.audio import files
from warmline.audio.frame import RATE, Frame, Pcm
from warmline.errors import InferenceError
from warmline.events import ANYTHING, AnswerKind, Expectation, PartialTranscript
from warmline.hearing.cadence import Cadence
from warmline.hearing.partials import PartialTrack
from warmline.hearing.remote import RemoteTranscriber
from warmline.hearing.utterance import Utterance
from warmline.hearing.vad import CHUNK
from warmline.inference.job import Served
from warmline.inference.layout import KEPT, Layout, Place, choose
from warmline.inference.monitor import Monitor
from warmline.inference.pool import PoolSettings, WorkerPool
from warmline.inference.pressure import Pressure
from warmline.inference.queue import ANY, FIRST
from warmline.machine import cores
from warmline.modelstore import ModelStore
from warmline.ports import Priority, Transcriber, Transcript

PAUSE_S: Final = 0.2
ANSWER_S: Final = 2.0
BATCH: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the scheduler does; in an ablation one of them is off."""

    shared: bool = True
    """A worker takes what there is; off: one for finals only, one for partials only."""
    batching: bool = True
    adaptive: bool = True
    """The cadence of partials follows the load; off: every 0.8 s."""
    deadlines: bool = True
    """What comes too late is dropped; off: first come, first served."""
    ladder: bool = True


ABLATIONS: Final[Mapping[str, Means]] = {
    "all": Means(),
    "pools apart": Means(shared=False),
    "no batching": Means(batching=False),
    "fixed cadence": Means(adaptive=False),
    "no deadlines": Means(deadlines=False),
    "no ladder": Means(ladder=False),
    "none of them": Means(
        shared=False, batching=False, adaptive=False, deadlines=False, ladder=False
    ),
}


@dataclass(slots=True)
class Seen:
    """What the callers of one run met."""

    finals_s: list[float] = field(default_factory=list)
    failed: int = 0
    gaps_s: list[float] = field(default_factory=list)
    """Audio time between two partials of a turn."""
    late_s: float = 0.0
    """The latest frame: our own pacing error."""
    rungs: list[int] = field(default_factory=list)
    partials: int = 0
    dropped: int = 0
    in_company: int = 0
    jobs: int = 0

    def served(self, served: Served) -> None:
        self.jobs += 1
        self.in_company += bool(served.company)
        if served.priority > FIRST:
            self.partials += 1
            self.dropped += served.late and served.took_s == served.waited_s


class _NoDeadlines(WorkerPool):
    async def ask(self, *args: Any, **options: Any) -> Any:
        options["within_s"] = math.inf
        return await super().ask(*args, **options)


class _Apart:
    """Two transcribers: a partial never asks the finals' worker, nor the other way round."""

    def __init__(self, finals: Transcriber, partials: Transcriber) -> None:
        self._finals, self._partials = finals, partials

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        whom = self._finals if priority is Priority.FINAL else self._partials
        return await whom.transcribe(
            samples, expect=expect, priority=priority, prompt=prompt, tail_s=tail_s
        )


@asynccontextmanager
async def recognition(
    means: Means, layout: Layout, seen: Seen
) -> AsyncIterator[tuple[Transcriber, Cadence, Pressure]]:
    """The workers of a server."""
    pressure = Pressure()
    cadence = Cadence(lambda: pressure.rung, adaptive=means.adaptive)
    monitor = Monitor(pressure)
    pressure.watch(lambda rung, because: seen.rungs.append(rung))

    def served(served: Served) -> None:
        seen.served(served)
        if means.ladder:
            monitor.served(served)
        if served.priority > FIRST:
            cadence.took(served.took_s)

    def pool(places: tuple[Place, ...]) -> WorkerPool:
        store = ModelStore()
        kind = WorkerPool if means.deadlines else _NoDeadlines
        settings = PoolSettings(
            name="ears",
            target="warmline.hearing.remote:load",
            arguments={
                "large": str(store.path("whisper-base")),
                "small": str(store.path("whisper-tiny.en")),
                "threads": layout.threads,
            },
            places=places,
            batch=BATCH if means.batching else 1,
        )
        return kind(settings, on_served=served)

    if means.shared:
        async with pool(layout.ears) as ears:
            await ears.wait_ready()
            if not means.ladder:
                yield RemoteTranscriber(ears, pressure), cadence, pressure
                return
            async with monitor.watching(ears):
                yield RemoteTranscriber(ears, pressure), cadence, pressure
        return
    kept = tuple(replace(place, lowest=ANY) for place in layout.ears if place.lowest == KEPT)
    rest = tuple(place for place in layout.ears if place.lowest == ANY)
    async with pool(kept) as finals, pool(rest) as partials:
        await asyncio.gather(finals.wait_ready(), partials.wait_ready())
        apart = _Apart(RemoteTranscriber(finals, pressure), RemoteTranscriber(partials, pressure))
        yield apart, cadence, pressure


async def caller(
    clips: Sequence[tuple[Pcm, Expectation]],
    ears: Transcriber,
    cadence: Cadence,
    seen: Seen,
    until: float,
    draw: random.Random,
) -> None:
    """Speaks clip after clip until then, in real time."""
    clock = asyncio.get_running_loop().time
    await asyncio.sleep(draw.uniform(0, ANSWER_S + 2))
    while clock() < until:
        samples, expect = draw.choice(clips)
        at: list[float] = []

        def told(partial: PartialTranscript, at: list[float] = at) -> None:
            at.append(partial.audio_at)

        track = PartialTrack(ears, told, cadence=cadence.seconds)
        utterance = Utterance(CHUNK)
        utterance.begin()
        began = clock()
        for end in range(CHUNK, samples.size, CHUNK):
            wait = began + end / RATE - clock()
            seen.late_s = max(seen.late_s, -wait)
            await asyncio.sleep(max(0.0, wait))
            utterance.push(Frame(samples[end - CHUNK : end], end - CHUNK))
            track.heard(utterance, 1, end / RATE)
        await asyncio.sleep(PAUSE_S)
        asked = clock()
        try:
            await ears.transcribe(samples, expect=expect, tail_s=0.0)
            seen.finals_s.append(clock() - asked)
        except InferenceError:
            seen.failed += 1
        await track.close()
        seen.gaps_s += [late - early for early, late in zip(at, at[1:], strict=False)]
        await asyncio.sleep(ANSWER_S)


async def run(
    means: Means, calls: int, seconds: float, clips: Sequence[tuple[Pcm, Expectation]]
) -> dict[str, Any]:
    """One row: so many calls for so long."""

    seen = Seen()
    async with recognition(means, choose(cores()), seen) as (ears, cadence, _):
        tree = ProcessTree(os.getpid())
        with LoadWatch() as watch:
            until = asyncio.get_running_loop().time() + seconds
            async with asyncio.TaskGroup() as group:
                for number in range(calls):
                    draw = random.Random(number)
                    group.create_task(caller(clips, ears, cadence, seen, until, draw))
        pss = tree.memory().pss_mb
    finals = [1000 * value for value in seen.finals_s]
    return {
        "calls": calls,
        "final_ms": asdict(spread) if (spread := stats.spread(finals)) else None,
        "finals_failed": seen.failed,
        "cadence_s": asdict(gaps) if (gaps := stats.spread(seen.gaps_s)) else None,
        "partials": seen.partials,
        "dropped": seen.dropped,
        "in_company": round(seen.in_company / max(1, seen.jobs), 3),
        "highest_rung": max(seen.rungs, default=0),
        "rungs": seen.rungs,
        "pacing_error_ms": round(1000 * seen.late_s, 1),
        "own_cores": watch.load.own_cores,
        "other_cores": watch.load.other_cores,
        "pss_mb": pss,
    }


def _shown(name: str, row: Mapping[str, Any]) -> list[str]:
    final, cadence = row["final_ms"], row["cadence_s"]
    return [
        name,
        str(row["calls"]),
        *(f"{final[part]:.0f}" if final else "-" for part in ("p50", "p95")),
        str(row["finals_failed"]),
        f"{cadence['p50']:.2f}" if cadence else "-",
        str(row["dropped"]),
        f"{row['in_company']:.0%}",
        str(row["highest_rung"]),
        f"{row['own_cores']:.2f}",
        f"{row['other_cores']:.2f}",
    ]


def main(
    folders: Annotated[list[Path], typer.Argument(help="Corpora.")],
    calls: Annotated[str, typer.Option(help="Numbers of calls, for all means.")] = "1,2,4,8,12,16",
    ablated: Annotated[str, typer.Option(help="Numbers of calls for the ablations.")] = "8",
    seconds: Annotated[float, typer.Option(help="Length of each run.")] = 20.0,
    clips: Annotated[int, typer.Option(help="Clips of each corpus.")] = 20,
    json: Annotated[Path | None, typer.Option(help="Result file.")] = None,
) -> None:
    """Latency of finals and cadence of partials against the number of calls."""
    spoken = [
        (files.read(clip.path, RATE), _expected(clip))
        for folder in folders
        for clip in corpus.select(corpus.read(folder), limit=clips)
    ]
    rows: list[dict[str, Any]] = []
    plan = [("all", number) for number in _numbers(calls)]
    plan += [(name, number) for number in _numbers(ablated) for name in ABLATIONS if name != "all"]
    for name, number in plan:
        stats.err.print(f"{name}, {number} calls ...")
        row = asyncio.run(run(ABLATIONS[name], number, seconds, spoken))
        rows.append({"means": name, **row})
    heading = ["means", "calls", "final p50", "p95 ms", "failed", "cadence s", "dropped"]
    heading += ["together", "rung", "own cores", "others"]
    stats.table("The scheduler", heading, [_shown(row["means"], row) for row in rows])
    if json:
        stats.write_json(json, {"machine": stats.machine(), "rows": rows})


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def _expected(clip: corpus.Clip) -> Expectation:
    if not clip.digits:
        return ANYTHING
    length = len(clip.digits)
    return Expectation(kind=AnswerKind.DIGITS, min_digits=length, max_digits=length)


if __name__ == "__main__":
    typer.run(main)
