"""The models of one server: ears, voice and meaning, loaded once and shared by the calls.

Joins hearing, speaking and meaning with the worker processes. Must not know what a call does.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from warmline.config import Settings
from warmline.errors import InferenceError, ModelError
from warmline.flows.flow import Flow
from warmline.hearing.opinions import SecondOpinion
from warmline.hearing.remote import RemoteTranscriber
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.inference.pool import PoolSettings, WorkerPool
from warmline.meaning.embedder import MODEL as EMBEDDER
from warmline.meaning.embedder import Embedder
from warmline.modelstore import ModelStore
from warmline.ports import Transcriber, VoiceDetector
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import clauses
from warmline.speaking.remote import RemoteSynthesizer

START_TIMEOUT_S: Final = 60.0


class Engines:
    """`running` starts and stops them."""

    def __init__(
        self, settings: Settings, models: ModelStore, restarted: Callable[[str], None]
    ) -> None:
        """`restarted` is told the pool of a worker that was replaced. Raises ModelError."""
        hearing, voices = settings.hearing, settings.speaking.voices
        paths = _model_paths(
            models, [hearing.final_model, hearing.partial_model, EMBEDDER, *voices]
        )
        self.embed = Embedder(Path(paths[EMBEDDER])).embed
        self.with_partials = hearing.partials
        ears = "warmline.hearing.remote:load"
        finals = PoolSettings(
            name="finals",
            target=ears,
            arguments={"folder": paths[hearing.final_model]},
            workers=hearing.final_workers,
        )
        partials = PoolSettings(
            name="partials",
            target=ears,
            arguments={"folder": paths[hearing.partial_model]},
            workers=hearing.partial_workers,
            niceness=10,  # what is only shown must not delay what is decided or heard
        )
        voice = PoolSettings(
            name="voice",
            target="warmline.speaking.remote:load",
            arguments={"folders": {name: paths[name] for name in voices}},
        )
        self._finals = WorkerPool(finals, restarted)
        self._partials = WorkerPool(partials, restarted)
        self._voice = WorkerPool(voice, restarted)
        self.pools = [self._finals, self._voice, *([self._partials] if hearing.partials else [])]
        self.clips = ClauseCache(RemoteSynthesizer(self._voice, voices[0]))

    @asynccontextmanager
    async def running(self, first: Flow) -> AsyncIterator[None]:
        """All workers up, and the prompts of this flow rendered. Raises InferenceError."""
        async with AsyncExitStack() as stack:
            for pool in self.pools:
                await stack.enter_async_context(pool)
            self._silero = await asyncio.to_thread(SileroModel)
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    await asyncio.gather(*(pool.wait_ready() for pool in self.pools))
                    await self.render(first.prompts(), first)
            except TimeoutError:
                raise InferenceError(
                    f"the models were not ready after {START_TIMEOUT_S:.0f} s; "
                    "is the machine busy? `warmline doctor` may know"
                ) from None
            yield

    def new_detector(self) -> VoiceDetector:
        return SileroDetector(self._silero)

    def ears(self) -> Transcriber:
        """The large recogniser; with the small one beside it where two opinions help."""
        first = RemoteTranscriber(self._finals, self._partials)
        if not self.with_partials:
            return first
        return SecondOpinion(first, RemoteTranscriber(self._partials, self._partials))

    async def render(self, texts: Iterable[str], flow: Flow) -> None:
        """Have these ready in the flow's voice. Raises InferenceError."""
        for text in texts:
            for clause in clauses(text):
                await self.clips.render(clause, flow.persona.voice, flow.persona.pace)


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
