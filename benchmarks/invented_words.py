"""Words out of nothing: ten minutes each of what a line holds when nobody speaks.

The ears of a call, as fast as they decode. Knows the listener and sounds; no server.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer

import scenes
import sounds
import stats
from nonspeech import HISS, listen
from stt_accuracy import through_phone
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.cli.screen import errors_in_a_line
from warmline.events import (
    ANYTHING,
    AnswerKind,
    Expectation,
    NothingHeard,
    SpeechStarted,
    UtteranceHeard,
)
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore

ANSWERS: Final = {
    "anything": ANYTHING,
    "yes or no": Expectation(kind=AnswerKind.YES_NO, words=("yes", "no")),
    "4 digits": Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    sound: str
    awaited: str
    minutes: float
    told: int
    """Sounds that were told as a voice."""
    words: int
    turns: list[tuple[float, str]]
    """Those with words: where they ended (seconds), and what they were."""
    without: dict[str, int]
    """Those without, by their reason."""

    def row(self) -> list[str]:
        return [
            f"{self.sound}, {self.awaited}",
            f"{self.minutes:.0f}",
            str(self.told),
            str(len(self.turns)),
            str(self.words),
            f"{self.words / self.minutes:.2f}",
            ", ".join(f"{n} {reason}" for reason, n in self.without.items()) or "-",
        ]


def hear(whisper: Whisper, name: str, samples: Pcm, awaited: str) -> Outcome:
    facts = asyncio.run(listen(whisper, samples, ANSWERS[awaited]))
    turns = {f.turn: (round(f.audio_at, 1), f.text) for f in facts if isinstance(f, UtteranceHeard)}
    return Outcome(
        sound=name,
        awaited=awaited,
        minutes=samples.size / RATE / 60,
        told=sum(isinstance(fact, SpeechStarted) for fact in facts),
        words=sum(len(text.split()) for _, text in turns.values()),
        turns=[*turns.values()],
        without=dict(Counter(f.reason for f in facts if isinstance(f, NothingHeard))),
    )


def nothings(seconds: float, recorded: Sequence[Path]) -> Iterator[tuple[str, Pcm]]:
    """What holds no speech, at 16 kHz; recordings are played again and again."""
    size = int(seconds * RATE)
    yield "silence", np.zeros(size, dtype=np.int16)
    random = np.random.default_rng(0)
    yield "hiss at -40 dBFS", random.normal(0.0, HISS * 32_768, size).astype(np.int16)
    for path in [*sorted(scenes.HOLD_MUSIC.glob("*.wav")), *recorded]:
        yield path.stem, np.resize(files.read(path, RATE), size)
    yield "piano", sounds.at_level(sounds.melody(seconds, sounds.PIANO, 1), -22)
    yield "ringing", sounds.tones(seconds, (440, 480), 2, 4)
    yield "busy", sounds.tones(seconds, (480, 620), 0.5, 0.5)
    yield "beeps", sounds.tones(seconds, (1000,), 0.2, 1.3)
    noise = sounds.comfort_noise(seconds, -50, steps_db=12, gaps=0, seed=1)
    yield "comfort noise in steps", noise
    lost = sounds.comfort_noise(seconds, -45, steps_db=3, gaps=0.15, seed=2)
    yield "comfort noise, 15 % lost", lost
    yield "traffic", sounds.traffic(seconds, 1)
    yield "office without voices", office(seconds, 1)


def office(seconds: float, seed: int) -> Pcm:
    """Air conditioning, bursts of typing, now and then a drawer, a chair, a ringing telephone."""
    random = np.random.default_rng(seed)
    wave = sounds.as_wave(sounds.at_level(sounds.as_wave(sounds.traffic(seconds, seed)), -48))
    time = np.arange(RATE) / RATE
    click = random.normal(0, 1, RATE // 50) * np.exp(-np.arange(RATE // 50) / 40)
    thud = np.sin(2 * np.pi * 90 * time) * np.exp(-18 * time) + 0.2 * random.normal(
        0, 1, RATE
    ) * np.exp(-40 * time)
    bell = 0.05 * (np.sin(2 * np.pi * 800 * time) + np.sin(2 * np.pi * 1_150 * time))
    for second in range(int(seconds) - 2):
        at = second * RATE
        if random.random() < 0.4:
            for key in np.sort(random.integers(0, RATE, 7)):
                loud = 0.03 * random.uniform(0.3, 1)
                wave[at + key : at + key + click.size] += loud * click
        if random.random() < 0.03:
            wave[at : at + RATE] += 0.15 * random.uniform(0.3, 1) * thud
        if second % 60 in (20, 22, 24):
            wave[at : at + RATE] += bell * random.uniform(0.5, 1)
    return np.clip(wave * 32_767, -32_768, 32_767).astype(np.int16)


def main(
    minutes: Annotated[float, typer.Option(min=0.1, help="Of each sound.")] = 10.0,
    model: Annotated[str, typer.Option(help="Whisper model of the catalogue.")] = "whisper-base",
    noise: Annotated[
        list[Path] | None, typer.Option(help="Sound file without speech, one more sound.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write everything here.")] = None,
) -> None:
    """Count the words that the ears of a call make of sounds without speech, by telephone."""
    machine = stats.machine()
    outcomes: list[Outcome] = []
    with errors_in_a_line():
        whisper = Whisper(ModelStore().path(model))
        for name, samples in nothings(60 * minutes, noise or []):
            stats.err.print(f"{name} ...")
            heard = through_phone(samples)
            outcomes += [hear(whisper, name, heard, awaited) for awaited in ANSWERS]
    heading = ("sound, awaited", "min", "told", "turns", "words", "words/min", "without words")
    stats.table("nobody speaks, 8 kHz mu-law", heading, [outcome.row() for outcome in outcomes])
    for outcome in outcomes:
        for at, text in outcome.turns:
            stats.out.print(f"{outcome.sound}, {outcome.awaited}, {at} s: {text}", markup=False)
    if json:
        stats.write_json(json, {"machine": machine, "sounds": [asdict(one) for one in outcomes]})


if __name__ == "__main__":
    typer.run(main)
