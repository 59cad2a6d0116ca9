"""The models of one server: ears, voice and meaning, loaded once and shared by the calls.

Joins hearing, speaking and meaning with the worker processes. Must not know what a call does.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from warmline.config import Settings
from warmline.errors import InferenceError, ModelError
from warmline.flows.flow import Flow
from warmline.flows.sayings import sayings
from warmline.hearing.cadence import Cadence
from warmline.hearing.opinions import SecondOpinion
from warmline.hearing.remote import NO_PARTIALS, RemoteTranscriber
from warmline.hearing.turn_model import MODEL as TURN_MODEL
from warmline.hearing.turn_model import RemoteTurnModel
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.inference import memory
from warmline.inference.job import Served
from warmline.inference.layout import Place, apart, choose
from warmline.inference.monitor import Monitor
from warmline.inference.pool import PoolSettings, WorkerPool
from warmline.inference.pressure import Pressure
from warmline.inference.probe import known
from warmline.machine import cores
from warmline.meaning.embedder import MODEL as EMBEDDER
from warmline.meaning.embedder import Embedder
from warmline.modelstore import ModelStore
from warmline.ports import Priority, Transcriber, TurnModel, VoiceDetector
from warmline.speaking.clauses import clauses
from warmline.speaking.remote import clip_cache

log = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 60.0


class Engines:
    """`running` starts and stops them."""

    def __init__(
        self, settings: Settings, models: ModelStore, restarted: Callable[[str], None]
    ) -> None:
        """`restarted` is told the pool of a worker that was replaced. Raises ModelError."""
        hearing, voices = settings.hearing, settings.speaking.voices
        wanted = [hearing.final_model, hearing.partial_model, EMBEDDER, *voices]
        self._hearing = hearing
        self._paths = paths = _model_paths(models, wanted)
        self._restarted = restarted
        self.embed = Embedder(Path(paths[EMBEDDER])).embed
        self.with_partials = hearing.partials
        self.pressure = Pressure()
        self.cadence = Cadence(
            lambda: self.pressure.rung,
            unwatched=hearing.unwatched_partials,
            adaptive=hearing.adaptive,
        )
        self._voice = WorkerPool(
            PoolSettings(
                name="voice",
                target="warmline.speaking.remote:load",
                arguments={"folders": {name: paths[name] for name in voices}},
                places=(Place(),) * choose(cores()).voices,
            ),
            restarted,
        )
        self._turns = self._turn_workers(models) if settings.endpoint.turn_model else None
        self.pools = [pool for pool in (self._voice, self._turns) if pool]
        speaking = settings.speaking
        self.clips = clip_cache(
            self._voice,
            {name: paths[name] for name in voices},
            memory_bytes=speaking.memory_mb * 1_000_000,
            disk=(speaking.clips_path(), speaking.disk_mb * 1_000_000)
            if speaking.disk_mb
            else None,
            first_clause=speaking.first_clause,
        )

    def _turn_workers(self, models: ModelStore) -> WorkerPool | None:
        try:
            folder = str(models.path(TURN_MODEL))
        except ModelError as error:
            log.warning("turns end by words and silence alone: %s", error)
            return None
        target = "warmline.hearing.turn_model:load"
        settings = PoolSettings(name="turns", target=target, arguments={"folder": folder})
        return WorkerPool(settings, self._restarted)

    def _ear_workers(self, name: str, places: tuple[Place, ...], monitor: Monitor) -> WorkerPool:
        def served(served: Served) -> None:
            monitor.served(served)
            if served.priority >= Priority.BARGE_IN:
                self.cadence.took(served.took_s)

        settings = PoolSettings(
            name=name,
            target="warmline.hearing.remote:load",
            arguments={
                "large": self._paths[self._hearing.final_model],
                "small": self._paths[self._hearing.partial_model],
                "threads": self.layout.threads,
                "short_window": self._hearing.short_window,
            },
            places=places,
            batch=self._hearing.batch,
        )
        return WorkerPool(settings, self._restarted, on_served=served)

    @asynccontextmanager
    async def running(self, first: Flow) -> AsyncIterator[None]:
        """All workers up, and the prompts of this flow rendered. Raises InferenceError."""
        async with AsyncExitStack() as stack:
            for pool in self.pools:
                await stack.enter_async_context(pool)
            probe = await asyncio.to_thread(known, self._hearing.probe_path())
            self.layout = choose(
                cores(), probe, workers=self._hearing.workers, threads=self._hearing.threads
            )
            log.info("recognition by %s", self.layout)
            monitor = Monitor(self.pressure)
            finals, rest = apart(self.layout.ears)
            if self._hearing.shared or not finals:
                finals, rest = self.layout.ears, ()
            self._ears = self._ear_workers("ears", finals, monitor)
            self._partials = self._ear_workers("partials", rest, monitor) if rest else None
            for ears in filter(None, (self._ears, self._partials)):
                self.pools.append(await stack.enter_async_context(ears))
            await stack.enter_async_context(monitor.watching(self._ears))
            self._silero = await asyncio.to_thread(SileroModel)
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    # The voice speaks while the ears still load.
                    waits = [pool.wait_ready() for pool in self.pools]
                    await asyncio.gather(*waits, self.render(first.prompts(), first))
            except TimeoutError:
                raise InferenceError(
                    f"the models were not ready after {START_TIMEOUT_S:.0f} s; "
                    "is the machine busy? `warmline doctor` may know"
                ) from None
            stack.push_async_callback(self.clips.close)
            memory.give_back()
            yield

    def new_detector(self) -> VoiceDetector:
        return SileroDetector(self._silero)

    def ears(self) -> Transcriber:
        """The large recogniser; with the small one beside it where two opinions help."""
        if self.layout.small_finals:
            return self._transcriber(small=True)
        first = self._transcriber(small=False)
        if not self.with_partials:
            return first
        second = self._transcriber(small=True)
        return SecondOpinion(first, second, lambda: self.pressure.rung < NO_PARTIALS)

    def _transcriber(self, *, small: bool) -> RemoteTranscriber:
        return RemoteTranscriber(self._ears, self.pressure, small=small, partials=self._partials)

    def turn_model(self) -> TurnModel | None:
        """Hears whether a turn is over; None where it is switched off or missing."""
        return RemoteTurnModel(self._turns) if self._turns else None

    async def render(self, texts: Iterable[str], flow: Flow) -> None:
        """Have these texts of ours ready in the flow's voice. Raises InferenceError."""
        for text in texts:
            for clause in clauses(text):
                await self.clips.render(clause, flow.persona.voice, flow.persona.pace, own=True)

    async def render_all(self, flow: Flow, more: Iterable[str]) -> None:
        """All that the flow is known to say, and `more`. Raises InferenceError."""
        said = sayings(flow)
        for lead_in in said.lead_ins:
            await self.clips.render_lead_in(lead_in, flow.persona.voice, flow.persona.pace)
        await self.render((*said.texts, *more), flow)


def _model_paths(models: ModelStore, names: Iterable[str]) -> dict[str, str]:
    """Where each model lies. Raises one ModelError for all that are missing."""
    paths: dict[str, str] = {}
    problems: list[str] = []
    for name in dict.fromkeys(names):
        try:
            paths[name] = str(models.path(name))
        except ModelError as error:
            problems.append(str(error))
    if problems:
        raise ModelError("\n".join(problems))
    return paths
