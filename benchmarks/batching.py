"""What several recordings cost a recogniser when they are decoded together, against one by one.

    python benchmarks/batching.py CORPUS ... --json FILE

CPU time of one thread, so that others on the machine count little. Clips of one window length; for
the small model their first three seconds, as a partial has them.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import corpus
import stats
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.events import ANYTHING
from warmline.hearing.decoding import batch_key
from warmline.hearing.whisper import Request, Whisper
from warmline.modelstore import ModelStore

SIZES: Final = (2, 3, 4)
PARTIAL_S: Final = 3.0


def measure(whisper: Whisper, requests: Sequence[Request], size: int) -> tuple[float, float]:
    """CPU milliseconds per request: one by one, and so many together."""
    alone = together = 0.0
    whole = len(requests) // size * size
    for at in range(0, whole, size):
        some = requests[at : at + size]
        begun = time.process_time()
        for one in some:
            whisper.transcribe_many([one])
        between = time.process_time()
        whisper.transcribe_many(some)
        alone += between - begun
        together += time.process_time() - between
    return 1000 * alone / whole, 1000 * together / whole


def _commonest(clips: Sequence[Pcm]) -> list[Pcm]:
    """Those with the window that most have."""
    by_window = defaultdict(list)
    for clip in clips:
        by_window[batch_key(clip.size / RATE, ANYTHING, "")].append(clip)
    return max(by_window.values(), key=len)


def main(
    folders: Annotated[list[Path], typer.Argument(help="Corpora.")],
    clips: Annotated[int, typer.Option(help="Clips of each corpus.")] = 24,
    repeat: Annotated[int, typer.Option(help="Rounds over all clips.")] = 3,
    json: Annotated[Path | None, typer.Option(help="Result file.")] = None,
) -> None:
    """CPU time of a request in company, by the size of the company."""
    stats.like_a_worker()
    spoken = [
        files.read(clip.path, RATE)
        for folder in folders
        for clip in corpus.select(corpus.read(folder), limit=clips)
    ]
    rows: list[dict[str, Any]] = []
    for model, partial in (("whisper-base", False), ("whisper-tiny.en", True)):
        whisper = Whisper(ModelStore().path(model))
        whisper.warm_up()
        some = [clip[: int(PARTIAL_S * RATE)] for clip in spoken] if partial else spoken
        requests = [Request(samples=clip, guard=not partial) for clip in _commonest(some)] * repeat
        for size in SIZES:
            alone, together = measure(whisper, requests, size)
            rows.append(
                {
                    "model": model,
                    "together": size,
                    "requests": len(requests) // size * size,
                    "alone_ms": round(alone, 1),
                    "together_ms": round(together, 1),
                    "ratio": round(together / alone, 3),
                }
            )
    heading = ["model", "together", "requests", "alone, CPU ms", "together", "ratio"]
    stats.table("Decoded together", heading, [[str(cell) for cell in row.values()] for row in rows])
    if json:
        stats.write_json(json, {"machine": stats.machine(), "rows": rows})


if __name__ == "__main__":
    typer.run(main)
