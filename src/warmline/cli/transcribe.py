"""`warmline transcribe`: the ears alone, on files."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.cli.screen import errors_in_a_line, out

if TYPE_CHECKING:
    from warmline.hearing.whisper import Whisper

_PIECE_S = 28.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcription:
    file: str
    text: str
    confidence: float
    seconds: float
    """Length of the audio."""
    took_s: float


def transcribe(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Sound files.")],
    model: Annotated[str, typer.Option(help="Whisper model.")] = "whisper-base",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print the words in sound files, with the same ears as in a call."""
    failed = False
    with errors_in_a_line():
        from warmline.hearing.whisper import Whisper
        from warmline.modelstore import ModelStore

        whisper = Whisper(ModelStore().path(model))
    for path in paths:
        try:
            with errors_in_a_line():
                _print(_transcribe(whisper, path), as_json)
        except typer.Exit:
            failed = True
    if failed:
        raise typer.Exit(1)


def _transcribe(whisper: "Whisper", path: Path) -> Transcription:
    samples = files.read(path, RATE)
    begin = time.perf_counter()
    heard = [whisper.transcribe(piece) for piece in _pieces(samples)]
    texts = [part for part in heard if part.text]
    return Transcription(
        file=str(path),
        text=" ".join(part.text for part in texts),
        confidence=round(sum(p.confidence for p in texts) / len(texts), 3) if texts else 0.0,
        seconds=round(samples.size / RATE, 3),
        took_s=round(time.perf_counter() - begin, 3),
    )


def _pieces(samples: Pcm) -> list[Pcm]:
    """At most 28 s each, cut at quiet moments."""
    from warmline.hearing.utterance import CUT_SEARCH_S, quietest

    pieces: list[Pcm] = []
    limit = int(_PIECE_S * RATE)
    while samples.size > limit:
        at = quietest(samples[:limit], int(CUT_SEARCH_S * RATE))
        pieces.append(samples[:at])
        samples = samples[at:]
    return [*pieces, samples]


def _print(result: Transcription, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(result)))
    else:
        out.print(f"{result.file}: {result.text}", markup=False, soft_wrap=True)
