"""Recorded speech with labels: where its voice ends, and how a transcript of it is scored.

Knows folders with an `index.tsv` and word errors; no server and no recogniser.
"""

import csv
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import jiwer
import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer  # type: ignore[import-untyped]

from warmline import spoken
from warmline.audio import files
from warmline.audio.frame import RATE
from warmline.caller.tracks import BLOCK_S, Track
from warmline.errors import WarmlineError
from warmline.hearing.endpointing import OFF
from warmline.hearing.vad import CHUNK, SileroDetector, SileroModel

INDEX: Final = "index.tsv"
_REQUIRED: Final = ("file", "seconds")
_RESAMPLES: Final = 2000
_AIR: Final = np.zeros(RATE // 2, dtype=np.int16)
"""Around a clip, so that the detector hears its beginning and its end."""
_LAST_S: Final = 0.3
_AUDIBLE_RATIO: Final = 10 ** (-25 / 20)


class CorpusError(WarmlineError):
    """A corpus folder cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One recording and what is known about it."""

    corpus: str
    """Name of its folder."""
    path: Path
    seconds: float
    labels: MappingProxyType[str, str]
    """The other columns of its line in the index."""

    @property
    def name(self) -> str:
        return f"{self.corpus}/{self.path.name}"

    @property
    def digits(self) -> str:
        """The number that is spoken; empty where the clip is not a number."""
        return self.labels.get("digits", "")

    @property
    def transcript(self) -> str:
        """The words that are spoken; empty where nobody wrote them down."""
        return self.labels.get("transcript", "")

    def scored(self, text: str) -> str:
        """`text` as it is compared: a number digit by digit, words in Whisper's spelling."""
        return " ".join(spoken.digits(text)) if self.digits else _normalizer()(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Word errors of several clips; for numbers a word is a digit."""

    wrong: int
    """Substituted, deleted and inserted words."""
    words: int
    """Words of the transcripts."""

    @property
    def percent(self) -> float:
        return round(100 * self.wrong / max(1, self.words), 2)


def read(folder: Path) -> list[Clip]:
    """The clips of a corpus in the order of its index.

    `index.tsv` has a heading and one line per clip: file, seconds, then labels.
    Raises CorpusError: no index, or one without clips or these columns.
    """
    index = folder / INDEX
    try:
        with index.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
        clips = [_clip(folder, row) for row in rows]
    except OSError as error:
        raise CorpusError(
            f"{index}: cannot be read ({error.strerror}); a corpus is a folder with sound files "
            f"and {INDEX}: tab-separated columns {', '.join(_REQUIRED)}, then labels"
        ) from None
    except (ValueError, KeyError, TypeError, csv.Error):
        raise CorpusError(
            f"{index}: expected a heading and tab-separated columns {', '.join(_REQUIRED)} "
            "(a number), then labels"
        ) from None
    if not clips:
        raise CorpusError(f"{index}: there are no clips in it")
    return clips


def select(clips: Sequence[Clip], *, where: str = "", limit: int = 0, seed: int = 1) -> list[Clip]:
    """At most `limit` clips (0: all), drawn at random, in the order of the index.

    `where` is LABEL=PATTERN: only clips whose label matches the whole regular expression.
    Raises CorpusError when the condition is malformed or fits no clip.
    """
    label, equals, pattern = where.partition("=")
    try:
        fitting = [c for c in clips if not where or re.fullmatch(pattern, c.labels.get(label, ""))]
    except re.error:
        equals = ""
    if where and not equals:
        raise CorpusError(f"--where {where}: expected LABEL=PATTERN, a regular expression")
    if not fitting:
        raise CorpusError(f"--where {where}: fits no clip of {clips[0].corpus}")
    if not 0 < limit < len(fitting):
        return fitting
    drawn = random.Random(seed).sample(range(len(fitting)), limit)
    return [fitting[at] for at in sorted(drawn)]


def errors(clip: Clip, text: str) -> Errors:
    """Word errors of one transcript. The clip must have a transcript."""
    reference = clip.scored(clip.digits or clip.transcript)
    if not reference:
        return Errors(wrong=len(clip.scored(text).split()), words=0)
    found = jiwer.process_words(reference, clip.scored(text))
    return Errors(
        wrong=found.substitutions + found.deletions + found.insertions,
        words=found.substitutions + found.deletions + found.hits,
    )


def voice_end_s(clip: Clip) -> float:
    """Seconds until the voice in the clip is over; known at once when asked for again.

    Silero (offline) tells voice from breath, clicks and noise, to 32 ms and often a little
    late; the level tells the moment: within 25 dB of the loudest of the last 0.3 s.
    Raises CorpusError when there is no voice in it, AudioError when it cannot be read.
    """
    return _voice_end_s(clip.path)


@cache
def _voice_end_s(path: Path) -> float:
    samples = files.read(path, RATE)
    detector = SileroDetector(_silero())
    padded = np.concatenate([_AIR, samples, _AIR])
    chunks = padded[: padded.size // CHUNK * CHUNK].reshape(-1, CHUNK)
    voiced = [at for at, chunk in enumerate(chunks) if detector.probability(chunk) >= OFF]
    if not voiced:
        raise CorpusError(f"{path}: there is no voice in it")
    end = ((voiced[-1] + 1) * CHUNK - _AIR.size) / RATE
    track = Track(RATE, 0.0)
    track.append(samples)
    loudness = track.loudness(max(0.0, end - _LAST_S), min(end, track.end))
    voice = np.flatnonzero(loudness >= loudness.max() * _AUDIBLE_RATIO)
    return float(min(end, track.end) - (loudness.size - 1 - voice[-1]) * BLOCK_S)


def total(parts: Sequence[Errors]) -> Errors:
    return Errors(wrong=sum(p.wrong for p in parts), words=sum(p.words for p in parts))


def gap_interval(pairs: Sequence[tuple[Errors, Errors]]) -> tuple[float, float]:
    """95 % interval of our error rate minus theirs, in points: paired bootstrap over clips."""
    if not pairs:
        return 0.0, 0.0
    wrong = np.array([ours.wrong - theirs.wrong for ours, theirs in pairs])
    words = np.array([ours.words for ours, _ in pairs])
    drawn = np.random.default_rng(0).integers(0, len(pairs), (_RESAMPLES, len(pairs)))
    gaps = 100 * wrong[drawn].sum(axis=1) / np.maximum(1, words[drawn].sum(axis=1))
    low, high = np.percentile(gaps, [2.5, 97.5])
    return round(float(low), 2), round(float(high), 2)


@cache
def _silero() -> SileroModel:
    return SileroModel()


@cache
def _normalizer() -> EnglishTextNormalizer:
    return EnglishTextNormalizer()


def _clip(folder: Path, row: dict[str, str]) -> Clip:
    labels = {key: value for key, value in row.items() if key not in _REQUIRED and value}
    return Clip(
        corpus=folder.resolve().name,
        path=folder / row["file"],
        seconds=float(row["seconds"]),
        labels=MappingProxyType(labels),
    )
