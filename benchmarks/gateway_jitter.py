"""What do lost and late packets cost? Three WebRTC receivers behind the same bad network.

Knows the receivers (`lossy`) and a recogniser; no server. A grid of losses and jitters; each
cell is one call to each receiver at once, in real time. Also the cost of a call (`--cpu`).
"""

import asyncio
import importlib.util
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import aioice.ice
import numpy as np
import numpy.typing as npt
import typer

import corpus
import stats
from call_cost import cost
from corpus import Clip
from lossy import Listener, Network, Ours, Recording, call, libwebrtc, stock
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.cli.screen import errors_in_a_line
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore

LOSSES: Final = "0,1,3,5,10"
JITTERS: Final = "0,30,60,100"
PAUSE_S: Final = 1.0
"""Between clips: room to cut them apart again, whatever the delay."""
TAIL_S: Final = 0.4
"""So much silence follows each clip at least, as the ears of a call would say."""
SPOKEN: Final = 800.0
"""Root mean square (of 32,767) of a second in which somebody speaks."""
VOICED: Final = 0.1
"""Of the loudest frames' root mean square (20 dB below): above it there is voice."""
WINDOW: Final = RATE
HEADING: Final = ("", "delay ms", "delay at end", "stall ms", "voice %", "errors %")
Wave = npt.NDArray[np.float64]
LISTENERS: Final = {"aiortc": stock, "ours": Ours, "wrtc": libwebrtc}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One call to one receiver. Times in milliseconds."""

    receiver: str
    loss_percent: float
    jitter_ms: float
    delay_p50: float | None
    """From the caller's mouth (behind the 20 ms of a packet) to the frame given out."""
    delay_end: float | None
    """The same in the last seconds of the call."""
    stall: float
    """The longest time between two frames that were given out."""
    voice_percent: float
    """Seconds of voice that were heard, of those that were spoken."""
    word_errors_percent: float
    texts: tuple[str, ...]


# --- what was heard -----------------------------------------------------------------------------


