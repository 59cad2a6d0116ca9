"""How soon is a reply heard once it is decided, and what is it that makes it so?

Time to first byte by where the audio comes from, the share of the shipped conversations' replies
that are at hand, what the first and the second start take, and gaps while three calls speak; each
technique off in turn. Uses the voice's worker process; knows no server and no recogniser.
"""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import stats
from mouth import VOICE, Mouth, Result, cpu_s, milliseconds, voice_pool
from speaking_hits import hits
from speaking_starts import FLOW, PLENTY, files, render, start
from warmline.call.foresight import Foresight
from warmline.dialogue.machine import Machine
from warmline.events import CallStarted, Say, UtteranceHeard
from warmline.flows.loader import load_flow
from warmline.inference.pool import WorkerPool
from warmline.library import shipped_flows
from warmline.ports import Transcript
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import EARLY_WORDS
from warmline.speaking.clip_files import ClipFiles
from warmline.speaking.remote import RemoteSynthesizer

WORDS: Final = (3, 8, 15, 30)
_SUBJECTS: Final = ("Your order", "The parcel", "That letter", "Our driver", "The invoice")
_MORE: Final = (
    *("is on its way", "to the house", "by the river", "and it will arrive", "before the evening"),
    *("if the weather holds", "with a small gift", "from all of us", "so please be there"),
    *("when the bell rings", "because nobody else", "can open that door", "for our driver"),
)


def sentence(chance: random.Random, words: int) -> str:
    """So many words of no sense, each time others."""
    said = chance.choice(_SUBJECTS).split()
    while len(said) < words:
        said += chance.choice(_MORE).split()
    return " ".join(said[:words]) + "."


class Bench:
    """The measures of one voice worker."""

    def __init__(self, pool: WorkerPool, count: int) -> None:
        self._pool = pool
        self._count = count
        self._voice = RemoteSynthesizer(pool, VOICE)
        self._chance = random.Random(7)
        self._flow = load_flow(shipped_flows() / FLOW)
        self._machine = Machine(self._flow)

    def clips(self, *, first_clause: bool = True, files: ClipFiles | None = None) -> ClauseCache:
        return ClauseCache(self._voice, PLENTY, files, first_clause=first_clause)

    async def first_bytes(self) -> Result:
        """Milliseconds from the decision to the first sample on the line."""
        found: Result = {}
        for words in WORDS:
            ways = {f"cold, {words} words": self.clips()}
            if words > EARLY_WORDS:
                ways[f"cold, {words} words, whole"] = self.clips(first_clause=False)
            found |= await self._in_turn(ways, words)
        texts = [sentence(self._chance, 8) for _ in range(self._count)]
        with tempfile.TemporaryDirectory() as folder:
            clips = self.clips(files=files(Path(folder)))
            for text in texts:
                await clips.render(text, "", 1.0, own=True)
            found["in memory"] = await self._say(clips, texts)
            await clips.close()
            found["on disk"] = await self._say(self.clips(files=files(Path(folder))), texts)
        found["read-back, foreseen"] = await self._read_back(wait_s=0.4)
        found["read-back, over with its words"] = await self._read_back(wait_s=0.0)
        found["read-back, no foresight"] = await self._read_back(wait_s=None)
        found["read-back, nothing ahead"] = await self._read_back(wait_s=None, lead_ins=False)
        return found

    async def _in_turn(self, ways: Mapping[str, ClauseCache], words: int) -> Result:
        """Each way says a sentence of its own, again and again: all have the same machine."""
        waits: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(self._count):
            for name, clips in ways.items():
                async with Mouth(clips) as mouth:
                    waits[name].append(await mouth.say(sentence(self._chance, words)))
                await self._idle()
        return {name: stats.spread(milliseconds(some)) for name, some in waits.items()}

    async def _say(self, clips: ClauseCache, texts: Sequence[str]) -> Any:
        waits = []
        async with Mouth(clips) as mouth:
            for text in texts:
                waits.append(await mouth.say(text))
                await self._idle()
        return stats.spread(milliseconds(waits))

    async def _idle(self) -> None:
        """Until the worker has done what nobody waits for any more."""
        await self._voice.synthesize("So.", voice="", pace=1.0, ahead=True)

    async def costs(self) -> Result:
        """Milliseconds of the worker's CPU for a clause."""
        found = {}
        for words in WORDS:
            before = cpu_s(self._pool.pids, own=False)
            for _ in range(self._count):
                text = sentence(self._chance, words)
                await self._voice.synthesize(text, voice="", pace=1.0)
            spent = cpu_s(self._pool.pids, own=False) - before
            found[f"{words} words"] = round(1000 * spent / self._count)
        return found

    async def _read_back(self, *, wait_s: float | None, lead_ins: bool = True) -> Any:
        """An order number is said; its words are known `wait_s` before the turn is over."""
        clips = self.clips(first_clause=lead_ins)
        await render(clips, self._flow, lead_ins=lead_ins)
        state = self._machine.start()
        for fact in (_STARTED, _heard("where is my order")):
            state, _ = self._machine.handle(state, fact)
        waits = []
        async with Mouth(clips) as mouth:
            foresight = Foresight(self._machine, clips, mouth.info.rate)
            for _ in range(self._count):
                number = " ".join(self._chance.choices("0123456789", k=4))
                if wait_s is not None:
                    foresight.drafted(state, 2, Transcript(text=number, confidence=0.9))
                    await asyncio.sleep(wait_s)
                since = asyncio.get_running_loop().time()
                after, commands = self._machine.handle(state, _heard(number))
                foresight.expecting(after)
                (say,) = (command for command in commands if isinstance(command, Say))
                waits.append(await mouth.say(say.text, since=since))
                await foresight.close()
                await self._idle()
        return stats.spread(milliseconds(waits))

    async def blocked(self) -> Any:
        """Milliseconds that an urgent clause waits while other calls look ahead all the time."""
        clips = self.clips()

        async def look_ahead() -> None:
            while True:
                text = sentence(self._chance, 14)
                await clips.render(text, "", 1.0)

        others = [asyncio.create_task(look_ahead()) for _ in range(4)]
        try:
            await asyncio.sleep(0.3)
            async with Mouth(clips) as mouth:
                texts = [sentence(self._chance, 8) for _ in range(self._count)]
                return stats.spread(milliseconds([await mouth.say(text) for text in texts]))
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def three_calls(self, *, first_clause: bool) -> Result:
        """Three calls say long replies that nobody foresaw, at once."""
        clips = self.clips(first_clause=first_clause)

        async def call() -> tuple[list[float], int]:
            async with Mouth(clips) as mouth:
                waits = []
                for _ in range(2):
                    text = f"{sentence(self._chance, 15)} {sentence(self._chance, 8)}"
                    waits.append(await mouth.say(text, to_end=True))
                return waits, mouth.playout.underruns

        calls = await asyncio.gather(*(call() for _ in range(3)))
        waits = stats.spread(milliseconds([wait for some, _ in calls for wait in some]))
        return {"first_byte_ms": waits, "underruns": sum(gaps for _, gaps in calls)}


