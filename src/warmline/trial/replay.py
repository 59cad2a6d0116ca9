"""A recorded call once more, faster than real time: the real session with its real ears, flow and
voice, on a clock that jumps.

Computing takes no time of that clock; what it would take in a call is added as `Costs`, the same
in every replay, so that two replays differ by their settings and nothing else.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from warmline.audio.frame import Pcm
from warmline.call.session import Services, run_call
from warmline.events import ANYTHING, Entry, Expectation, Fetch, FetchFinished
from warmline.flows.flow import Flow
from warmline.ports import Priority, Transcript, VoiceDetector
from warmline.speaking.cache import ClauseCache
from warmline.trial.ears import Voice
from warmline.trial.recorded_line import RecordedLine
from warmline.trial.recording import RecordedEndpoints, Recording
from warmline.trial.virtual_time import run

LONGEST_S: Final = 4 * 3600.0


class Recogniser(Protocol):
    def transcribe(
        self, samples: Pcm, *, expect: Expectation, prompt: str, tail_s: float, guard: bool
    ) -> Transcript: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds that a call waits for its engines; the figures are those of two quiet cores
    (`benchmarks/turn_latency.py`)."""

    final_s: float = 0.15
    partial_s: float = 0.12
    turn_s: float = 0.05
    clause_s: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """Loaded models, for any number of replays."""

    final: Recogniser
    partial: Recogniser
    """For what is only shown, and for second opinions."""
    voice: Voice
    new_detector: Callable[[], VoiceDetector]
    finished: Callable[[Pcm], float] | None = None
    """The turn model, if there is one."""
    costs: Costs = Costs()
    said: dict[tuple[str, float], Pcm] = field(default_factory=dict)
    """What was spoken before, by text and pace."""
    heard: dict[tuple[object, ...], Transcript] = field(default_factory=dict)
    """What was heard before: settings change when something is decoded, seldom what it is."""


def replay(
    recording: Recording, flow: Flow, engines: Engines, configure: Callable[[Services], Services]
) -> list[Entry]:
    """The log of the call as it goes with these engines; `configure` changes what the session
    gets. Raises CallRefused."""
    return run(_replay(recording, flow, engines, configure))


async def _replay(
    recording: Recording, flow: Flow, engines: Engines, configure: Callable[[Services], Services]
) -> list[Entry]:
    entries: list[Entry] = []
    started = recording.started
    services = Services(
        find_flow=lambda name: flow,
        new_detector=engines.new_detector,
        transcriber=Ears(engines),
        clips=ClauseCache(Mouth(engines)),
        fetcher=Endpoints(RecordedEndpoints(recording.entries)),
        wall_time=lambda: started.started_at if started else "",
        sinks=(entries.append,),
        max_call_s=LONGEST_S,
        record="never",
    )
    async with RecordedLine(recording, flow.name) as line:
        await run_call(line, configure(services))
    return entries


class Ears:
    """A `Transcriber` in place: the words are there at once, and given after their cost."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        engines = self._engines
        final = priority is Priority.FINAL
        key = (samples.tobytes(), expect, final, prompt, round(tail_s, 3))
        if key not in engines.heard:
            engine = engines.final if final else engines.partial
            engines.heard[key] = engine.transcribe(
                samples, expect=expect, prompt=prompt, tail_s=tail_s, guard=final
            )
        await asyncio.sleep(engines.costs.final_s if final else engines.costs.partial_s)
        return engines.heard[key]


class Turns:
    """A `TurnModel` in place."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def finished(self, samples: Pcm) -> float:
        assert self._engines.finished is not None
        probability = self._engines.finished(samples)
        await asyncio.sleep(self._engines.costs.turn_s)
        return probability


class Mouth:
    """A `Synthesizer` in place."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        engines = self._engines
        if (text, pace) not in engines.said:
            engines.said[text, pace] = engines.voice.speak(text, pace)
        await asyncio.sleep(engines.costs.clause_s)
        return engines.said[text, pace], engines.voice.rate


class Endpoints:
    """A `Fetcher` of recorded answers."""

    def __init__(self, recorded: RecordedEndpoints) -> None:
        self._recorded = recorded

    def is_safe(self, endpoint: str) -> bool:
        return True

    async def fetch(self, fetch: Fetch, key: str) -> FetchFinished:
        took, answer = self._recorded.next(fetch)
        await asyncio.sleep(took)
        return answer
