"""Which model for what is shown, which for what counts; and when a shown word may be called stable.

Streams clips through a recogniser in audio time, without a clock: every 0.8 s of a growing
utterance is decoded, and what the decode took is counted apart. Two rules, in one pass over the
same decodes: LocalAgreement (two decodes in a row agree) and post-hoc AlignAtt (one decode and
its alignment; what ends within the last half second waits). Knows recognisers; no server, no call.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import corpus
import stats
from corpus import Clip
from desk_words import Word, align
from stt_accuracy import through_phone
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.cli.screen import errors_in_a_line
from warmline.hearing import decoding
from warmline.hearing.agreement import Agreement
from warmline.hearing.partials import CADENCE_S, MAX_WINDOW_S
from warmline.hearing.utterance import CUT_SEARCH_S, quietest
from warmline.hearing.whisper_model import FRAMES_PER_S, Task, WhisperModel
from warmline.modelstore import ModelStore
from warmline.spoken import words

STEP_S: Final = 0.02
"""Of audio, between two places of an alignment."""
AGREEMENT: Final = "LocalAgreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be read after one decode."""

    at: float
    """Seconds of audio that were heard."""
    stable: list[str]
    shown: list[str]
    """Stable and unstable words."""


@dataclass(slots=True, kw_only=True)
class Track:
    """One rule's view of one clip."""

    steps: list[Step] = field(default_factory=list)
    cpu_s: float = 0.0
    """Of all decodes, alignments included where the rule needs them."""

    def add(self, at: float, stable: str, unstable: str) -> None:
        certain = words(stable)
        self.steps.append(Step(at=at, stable=certain, shown=certain + words(unstable)))

    @property
    def taken_back(self) -> int:
        """Words that were shown and then replaced or removed."""
        pairs = zip(self.steps, self.steps[1:], strict=False)
        return sum(len(old.shown) - _prefix(old.shown, new.shown) for old, new in pairs)


