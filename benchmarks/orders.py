"""Are spoken orders understood, in quiet and in noise? Beside five engines, on their benchmark.

A command is accepted when each of its slots is exactly right and no other is seen. The path is
that of a call: voice detection, endpointing, recognisers, form. Knows no server.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
import typer

import corpus
import stats
from corpus import Clip
from warmline.answers.form import FieldHeard, Form, extract, ranked
from warmline.audio import files
from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.cli.screen import errors_in_a_line
from warmline.dialogue.forms import DOUBTFUL
from warmline.events import ANYTHING, Expectation, UtteranceHeard
from warmline.flows.loader import load_flow
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.opinions import SecondOpinion
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore
from warmline.ports import Priority, Transcriber, Transcript
from warmline.trial.ears import InProcess

LEVELS: Final = (24, 21, 18, 15, 12, 9, 6)
"""Loudest speech over loudest noise, dB."""
PUBLISHED: Final = {
    "Amazon Lex": (88, 87, 87, 87, 85, 84, 80),
    "Google Dialogflow": (83, 82, 81, 80, 78, 78, 70),
    "IBM Watson": (96, 95, 95, 93, 89, 84, 72),
    "Microsoft LUIS": (93, 93, 92, 91, 90, 89, 86),
    "Picovoice Rhino": (99, 99, 99, 99, 98, 97, 96),
}
"""Commands accepted, percent, of 619 in kitchen noise at `LEVELS`, as the benchmark's authors
published them (Picovoice/speech-to-intent-benchmark)."""
SLOTS: Final = {
    "coffeeDrink": "drink",
    "size": "size",
    "roast": "roast",
    "numberOfShots": "shots",
    "milkAmount": "milk",
    "sugarAmount": "sugar",
}
"""The benchmark's names of the slots, and the flow's; the values are called the same."""
FLOW: Final = Path(__file__).parents[1] / "voice_flows" / "drive_thru"
_PEAK_FRAME: Final = 2048
HEADING: Final = (
    *("noise", "clips", "accepted %", "1st half", "2nd half", "one question %", "needless %"),
    *("p50 ms", "p95 ms"),
)

# --- the order form ---------------------------------------------------------------------------


NODE: Final = "order"


@dataclass(frozen=True, slots=True)
class Order:
    form: Form
    expect: Expectation


def order(flow: Path) -> Order:
    """What the flow's node `order` listens for."""
    question = load_flow(flow).questions[NODE]
    assert question.form is not None
    return Order(question.form, question.expect)


# --- noise -----------------------------------------------------------------------------------


def mixed(speech: Pcm, noise: Pcm, level: int, chance: np.random.Generator) -> Pcm:
    """Speech with a random stretch of the noise, as the benchmark mixes them, at half scale."""
    voice, start = speech / 32_768, chance.integers(0, noise.size - speech.size)
    beside = noise[start : start + speech.size] / 32_768
    scale = np.sqrt(_loudest(voice) / (_loudest(beside) * 10 ** (level / 10)))
    sum_ = voice + scale * beside
    return (sum_ / np.abs(sum_).max() / 2 * 32_767).astype(np.int16)


