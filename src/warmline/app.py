"""Builds the server: loads everything once, joins the rooms, starts and stops in order.

The only place that knows all rooms: `engines` joins the models, `doors` the ways in, `staff` the
people.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from warmline import __version__
from warmline.assist.playbook import Playbook, load_playbooks
from warmline.call import lobby, waiting
from warmline.call.admission import Admission, Need, Slot
from warmline.call.lobby import Before, Lobby, LobbySettings
from warmline.call.session import Services, run_call
from warmline.config import Settings
from warmline.config.capacity import call_limit
from warmline.connect.client import Connector
from warmline.connect.endpoint import endpoints
from warmline.connect.fetcher import ConnectorFetcher
from warmline.desk.refusals import DeskError
from warmline.doors import Doors
from warmline.engines import Engines
from warmline.errors import CallRefused, ConfigError, InferenceError
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flows
from warmline.hearing.patience import Patience
from warmline.library import FlowLibrary, shipped_flows
from warmline.metrics import CONTENT_TYPE, Metrics
from warmline.modelstore import ModelStore
from warmline.pages.router import PagesSettings, pages_router
from warmline.ports import DESK, Line
from warmline.records.store import Store
from warmline.staff import Library, Staff, StaffSettings, staff

log = logging.getLogger(__name__)


class Server:
    """All that is loaded once and shared by the calls."""

    staff: Staff
    """Set before the first call."""

    def __init__(self, settings: Settings, models: ModelStore) -> None:
        """Checks flows and models at once. Raises FlowError, ModelError or ConfigError."""
        self._settings = settings
        self.metrics = Metrics()
        self._endpoints = endpoints(settings.endpoints)
        self._connector = Connector(self._endpoints)
        self._folder = settings.flows.folder or shipped_flows()
        self._check_flows(load_flows(self._folder))  # what authors wrote, before a model is loaded
        self._engines = Engines(settings, models, self.metrics.worker_restarted)
        self._limit = call_limit(settings)
        self._lobby = Lobby(
            Admission(self._limit.calls),
            self._engines.clips,
            _lobby_settings(settings),
            waited=self.metrics.call_held,
            refused=self.metrics.call_refused,
        )
        load = partial(load_flows, embed=self._engines.embed)
        self._library = FlowLibrary(self._folder, load, self._adopt)

    @property
    def flows(self) -> Mapping[str, Flow]:
        """Those for new calls, by name."""
        return self._library.flows

    @property
    def library(self) -> Library:
        return Library(flows=lambda: self.flows, playbooks=lambda: self._playbooks)

    def _adopt(self, flows: Mapping[str, Flow]) -> None:
        """These are good for calls, with all that helps their agents; else a WarmlineError."""
        self._check_flows(flows)
        self._playbooks: Mapping[str, Playbook] = load_playbooks(
            self._folder, flows, self._engines.embed
        )

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
            log.info("calls at once: %d (%s)", self._limit.calls, self._limit.because)
            await stack.enter_async_context(self._engines.running(self.find_flow("")))
            tasks = [asyncio.create_task(self._render_later(self.flows.values()))]
            stack.push_async_callback(_cancel_and_wait, tasks)

            def reloaded(changed: list[Flow]) -> None:
                tasks.append(asyncio.create_task(self._render_later(changed)))

            if self._settings.flows.reload:
                tasks.append(asyncio.create_task(self._library.watch(reloaded)))
            yield self._store

    async def _render_later(self, flows: Iterable[Flow]) -> None:
        """The prompts of other and of changed flows come while calls may already be answered."""
        try:
            for flow in flows:
                await self._engines.render_all(flow, [*waiting.sentences(), *lobby.sentences()])
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
        """Lead one call, or let an agent into one. Raises CallRefused before it has begun."""
        if line.info.door == DESK:
            await self._attend(line)
            return
        await self._lobby.admit(line, self.find_flow(line.info.flow), self._lead)

    async def _attend(self, line: Line) -> None:
        user_id, call_id = line.info.caller, line.info.flow
        await line.started(call_id)
        try:
            await self.staff.office.attend(user_id, call_id, line)
        except DeskError as error:
            raise CallRefused("not_yours", str(error)) from None

    async def _lead(self, line: Line, slot: Slot, before: Before) -> None:
        records = self._settings.records
        await run_call(
            line,
            Services(
                find_flow=self.find_flow,
                new_detector=self._engines.new_detector,
                transcriber=self._engines.ears(),
                turn_model=self._engines.turn_model(),
                new_patience=lambda: Patience(self._settings.endpoint),
                clips=self._engines.clips,
                fetcher=ConnectorFetcher(self._connector, self._endpoints),
                wall_time=lambda: datetime.now(UTC).isoformat(),
                sinks=(self._store.append, self.metrics.observe, *self.staff.sinks, slot.observe),
                partials=self._engines.with_partials,
                partial_cadence=self._engines.cadence.seconds,
                watch_pressure=self._engines.pressure.watch,
                foresight=self._settings.speaking.foresight,
                max_call_s=self._settings.call.max_minutes * 60,
                desk=self.staff.office,
                new_assistant=self.staff.new_assistant,
                recordings=records.audio_path(),
                record=records.audio,
                slot=slot,
                before=before,
            ),
        )

    def state(self) -> Mapping[str, Any]:
        """What can answer now; `ready` only when everything can."""
        workers = {pool.name: pool.ready for pool in self._engines.pools}
        records = self._store.health()
        ready = all(workers.values()) and records.state == "ok"
        calls = {
            "limit": self._limit.calls,
            "needed": self._lobby.admission.used / Need.BOT,
            "held": self._lobby.held,
        }
        return {"ready": ready, "calls": calls, "workers": workers, "records": asdict(records)}

    def render_metrics(self) -> bytes:
        for pool in self._engines.pools:
            self.metrics.queue_length(pool.name, pool.queued)
        needed = self._lobby.admission.used / Need.BOT
        self.metrics.places(self._limit.calls, needed, self._lobby.held)
        self.metrics.pressure(self._engines.pressure.rung)
        self.metrics.store_lag(self._store.health().lag_s)
        return self.metrics.render()


def _lobby_settings(settings: Settings) -> LobbySettings:
    call = settings.call
    return LobbySettings(
        hold=call.when_busy == "hold", hold_s=call.hold_minutes * 60, max_held=call.max_held
    )


async def _cancel_and_wait(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def build(settings: Settings, models: ModelStore) -> FastAPI:
    """The web application; `state.first_link` is the path of the page that makes its first
    account, empty once there is one. Raises WarmlineError when it could not serve."""
    people = StaffSettings(settings)
    server = Server(settings, models)
    doors = Doors(settings, server.handle, server.metrics.door_event)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with server.running() as store:
            opened = staff(people, server.library, store, doors, server.metrics.painted)
            async with opened as server.staff, doors.listening():
                for router in server.staff.routers:
                    app.include_router(router)
                app.state.first_link = server.staff.first_link
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
