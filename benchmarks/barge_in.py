"""How soon is the bot quiet when it should be, and does it go on speaking when it should?

Real calls to a real server with recorded speech, measured at the caller's ear. Knows the server
only by its socket and its log. One call at a time, in real time.
"""

import asyncio
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import numpy as np
import typer

import corpus
import own_server
import stats
from barge_in_caller import BLOCK, Caller, Echo, Heard
from warmline.audio import files
from warmline.audio.frame import FRAME, RATE, Pcm
from warmline.audio.resample import resample
from warmline.caller.client import api_url
from warmline.caller.tracks import AUDIBLE
from warmline.cli.call import fetch_events
from warmline.cli.screen import errors_in_a_line
from warmline.hearing.endpointing import OFF
from warmline.hearing.vad import CHUNK, SileroDetector, SileroModel
from warmline.modelstore import ModelStore
from warmline.speaking.piper import Voice

FLOW: Final = """\
flow: {name}
start: notice
escape: {{ queue: help }}
nodes:
  notice: {{ say: "You are talking with a virtual assistant.", then: news }}
{nodes}
  done: {{ end: "Thank you for calling." }}
"""
TEXT: Final = (
    "Our office in the north is closed on Monday, because the stairs are being painted. "
    "It opens again on Tuesday at nine in the morning, and the parking lot is free all week. "
    "Bring your papers and a pen, and ask for the second floor when you arrive at the desk. "
    "Parcels that came on Friday can be picked up in the evening, too."
)
ASK: Final = """\
  {node}:
    ask: {{ slot: why, type: free, prompt: "{prompt}" }}
    then: done"""
TELLS: Final = FLOW.format(
    name="tells",
    nodes=f'  news: {{ say: "{TEXT}", then: ask }}\n' + ASK.format(node="ask", prompt="Why?"),
)
ASKS: Final = FLOW.format(
    name="asks", nodes=ASK.format(node="news", prompt=f"{TEXT} Why do you call?")
)
ASSENTS: Final = ("Uh-huh.", "Mm-hmm.", "Okay.", "Yeah.", "Right.", "I see.")
LEAST_S: Final = 1.0
MOST_S: Final = 7.0
"""The caller begins so far into what is told, at random."""
FALL: Final = 10 ** (-9 / 20)
"""Half of our own fall: from here on a block counts as ducked."""
FAINT: Final = 10 ** (-25 / 20)
_SILERO: Final = SileroModel()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    sound: str
    ducked_ms: float | None
    """From the onset of the sound until the bot was quieter at the caller's ear."""
    silent_ms: float | None
    """Until it was silent; None when it was not stopped."""
    turns: int
    """Turns with words in the whole call."""
    failure: str = ""


def measure(heard: Heard, reference: Heard, name: str, onset_s: float, words: int) -> Result:
    """`reference` is the same flow without any sound; `onset_s` the voice's place in it."""
    if heard.spoke_at is None or heard.began is None or reference.began is None:
        failure = "the call was over before the sound began"
        return Result(sound=name, ducked_ms=None, silent_ms=None, turns=words, failure=failure)
    onset = heard.spoke_at + onset_s
    stop = next((clear for clear in heard.clears if clear > onset), None)
    end = onset + 1.5 if stop is None else stop
    mine = heard.loudness(onset, end)
    shift = reference.began - heard.began
    theirs = reference.loudness(onset + shift, end + shift)[: mine.size]
    mine = mine[: theirs.size]
    # The two can be half a block apart: a fall must last, and be one against the neighbours.
    low = np.minimum.reduce([np.roll(theirs, by) for by in (-2, -1, 0, 1, 2)])
    fallen = np.flatnonzero((mine < FALL * low) & (low > AUDIBLE))
    ducked = float(fallen[0]) * BLOCK / RATE if fallen.size else None
    return Result(
        sound=name,
        ducked_ms=None if ducked is None else round(ducked * 1000, 1),
        silent_ms=None if stop is None else round((stop - onset) * 1000, 1),
        turns=words,
    )


