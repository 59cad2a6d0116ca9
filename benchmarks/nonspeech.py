"""Words out of nothing: what the ears of a call make of audio that holds no speech.

Knows the listener and recognisers; no server and no call.
"""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from plain import PlainWhisper
from warmline.audio import files
from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.events import ANYTHING, AnswerKind, Expectation, SpeechStarted, UtteranceHeard
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.hearing.whisper import Whisper
from warmline.trial.ears import InProcess

HISS: Final = 0.01
"""Root mean square (full scale 1.0) of the artificial line noise: -40 dBFS."""


async def listen(whisper: Whisper, samples: Pcm, expect: Expectation) -> list[Heard]:
    """What the ears of a call make of this audio, as fast as it can be decoded."""
    heard: list[Heard] = []
    listener = Listener(SileroDetector(SileroModel()), InProcess(whisper), heard.append)
    listener.expect(expect)
    for at in range(0, samples.size - FRAME + 1, FRAME):
        listener.push(Frame(samples[at : at + FRAME], at))
        await asyncio.sleep(0)
    await listener.finish()
    return heard


def invented(folder: Path, name: str, samples: Pcm) -> dict[str, Any]:
    """Words heard in audio that holds none: by the listener, and by faster-whisper alone."""
    whisper = Whisper(folder, threads=1)
    answers = {
        "free": ANYTHING,
        "digits": Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4),
    }
    counts: dict[str, Any] = {"audio": name, "minutes": round(samples.size / RATE / 60, 2)}
    for answer, expect in answers.items():
        heard = asyncio.run(listen(whisper, samples, expect))
        turns = [fact for fact in heard if isinstance(fact, UtteranceHeard)]
        counts[answer] = {
            "sounds": sum(isinstance(fact, SpeechStarted) for fact in heard),
            "words": sum(len(turn.text.split()) for turn in turns),
            "texts": [turn.text for turn in turns],
        }
    counts["plain_words"] = len(PlainWhisper(folder).transcribe(samples).split())
    return counts


def nothings(minutes: float, noises: Sequence[Path]) -> Iterator[tuple[str, Pcm]]:
    """Silence, artificial line noise and each file, all of this length (16 kHz)."""
    size = int(minutes * 60 * RATE)
    hiss = np.random.default_rng(0).normal(0.0, HISS * 32_768, size).astype(np.int16)
    yield "silence", np.zeros(size, dtype=np.int16)
    yield "hiss at -40 dBFS", hiss
    for path in noises:
        yield path.name, np.resize(files.read(path, RATE), size)
