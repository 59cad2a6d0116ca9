"""What the tests of the desk's pages share: logs of calls, a live call, a desk that serves."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn
from fastapi import FastAPI
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from unit.accounts.people import CHEAP, PASSWORD, Paper, add
from warmline.accounts.accounts import Accounts
from warmline.accounts.guard import Guard
from warmline.accounts.passwords import Passwords
from warmline.accounts.router import accounts_router
from warmline.accounts.user import User
from warmline.desk import messages
from warmline.desk.api import desk_router
from warmline.desk.callbacks import Callbacks
from warmline.desk.live import Live, live_router
from warmline.desk.lookup import Lookup
from warmline.desk.office import Office
from warmline.desk.panel import Packets, Panel
from warmline.desk.panels import Panels
from warmline.desk.parts import DeskParts
from warmline.desk.presence import Agent
from warmline.desk.wall_api import wall_router
from warmline.desk.wrapup import AskSecond, Form, WrapUps
from warmline.events import (
    AgentJoined,
    AgentLeft,
    CallStarted,
    Entry,
    Fact,
    UtteranceHeard,
)
from warmline.gateway.protocol import UVICORN_OPTIONS
from warmline.ports import Line
from warmline.ports.people import Person, Role, Wish
from warmline.records.accounts import AccountStore
from warmline.records.desk import DeskStore
from warmline.records.history import History
from warmline.records.store import Store

CALLER: Final = "+15550100"
STARTED: Final = CallStarted(door="socket", caller=CALLER, flow="orders", flow_version="v1")
Json = dict[str, Any]


# --- calls -----------------------------------------------------------------------------------


class Log:
    """One call's log, an entry each tenth of a second; `sinks` get each of them."""

    def __init__(self, call_id: str = "c1", *sinks: Callable[[Entry], None]) -> None:
        self.call_id = call_id
        self.entries: list[Entry] = []
        self._sinks = sinks

    def add(self, *facts: Fact) -> Entry:
        """The last of them as an entry."""
        for fact in facts:
            seq = len(self.entries) + 1
            at = round(seq / 10, 1)
            self.entries.append(Entry(call_id=self.call_id, seq=seq, at=at, fact=fact))
            for sink in self._sinks:
                sink(self.entries[-1])
        return self.entries[-1]


def heard(turn: int, text: str, confidence: float = 0.9) -> UtteranceHeard:
    return UtteranceHeard(
        turn=turn, text=text, confidence=confidence, started_at=turn, audio_at=turn + 0.5
    )


@dataclass(frozen=True)
class Paperwork:
    """A packet that only counts."""

    told: int
    slots: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> Json:
        slots = [{"slot": slot, "spoken": spoken} for slot, spoken in self.slots.items()]
        return {"told": self.told, "slots": slots}


class CountingPackets:
    """A builder whose packet changes with the caller's words only."""

    def __init__(self) -> None:
        self.made = Paperwork(0)
        self.entries: list[Entry] = []

    def handle(self, entry: Entry) -> bool:
        self.entries.append(entry)
        if isinstance(entry.fact, UtteranceHeard):
            self.made = Paperwork(self.made.told + 1, {"order": entry.fact.text})
            return True
        return False

    def packet(self) -> Paperwork:
        return self.made


def new_panel(flow: str = "orders") -> Panel:
    return Panel(
        CountingPackets(),
        handback_nodes=("survey",),
        checklist=[("greet", "Greet the caller"), ("name", "Ask for the name")],
    )


