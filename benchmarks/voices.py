"""Labelled voices for the mood benchmark: reading them, a telephone's ear, voices made up.

Knows folders and samples; no moods.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from warmline.audio import g711
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.errors import WarmlineError
from warmline.hearing.endpointing import OFF, ON
from warmline.hearing.vad import CHUNK, SileroDetector, SileroModel

PHONE: Final = 8_000
_PAUSE_S: Final = 0.7
_LEAST_S: Final = 0.25


class VoicesError(WarmlineError):
    """A folder of voices cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One recording."""

    path: Path
    speaker: str
    """Where nobody is named, each clip is somebody else."""
    emotion: str
    """Lower case; empty where nobody labelled it."""
    text: str
    call: str
    role: str
    """A track of a telephone call: which call, and `caller` or `agent`; else both empty."""


def read(folder: Path) -> list[Row]:
    """`index.tsv`: a heading, tab-separated columns file, and as known speaker, emotion, text (or
    transcript), call, role. Raises VoicesError."""
    index = folder / "index.tsv"
    try:
        with index.open(newline="", encoding="utf-8") as lines:
            rows = [_row(folder, row) for row in csv.DictReader(lines, delimiter="\t")]
    except (OSError, KeyError, csv.Error) as error:
        raise VoicesError(
            f"{index}: {type(error).__name__}; expected tab-separated columns file, speaker, "
            "emotion and perhaps text"
        ) from None
    if not rows:
        raise VoicesError(f"{index}: there are no clips in it")
    return rows


def _row(folder: Path, row: Mapping[str, str]) -> Row:
    return Row(
        path=folder / row["file"],
        speaker=row.get("speaker") or row["file"],
        emotion=(row.get("emotion") or "").strip().lower(),
        text=row.get("text") or row.get("transcript") or "",
        call=row.get("call") or "",
        role=row.get("role") or "",
    )


def telephone(samples: Pcm) -> Pcm:
    """As it comes over 8 kHz G.711 mu-law, at 16 kHz again."""
    narrow = g711.decode(g711.encode(resample(samples, RATE, PHONE)))
    return resample(narrow, PHONE, RATE)


def turns(samples: Pcm) -> list[tuple[float, float]]:
    """Where somebody speaks on a track of a call: begin and end in seconds, pauses joined."""
    detector = SileroDetector(SileroModel())
    chunks = samples[: samples.size // CHUNK * CHUNK].reshape(-1, CHUNK)
    spans: list[tuple[float, float]] = []
    speaking = False
    for at, chunk in enumerate(chunks):
        speaking = detector.probability(chunk) >= (OFF if speaking else ON)
        begin, end = at * CHUNK / RATE, (at + 1) * CHUNK / RATE
        if speaking and spans and begin - spans[-1][1] < _PAUSE_S:
            spans[-1] = (spans[-1][0], end)
        elif speaking:
            spans.append((begin, end))
    return [(begin, end) for begin, end in spans if end - begin >= _LEAST_S]


# --- voices made up from calm ones: the cues get through, no more is shown by them -------------


def _louder(samples: Pcm, gain_db: float) -> Pcm:
    """Louder, or as loud as it gets without clipping."""
    peak = max(1, int(np.abs(samples.astype(np.int32)).max()))
    gain = min(10 ** (gain_db / 20), 31_000 / peak)
    return np.asarray(np.rint(samples * gain), dtype=np.int16)


def _quieter_first(samples: Pcm) -> Pcm:
    return np.asarray(samples // 6, dtype=np.int16)


def _brighter(samples: Pcm, gain_db: float) -> Pcm:
    spectrum = np.fft.rfft(samples.astype(np.float64))
    hertz = np.fft.rfftfreq(samples.size, 1 / RATE)
    octaves = np.clip(np.log2(np.maximum(hertz, 1) / 700), -0.5, 1.0)
    shaped = np.fft.irfft(spectrum * 10 ** (gain_db * octaves / 20), samples.size)
    return np.asarray(np.clip(np.rint(shaped), -32_768, 32_767), dtype=np.int16)


def _higher(samples: Pcm, semitones: float) -> Pcm:
    """Played faster: the tempo and the formants go up with the pitch."""
    return resample(samples, round(RATE * 2 ** (semitones / 12)), RATE)


def _noisy(samples: Pcm) -> Pcm:
    rms = np.sqrt(np.mean(samples.astype(np.float64) ** 2))
    noise = np.random.default_rng(0).normal(0, rms / 10, samples.size)
    return np.asarray(np.clip(samples + noise, -32_768, 32_767), dtype=np.int16)


def raised(semitones: float, level_db: float, bright_db: float) -> Callable[[Pcm], Pcm]:
    def change(samples: Pcm) -> Pcm:
        return _louder(_brighter(_higher(samples, semitones), bright_db), level_db)

    return change


CALM: Final = _quieter_first
"""Applied to all: room for a raised voice (15 dB) without clipping."""
MADE_UP: Final[Mapping[str, Callable[[Pcm], Pcm]]] = {
    # Vocal effort: about 0.5 semitones and 0.4 dB of brightness for each dB (Traunmüller &
    # Eriksson 2000).
    "raised: +2 st, +4 dB, +2 dB/octave": raised(2, 4, 2),
    "raised: +3 st, +6 dB, +3 dB/octave": raised(3, 6, 3),
    "raised: +5 st, +10 dB, +4 dB/octave": raised(5, 10, 4),
    "only louder: +6 dB": raised(0, 6, 0),
    "only louder: +12 dB": raised(0, 12, 0),
    "lower and quieter: -2 st, -4 dB": raised(-2, -4, -1),
    "noise, 20 dB": _noisy,
}
