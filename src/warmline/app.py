"""Builds the server: loads everything once, joins the rooms, starts and stops in order.

The only place that knows all rooms.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from warmline import __version__
from warmline.call.session import Services, run_call
from warmline.config import Settings
from warmline.connect.client import Connector
from warmline.connect.endpoint import endpoints
from warmline.connect.fetcher import ConnectorFetcher
from warmline.doors import Doors
from warmline.errors import CallRefused, ConfigError, InferenceError, ModelError
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flows
from warmline.hearing.opinions import SecondOpinion
from warmline.hearing.remote import RemoteTranscriber
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.inference.pool import PoolSettings, WorkerPool
from warmline.library import FlowLibrary, shipped_flows
from warmline.meaning.embedder import MODEL as EMBEDDER
from warmline.meaning.embedder import Embedder
from warmline.metrics import CONTENT_TYPE, Metrics
from warmline.modelstore import ModelStore
from warmline.pages.router import PagesSettings, pages_router
from warmline.ports import Line, Transcriber
from warmline.records.api import records_router
from warmline.records.store import Store
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import clauses
from warmline.speaking.remote import RemoteSynthesizer

log = logging.getLogger(__name__)

START_TIMEOUT_S = 60.0


class Server:
    """All that is loaded once and shared by the calls."""

    def __init__(self, settings: Settings, models: ModelStore) -> None:
        """Checks flows and models at once. Raises FlowError, ModelError or ConfigError."""
        self._settings = settings
        self._calls = 0
        hearing, voices = settings.hearing, settings.speaking.voices
        wanted = [hearing.final_model, hearing.partial_model, EMBEDDER, *voices]
        paths = _model_paths(models, wanted)
        self._endpoints = endpoints(settings.endpoints)
        self._connector = Connector(self._endpoints)
        folder = settings.flows.folder or shipped_flows()
        self._check_flows(load_flows(folder))  # what authors wrote, before a model is loaded
        embed = Embedder(Path(paths[EMBEDDER])).embed
        self._library = FlowLibrary(folder, partial(load_flows, embed=embed), self._check_flows)
        self.metrics = Metrics()
        finals = PoolSettings(
            name="finals",
            target="warmline.hearing.remote:load",
            arguments={"folder": paths[hearing.final_model]},
            workers=hearing.final_workers,
        )
        partials = PoolSettings(
            name="partials",
            target="warmline.hearing.remote:load",
            arguments={"folder": paths[hearing.partial_model]},
            workers=hearing.partial_workers,
            niceness=10,  # what is only shown must not delay what is decided or heard
        )
        voice = PoolSettings(
            name="voice",
            target="warmline.speaking.remote:load",
            arguments={"folders": {name: paths[name] for name in voices}},
        )
        restarted = self.metrics.worker_restarted
        self._finals = WorkerPool(finals, restarted)
        self._partials = WorkerPool(partials, restarted)
        self._voice = WorkerPool(voice, restarted)
        self._pools = [self._finals, self._voice, *([self._partials] if hearing.partials else [])]
        self._clips = ClauseCache(RemoteSynthesizer(self._voice, voices[0]))

    @property
    def flows(self) -> Mapping[str, Flow]:
        """Those for new calls, by name."""
        return self._library.flows

    def _check_flows(self, flows: Mapping[str, Flow]) -> None:
        default = self._settings.flows.default
        if default not in flows:
            raise ConfigError(
                f"flows.default: there is no flow {default!r}; there are {', '.join(flows)}"
            )
        for flow in flows.values():
            if flow.persona.voice not in ("", *self._settings.speaking.voices):
                raise ConfigError(
                    f"flow {flow.name}: its voice {flow.persona.voice!r} is not among "
                    f"speaking.voices: {', '.join(self._settings.speaking.voices)}"
                )

    def _warn_of_endpoints(self) -> None:
        asked = {name for flow in self.flows.values() for name in flow.file.endpoints}
        if missing := sorted(asked - self._endpoints.keys()):
            log.warning(
                "flows take their error roads at endpoints that the configuration does not name: "
                "%s (a table [endpoints.NAME] names one)",
                ", ".join(missing),
            )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Store]:
        """Workers up, prompts rendered, records open; all is stopped at the end.

        Raises StoreError or InferenceError when something cannot be started.
        """
        async with AsyncExitStack() as stack:
            self._store = await Store.open(self._settings.records.url_or_path())
            stack.push_async_callback(self._store.close)
            await stack.enter_async_context(self._connector)
            self._warn_of_endpoints()
            for pool in self._pools:
                await stack.enter_async_context(pool)
            self._silero = await asyncio.to_thread(SileroModel)
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    await asyncio.gather(*(pool.wait_ready() for pool in self._pools))
                    await self._render_prompts(self.find_flow(""))
            except TimeoutError:
                raise InferenceError(
                    f"the models were not ready after {START_TIMEOUT_S:.0f} s; "
                    "is the machine busy? `warmline doctor` may know"
                ) from None
            tasks = [asyncio.create_task(self._render_later(self.flows.values()))]
            stack.push_async_callback(_cancel_and_wait, tasks)

            def reloaded(changed: list[Flow]) -> None:
                tasks.append(asyncio.create_task(self._render_later(changed)))

            if self._settings.flows.reload:
                tasks.append(asyncio.create_task(self._library.watch(reloaded)))
            yield self._store

    async def _render_prompts(self, flow: Flow) -> None:
        """Have everything ready that a flow may say word for word."""
        for prompt in flow.prompts():
            for clause in clauses(prompt):
                await self._clips.render(clause, flow.persona.voice, flow.persona.pace)

    async def _render_later(self, flows: Iterable[Flow]) -> None:
        """The prompts of other and of changed flows come while calls may already be answered."""
        try:
            for flow in flows:
                await self._render_prompts(flow)
        except InferenceError as error:
            log.warning("not all prompts are ready; they are rendered when needed: %s", error)

    def find_flow(self, name: str) -> Flow:
        """The named flow, or the default for an empty name. Raises CallRefused."""
        flow = self.flows.get(name or self._settings.flows.default)
        if flow is None:
            known = ", ".join(self.flows)
            raise CallRefused("unknown_flow", f"there is no such flow; there are: {known}")
        return flow

    def descriptions(self) -> Mapping[str, str]:
        """What each flow is for, by name."""
        return {name: flow.file.description for name, flow in self.flows.items()}

    async def handle(self, line: Line) -> None:
        """Lead one call. Raises CallRefused before it has begun."""
        if self._calls >= self._settings.call.max_calls:
            raise CallRefused("busy", "all lines are busy, please call again later")
        self._calls += 1
        try:
            await self._lead(line)
        finally:
            self._calls -= 1

    async def _lead(self, line: Line) -> None:
        await run_call(
            line,
            Services(
                find_flow=self.find_flow,
                new_detector=lambda: SileroDetector(self._silero),
                transcriber=self._ears(),
                clips=self._clips,
                fetcher=ConnectorFetcher(self._connector, self._endpoints),
                wall_time=lambda: datetime.now(UTC).isoformat(),
                sinks=(self._store.append, self.metrics.observe),
                partials=self._settings.hearing.partials,
                max_call_s=self._settings.call.max_minutes * 60,
            ),
        )

    def _ears(self) -> Transcriber:
        """The large recogniser; with the small one beside it where two opinions help."""
        first = RemoteTranscriber(self._finals, self._partials)
        if not self._settings.hearing.partials:
            return first
        return SecondOpinion(first, RemoteTranscriber(self._partials, self._partials))

    def state(self) -> Mapping[str, Any]:
        """What can answer now; `ready` only when everything can."""
        workers = {pool.name: pool.ready for pool in self._pools}
        records = self._store.health()
        ready = all(workers.values()) and records.state == "ok"
        return {"ready": ready, "workers": workers, "records": asdict(records)}

    def render_metrics(self) -> bytes:
        for pool in self._pools:
            self.metrics.queue_length(pool.name, pool.queued)
        self.metrics.store_lag(self._store.health().lag_s)
        return self.metrics.render()


async def _cancel_and_wait(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


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


def build(settings: Settings, models: ModelStore) -> FastAPI:
    """The web application. Raises WarmlineError when it could not serve."""
    server = Server(settings, models)
    doors = Doors(settings, server.handle, server.metrics.door_event)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with server.running() as store, doors.listening():
            app.include_router(records_router(store))
            yield

    app = FastAPI(
        title="Warmline", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    for router in doors.routers:
        app.include_router(router)
    pages = PagesSettings(version=__version__, default_flow=settings.flows.default)
    app.include_router(pages_router(server.descriptions, pages))

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        state = server.state()
        return JSONResponse(dict(state), status_code=200 if state["ready"] else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(server.render_metrics(), media_type=CONTENT_TYPE)

    return app