def onset_s(sound: Pcm) -> float:
    """Where the voice begins: up to 0.15 s before the detector's first voice, as long as it is
    less than 25 dB below what follows. Without a voice: where it is loud first."""
    blocks = sound[: sound.size // BLOCK * BLOCK].reshape(-1, BLOCK).astype(np.float64)
    level = np.sqrt((blocks**2).mean(axis=1))
    detector = SileroDetector(_SILERO)
    padded = np.concatenate([np.zeros(RATE // 2, dtype=np.int16), sound])
    chunks = padded[: padded.size // CHUNK * CHUNK].reshape(-1, CHUNK)
    voices = [at for at, chunk in enumerate(chunks) if detector.probability(chunk) >= OFF]
    if not voices:
        return float(np.flatnonzero(level > level.max() * FAINT)[0]) * BLOCK / RATE
    at = max(0, (voices[0] * CHUNK - RATE // 2) // BLOCK)
    faint = level[at : at + 50].max() * FAINT
    first = at
    while first > max(0, at - 15) and level[first - 1] > faint:
        first -= 1
    return first * BLOCK / RATE


# --- sounds -----------------------------------------------------------------------------------


def spoken_part(clip: Pcm) -> Pcm:
    """The first two seconds of the voice, and a moment before it."""
    begin = max(0, int((onset_s(clip) - 0.05) * RATE))
    return clip[begin : begin + 2 * RATE]


def coughs(dice: np.random.Generator) -> Iterator[tuple[str, Pcm]]:
    """Bursts of noise as short as coughs and clicks are."""
    for name, seconds in (("click", 0.03), ("cough 0.2 s", 0.2), ("cough 0.35 s", 0.35)):
        size = int(seconds * RATE)
        noise = dice.normal(0, 6000, size) * np.exp(-3 * np.linspace(0, 1, size))
        yield name, noise.astype(np.int16)


def assents() -> Iterator[tuple[str, Pcm]]:
    voice = Voice(ModelStore().path("en_US-joe-medium"), "en_US-joe-medium", steady=True)
    for text in ASSENTS:
        yield text, resample(voice.speak(text, 1.2), voice.rate, RATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    name: str
    flow: str
    sounds: Sequence[tuple[str, Pcm]]
    echo: Echo = Echo()
    stops: bool = True
    """The bot should fall silent."""


async def run(url: str, scenario: Scenario, reference: Heard, dice: random.Random) -> list[Result]:
    results = []
    async with httpx.AsyncClient(base_url=api_url(url), timeout=10) as client:
        for name, sound in scenario.sounds:
            begin = 2.3 + dice.uniform(LEAST_S, MOST_S)  # behind the notice
            caller = Caller(url, scenario.flow, sound, begin, scenario.echo)
            heard = await caller.call()
            events = await fetch_events(client, heard.call_id)
            words = sum(event["type"] == "UtteranceHeard" for event in events)
            results.append(measure(heard, reference, name, onset_s(sound), words))
            stats.err.print(f"{scenario.name}: {results[-1]}", soft_wrap=True)
    return results


def show(scenario: Scenario, results: Sequence[Result]) -> None:
    rows: list[list[str]] = []
    values: list[tuple[str, Callable[[Result], float | None]]] = [
        ("onset to quieter", lambda result: result.ducked_ms),
        ("onset to silence", lambda result: result.silent_ms),
    ]
    for text, value in values:
        spread = stats.spread([value(result) for result in results])
        rows.append([text, *(spread.row() if spread else ("0", "-", "-", "-"))])
    stats.table(f"{scenario.name}: milliseconds", ("", "n", "p50", "p95", "max"), rows)
    stopped = sum(result.silent_ms is not None for result in results)
    turns = sum(result.turns > 0 for result in results)
    failed = sum(bool(result.failure) for result in results)
    should = "should" if scenario.stops else "should not"
    stats.out.print(
        f"  stopped ({should}): {stopped} of {len(results)}; "
        f"made a turn: {turns} of {len(results)}; failed: {failed}"
    )


@asynccontextmanager
async def server(url: str) -> Any:
    """The one that runs, or one of our own with the two flows of this benchmark."""
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("tells", TELLS), ("asks", ASKS)):
            (Path(folder) / name).mkdir()
            (Path(folder) / name / "flow.yaml").write_text(text, encoding="utf-8")
        os.environ |= {"WARMLINE_FLOWS_FOLDER": folder, "WARMLINE_FLOWS_DEFAULT": "tells"}
        async with own_server.started() as own:
            yield own.url


async def everything(url: str, scenarios: Sequence[Scenario]) -> dict[str, list[Result]]:
    dice = random.Random(1)
    async with server(url) as where:
        quiet = np.zeros(FRAME, dtype=np.int16)
        quiet[0] = 1
        references = {
            flow: await Caller(where, flow, quiet, 14.0, Echo()).call()
            for flow in {scenario.flow for scenario in scenarios}
        }
        return {
            scenario.name: await run(where, scenario, references[scenario.flow], dice)
            for scenario in scenarios
        }


def main(
    folder: Annotated[Path, typer.Argument(metavar="CORPUS", help="Folder of recorded speech.")],
    noise: Annotated[Path | None, typer.Option(help="A sound file of background noise.")] = None,
    url: Annotated[str, typer.Option(help="A running server; default: start one.")] = "",
    calls: Annotated[int, typer.Option(min=1, help="Calls with speech in each scenario.")] = 20,
    only: Annotated[str, typer.Option(help="Scenarios whose names hold this.")] = "",
    brief: Annotated[bool, typer.Option("--brief", help="The question, and short sounds.")] = False,
    json_: Annotated[Path | None, typer.Option("--json", help="Write all calls here.")] = None,
) -> None:
    """Speak, cough and assent into the bot's sentences, with and without an echo of it.

    Exit status 1 when an answer to a question needed more than 300 ms (p95) for silence.
    """
    with errors_in_a_line():
        clips = corpus.select(corpus.read(folder), where="", limit=calls)
        speech = [(clip.name, spoken_part(files.read(clip.path, RATE))) for clip in clips]
        short = [*coughs(np.random.default_rng(1)), *assents()]
        nothing = np.zeros(FRAME * 300, dtype=np.int16)
        nothing[0] = 1
        echo = Echo(delay_s=0.15, loss_db=15)
        echoes = [Echo(delay_s=d, loss_db=db) for d, db in ((0.08, 10), (0.15, 18), (0.3, 25))]
        scenarios = [
            Scenario(name="speech into a question", flow="asks", sounds=speech),
            Scenario(name="speech into what is told", flow="tells", sounds=speech),
            Scenario(name="speech into a question, echo", flow="asks", sounds=speech, echo=echo),
            Scenario(name="short sounds", flow="tells", sounds=short, stops=False),
            *(
                Scenario(
                    name=f"echo alone, -{one.loss_db:.0f} dB, {1000 * one.delay_s:.0f} ms",
                    flow="asks",
                    sounds=[("nothing", nothing)] * 2,
                    echo=one,
                    stops=False,
                )
                for one in echoes
            ),
        ]
        if noise:
            kitchen = files.read(noise, RATE)
            parts = [(f"{at} s", kitchen[at * RATE : (at + 6) * RATE]) for at in range(0, 60, 12)]
            scenarios.append(Scenario(name="background", flow="tells", sounds=parts, stops=False))
        if brief:
            scenarios = [scenarios[0], replace(scenarios[3], sounds=short[:6])]
        scenarios = [scenario for scenario in scenarios if only in scenario.name]
        machine = stats.machine()
        results = asyncio.run(everything(url, scenarios))
    for scenario in scenarios:
        show(scenario, results[scenario.name])
    if json_:
        batches = {name: [asdict(one) for one in found] for name, found in results.items()}
        stats.write_json(json_, {"machine": machine, "scenarios": batches})
    answers = results.get("speech into a question", [])
    silent = stats.spread([result.silent_ms for result in answers])
    if answers and (silent is None or silent.n < len(answers) or silent.p95 > 300):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