class Ends:
    """The words of a decode with the moment at which each was over: one pass of the decoder."""

    def __init__(self, model: WhisperModel) -> None:
        self._whisper = model._model
        self._tokenizer = model._tokenizer
        self._start = model.prompts.start

    def of(self, encoded: Any, text: str, seconds: float) -> list[float]:
        """Seconds from the start of the samples, one for each word of `text.split()`."""
        _, parts = self._tokenizer.split_to_word_tokens(self._tokenizer.encode(" " + text))
        tokens = [token for part in parts for token in part]
        frames = int((decoding.LEAD_S + seconds) * FRAMES_PER_S)
        found = self._whisper.align(encoded, self._start, [tokens], [frames])[0]
        last = dict(found.alignments)  # a token's last step of audio
        ends: list[float] = []
        place = 0
        for part in parts:
            place += len(part)
            end = last.get(place - 1, frames // 2) * STEP_S - decoding.LEAD_S
            # Punctuation is a part of its own; it belongs to the word before it.
            if self._tokenizer.decode(part).startswith(" ") or not ends:
                ends.append(end)
        return ends


def stream(model: WhisperModel, samples: Pcm, holds: Sequence[float]) -> dict[str, Track]:
    """Each rule's track: LocalAgreement, and AlignAtt that holds back so many seconds."""
    ends = Ends(model)
    tracks = {AGREEMENT: Track(), **{f"AlignAtt {hold:g} s": Track() for hold in holds}}
    agreement, settled = Agreement(), {name: list[str]() for name in tracks}
    window_from, certain = 0, {name: list[str]() for name in tracks}
    step = int(CADENCE_S * RATE)
    for to in [*range(step, samples.size, step), samples.size]:
        audio = samples[window_from:to]
        full = audio.size > MAX_WINDOW_S * RATE
        if full:
            audio = audio[: quietest(audio, int(CUT_SEARCH_S * RATE))]
        seconds, at = audio.size / RATE, to / RATE
        begin = time.process_time()
        encoded = model.encode([audio], decoding.window_s(seconds))
        context = model.prompts.context([agreement.settled])
        said = model.write(encoded, [Task(voice_s=seconds, context=context)])[0].text
        decoded = time.process_time()
        over = ends.of(encoded, said, seconds) if said else []
        aligned = time.process_time()
        agreement.update(said)
        tracks[AGREEMENT].add(at, agreement.stable, agreement.unstable)
        tracks[AGREEMENT].cpu_s += decoded - begin
        heard = said.split()
        for hold in holds:
            name = f"AlignAtt {hold:g} s"
            sure = certain[name]
            for word, end in list(zip(heard, over, strict=False))[len(sure) :]:
                if end > seconds - hold and not full:
                    break
                sure.append(word)
            rest = heard[len(sure) :]
            tracks[name].add(at, " ".join(settled[name] + sure), " ".join(rest))
            tracks[name].cpu_s += aligned - begin
            if full:
                settled[name] += [*sure, *rest]
                sure.clear()
        if full:
            agreement.close_window()
            window_from += audio.size
    return tracks


# --- figures --------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Totals:
    """One model with one rule, over all clips."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    decodes: int = 0
    words: int = 0
    shown_after: list[float | None] = field(default_factory=list)
    """Milliseconds of audio from a word's end until it was to be read; None: never."""
    stable_after: list[float | None] = field(default_factory=list)
    taken_back: int = 0
    stable_words: int = 0
    stable_wrong: int = 0
    """Stable words that are not in what the same model hears of the whole clip."""

    def add(self, track: Track, samples: Pcm, reference: Sequence[Word], whole: str) -> None:
        self.seconds += samples.size / RATE
        self.cpu_s += track.cpu_s
        self.decodes += len(track.steps)
        self.words += len(reference)
        self.taken_back += track.taken_back
        for after, lists in (
            (self.shown_after, [(step.at, step.shown) for step in track.steps]),
            (self.stable_after, [(step.at, step.stable) for step in track.steps]),
        ):
            after += _waits(reference, lists)
        stable = track.steps[-1].stable
        self.stable_words += len(stable)
        self.stable_wrong += len(stable) - _common(stable, words(whole))

    def row(self, name: str) -> list[str]:
        figures = self.figures()
        waits = [figures[key] for key in ("shown_ms", "stable_ms")]
        return [
            name,
            *(f"{wait['p50']:.0f} / {wait['p95']:.0f}" if wait else "-" for wait in waits),
            f"{figures['taken_back_percent']:.1f}",
            f"{figures['stable_wrong_percent']:.1f}",
            f"{figures['ms_per_decode']:.0f}",
            f"{figures['core_percent']:.0f}",
        ]

    def figures(self) -> dict[str, Any]:
        shown, stable = stats.spread(self.shown_after), stats.spread(self.stable_after)
        return {
            "words": self.words,
            "shown_ms": shown and asdict(shown),
            "stable_ms": stable and asdict(stable),
            "taken_back_percent": round(100 * self.taken_back / max(1, self.words), 1),
            "stable_wrong_percent": round(100 * self.stable_wrong / max(1, self.stable_words), 1),
            "ms_per_decode": round(1000 * self.cpu_s / max(1, self.decodes), 1),
            "core_percent": round(100 * self.cpu_s / max(1e-9, self.seconds), 1),
        }


def _waits(
    reference: Sequence[Word], lists: Sequence[tuple[float, list[str]]]
) -> Iterator[float | None]:
    """For each word the milliseconds until it stands in one of the growing lists."""
    found: dict[int, float] = {}
    said = [word.text for word in reference]
    for at, shown in lists:
        for block in SequenceMatcher(None, said, shown, autojunk=False).get_matching_blocks():
            for place in range(block.a, block.a + block.size):
                if reference[place].end <= at + 0.1:  # an alignment is not exact
                    found.setdefault(place, at)
    for place, word in enumerate(reference):
        yield max(0.0, (found[place] - word.end) * 1000) if place in found else None


def _prefix(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())


# --- the program ----------------------------------------------------------------------------------

HEADING: Final = (
    "",
    "shown ms, p50 / p95",
    "stable ms, p50 / p95",
    "taken back %",
    "stable but wrong %",
    "ms a decode",
    "% of a core",
)


def main(
    folders: Annotated[list[Path], typer.Argument(metavar="CORPUS...", help="Corpus folders.")],
    model: Annotated[list[str] | None, typer.Option(help="Whisper models to compare.")] = None,
    hold: Annotated[list[float] | None, typer.Option(help="AlignAtt: seconds held back.")] = None,
    clips: Annotated[int, typer.Option(min=0, help="Clips of each corpus, 0: all.")] = 8,
    json: Annotated[Path | None, typer.Option(help="Write everything here.")] = None,
) -> None:
    """Partials by each model and rule: how soon words stand there, how often they are taken back,
    what they cost. All times are of audio; decoding comes on top (`ms a decode`)."""
    stats.like_a_worker()
    machine = stats.machine()
    with errors_in_a_line():
        names = model or ["whisper-tiny.en", "whisper-base"]
        models = {name: WhisperModel(ModelStore().path(name)) for name in names}
        chosen = [c for path in folders for c in corpus.select(corpus.read(path), limit=clips)]
        totals = measure(models, chosen, hold or [0.4, 0.5, 0.7])
    rows = [total.row(f"{name}, {rule}") for (name, rule), total in totals.items()]
    stats.table("partials, 8 kHz mu-law", HEADING, rows)
    if json:
        found = [{"model": m, "rule": r, **t.figures()} for (m, r), t in totals.items()]
        stats.write_json(json, {"machine": machine, "clips": len(chosen), "partials": found})


def measure(
    models: dict[str, WhisperModel], clips: Sequence[Clip], holds: Sequence[float]
) -> dict[tuple[str, str], Totals]:
    totals: dict[tuple[str, str], Totals] = {}
    for clip in clips:
        samples = through_phone(files.read(clip.path, RATE))
        reference = align(files.read(clip.path, RATE))
        for name, model in models.items():
            seconds = min(samples.size / RATE, decoding.MAX_SPEECH_S)
            encoded = model.encode([samples[: int(seconds * RATE)]], decoding.window_s(seconds))
            whole = model.write(encoded, [Task(voice_s=seconds)])[0].text
            for rule, track in stream(model, samples, holds).items():
                totals.setdefault((name, rule), Totals()).add(track, samples, reference, whole)
        stats.err.print(f"{clip.name} ...")
    return totals


if __name__ == "__main__":
    typer.run(main)