def on_one_clock(recording: Recording) -> tuple[Pcm, Wave]:
    """All samples at 16 kHz, and for every 10 ms when they were given out."""
    pcm = resample(np.concatenate(recording.pieces), recording.rate, RATE)
    sizes = np.cumsum([piece.size for piece in recording.pieces]) / recording.rate
    at = np.arange(0, pcm.size, RATE // 100) / RATE
    return pcm, np.array(recording.times)[np.minimum(np.searchsorted(sizes, at), sizes.size - 1)]


def delays(speech: Pcm, began: float, pcm: Pcm, given: Any) -> list[tuple[float, float]]:
    """Seconds since the beginning and the delay, for each second with a voice in it."""
    found = []
    for start in range(0, pcm.size - WINDOW, WINDOW):
        piece = pcm[start : start + WINDOW].astype(np.float64)
        if np.sqrt(np.mean(piece**2)) < SPOKEN:
            continue
        given_at = given[min((start + WINDOW) // (RATE // 100), given.size - 1)]
        middle = int((given_at - began) * RATE) - WINDOW
        low = max(0, middle - RATE)
        around = speech[low : middle + RATE // 5 + WINDOW].astype(np.float64)
        if around.size <= WINDOW:
            continue
        likeness = correlate(around, piece)
        energy = np.cumsum(np.concatenate([[0.0], around**2]))
        norm = np.sqrt((energy[WINDOW:] - energy[:-WINDOW]) * np.sum(piece**2)) + 1.0
        best = int(np.argmax(likeness / norm))
        if likeness[best] / norm[best] < 0.5:
            continue
        # The last sample of the first frame was spoken when it was handed out.
        spoken_at = began - 0.02 + (low + best + WINDOW) / RATE
        found.append((given_at - began, given_at - spoken_at))
    return found


def correlate(around: Wave, piece: Wave) -> Wave:
    """As `np.correlate(around, piece, "valid")`, a hundred times faster."""
    size = 1 << (around.size + piece.size).bit_length()
    spectrum = np.fft.rfft(around, size) * np.conj(np.fft.rfft(piece, size))
    return np.asarray(np.fft.irfft(spectrum, size)[: around.size - piece.size + 1])


def voiced_s(pcm: Pcm) -> float:
    """Seconds that hold voice, by the recording's own loudness: stacks differ in theirs."""
    frames = pcm[: pcm.size // 320 * 320].reshape(-1, 320).astype(np.float64)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    return float(np.sum(levels > VOICED * np.percentile(levels, 95))) * 0.02


def clips_of(pcm: Pcm, given: Any, began: float, spans: Sequence[tuple[float, float]]) -> list[Pcm]:
    """The recording cut apart by the time at which each clip was spoken."""
    cut = []
    for start, end in spans:
        low, high = np.searchsorted(given, [began + start - 0.1, began + end + PAUSE_S - 0.2])
        cut.append(pcm[low * RATE // 100 : high * RATE // 100])
    return cut


def judge(
    name: str,
    network: Network,
    began: float,
    recording: Recording,
    spoken: "Spoken",
    whisper: Whisper,
) -> Heard:
    pcm, given = on_one_clock(recording)
    during = [t for t in recording.times if began < t < began + spoken.speech.size / RATE]
    found = delays(spoken.speech, began, pcm, given)
    texts = [
        whisper.transcribe(clip, tail_s=TAIL_S).text
        for clip in clips_of(pcm, given, began, spoken.spans)
    ]
    wrong = [corpus.errors(c, t) for c, t in zip(spoken.clips, texts, strict=True)]
    ends = [delay for _, delay in found[-5:]]
    return Heard(
        receiver=name,
        loss_percent=network.loss * 100,
        jitter_ms=network.jitter_ms,
        delay_p50=_ms(np.median([delay for _, delay in found])) if found else None,
        delay_end=_ms(np.median(ends)) if ends else None,
        stall=_ms(np.diff(during).max()) if len(during) > 1 else 0.0,
        voice_percent=round(100 * voiced_s(pcm) / voiced_s(spoken.speech), 1),
        word_errors_percent=corpus.total(wrong).percent,
        texts=tuple(texts),
    )


def _ms(seconds: Any) -> float:
    return round(float(seconds) * 1000, 1)


# --- what is spoken -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spoken:
    clips: list[Clip]
    speech: Pcm
    spans: list[tuple[float, float]]
    """Begin and end of each clip in it, in seconds."""


def speak(clips: Sequence[Clip]) -> Spoken:
    """The clips one after the other, after a second for the connection."""
    parts, spans = [np.zeros(RATE, dtype=np.int16)], []
    for clip in clips:
        samples = files.read(clip.path, RATE)
        start = sum(part.size for part in parts) / RATE
        spans.append((start, start + samples.size / RATE))
        parts += [samples, np.zeros(round(PAUSE_S * RATE), dtype=np.int16)]
    return Spoken(list(clips), np.concatenate(parts), spans)


# --- the grid -----------------------------------------------------------------------------------


async def cell(
    names: Sequence[str], network: Network, speech: Pcm
) -> list[tuple[float, Recording]]:
    """One call to each at the same time: the same packets are lost for all."""
    listeners: list[Listener] = [LISTENERS[name]() for name in names]
    calls = (call(speech, listener, network, 0.5) for listener in listeners)
    return await asyncio.gather(*calls)


def row(heard: Heard) -> list[str]:
    place = f"{heard.loss_percent:.0f} % {heard.jitter_ms:.0f} ms {heard.receiver}"
    figures = (heard.delay_p50, heard.delay_end, heard.stall)
    shown = ["-" if figure is None else f"{figure:.0f}" for figure in figures]
    return [place, *shown, f"{heard.voice_percent:.0f}", f"{heard.word_errors_percent:.1f}"]


@errors_in_a_line()
def main(
    folder: Annotated[Path, typer.Argument(metavar="CORPUS", help="A corpus folder.")],
    clips: Annotated[int, typer.Option(min=1, help="Clips in each call.")] = 6,
    losses: Annotated[str, typer.Option(help="Percent of packets.")] = LOSSES,
    jitters: Annotated[str, typer.Option(help="Milliseconds.")] = JITTERS,
    receivers: Annotated[str, typer.Option(help="Names, in order.")] = "aiortc,ours,wrtc",
    model: Annotated[str, typer.Option(help="Whisper model of the catalogue.")] = "whisper-base",
    seed: Annotated[int, typer.Option(help="Of losses, jitter and the choice of clips.")] = 1,
    cpu: Annotated[
        float, typer.Option(min=0, help="Seconds to measure a call's cost; 0: no.")
    ] = 10,
    json: Annotated[Path | None, typer.Option(help="Write all figures and texts here.")] = None,
) -> None:
    """Delay, stalls, voice and word errors of WebRTC receivers behind loss and jitter."""
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    names = [name for name in receivers.split(",") if name != "wrtc" or _has_wrtc()]
    machine = stats.machine()
    spoken = speak(corpus.select(corpus.read(folder), limit=clips, seed=seed))
    whisper = Whisper(ModelStore().path(model), threads=1)
    costs = [cost(kind, cpu) for kind in ("idle", "talking")] if cpu else []
    for each in costs:
        stats.out.print(f"{each['kind']} call: {each['cpu_percent']:.1f} % of a core")
    recordings = [("sent", Network(loss=0, jitter_ms=0), *_unsent(spoken))]
    for loss in losses.split(","):
        for jitter in jitters.split(","):
            network = Network(loss=float(loss) / 100, jitter_ms=float(jitter), seed=seed)
            stats.err.print(f"loss {loss} %, jitter {jitter} ms: {spoken.speech.size / RATE:.0f} s")
            heard = asyncio.run(cell(names, network, spoken.speech))
            recordings += [(name, network, *each) for name, each in zip(names, heard, strict=True)]
    stats.err.print("all calls are over; listening to the recordings")
    results = [judge(*recording, spoken, whisper) for recording in recordings]
    stats.table("Receivers behind loss and jitter", HEADING, [row(heard) for heard in results])
    if json:
        figures = {"machine": machine, "cost": costs, "cells": [asdict(r) for r in results]}
        stats.write_json(json, figures)


def _unsent(spoken: Spoken) -> tuple[float, Recording]:
    """As if it had come at once and whole: what the recogniser makes of the clips themselves."""
    recording = Recording()
    for at in range(0, spoken.speech.size - 319, 320):
        recording.add(spoken.speech[at : at + 320], at / RATE)
    return 0.0, recording


def _has_wrtc() -> bool:
    if importlib.util.find_spec("wrtc") is None:
        stats.err.print("wrtc is not installed: left out")
        return False
    return True


if __name__ == "__main__":
    typer.run(main)