_STARTED: Final = CallStarted(door="bench", caller="", flow=FLOW, flow_version="")


def _heard(text: str) -> UtteranceHeard:
    return UtteranceHeard(turn=2, text=text, confidence=0.9, started_at=0.0, audio_at=1.0)


async def measure(count: int, *, every_flow: bool) -> Result:
    result: Result = {}
    async with voice_pool() as pool:
        bench = Bench(pool, count)
        result["cpu_ms"] = await bench.costs()
        result["first_byte_ms"] = await bench.first_bytes()
        result["first_byte_ms"]["cold, 8 words, four others look ahead"] = await bench.blocked()
        result["three_calls"] = {
            "all on": await bench.three_calls(first_clause=True),
            "first clause off": await bench.three_calls(first_clause=False),
        }
    result["hits"] = await hits()
    with tempfile.TemporaryDirectory() as folder:
        result["starts"] = {
            "disk cache off": await start(None, every_flow=every_flow),
            "first": await start(Path(folder), every_flow=every_flow),
            "second": await start(Path(folder), every_flow=every_flow),
        }
    return result


def show(result: Result) -> None:
    costs = [[name, str(cost)] for name, cost in result["cpu_ms"].items()]
    stats.table("CPU of the voice for a clause", ["", "ms"], costs)
    rows = [[name, *(spread.row() if spread else ["0"])]
            for name, spread in result["first_byte_ms"].items()]  # fmt: skip
    stats.table("From the decision to the first sample, ms", ["", "n", "p50", "p95", "max"], rows)
    calls = [[name, *found["first_byte_ms"].row(), str(found["underruns"])]
             for name, found in result["three_calls"].items()]  # fmt: skip
    stats.table("Three calls at once", ["", "n", "p50", "p95", "max", "underruns"], calls)
    kinds = sorted({kind for found in result["hits"].values() for kind in found})
    shares = [[name, *(_share(found, kind) for kind in kinds)]
              for name, found in result["hits"].items()]  # fmt: skip
    stats.table("How replies begin in the shipped conversations, %", ["", *kinds], shares)
    first = next(iter(result["starts"].values()))
    starts = [[name, *map(str, found.values())] for name, found in result["starts"].items()]
    stats.table("Starts", ["", *first], starts)


def _share(found: Counter[str], kind: str) -> str:
    return f"{100 * found[kind] / found.total():.1f}"


def main(
    count: Annotated[int, typer.Option(help="replies of each kind")] = 15,
    every_flow: Annotated[bool, typer.Option(help="start with all flows (minutes)")] = False,
    json: Annotated[Path | None, typer.Option(help="write all figures here")] = None,
) -> None:
    """Measure how soon replies are heard."""
    machine = stats.machine()
    result = asyncio.run(measure(count, every_flow=every_flow))
    show(result)
    if json:
        plain = {**result, "first_byte_ms": _plain(result["first_byte_ms"])}
        plain["three_calls"] = {
            name: {**found, "first_byte_ms": _plain({"": found["first_byte_ms"]})[""]}
            for name, found in result["three_calls"].items()
        }
        stats.write_json(json, {"machine": machine, **plain})


def _plain(spreads: Result) -> Result:
    return {
        name: spread and {"n": spread.n, "p50": spread.p50, "p95": spread.p95, "max": spread.max}
        for name, spread in spreads.items()
    }


if __name__ == "__main__":
    typer.run(main)
