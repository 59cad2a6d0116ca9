"""Do music, crowds and machines become turns? Does the silence ladder still advance? And are
callers in echoing rooms, far from the microphone or over music still heard?

The ears of a call, as fast as they decode. Knows the listener and the floor; no server.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer

import corpus
import scenes
import stats
from corpus import Clip
from stt_accuracy import through_phone
from warmline.audio import files
from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.call.floor import NO_INPUT, Floor
from warmline.cli.screen import errors_in_a_line
from warmline.events import (
    ANYTHING,
    CancelTimer,
    Command,
    Expectation,
    Listen,
    NothingHeard,
    SpeechStarted,
    StartTimer,
    UtteranceHeard,
)
from warmline.hearing import background, recordings
from warmline.hearing.background import Background
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.vad import CHUNK, SileroDetector, SileroModel
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore
from warmline.trial.ears import InProcess

NO_INPUT_S: Final = 7.0
"""The silence that flows wait for, unless their author says otherwise."""
PROMPT_S: Final = 3.0
"""About as long the caller is asked again."""
RULES: Final = frozenset(
    {
        *(background.MUSIC, background.BACKGROUND, background.REPETITION),
        *(recordings.VOICEMAIL, recordings.ANNOUNCEMENT),
    }
)
# --- what the ears make of it, and the silence timer ----------------------------------------------


@dataclass(slots=True)
class Ladder:
    """The silence timer of a call whose flow asks again whenever it fires."""

    expect: Expectation
    floor: Floor = field(default_factory=Floor)
    now: float = 0.0
    due: float | None = None
    steps: list[float] = field(default_factory=list)
    """When the timer fired (seconds of audio)."""
    asked_until: float | None = None

    def listen(self) -> None:
        self._obey(self.floor.command(Listen(expect=self.expect, no_input_s=NO_INPUT_S)))

    def fact(self, fact: Heard) -> None:
        self._obey(self.floor.fact(fact))
        if isinstance(fact, NothingHeard | UtteranceHeard):
            self.listen()

    def advance(self, now: float) -> None:
        self.now = now
        if self.asked_until is not None and now >= self.asked_until:
            self.asked_until = None
            self.listen()
        elif self.due is not None and now >= self.due:
            self.due, self.asked_until = None, now + PROMPT_S
            self.steps.append(now)

    def _obey(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case StartTimer(name=name, seconds=seconds) if name == NO_INPUT:
                    self.due = None if self.asked_until else self.now + seconds
                case CancelTimer(name=name) if name == NO_INPUT:
                    self.due = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    seconds: float
    facts: list[Heard]
    steps: list[float]

    @property
    def words(self) -> dict[int, str]:
        """By turn, as they were told last."""
        return {f.turn: f.text for f in self.facts if isinstance(f, UtteranceHeard)}

    @property
    def reasons(self) -> Counter[str]:
        return Counter(f.reason for f in self.facts if isinstance(f, NothingHeard))

    @property
    def sounds(self) -> int:
        return sum(isinstance(f, SpeechStarted) for f in self.facts)

    @property
    def lost(self) -> list[tuple[float, str]]:
        """Turns that our rules rejected: where they ended, and why."""
        return [
            (round(f.audio_at, 1), f.reason)
            for f in self.facts
            if isinstance(f, NothingHeard) and f.reason in RULES
        ]


async def _hear(whisper: Whisper, model: SileroModel, samples: Pcm, expect: Expectation) -> Outcome:
    ladder = Ladder(expect)
    facts: list[Heard] = []

    def emit(fact: Heard) -> None:
        facts.append(fact)
        ladder.fact(fact)

    listener = Listener(SileroDetector(model), InProcess(whisper), emit)
    listener.expect(expect)
    ladder.listen()
    for at in range(0, samples.size - FRAME + 1, FRAME):
        listener.push(Frame(samples[at : at + FRAME], at))
        for _ in range(4):  # until what this frame set off is decoded and told
            await asyncio.sleep(0)
        ladder.advance((at + FRAME) / RATE)
    await listener.finish()
    return Outcome(seconds=samples.size / RATE, facts=facts, steps=ladder.steps)


class Ears:
    def __init__(self, folder: Path) -> None:
        self._whisper = Whisper(folder, threads=1)
        self._model = SileroModel()

    def hear(self, samples: Pcm, expect: Expectation = ANYTHING) -> Outcome:
        return asyncio.run(_hear(self._whisper, self._model, samples, expect))


# --- the program ----------------------------------------------------------------------------------


def nobody_row(name: str, heard: Outcome) -> list[str]:
    first = heard.steps[0] if heard.steps else None
    third = heard.steps[2] if len(heard.steps) > 2 else None
    return [
        name,
        f"{heard.seconds:.0f}",
        str(heard.sounds),
        str(len(heard.words)),
        ", ".join(f"{n} {reason}" for reason, n in heard.reasons.items()),
        "never" if first is None else f"{first:.0f}",
        "" if third is None else f"{third:.0f}",
    ]


def cost_us() -> float:
    """Of one 20 ms frame that is loud, in microseconds."""
    surroundings = Background()
    noise = np.random.default_rng(0).normal(0, 3_000, 2_000 * CHUNK).astype(np.int16)
    begin = time.perf_counter()
    for number, chunk in enumerate(noise.reshape(-1, CHUNK)):
        surroundings.voice(chunk, number * CHUNK / RATE, 0.9)
    return (time.perf_counter() - begin) / 2_000 * 1e6 * FRAME / CHUNK


def main(
    folders: Annotated[
        list[Path], typer.Argument(metavar="CORPUS...", help="Callers, and voices of crowds.")
    ],
    model: Annotated[str, typer.Option(help="Whisper model of the catalogue.")] = "whisper-base",
    minutes: Annotated[float, typer.Option(min=0, help="Of each sound.")] = 1.0,
    noise: Annotated[
        list[Path] | None, typer.Option(help="Sound file without speech, one more sound.")
    ] = None,
    clips: Annotated[int, typer.Option(min=0, help="Clips of each corpus, 0: all.")] = 0,
    mixed: Annotated[int, typer.Option(help="Clips of each corpus over music and crowds.")] = 10,
    json: Annotated[Path | None, typer.Option(help="Write everything here.")] = None,
) -> None:
    """Count turns made of background, and callers lost to the rules against it."""
    machine = stats.machine()
    with errors_in_a_line():
        store = ModelStore()
        ears = Ears(store.path(model))
        studio = scenes.Studio(store.path(scenes.VOICE))
        chosen = [corpus.read(folder) for folder in folders]
        voices = [files.read(clip.path, RATE) for clip in chosen[0][:40]]
        empty = {}
        for name, samples in scenes.nobodies(studio, 60 * minutes, voices, noise or []):
            stats.err.print(f"{name} ...")
            empty[name] = ears.hear(through_phone(samples))
        heading = ("sound", "s", "told", "with words", "without", "ladder 1st s", "3rd s")
        stats.table("nobody", heading, [nobody_row(*row) for row in empty.items()])
        callers = [
            row for some in chosen for row in _in_places(ears, corpus.select(some, limit=clips))
        ]
        drawn = [clip for some in chosen for clip in corpus.select(some, limit=mixed)]
        callers += [*_over_music(ears, drawn), *_short_answers(ears, studio, voices)]
    columns = ("callers", "clips", "turns", "rejected", "why", "no words")
    stats.table("callers", columns, [row.shown() for row in callers])
    stats.out.print(f"{cost_us():.0f} µs a loud frame of 20 ms")
    if json:
        stats.write_json(
            json,
            {
                "machine": machine,
                "nobody": {
                    name: {
                        "seconds": heard.seconds,
                        "told": heard.sounds,
                        "words": list(heard.words.values()),
                        "without": heard.reasons,
                        "ladder": heard.steps,
                    }
                    for name, heard in empty.items()
                },
                "callers": [asdict(row) for row in callers],
            },
        )


@dataclass(slots=True, kw_only=True)
class Row:
    name: str
    clips: int = 0
    turns: int = 0
    unheard: int = 0
    """Clips without any words, for whatever reason."""
    lost: list[tuple[str, float, str]] = field(default_factory=list)

    def add(self, clip: str, heard: Outcome) -> None:
        self.clips += 1
        self.turns += len(heard.words) + sum(heard.reasons.values())
        self.unheard += not heard.words
        self.lost += [(clip, *lost) for lost in heard.lost]

    def shown(self) -> list[str]:
        why = Counter(reason for _, _, reason in self.lost)
        return [
            self.name,
            str(self.clips),
            str(self.turns),
            str(len(self.lost)),
            ", ".join(f"{n} {reason}" for reason, n in why.items()) or "-",
            str(self.unheard),
        ]


def _in_places(ears: Ears, some: Sequence[Clip]) -> Iterator[Row]:
    for place, through in scenes.PLACES.items():
        row = Row(name=f"{some[0].corpus}, {place}")
        stats.err.print(f"{row.name} ...")
        for clip in some:
            said = np.concatenate([scenes.air(1), files.read(clip.path, RATE), scenes.air(2)])
            row.add(clip.name, ears.hear(through(said), scenes.expected(clip)))
        yield row


def _over_music(ears: Ears, drawn: Sequence[Clip]) -> Iterator[Row]:
    waves = scenes.music(30)
    for snr in (20, 12, 6):
        row = Row(name=f"{snr} dB over music")
        stats.err.print(f"{row.name} ...")
        for number, clip in enumerate(drawn):
            speech = files.read(clip.path, RATE)
            mixed = scenes.over_music(speech, waves[number % len(waves)], snr)
            row.add(clip.name, ears.hear(mixed, scenes.expected(clip)))
        yield row


def _short_answers(ears: Ears, studio: scenes.Studio, voices: Sequence[Pcm]) -> Iterator[Row]:
    answers = {text: studio.say(text) for text in scenes.ANSWERS}
    for snr in (12, 6):
        music = Row(name=f"short answers, {snr} dB over music")
        crowd = Row(name=f"short answers, {snr} dB over six voices")
        for text, speech in answers.items():
            for wave in scenes.music(30):
                music.add(text, ears.hear(scenes.over_music(speech, wave, snr)))
            crowd.add(text, ears.hear(scenes.over_a_crowd(speech, voices, snr)))
        yield music
        yield crowd


if __name__ == "__main__":
    typer.run(main)
