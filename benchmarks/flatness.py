"""Is the sixtieth minute of a call as quick and as cheap as the first?

One call through the real session with real models in this process, on a clock that jumps over
the silences: an hour takes minutes. What a decode took is waited for on that clock, so waits are
those of a call. Knows the session and the engines; no server. `--real-time` calls a server.
"""

import asyncio
import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

import corpus
import own_server
import speech
import stats
from answers import FLOWS, SETTINGS
from turn_latency import Scenario, run_batch
from warmline.audio import files
from warmline.audio.frame import FRAME, FRAME_S, RATE, Frame, Pcm
from warmline.call.session import Services, run_call
from warmline.caller.client import CallOptions
from warmline.cli.screen import errors_in_a_line
from warmline.events import ANYTHING, Entry, Expectation, TurnMeasured
from warmline.flows.loader import load_flow
from warmline.hearing import turn_model
from warmline.hearing.turn_model import SmartTurn
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore
from warmline.ports import Priority, Transcript
from warmline.speaking.cache import ClauseCache
from warmline.speaking.piper import Voice
from warmline.trial.ears import LINE_NOISE
from warmline.trial.recorded_line import RecordedLine
from warmline.trial.recording import RecordedEndpoints, Recording
from warmline.trial.replay import Endpoints
from warmline.trial.virtual_time import run

SLOT_S: Final = 15.0
"""Each so often the caller says something; so long its answer has time."""
CLIPS: Final = 12
"""Other words each time, for three minutes; a recording that comes too often is refused."""
PERIOD_MIN: Final = round(CLIPS * SLOT_S / 60)
"""Minutes until the same words come again; only whole periods are compared."""
LONGEST_S: Final = 5.0
FIRST_MINUTE: Final = 2
"""Before it, caches fill."""
_STATUS: Final = Path("/proc/self/status")


@dataclass(slots=True)
class Engines:
    """All engines of a call in place; each answer comes after what it took."""

    final: Whisper
    partial: Whisper
    voice: Voice
    turns: SmartTurn

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        begin = time.perf_counter()
        final = priority is Priority.FINAL
        engine = self.final if final else self.partial
        found = engine.transcribe(samples, expect=expect, prompt=prompt, tail_s=tail_s, guard=final)
        await asyncio.sleep(time.perf_counter() - begin)
        return found

    async def finished(self, samples: Pcm) -> float:
        begin = time.perf_counter()
        probability = self.turns.finished(samples)
        await asyncio.sleep(time.perf_counter() - begin)
        return probability

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        begin = time.perf_counter()
        spoken = self.voice.speak(text, pace)
        await asyncio.sleep(time.perf_counter() - begin)
        return spoken, self.voice.rate