class FakeCall:
    """A live call that writes down what it is told; what is noted goes into its log."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.call_id = log.call_id
        self.flow = "orders"
        self.handback_nodes = ("survey",)
        self.over = False
        self.done: list[tuple[Any, ...]] = []
        self.sound = b"RIFF"
        self._left = asyncio.Event()

    @property
    def now(self) -> float:
        return self.log.entries[-1].at + 0.25 if self.log.entries else 0.0

    def note(self, fact: Any) -> None:
        self.log.add(fact)

    async def entries(self, maxlen: int) -> AsyncIterator[Entry]:
        raise NotImplementedError
        yield

    async def attend(self, line: Line, person: Person) -> str:
        """Until the call is hung up."""
        self.note(AgentJoined(agent=person.user_id, name=person.name, role=person.role))
        await self._left.wait()
        self.note(AgentLeft(agent=person.user_id, role=person.role, reason="ended"))
        return "ended"

    def dismiss(self, user_id: str, reason: str) -> None:
        self.done.append(("dismiss", user_id, reason))

    def mute(self, user_id: str, muted: bool) -> None:
        self.done.append(("mute", user_id, muted))

    def role(self, user_id: str, role: Role) -> None:
        self.done.append(("role", user_id, role))

    def hold(self, held: bool, by: str) -> None:
        self.done.append(("hold", held, by))

    def say_again(self, user_id: str) -> float:
        self.done.append(("again", user_id))
        return 1.5

    def hand_back(self, by: str, node: str = "") -> bool:
        self.done.append(("hand_back", by, node))
        return node in ("", *self.handback_nodes)

    def wait(self, wish: Wish) -> None:
        self.done.append(("wait", wish.queue))

    def hang_up(self, by: str) -> None:
        self.done.append(("hang_up", by))
        self._left.set()

    def clip(self, begin_s: float, end_s: float) -> bytes:
        self.done.append(("clip", round(begin_s, 2), round(end_s, 2)))
        return self.sound


# --- a desk ----------------------------------------------------------------------------------


@cache
def _validator() -> Draft202012Validator:
    whole = messages.schema()
    return Draft202012Validator({"$ref": "#/$defs/ServerMessage", "$defs": whole["$defs"]})


def check_schema(message: Json) -> None:
    """Every message that a test sees is held to the published schema."""
    _validator().validate(message)


class Socket:
    """A page's end of the WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def next(self, *kinds: str) -> Json:
        """The next message of these types (of any, when none is named)."""
        async with asyncio.timeout(10):
            while True:
                message: Json = json.loads(await self.connection.recv())
                check_schema(message)
                if not kinds or message["type"] in kinds:
                    return message

    async def close_code(self) -> int | None:
        async with asyncio.timeout(10):
            await self.connection.wait_closed()
        return self.connection.close_code


@dataclass
class TestDesk:
    """All that the desk's routes need, real but for the calls."""

    __test__ = False
    store: Store
    accounts: Accounts
    guard: Guard
    office: Office
    panels: Panels
    callbacks: Callbacks
    desk_store: DeskStore
    audit: Paper
    live: Live
    app: FastAPI
    painted: list[tuple[str, float]]
    posted: list[str]
    url: str = ""
    audio: list["asyncio.Task[None]"] = field(default_factory=list)

    def call(self, call_id: str = "c1") -> FakeCall:
        """A call that has begun."""
        log = Log(
            call_id,
            self.store.append,
            self.panels.observe,
            self.callbacks.observe,
            self.office.observe,
        )
        call = FakeCall(log)
        log.add(STARTED)
        self.office.begins(call)
        return call

    def waits(self, call: FakeCall, queue: str = "orders") -> None:
        """Its caller waits for a person."""
        wish = Wish(call_id=call.call_id, caller=CALLER, flow="orders", queue=queue, reason="asked")
        self.office.waits(wish, call)

    def at_desk(self, user: User) -> None:
        """An agent who is there, without a page."""
        agent = Agent(user_id=user.user_id, name=user.name, skills=user.skills, queues=user.queues)
        self.office.sign_in(agent, f"console of {user.login}")

    async def attends(self, user: User, call: FakeCall) -> None:
        """Their audio is there."""
        line: Any = None
        self.audio.append(asyncio.create_task(self.office.attend(user.user_id, call.call_id, line)))
        await asyncio.sleep(0)

    async def user(self, login: str, *roles: str) -> "Visitor":
        """Somebody who is signed in."""
        known = next((u for u in await self.accounts.users() if u.login == login), None)
        user = known or await add(self.accounts, login, *roles)
        return Visitor(self, user, await self.accounts.sign_in(login, PASSWORD, "test"))


