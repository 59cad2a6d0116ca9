"""Which of the caller's words were to be read when: an alignment made offline, and what was shown.

The alignment is Whisper's own (cross-attention and dynamic time warping), of the whole clip by
the model that also gives calls their final words. Knows no server and no page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Final

import numpy as np
from faster_whisper import WhisperModel

from warmline.audio.frame import RATE, Pcm
from warmline.modelstore import ModelStore
from warmline.spoken import words

MODEL: Final = "whisper-base"
_EARLY_S: Final = 0.3
"""What is shown so long before a word's end may be this word: an alignment is not exact."""
_MAX_WORD_S: Final = 1.5
"""A longer word is one with a pause in it: its end is not known."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    end: float
    """Seconds from the first sample, or a moment."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The lines that differ from what was shown before."""

    at: float
    lines: Sequence[tuple[str, str, bool]]
    """Key, text and whether it is final; the text is empty once the line is gone."""


@dataclass(slots=True)
class Sighting:
    """When a word was to be read; None: never as the alignment heard it."""

    word: Word
    first: float | None = None
    first_is_final: bool = False
    final: float | None = None


def align(samples: Pcm) -> list[Word]:
    """The words of a clip (16 kHz), each with its end."""
    segments, _ = _model().transcribe(
        samples.astype(np.float32) / 32_768,
        language="en",
        beam_size=5,
        word_timestamps=True,
        condition_on_previous_text=False,
        vad_filter=samples.size > 30 * RATE,
    )
    found: list[Word] = []
    for segment in segments:
        for word in segment.words or ():
            if word.end - word.start <= _MAX_WORD_S:
                found += [Word(part, float(word.end)) for part in words(word.word)]
    return found


@cache
def _model() -> WhisperModel:
    folder = ModelStore().path(MODEL)
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)


def sightings(spoken: Sequence[Word], shown: Iterable[Shown]) -> list[Sighting]:
    """When each word (their ends are moments) could first be read, at all and for good.

    At each moment the lines are matched, in order, with the words that can have been heard.
    """
    seen = [Sighting(word) for word in spoken]
    lines: dict[str, tuple[str, bool]] = {}
    for change in shown:
        for key, line, final in change.lines:
            lines[key] = (line, final)
        text = [(word, final) for line, final in lines.values() for word in words(line)]
        heard = [one.word.text for one in seen if one.word.end <= change.at + _EARLY_S]
        matcher = SequenceMatcher(None, [word for word, _ in text], heard, autojunk=False)
        for here, there, size in matcher.get_matching_blocks():
            for step in range(size):
                one, good = seen[there + step], text[here + step][1]
                if one.first is None:
                    one.first, one.first_is_final = change.at, good
                if good and one.final is None:
                    one.final = change.at
    return seen