class LongCall(RecordedLine):
    """A caller who says one clip after the other, each with the silence behind it."""

    def __init__(self, clips: Sequence[Pcm], minutes: float) -> None:
        super().__init__(Recording(audio=np.zeros(0, dtype=np.int16)), "talk")
        dice = np.random.default_rng(0)
        self._slots = [_on_a_line(clip, dice) for clip in clips]
        self._frames = int(minutes * 60 / FRAME_S)

    async def _speak(self) -> None:
        begin = self._loop.time()
        per_slot = int(SLOT_S / FRAME_S)
        for number in range(self._frames):
            await self._until(begin + (number + 1) * FRAME_S)
            slot = self._slots[number // per_slot % len(self._slots)]
            at = number % per_slot * FRAME
            self._events.put_nowait(Frame(slot[at : at + FRAME], number * FRAME))
        await self.hang_up("caller_hung_up")


def _on_a_line(clip: Pcm, dice: np.random.Generator) -> Pcm:
    slot = dice.normal(0, LINE_NOISE, int(SLOT_S * RATE))
    first = int(4 * RATE)  # the answer to the clip before is over
    slot[first : first + clip.size] += clip
    return np.clip(slot, -32_768, 32_767).astype(np.int16)


@dataclass(slots=True)
class Course:
    """What was seen of the call: moments are seconds of the call's clock."""

    waits: list[tuple[float, float]] = field(default_factory=list)
    """When a turn was answered, and its whole wait in ms."""
    minutes: list[tuple[int, float, float]] = field(default_factory=list)
    """At the end of each minute: CPU seconds so far, resident MB."""

    def note(self, entry: Entry) -> None:
        if isinstance(entry.fact, TurnMeasured):
            self.waits.append((entry.at, entry.fact.total_ms))

    async def watch(self) -> None:
        for minute in count(1):
            await asyncio.sleep(60)
            self.minutes.append((minute, time.process_time(), rss_mb()))


def rss_mb() -> float:
    gc.collect()
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


async def simulate(engines: Engines, clips: Sequence[Pcm], minutes: float) -> Course:
    course = Course()
    flow, silero = load_flow(FLOWS / "talk"), SileroModel()
    services = Services(
        find_flow=lambda name: flow,
        new_detector=lambda: SileroDetector(silero),
        transcriber=engines,
        turn_model=engines,
        clips=ClauseCache(engines),
        fetcher=Endpoints(RecordedEndpoints(())),
        sinks=(course.note,),
        record="never",
    )
    watching = asyncio.create_task(course.watch())
    async with LongCall(clips, minutes) as line:
        await run_call(line, services)
    watching.cancel()
    return course


def summary(
    minutes: Sequence[tuple[int, float, float]], waits: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    """The last quarter against the first. CPU by its mean, waits by their median, memory by its
    mean; its slope is that of a straight line through all minutes."""
    known = [row for row in minutes if row[0] >= FIRST_MINUTE]
    quarter = max(1, (len(known) - 1) // 4 // PERIOD_MIN) * PERIOD_MIN
    cpu = [after[1] - before[1] for before, after in zip(known, known[1:], strict=False)]
    rss = [row[2] for row in known]
    end = 60.0 * (known[-1][0] if known else 1)
    begin = 60.0 * FIRST_MINUTE
    edge = (end - begin) / 4
    first = [wait for at, wait in waits if begin <= at < begin + edge]
    last = [wait for at, wait in waits if at >= end - edge]
    slope = float(np.polyfit([row[0] for row in known], rss, 1)[0])
    return {
        "turns": len(waits),
        "cpu_s_per_minute": [round(one, 3) for one in cpu],
        "rss_mb": [round(one, 1) for one in rss],
        "cpu_ratio": round(float(np.mean(cpu[-quarter:]) / np.mean(cpu[:quarter])), 3),
        "rss_ratio": round(float(np.mean(rss[-quarter:]) / np.mean(rss[:quarter])), 3),
        "rss_mb_per_10_min": round(10 * slope, 2),
        "latency_ratio": round(float(np.median(last) / np.median(first)), 3),
        "latency_ms": [round(float(np.median(first)), 1), round(float(np.median(last)), 1)],
    }


async def real_time(clips: Sequence[corpus.Clip], minutes: float) -> dict[str, Any]:
    """One call of a server of our own that lasts so long."""
    turns = int(minutes * 60 / 6)
    some = [clips[number % len(clips)] for number in range(turns)]
    async with own_server.started(SETTINGS) as server:
        options = CallOptions(url=server.url)
        rows: list[tuple[int, float, float]] = []

        async def watch() -> None:
            for minute in count(1):
                await asyncio.sleep(60)
                rows.append((minute, server.tree.cpu_s(), server.tree.memory().rss_mb))

        watching = asyncio.create_task(watch())
        batch = await run_batch(options, Scenario(flow="talk"), some, turns)
        watching.cancel()
        v2v = [turn.v2v_ms for turn in batch.answered if turn.v2v_ms is not None]
        each = 60 * minutes / max(1, len(v2v))
        return summary(rows, [(each * number, wait) for number, wait in enumerate(v2v)])


def main(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[CORPUS...]", help="Default: recorded prompts.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=8, help="Of the call.")] = 60.0,
    real: Annotated[
        bool, typer.Option("--real-time", help="Call a server, as callers do.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the result here.")] = None,
) -> None:
    """Compare the last quarter of a long call with its first: CPU, memory, waits."""
    stats.like_a_worker()
    machine = stats.machine()
    with errors_in_a_line():
        known, what = speech.folders(folders or [])
        clips = [clip for folder in known for clip in corpus.read(folder) if not clip.digits]
        short = [clip for clip in clips if clip.seconds <= LONGEST_S and clip.transcript]
        drawn = corpus.select(short, limit=CLIPS)
        if real:
            result = asyncio.run(real_time(drawn, minutes))
        else:
            store = ModelStore()
            engines = Engines(
                Whisper(store.path("whisper-base"), threads=1),
                Whisper(store.path("whisper-tiny.en"), threads=1),
                Voice(store.path(speech.VOICE), speech.VOICE),
                SmartTurn(store.path(turn_model.MODEL)),
            )
            sounds = [files.read(clip.path, RATE) for clip in drawn]
            begin = time.perf_counter()
            course = run(simulate(engines, sounds, minutes))
            result = summary(course.minutes, course.waits)
            result["took_s"] = round(time.perf_counter() - begin, 1)
    for name, value in result.items():
        if not isinstance(value, list):
            stats.out.print(f"{name}: {value}")
    if json:
        kind = "real time" if real else "simulated"
        told = {"machine": machine, "speech": what, "kind": kind, "minutes": minutes, **result}
        stats.write_json(json, told)


if __name__ == "__main__":
    typer.run(main)
