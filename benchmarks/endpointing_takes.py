"""Recorded turns, and where each really begins and ends: what turn-taking is measured with.

A clip of a corpus is one turn. Of a recorded conversation in two aligned files (label `role`:
caller, agent) the other side tells: a turn is over where the agent speaks next. Knows corpora
and the voice detector; no policy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

import corpus
from corpus import Clip, CorpusError
from stt_accuracy import number, through_phone
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.events import ANYTHING, Expectation
from warmline.hearing.endpointing import OFF, ON, ON_CHUNKS
from warmline.hearing.vad import CHUNK, SileroDetector, SileroModel

CHUNK_S: Final = CHUNK / RATE
INNER_S: Final = 0.1
"""Silences within a turn count as pauses from here on, as in eot-bench."""
_BEFORE_S: Final = 0.5
_AFTER_S: Final = 4.0
"""Near-silence around a clip."""
_REPLY_S: Final = 0.25
"""A shorter sound of the agent's ("mhm") ends no turn of the caller's."""
_OVERLAP_S: Final = 0.1

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One recording as a call hears it, its voice probabilities, and its true turns."""

    corpus: str
    name: str
    samples: Pcm
    """16 kHz."""
    voices: tuple[float, ...]
    """Silero's probability for each chunk of 32 ms."""
    expect: Expectation
    turns: tuple[Span, ...]
    """Beginning and end of each turn's voice (seconds)."""
    paused: tuple[bool, ...]
    """Whether that turn has a pause of `INNER_S` or more inside."""
    onsets: tuple[float, ...]
    """Where a voice begins after a pause (seconds), in all turns."""


def read(folder: Path, *, phone: bool, limit: int = 0) -> Iterator[Take]:
    """The takes of a corpus. Raises CorpusError, AudioError."""
    clips = corpus.read(folder)
    if clips[0].labels.get("role"):
        yield from _conversations(clips, phone)
        return
    rng = np.random.default_rng(0)
    for clip in corpus.select(clips, limit=limit):
        before, after = (_air(rng, seconds) for seconds in (_BEFORE_S, _AFTER_S))
        samples = np.concatenate([before, files.read(clip.path, RATE), after])
        end = _BEFORE_S + corpus.voice_end_s(clip)
        yield _take(clip, samples, number(clip) if clip.digits else ANYTHING, phone, end)


def _take(clip: Clip, samples: Pcm, expect: Expectation, phone: bool, end: float) -> Take:
    samples = through_phone(samples) if phone else samples
    voices = _voices(samples)
    spans = [span for span in stretches(voices) if span[0] < end]
    return Take(
        corpus=clip.corpus,
        name=clip.name,
        samples=samples,
        voices=voices,
        expect=expect,
        turns=((spans[0][0] if spans else 0.0, end),),
        paused=(len(spans) > 1,),
        onsets=tuple(begin for begin, _ in spans),
    )


def _conversations(clips: Sequence[Clip], phone: bool) -> Iterator[Take]:
    sides = {clip.labels["role"]: clip for clip in clips}
    if not sides.keys() >= {"caller", "agent"}:
        raise CorpusError(f"{clips[0].corpus}: a conversation needs both roles, caller and agent")
    caller, agent = (files.read(sides[role].path, RATE) for role in ("caller", "agent"))
    caller = through_phone(caller) if phone else caller
    voices = _voices(caller)
    replies = [span for span in stretches(_voices(agent)) if span[1] - span[0] >= _REPLY_S]
    groups: list[list[Span]] = [[]]
    spans = stretches(voices)
    for number_, span in enumerate(spans):
        groups[-1].append(span)
        until = spans[number_ + 1][0] if number_ + 1 < len(spans) else np.inf
        if any(_answers(reply, span, until) for reply in replies):
            groups.append([])
    groups = [group for group in groups if group]
    yield Take(
        corpus=clips[0].corpus,
        name=sides["caller"].name,
        samples=caller,
        voices=voices,
        expect=ANYTHING,
        turns=tuple((group[0][0], group[-1][1]) for group in groups),
        paused=tuple(len(group) > 1 for group in groups),
        onsets=tuple(begin for begin, _ in spans),
    )


def _answers(reply: Span, said: Span, until: float) -> bool:
    begins_behind = reply[0] >= said[0] and reply[0] < until - _OVERLAP_S
    return begins_behind and reply[1] > said[1] - _OVERLAP_S


def stretches(voices: Sequence[float]) -> list[Span]:
    """Where a voice sounds without a pause of `INNER_S`, in seconds."""
    spans: list[Span] = []
    sounding, run, begin, last = False, 0, 0, 0
    for at, probability in enumerate([*voices, *[0.0] * RATE]):
        voice = probability >= (OFF if sounding else ON)
        run = run + 1 if voice else 0
        if sounding and not voice and (at - last) * CHUNK_S >= INNER_S:
            spans.append((begin * CHUNK_S, (last + 1) * CHUNK_S))
            sounding = False
        elif not sounding and run >= ON_CHUNKS:
            sounding, begin = True, at - run + 1
        last = at if sounding and voice else last
        if at > len(voices) + RATE // CHUNK and not sounding:
            break
    return spans


def _voices(samples: Pcm) -> tuple[float, ...]:
    detector = SileroDetector(_SILERO)
    chunks = samples[: samples.size // CHUNK * CHUNK].reshape(-1, CHUNK)
    return tuple(detector.probability(chunk) for chunk in chunks)


def _air(rng: np.random.Generator, seconds: float) -> Pcm:
    return rng.integers(-2, 3, int(seconds * RATE)).astype(np.int16)


_SILERO: Final = SileroModel()
