"""Joins the people's side with the settings: accounts, the desk, the wall, and who assists them.

The only place that knows accounts, desk and assist together. Must not know what a call does.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Depends

from warmline.accounts.accounts import Accounts
from warmline.accounts.audit import audit_in
from warmline.accounts.guard import Guard, GuardSettings
from warmline.accounts.links import link_path
from warmline.accounts.router import accounts_router
from warmline.accounts.sessions import SessionSettings
from warmline.assist.assistant import Assistant, Watcher
from warmline.assist.card import FlowCard
from warmline.assist.mood import MoodMeter
from warmline.assist.packet_builder import PacketBuilder
from warmline.assist.playbook import Playbook
from warmline.assist.summary import summarize
from warmline.config import Settings
from warmline.config.local_key import api_key
from warmline.desk.alert_rules import read_rules
from warmline.desk.alerts import Alerts
from warmline.desk.api import desk_router
from warmline.desk.callbacks import Callbacks
from warmline.desk.live import Live, live_router
from warmline.desk.lookup import Lookup
from warmline.desk.office import Office
from warmline.desk.panel import Panel
from warmline.desk.panels import Panels
from warmline.desk.parts import DeskParts
from warmline.desk.queues import OfficeSettings, queues
from warmline.desk.second_draft import DraftSettings, SecondDrafter
from warmline.desk.wall_api import wall_router
from warmline.desk.webhook import Webhooks, WebhookSettings
from warmline.desk.wrapup import Form, WrapUps
from warmline.doors import Doors
from warmline.events import AssistFact, Entry
from warmline.flows.flow import Flow, FlowFile
from warmline.records.accounts import AccountStore
from warmline.records.api import records_router
from warmline.records.desk import DeskStore
from warmline.records.history import History
from warmline.records.outcome import outcome_router
from warmline.records.store import Store

_END: Final[dict[str, dict[str, str]]] = {"end": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The flows in use and what helps their agents, each time anew: files may change."""

    flows: Callable[[], Mapping[str, Flow]]
    playbooks: Callable[[], Mapping[str, Playbook]]


class StaffSettings:
    """Those of the rooms, checked at once. Raises ConfigError or FlowRefused."""

    def __init__(self, settings: Settings) -> None:
        desk, accounts = settings.desk, settings.accounts
        self.office = OfficeSettings(
            offer_s=desk.offer_s, lease_s=desk.lease_s, heartbeat_s=desk.heartbeat_s
        )
        self.queues = queues(settings.queues)
        self.sessions = SessionSettings(
            idle_s=accounts.idle_minutes * 60, longest_s=accounts.longest_hours * 3600
        )
        self.guard = GuardSettings(
            secure=accounts.secure,
            origins=accounts.origins,
            api_key=api_key(settings, make=True),
        )
        self.webhook = WebhookSettings(
            url=desk.webhook_url, secret=desk.webhook_secret.get_secret_value()
        )
        self.draft = DraftSettings(
            url=desk.draft_url,
            model=desk.draft_model,
            api_key=desk.draft_api_key.get_secret_value(),
        )
        self.alerts = read_rules(desk.alerts)
        self.recordings = settings.records.audio_path()