class Visitor:
    """Somebody with a browser."""

    def __init__(self, desk: TestDesk, user: User, signed_in: Any) -> None:
        self.desk = desk
        self.user = user
        self.token = signed_in.token
        self.csrf = signed_in.csrf

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        base = self.desk.url or "http://127.0.0.1"
        headers = {"Cookie": f"warmline={self.token}", "X-Warmline-CSRF": self.csrf}
        headers |= {"Origin": base, "Sec-Fetch-Site": "same-origin"} | more.pop("headers", {})
        transport = None if self.desk.url else httpx.ASGITransport(self.desk.app)
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, json=body, headers=headers, **more)

    @contextlib.asynccontextmanager
    async def page(self, query: str = "", **options: Any) -> AsyncIterator[Socket]:
        """An open page; its `hello` is taken."""
        url = self.desk.url
        async with connect(
            f"{url.replace('http', 'ws')}/api/live{query}",
            origin=Origin(url),
            additional_headers={"Cookie": f"warmline={self.token}"},
            compression=None,
            max_size=None,
            **options,
        ) as connection:
            page = Socket(connection)
            self.hello = await page.next("hello")
            yield page


def summarize(packets: Packets) -> str:
    return f"The caller spoke {packets.packet().as_json()['told']} times."


def form(flow: str) -> Form:
    return Form(dispositions=("solved", "other"), fields=("order", "colour"))


@contextlib.asynccontextmanager
async def a_desk(
    folder: Path,
    *,
    serves: bool = False,
    recording: Path | None = None,
    second: AskSecond | None = None,
) -> AsyncIterator[TestDesk]:
    """A desk over a new database, or the one in this folder; with `serves` a real server on the
    loopback."""
    async with contextlib.AsyncExitStack() as stack:
        store = await _new_store(folder / "record.db")
        stack.push_async_callback(store.close, 0.1)
        accounts = await Accounts.open(
            AccountStore(store.database), hashes=Passwords(CHEAP), poll_s=0.05
        )
        stack.push_async_callback(accounts.close)
        office = Office()
        stack.callback(office.close)
        panels = Panels(new_panel)
        desk_store, audit = DeskStore(store.database), Paper()
        callbacks = Callbacks(desk_store)
        saver = asyncio.create_task(callbacks.run())
        stack.push_async_callback(_cancel, saver)
        painted: list[tuple[str, float]] = []
        live = Live(
            office=office,
            record=store,
            panels=panels,
            accounts=accounts,
            callbacks=callbacks,
            audit=audit,
            observe_paint=lambda kind, seconds: painted.append((kind, seconds)),
        )
        lookup = Lookup(panels, store)
        posted: list[str] = []
        parts = DeskParts(
            office=office,
            lookup=lookup,
            wrapups=WrapUps(
                lookup,
                desk_store,
                summarize=summarize,
                form=form,
                second=second,
                webhook="http://127.0.0.1:9/crm",
            ),
            callbacks=callbacks,
            history=History(store.database),
            audit=audit,
            new_media_token=lambda user_id, call_id, role: f"{user_id}/{call_id}/{role}",
            ice_servers=lambda: [{"urls": "stun:stun.example.com"}],
            webhook_due=lambda: posted.append("due"),
        )
        guard = Guard(accounts)
        app = FastAPI()
        app.include_router(accounts_router(accounts, guard))
        app.include_router(desk_router(parts, guard))
        app.include_router(wall_router(parts, guard, lambda call_id: recording))
        app.include_router(live_router(live, guard))
        desk = TestDesk(
            store=store,
            accounts=accounts,
            guard=guard,
            office=office,
            panels=panels,
            callbacks=callbacks,
            desk_store=desk_store,
            audit=audit,
            live=live,
            app=app,
            painted=painted,
            posted=posted,
        )
        if serves:
            desk.url = await stack.enter_async_context(_serve(app))
        yield desk
        for task in desk.audio:
            await _cancel(task)


_empty: list[bytes] = []
"""A database without anything in it; to make one takes as long as the rest of a test."""


async def _new_store(file: Path) -> Store:
    if not _empty:
        await (await Store.open(file)).close()
        _empty.append(await asyncio.to_thread(file.read_bytes))
    if not await asyncio.to_thread(file.exists):  # else it is a server's that was stopped
        await asyncio.to_thread(file.write_bytes, _empty[0])
    return await Store.open(file)


@contextlib.asynccontextmanager
async def _serve(app: FastAPI) -> AsyncIterator[str]:
    config = uvicorn.Config(app, log_config=None, **UVICORN_OPTIONS)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup(sockets=[listener])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            async with asyncio.timeout(5):
                await server.shutdown(sockets=[listener])


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
