"""What does the short window cost and gain? Against plain faster-whisper, side by side.

Both ways get the same clips, the same int8 weights and one thread, in turns within one
process. Knows recognisers; no server and no call.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

import corpus
import stats
from corpus import Clip, Errors
from nonspeech import invented, nothings
from plain import PlainWhisper
from warmline.audio import files, g711
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.cli.screen import errors_in_a_line
from warmline.events import AnswerKind, Expectation
from warmline.hearing import decoding
from warmline.hearing.whisper import Whisper
from warmline.hearing.whisper_model import WhisperModel
from warmline.modelstore import ModelStore

PHONE_RATE: Final = 8_000
BUCKETS: Final = ((0.0, 2.0), (2.0, 5.0), (5.0, 10.0), (10.0, 30.0))
"""Seconds of speech, from and below."""
ENCODED_S: Final = (2.0, 8.0)
ENCODED: Final = 40
"""Clips whose encoding is timed alone, and their seconds."""
PLAIN: Final = "plain"
SHORT: Final = "short"
EXPECTED: Final = "expected"
HEADING: Final = (
    "",
    "clips",
    "errors %",
    "runaway",
    "steady %",
    "gap 95 %",
    "right",
    "p50 ms",
    "p95 ms",
    "× faster",
)

# --- the ways to recognise ----------------------------------------------------------------------

Way = Callable[[Pcm, Clip], str]


def ways(folder: Path) -> dict[str, Way]:
    """plain: faster-whisper as it is, 30 s; short: the short window; expected: the same when
    the flow waits for a number of this length."""
    theirs = PlainWhisper(folder)
    ours = Whisper(folder, threads=1)
    ours.warm_up()
    theirs.transcribe(np.zeros(RATE, dtype=np.int16))
    return {
        PLAIN: lambda samples, _: theirs.transcribe(samples),
        SHORT: lambda samples, _: ours.transcribe(samples).text,
        EXPECTED: lambda samples, clip: ours.transcribe(samples, expect=number(clip)).text,
    }


def number(clip: Clip) -> Expectation:
    size = len(clip.digits)
    return Expectation(kind=AnswerKind.DIGITS, min_digits=size, max_digits=size)


def through_phone(samples: Pcm) -> Pcm:
    """16 kHz audio as it is after a telephone network: 8 kHz G.711 mu-law and back."""
    narrow = resample(samples, RATE, PHONE_RATE)
    return resample(g711.decode(g711.encode(narrow)), PHONE_RATE, RATE)


# --- accuracy -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    clip: Clip
    texts: dict[str, str]
    """What each way heard."""
    took_ms: dict[str, float]

    def errors(self, way: str) -> Errors:
        return corpus.errors(self.clip, self.texts[way])


def recognise(
    known: dict[str, Way], clips: Sequence[Clip], band: Callable[[Pcm], Pcm]
) -> Iterator[Recognised]:
    """Every clip by every way; who begins changes from clip to clip."""
    order = [way for way in known if way != EXPECTED or clips[0].digits]
    for clip in clips:
        samples = band(files.read(clip.path, RATE))
        texts, took = {}, {}
        for way in order:
            begin = time.perf_counter()
            texts[way] = known[way](samples, clip)
            took[way] = round((time.perf_counter() - begin) * 1000, 1)
        order = [*order[1:], order[0]]
        yield Recognised(clip=clip, texts=texts, took_ms=took)


def summary(results: Sequence[Recognised]) -> dict[str, Any]:
    """Per way: error rate, clips all right, times; and the short window against plain.

    A runaway decode (more wrong words than there are words: a loop) can outweigh all other
    clips, so there is a second rate over the `steady` clips, on which no way ran away.
    """
    parts = {way: [r.errors(way) for r in results] for way in results[0].texts}
    runaway = {way: [part.wrong > part.words for part in parts[way]] for way in parts}
    steady = [at for at, lost in enumerate(zip(*runaway.values(), strict=True)) if not any(lost)]
    figures: dict[str, Any] = {"clips": len(results), "steady_clips": len(steady)}
    for way, errors in parts.items():
        spread = stats.spread([r.took_ms[way] for r in results])
        figures[way] = {
            "word_errors_percent": corpus.total(errors).percent,
            "runaway": sum(runaway[way]),
            "steady_percent": corpus.total([errors[at] for at in steady]).percent,
            "clips_right": sum(part.wrong == 0 for part in errors),
            "ms": spread and asdict(spread),
        }
        if way != PLAIN:
            times = [r.took_ms[PLAIN] / r.took_ms[way] for r in results]
            figures[way]["times_faster"] = round(float(np.median(times)), 2)
            pairs = [(errors[at], parts[PLAIN][at]) for at in steady]
            figures[way]["steady_gap_95"] = corpus.gap_interval(pairs)
    return figures


def by_length(results: Sequence[Recognised]) -> Iterator[tuple[str, list[Recognised]]]:
    yield "all", list(results)
    for low, high in BUCKETS:
        inside = [result for result in results if low <= result.clip.seconds < high]
        if inside and len(inside) < len(results):
            yield f"{low:.0f}-{high:.0f} s", inside


def rows(results: Sequence[Recognised]) -> Iterator[list[str]]:
    for bucket, inside in by_length(results):
        figures = summary(inside)
        for way in sorted(inside[0].texts, key=[PLAIN, SHORT, EXPECTED].index):
            of = figures[way]
            low, high = of.get("steady_gap_95", (0.0, 0.0))
            yield [
                f"{bucket}, {way}",
                str(len(inside)),
                f"{of['word_errors_percent']:.2f}",
                str(of["runaway"]),
                f"{of['steady_percent']:.2f}",
                f"{low:+.1f} … {high:+.1f}" if way != PLAIN else "",
                str(of["clips_right"]),
                f"{of['ms']['p50']:.0f}",
                f"{of['ms']['p95']:.0f}",
                f"{of['times_faster']:.1f}" if way != PLAIN else "",
            ]


# --- the encoder alone --------------------------------------------------------------------------


def encoding(folder: Path, clips: Sequence[Clip]) -> dict[str, Any] | None:
    """What the short window saves of the encoder's work (mel features included), over clips of 2
    to 8 s: milliseconds of CPU by window, and their ratio clip by clip. None without such clips."""
    low, high = ENCODED_S
    fitting = [clip for clip in clips if low <= clip.seconds <= high][:ENCODED]
    if not fitting:
        return None
    model = WhisperModel(folder, threads=1)
    took: dict[str, list[float]] = {"short": [], "30 s": []}
    for clip in fitting:
        samples = files.read(clip.path, RATE)
        windows = {"short": decoding.window_s(samples.size / RATE), "30 s": decoding.MAX_WINDOW_S}
        for way, window_s in windows.items():
            begin = time.process_time()
            model.encode([samples], window_s)
            took[way].append((time.process_time() - begin) * 1000)
    ratios = np.array(took["30 s"]) / np.array(took["short"])
    spreads = {way: stats.spread(ms) for way, ms in took.items()}
    return {
        "clips": len(fitting),
        "ms": {way: spread and asdict(spread) for way, spread in spreads.items()},
        "times_less": round(float(np.median(ratios)), 2),
        "times_less_in_all": round(sum(took["30 s"]) / sum(took["short"]), 2),
    }


def encoder_line(name: str, figures: dict[str, Any]) -> str:
    short, long = (figures["ms"][way] for way in ("short", "30 s"))
    return (
        f"{name}: encoder alone, {figures['clips']} clips of 2-8 s: short window "
        f"{short['p50']:.0f} / {short['p95']:.0f} ms (p50 / p95), 30 s {long['p50']:.0f} / "
        f"{long['p95']:.0f} ms: {figures['times_less']} times less in the median, "
        f"{figures['times_less_in_all']} in all"
    )


# --- the program --------------------------------------------------------------------------------


def main(
    folders: Annotated[list[Path], typer.Argument(metavar="CORPUS...", help="Corpus folders.")],
    model: Annotated[str, typer.Option(help="Whisper model of the catalogue.")] = "whisper-base",
    clips: Annotated[int, typer.Option(min=0, help="Clips of each corpus, 0: all.")] = 0,
    noise: Annotated[
        list[Path] | None, typer.Option(help="Sound file without speech: count invented words.")
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0, help="Of silence, hiss and each --noise; 0: none.")
    ] = 0.0,
    json: Annotated[Path | None, typer.Option(help="Write all texts and times here.")] = None,
) -> None:
    """Compare the short Whisper window with plain faster-whisper: word errors and time."""
    stats.like_a_worker()
    machine = stats.machine()
    with errors_in_a_line():
        folder = ModelStore().path(model)
        chosen = [corpus.select(corpus.read(path), limit=clips) for path in folders]
        known = ways(folder)
        bands: dict[str, Callable[[Pcm], Pcm]] = {
            "16 kHz": lambda samples: samples,
            "8 kHz mu-law": through_phone,
        }
        batches = []
        for some in chosen:
            for band, change in bands.items():
                stats.err.print(f"{some[0].corpus}, {band}: {len(some)} clips ...")
                results = list(recognise(known, some, change))
                batches.append((some[0].corpus, band, results))
                stats.table(f"{some[0].corpus}, {band}, {model}", HEADING, list(rows(results)))
        encoded = {some[0].corpus: encoding(folder, some) for some in chosen}
        audios = nothings(minutes, noise or []) if minutes else ()
        silent = [invented(folder, *audio) for audio in audios]
    for name, figures in encoded.items():
        if figures:
            stats.out.print(encoder_line(name, figures))
    for counts in silent:
        stats.out.print(
            f"{counts['audio']}, {counts['minutes']} min: invented words: listener "
            f"{counts['free']['words']} (digits awaited: {counts['digits']['words']}), "
            f"plain without a gate {counts['plain_words']}"
        )
    if json:
        stats.write_json(
            json,
            {
                "machine": machine,
                "model": model,
                "encoder": encoded,
                "no_speech": silent,
                "batches": [as_dict(*batch) for batch in batches],
            },
        )


def as_dict(name: str, band: str, results: Sequence[Recognised]) -> dict[str, Any]:
    return {
        "corpus": name,
        "band": band,
        "summary": {bucket: summary(inside) for bucket, inside in by_length(results)},
        "clips": [
            {
                "clip": result.clip.name,
                "seconds": result.clip.seconds,
                "texts": result.texts,
                "wrong": {way: result.errors(way).wrong for way in result.texts},
                "took_ms": result.took_ms,
            }
            for result in results
        ],
    }


if __name__ == "__main__":
    typer.run(main)