class Staff:
    """Made by `staff`; of one running server."""

    def __init__(self, settings: StaffSettings, library: Library, office: Office) -> None:
        self.office = office
        self.routers: list[APIRouter] = []
        self.first_link = ""
        """Path of the page that makes the first account; empty once there is one."""
        self.sinks: list[Callable[[Entry], None]] = [office.observe]
        """Of every call's feed."""
        self._settings = settings
        self._library = library

    def new_assistant(self, flow: Flow, note: Callable[[AssistFact], None]) -> Assistant:
        """What observes one call of this flow."""
        playbook = self._library.playbooks()[flow.name]
        required = {n: i.text for n, i in playbook.items.items.items() if i.required}
        alerts = Alerts(self._settings.alerts, checklist=required)
        watchers: list[Watcher] = [playbook.hints(), playbook.checklist(), alerts]
        return Assistant(note, watchers, MoodMeter())

    def new_panel(self, flow: str) -> Panel:
        """An empty panel; of a flow that is gone meanwhile, without what the flow would tell."""
        found = self._library.flows().get(flow)
        playbook = self._library.playbooks().get(flow)
        card = FlowCard.of(found or _forgotten(flow))
        items = playbook.items.items if playbook else {}
        return Panel(
            PacketBuilder(card),
            handback_nodes=card.handback_nodes,
            checklist=[(name, item.text) for name, item in items.items()],
        )

    def form(self, flow: str) -> Form:
        """What an agent of this flow fills in after a call."""
        playbook = self._library.playbooks().get(flow)
        if playbook is None:
            return Form()
        fields = playbook.file.wrapup.fields
        return Form(fields=fields, dispositions=playbook.file.dispositions or Form().dispositions)

    def recording(self, call_id: str) -> Path | None:
        """The file of a call's sound, if it was recorded."""
        if not re.fullmatch(r"[0-9a-f]{32}", call_id):
            return None
        path = self._settings.recordings / f"{call_id}.flac"
        return path if path.is_file() else None


@asynccontextmanager
async def staff(
    settings: StaffSettings,
    library: Library,
    store: Store,
    doors: Doors,
    observe_paint: Callable[[str, float], None],
) -> AsyncIterator[Staff]:
    """The people's side, while the server runs. Raises StoreError."""
    desk_store = DeskStore(store.database)
    audit = audit_in(desk_store)
    async with AsyncExitStack() as stack:
        accounts = await Accounts.open(AccountStore(store.database), settings.sessions, audit=audit)
        stack.push_async_callback(accounts.close)
        guard = Guard(accounts, settings.guard)
        office = Office(
            settings.office, settings.queues, shown=lambda call_id: panels.watched(call_id)
        )
        stack.callback(office.close)
        made = Staff(settings, library, office)
        panels = Panels(made.new_panel)
        callbacks = Callbacks(desk_store)
        made.sinks += [panels.observe, callbacks.observe]
        saving = asyncio.create_task(callbacks.run(), name="call-backs")
        stack.push_async_callback(_cancel_and_wait, saving)
        webhook_due = await _webhooks(stack, desk_store, settings.webhook)
        drafter = await stack.enter_async_context(SecondDrafter(settings.draft))
        lookup = Lookup(panels, store)
        parts = DeskParts(
            office=office,
            lookup=lookup,
            wrapups=WrapUps(
                lookup,
                desk_store,
                summarize=_summary,
                form=made.form,
                second=drafter.draft if drafter.on else None,
                webhook=settings.webhook.url,
            ),
            callbacks=callbacks,
            history=History(store.database),
            audit=audit,
            new_media_token=lambda user_id, call_id, role: doors.media_token(user_id, call_id),
            ice_servers=doors.ice_servers,
            webhook_due=webhook_due,
        )
        live = Live(
            office=office,
            record=store,
            panels=panels,
            accounts=accounts,
            callbacks=callbacks,
            audit=audit,
            observe_paint=observe_paint,
        )
        may_read = Depends(guard.needs("supervisor", program=True))
        made.routers = [
            accounts_router(accounts, guard),
            live_router(live, guard),
            desk_router(parts, guard),
            wall_router(parts, guard, made.recording),
            records_router(store, dependencies=[may_read]),
            outcome_router(desk_store, dependencies=[may_read]),
        ]
        if token := await accounts.first_link():
            made.first_link = link_path(token)
        yield made


def _forgotten(name: str) -> Flow:
    """A flow of which only the name is left: its old calls can still be looked at."""
    content = {"flow": name, "start": "end", "escape": {"queue": "none"}, "nodes": {"end": _END}}
    return Flow(name=name, version="", file=FlowFile.model_validate(content), questions={})


def _summary(packets: Any) -> str:
    builder: PacketBuilder = packets
    return summarize(builder.packet(), builder.entries).text


async def _webhooks(
    stack: AsyncExitStack, store: DeskStore, settings: WebhookSettings
) -> Callable[[], None]:
    if not settings.url:
        return lambda: None
    return (await stack.enter_async_context(Webhooks(store, settings.secret))).look


async def _cancel_and_wait(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