def _loudest(signal: npt.NDArray[np.float64]) -> float:
    """Energy of the loudest frame."""
    frames = signal[: signal.size // _PEAK_FRAME * _PEAK_FRAME].reshape(-1, _PEAK_FRAME)
    return float((frames**2).sum(axis=1).max())


# --- one command -------------------------------------------------------------------------------


class Timed:
    """A `Transcriber` that remembers how long the last answer took."""

    def __init__(self, inner: Transcriber) -> None:
        self._inner = inner
        self.ms = 0.0

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
        answer = await self._inner.transcribe(
            samples, expect=expect, priority=priority, prompt=prompt, tail_s=tail_s
        )
        self.ms = (time.perf_counter() - begin) * 1000
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    clip: Clip
    texts: tuple[str, ...]
    heard: Mapping[str, FieldHeard]
    took_ms: float
    """The last turn: both recognisers one after the other, and the form."""

    @property
    def wrong(self) -> set[str]:
        """Slots that are missing, invented or have another value."""
        labels: dict[str, str] = json.loads(self.clip.labels["slots"])
        said = {SLOTS[name]: value.strip() for name, value in labels.items()}
        understood = {name: heard.value for name, heard in self.heard.items() if heard.value}
        return {n for n in said | understood if said.get(n) != understood.get(n)}

    @property
    def doubtful(self) -> set[str]:
        """Slots that the flow asks about."""
        doubts = {name for name, heard in self.heard.items() if heard.confidence < DOUBTFUL}
        return doubts | ({"drink"} if not self.heard.get("drink", _NONE).value else set())


_NONE: Final = FieldHeard(value="", confidence=1.0, said="")


async def hear(transcriber: Timed, samples: Pcm, order: Order, clip: Clip) -> Command:
    facts: list[Heard] = []
    listener = Listener(SileroDetector(_silero), transcriber, facts.append)
    listener.expect(order.expect)
    for at in range(0, samples.size - FRAME + 1, FRAME):
        listener.push(Frame(samples[at : at + FRAME], at))
        for _ in range(8):  # let a decode that was begun come to its end
            await asyncio.sleep(0)
    await listener.finish()
    # A turn that was taken up again counts once, as a whole.
    turns = {fact.turn: fact for fact in facts if isinstance(fact, UtteranceHeard)}.values()
    heard: dict[str, FieldHeard] = {}
    begin = time.perf_counter()
    for turn in turns:
        begin = time.perf_counter()
        found = extract(order.form, ranked(turn.text, turn.alternatives))
        heard |= {n: h for n, h in found.items() if _surer(h, heard.get(n, _NONE))}
    return Command(
        clip=clip,
        texts=tuple(text for turn in turns for text in (turn.text, *turn.alternatives)),
        heard=heard,
        took_ms=transcriber.ms + (time.perf_counter() - begin) * 1000,
    )


def _surer(new: FieldHeard, before: FieldHeard) -> bool:
    """A value of a later turn takes the place of one that was less sure."""
    return not before.value or (bool(new.value) and new.confidence >= before.confidence)


_silero: Final = SileroModel()

# --- the figures -----------------------------------------------------------------------------


def summary(commands: Sequence[Command]) -> dict[str, Any]:
    """Percentages of all commands.

    `one_question`: right, or right after one question, for which exactly the wrong slots must
    be the doubtful ones; its answer counts as heard right. `needless`: right, and asked about.
    """
    spread = stats.spread([command.took_ms for command in commands])
    return {
        "clips": len(commands),
        "accepted": _percent([not c.wrong for c in commands]),
        "one_question": _percent([not c.wrong or c.wrong == c.doubtful for c in commands]),
        "needless": _percent([not c.wrong and bool(c.doubtful) for c in commands]),
        "ms": spread and asdict(spread),
    }


def _percent(flags: Sequence[bool]) -> float:
    return round(100 * sum(flags) / max(1, len(flags)), 1)


def row(name: str, commands: Sequence[Command]) -> list[str]:
    of, middle = summary(commands), len(commands) // 2
    halves = [
        _percent([not c.wrong for c in part]) for part in (commands[:middle], commands[middle:])
    ]
    shown = [of["accepted"], *halves, of["one_question"], of["needless"]]
    times = [of["ms"][name] for name in ("p50", "p95")]
    return [name, str(of["clips"]), *(f"{x:.1f}" for x in shown), *(f"{x:.0f}" for x in times)]


def beside(accepted: Mapping[int, float]) -> Iterator[list[str]]:
    yield ["Warmline", *(f"{accepted[level]:.0f}" for level in accepted)]
    for engine, rates in PUBLISHED.items():
        known = dict(zip(LEVELS, rates, strict=True))
        yield [engine, *(str(known.get(level, "")) for level in accepted)]


# --- the program --------------------------------------------------------------------------------


def main(
    folder: Annotated[Path, typer.Argument(metavar="CORPUS", help="Orders: `slots` in the index.")],
    noise: Annotated[Path, typer.Option(help="Sound file to mix in.")],
    flow: Annotated[Path, typer.Option(help="Flow with the node `order`.")] = FLOW,
    levels: Annotated[str, typer.Option(help="dB, apart by commas.")] = ",".join(map(str, LEVELS)),
    clips: Annotated[int, typer.Option(min=0, help="Clips, 0: all.")] = 0,
    seed: Annotated[int, typer.Option(help="Where in the noise.")] = 1,
    model: Annotated[str, typer.Option(help="Whisper model of the catalogue.")] = "whisper-base",
    second: Annotated[str, typer.Option(help="For the second opinion; empty: none.")] = (
        "whisper-tiny.en"
    ),
    json: Annotated[Path | None, typer.Option(help="Write all texts and times here.")] = None,
) -> None:
    """Spoken orders in quiet and in noise: commands with all slots right."""
    machine = stats.machine()
    batches: dict[str, list[Command]] = {}
    with errors_in_a_line():
        store = ModelStore()
        ears: Transcriber = InProcess(_whisper(store.path(model)))
        if second:
            ears = SecondOpinion(ears, InProcess(_whisper(store.path(second))))
        known, chosen = order(flow), corpus.select(corpus.read(folder), limit=clips)
        noises = files.read(noise, RATE)
        for level in [None, *map(int, levels.split(","))]:
            batch = batches[f"{level} dB" if level is not None else "none"] = []
            for number, clip in enumerate(chosen):
                samples = files.read(clip.path, RATE)
                if level is not None:
                    chance = np.random.default_rng((seed, level, number))
                    samples = mixed(samples, noises, level, chance)
                batch.append(asyncio.run(hear(Timed(ears), samples, known, clip)))
            stats.err.print(f"{list(batches)[-1]}: {len(batch)} clips")
    stats.table(
        f"{chosen[0].corpus}, {model} {second}", HEADING, [row(*b) for b in batches.items()]
    )
    accepted = {
        int(n.split()[0]): summary(b)["accepted"] for n, b in batches.items() if n != "none"
    }
    stats.table("accepted %, published", ["dB", *map(str, accepted)], list(beside(accepted)))
    if json:
        found = {name: as_dict(batch) for name, batch in batches.items()}
        stats.write_json(json, {"machine": machine, "models": [model, second], "noise": found})


def _whisper(folder: Path) -> Whisper:
    whisper = Whisper(folder, threads=1)
    whisper.warm_up()
    return whisper


def as_dict(batch: Sequence[Command]) -> dict[str, Any]:
    return {
        "summary": summary(batch),
        "clips": [
            {
                "clip": command.clip.name,
                "texts": command.texts,
                "heard": {name: asdict(heard) for name, heard in command.heard.items()},
                "wrong": sorted(command.wrong),
                "took_ms": round(command.took_ms, 1),
            }
            for command in batch
        ],
    }


if __name__ == "__main__":
    typer.run(main)
