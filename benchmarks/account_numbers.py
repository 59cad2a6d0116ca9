"""Account numbers by voice: whole in one go, after one correction, and how long it takes.

Needs a corpus with `digits`, `speaker` and `gaps_ms`: single digits joined with known gaps,
so that parts of a number can be said alone, and a number again in other recordings.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

import corpus
import stats
from corpus import Clip
from stt_accuracy import through_phone
from warmline import spoken
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.cli.screen import errors_in_a_line
from warmline.events import AnswerKind, Expectation
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore

BLOCK: Final = RATE // 100
LEAST_DIGIT: Final = 14
"""Blocks of 10 ms."""
HEADING: Final = ("", "numbers", "right", "%", "p50 ms", "p95 ms")

Band = Callable[[Pcm], Pcm]

# --- numbers cut and said again -----------------------------------------------------------------


def gaps(clip: Clip) -> list[int]:
    """The silences between its digits, in blocks."""
    return [int(gap) // 10 for gap in clip.labels["gaps_ms"].split()]


def cut(clip: Clip) -> list[Pcm]:
    """The digits of a number, cut where silences of exactly these lengths fit best."""
    samples = files.read(clip.path, RATE)
    blocks = samples[: samples.size // BLOCK * BLOCK].reshape(-1, BLOCK)
    loud = np.concatenate([[0.0], np.cumsum(np.log1p(np.abs(blocks.astype(float)).max(axis=1)))])
    # cost[i]: the least noise in the gaps so far, the next digit beginning at block i.
    cost = np.full(loud.size, np.inf)
    cost[0] = 0.0
    steps: list[np.ndarray[Any, Any]] = []
    for gap in gaps(clip):
        least = np.minimum.accumulate(cost)
        where = np.maximum.accumulate(np.where(cost == least, np.arange(cost.size), 0))
        cost = np.full(loud.size, np.inf)
        step = np.zeros(loud.size, dtype=int)
        first = LEAST_DIGIT + gap
        cost[first:] = least[:-first] + loud[first:] - loud[LEAST_DIGIT:-gap]
        step[first:] = where[:-first]
        steps.append(step)
    begins = [int(np.argmin(cost[:-LEAST_DIGIT]))]
    for step in reversed(steps):
        begins.append(int(step[begins[-1]]))
    begins.reverse()
    ends = [begin - gap for begin, gap in zip(begins[1:], gaps(clip), strict=True)]
    return [
        samples[begin * BLOCK : end * BLOCK]
        for begin, end in zip(begins, [*ends, loud.size], strict=True)
    ]


def join(digits: Sequence[Pcm], between: Sequence[int]) -> Pcm:
    """Digits with so many blocks of silence between them."""
    parts = [digits[0]]
    for gap, digit in zip(between, digits[1:], strict=True):
        parts += [np.zeros(gap * BLOCK, dtype=np.int16), digit]
    return np.concatenate(parts)


def anew(clip: Clip, pool: Sequence[Clip]) -> Pcm | None:
    """The same number by the same speaker in recordings from other clips, if there are any."""
    chance = random.Random(clip.name)
    others = [c for c in pool if c.labels["speaker"] == clip.labels["speaker"] and c is not clip]
    said: dict[str, list[tuple[Clip, int]]] = {}
    for other in others:
        for at, digit in enumerate(other.digits):
            said.setdefault(digit, []).append((other, at))
    if not set(clip.digits) <= said.keys():
        return None
    taken = [chance.choice(said[digit]) for digit in clip.digits]
    return join([cut(other)[at] for other, at in taken], gaps(clip))


# --- hearing ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Count:
    """How often it was right, and what it took."""

    right: int = 0
    took_ms: list[float] = field(default_factory=list)

    def row(self, name: str, of: int) -> list[str]:
        spread = stats.spread(self.took_ms)
        times = [f"{spread.p50:.0f}", f"{spread.p95:.0f}"] if spread else ["", ""]
        return [name, str(of), str(self.right), f"{100 * self.right / max(1, of):.1f}", *times]


class Caller:
    """Says numbers to the recogniser and counts what it hears."""

    def __init__(self, whisper: Whisper, band: Band) -> None:
        self._whisper = whisper
        self._band = band

    def hear(self, samples: Pcm, size: int, count: Count, refused: str = "") -> str:
        """The digits heard where so many are awaited."""
        expect = Expectation(
            kind=AnswerKind.DIGITS,
            min_digits=size,
            max_digits=size,
            excluded=(refused,) if refused else (),
        )
        samples = self._band(samples)
        begin = time.perf_counter()
        heard = self._whisper.transcribe(samples, expect=expect)
        count.took_ms.append((time.perf_counter() - begin) * 1000)
        return spoken.digits(heard.text)

    def correct_half(self, clip: Clip, heard: str, count: Count) -> bool:
        """Whether the half that was wrong is right when it is said alone."""
        size = len(clip.digits)
        half = size // 2
        wrong = [
            part for part in (slice(0, half), slice(half, size)) if heard[part] != clip.digits[part]
        ]
        if len(heard) != size or len(wrong) != 1:
            return False
        part = wrong[0]
        digits, between = cut(clip)[part], gaps(clip)[part][: half - 1]
        alone = self.hear(join(digits, between), half, count, heard[part])
        return alone == clip.digits[part]


def measure(caller: Caller, clips: Sequence[Clip]) -> Iterator[dict[str, Any]]:
    """Each number in one go; where that is wrong, corrected in three ways; and half of it."""
    for clip in clips:
        size, samples = len(clip.digits), files.read(clip.path, RATE)
        once, again, part = Count(), Count(), Count()
        heard = caller.hear(samples, size, once)
        right = heard == clip.digits
        other = None if right else anew(clip, clips)
        half = clip.digits[: size // 2]
        between = gaps(clip)[: len(half) - 1]
        pause = caller.hear(join(cut(clip)[: len(half)], between), size, part)
        yield {
            "clip": clip.name,
            "one go": right,
            "same again": right or caller.hear(samples, size, again, heard) == clip.digits,
            "wrong half alone": right or caller.correct_half(clip, heard, again),
            "anew": right
            or (other is not None and caller.hear(other, size, again, heard) == clip.digits),
            "half, told as half": pause == half,
            "half, taken for all": len(pause) >= size,
            "took_ms": {"one go": once.took_ms, "corrections": again.took_ms, "half": part.took_ms},
        }


ROWS: Final = ("one go", "same again", "wrong half alone", "anew")
HALVES: Final = ("half, told as half", "half, taken for all")


def rows(results: Sequence[dict[str, Any]]) -> Iterator[list[str]]:
    """All numbers, and both halves: thresholds were set with the first half in sight."""
    middle = len(results) // 2
    parts = {"": results, "first half, ": results[:middle], "second half, ": results[middle:]}
    for label, some in parts.items():
        for name in (*ROWS, *(() if label else HALVES)):
            timed = {"one go": "one go"}.get(name, "half" if name in HALVES else "corrections")
            times = [ms for result in some for ms in result["took_ms"][timed]]
            shown = times if name in ("one go", "same again", HALVES[0]) else []
            count = Count(sum(result[name] for result in some), shown)
            yield count.row(label + name, len(some))


def taken_for_numbers(whisper: Whisper, clips: Sequence[Clip], band: Band) -> list[str]:
    """Sentences without a number, said where six digits are awaited: what is told as one."""
    count = Count()
    expect = Expectation(kind=AnswerKind.DIGITS, min_digits=6, max_digits=6)
    heard = []
    for clip in clips:
        samples = band(files.read(clip.path, RATE))
        begin = time.perf_counter()
        heard.append(whisper.transcribe(samples, expect=expect).text)
        count.took_ms.append((time.perf_counter() - begin) * 1000)
    count.right = sum(not spoken.is_number(text) for text in heard)
    return count.row(f"{clips[0].corpus}, heard as words", len(clips))


# --- the program --------------------------------------------------------------------------------


def main(
    folder: Annotated[Path, typer.Argument(metavar="CORPUS", help="Numbers with known gaps.")],
    words: Annotated[
        list[Path] | None, typer.Option(help="Corpus of sentences that are no numbers.")
    ] = None,
    model: Annotated[str, typer.Option(help="Whisper model of the catalogue.")] = "whisper-base",
    clips: Annotated[int, typer.Option(min=0, help="Clips of each corpus, 0: all.")] = 0,
    json: Annotated[Path | None, typer.Option(help="Write all results here.")] = None,
) -> None:
    """Account numbers by voice: right in one go, and after at most one correction."""
    stats.like_a_worker()
    machine = stats.machine()
    batches: dict[str, Any] = {}
    with errors_in_a_line():
        chosen = corpus.select(corpus.read(folder), limit=clips)
        sentences = [corpus.select(corpus.read(path), limit=clips) for path in words or []]
        whisper = Whisper(ModelStore().path(model), threads=1)
        whisper.warm_up()
        bands: dict[str, Band] = {"wide band": lambda s: s, "8 kHz mu-law": through_phone}
        for name, band in bands.items():
            stats.err.print(f"{chosen[0].corpus}, {name}: {len(chosen)} numbers ...")
            results = list(measure(Caller(whisper, band), chosen))
            others = [taken_for_numbers(whisper, some, band) for some in sentences]
            stats.table(f"{chosen[0].corpus}, {name}", HEADING, [*rows(results), *others])
            batches[name] = results
    if json:
        stats.write_json(json, {"machine": machine, "model": model, "numbers": batches})


if __name__ == "__main__":
    typer.run(main)
