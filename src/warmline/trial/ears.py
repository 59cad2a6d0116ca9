"""Speech as callers' audio: spoken by a voice, sent through a telephone, heard by the real ears.

In this process and as fast as it goes, but always in the same order: each frame waits until all
that the frames before it set off is decoded. Knows no call and no model's files.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import numpy as np

from warmline.audio import files, g711
from warmline.audio.frame import FRAME, FRAME_S, RATE, Frame, Pcm
from warmline.audio.resample import StreamResampler, resample
from warmline.events import ANYTHING, AnswerKind, Expectation, Fact
from warmline.hearing.listener import Heard, Listener
from warmline.ports import Priority, Transcript, VoiceDetector
from warmline.trial.conversation import Speaks

LINE_RATE: Final = 8_000
BEFORE_S: Final = 0.4
AFTER_S: Final = 2.5
"""More than any silence that hearing waits for, so that each turn is over for good."""
LINE_NOISE: Final = 3.0
"""Standard deviation of the line's noise; digital silence is found on no telephone line."""
_TURNS_OF_THE_LOOP: Final = 4
"""From a frame to the facts of the decode that it ended."""
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NUMBER: Final = re.compile(r"(?<![\w.:/$-])\d{3,}(?![\w:/-]|\.\d)")
"""An account number, not a time, a date or an amount."""


class Voice(Protocol):
    @property
    def rate(self) -> int: ...

    def speak(self, text: str, pace: float) -> Pcm: ...


class Recogniser(Protocol):
    def transcribe(
        self, samples: Pcm, *, expect: Expectation, prompt: str, tail_s: float
    ) -> Transcript: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Loaded models, for any number of conversations."""

    voice: Voice
    recogniser: Recogniser
    new_detector: Callable[[], VoiceDetector]


class RealEars:
    """Hears one conversation; use it in a `with`."""

    def __init__(self, studio: Studio, folder: Path = Path()) -> None:
        """`folder` holds the conversation, and the recordings that it names."""
        self._studio = studio
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._noise = np.random.default_rng(0)
        self._position = 0
        self._facts: list[Heard] = []
        self._listener = self._loop.run_until_complete(self._new_listener())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.run_until_complete(self._listener.close())
        self._loop.close()

    def __call__(
        self, speech: Speaks, expect: Callable[[], Expectation]
    ) -> Iterator[tuple[float, Fact]]:
        """Facts as the listener tells them, each with the seconds of audio before it.

        Raises AudioError: a recording that is not there, or no sound file.
        """
        clip = self._sound(speech, expect().kind)
        waited = 0.0
        for start in range(0, clip.size - FRAME + 1, FRAME):
            frame = Frame(clip[start : start + FRAME], self._position)
            self._loop.run_until_complete(self._push(frame, expect()))
            self._position += FRAME
            waited += FRAME_S
            while self._facts:
                yield waited, self._facts.pop(0)
                waited = 0.0

    async def _new_listener(self) -> Listener:
        transcriber = InProcess(self._studio.recogniser)
        return Listener(self._studio.new_detector(), transcriber, self._facts.append)

    async def _push(self, frame: Frame, expect: Expectation) -> None:
        self._listener.expect(expect)
        self._listener.push(frame)
        for _ in range(_TURNS_OF_THE_LOOP):
            await asyncio.sleep(0)

    def _sound(self, speech: Speaks, kind: AnswerKind) -> Pcm:
        if not speech.audio:
            return self._on_the_line(aloud(speech.text, kind))
        recorded = files.read(self._folder / speech.audio, RATE)
        return np.pad(recorded, (int(BEFORE_S * RATE), int(AFTER_S * RATE)))

    def _on_the_line(self, text: str) -> Pcm:
        """The text as it arrives at 16 kHz after 8 kHz mu-law, with silence around it."""
        voice = self._studio.voice
        spoken = resample(voice.speak(text, 1.0), voice.rate, LINE_RATE)
        silences = (int(BEFORE_S * LINE_RATE), int(AFTER_S * LINE_RATE))
        line = np.pad(spoken, silences) + self._noise.normal(
            0, LINE_NOISE, spoken.size + sum(silences)
        )
        narrow: Pcm = np.clip(line, -32_768, 32_767).astype(np.int16)
        return StreamResampler(LINE_RATE, RATE).push(g711.decode(g711.encode(narrow)))


class InProcess:
    """A `Transcriber` without worker processes."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        return self._recogniser.transcribe(samples, expect=expect, prompt=prompt, tail_s=tail_s)


def aloud(text: str, kind: AnswerKind) -> str:
    """As a person reads it out: account numbers digit by digit."""
    if kind in (AnswerKind.DIGITS, AnswerKind.SPELLED):
        return re.sub(r"\d+", _spelled, text)
    return _NUMBER.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    return f" {' '.join(_DIGITS[int(digit)] for digit in match[0])} ".strip()
