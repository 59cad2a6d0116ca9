"""A day at a desk, with real models and audio: `warmline serve`, and three calls at once.

One that a person solves; one with an angry agent, a card and a second thought; one without consent.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from access import get
from real.conftest import model
from real.desk_person import Agent, Phone, Voice, agent, headset, phone, until
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.library import shipped_flows

CARD = "4000056655665556"
PASSWORD = "a long enough password"
CALM = {
    "fine": "Yes, that's fine.",
    "twice": "I was charged twice.",
    "right": "Yes, that's right.",
    "amount": "forty nine dollars",
    "hello": "Hello, this is Anna. I have your order in front of me.",
    "money": "I want my money back. How long does a refund take?",
    "nobody": "This is for nobody.",
    "anybody": "Is anybody there?",
    "muted": "Nobody hears this.",
    "days": "The refund is there within five working days.",
    "person": "Can I speak to a person please?",
    "chair": "Good morning, I would like to know when my chair arrives.",
    "receipt": "I understand. The order has the number on my receipt.",
    "tomorrow": "There is no hurry, I can wait until tomorrow evening.",
    "card": "One moment, the card is in my other bag.",
    "no": "No, thank you.",
}
ANGRY = {
    "ridiculous": "This is ridiculous! You are wrong, and I am sick of you!",
    "hate": "I hate this terrible job, it is a horrible disgrace!",
    "NO": "No! No, thank you.",
    "service": "This is a disgrace, I am sick of your horrible service!",
    "horrible": "You are horrible! I hate it, where is my order?",
    "sick": "This is a disgrace! I am sick of it!",
}
"""What is said, rendered before the first call."""
Say = Callable[[str], Pcm]
Event = dict[str, Any]

WATCH = """
import os, sys
sys.modules["uvloop"] = None  # it opens sockets where Python does not see it
seen = set()
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        where = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        where = str(where[0] if isinstance(where, tuple) else where)
        if where not in seen:
            seen.add(where)
            with open(os.environ["WATCHED"], "a") as file:
                file.write(where + "\\n")
sys.addaudithook(watch)
"""


@dataclass
class Desk:
    """The server, and what it leaves behind."""

    folder: Path
    url: str = ""
    link: str = ""
    charged: list[dict[str, str]] = field(default_factory=list)
    """What the payment system was sent."""

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def events(self, call_id: str) -> list[Event]:
        for _ in range(100):
            answer = get(f"{self.url}/api/calls/{call_id}/events", limit=5000)
            events = answer.json()["events"] if answer.status_code == 200 else []
            if events and events[-1]["type"] == "CallEnded":
                return list(events)
            time.sleep(0.05)
        raise AssertionError("the call's log did not come to its end")

    def recording(self, call_id: str) -> Path:
        return self.folder / "audio" / f"{call_id}.flac"


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """The customer care, with a payment system; whoever has paid is asked for consent again."""
    for name in ("whisper-base", "whisper-tiny.en", "en_US-joe-medium", "all-MiniLM-L6-v2"):
        model(name)
    made = Desk(folder)
    flows = shutil.copytree(shipped_flows(), made.folder / "flows")
    file = flows / "customer_care" / "flow.yaml"
    text = file.read_text()
    file.write_text(re.sub(r"(receipt:spelled}.\"\n    then: )anything_else", r"\1consent", text))
    assert file.read_text() != text
    (made.folder / "sitecustomize.py").write_text(WATCH)
    payments = HTTPServer(("127.0.0.1", 0), _payments(made.charged))
    threading.Thread(target=payments.serve_forever, daemon=True).start()
    (made.folder / "config.toml").write_text(
        f"""
        server.port = 0
        flows = {{folder = "{flows}", default = "customer_care", reload = false}}
        records = {{database = "{made.folder}/db", audio_folder = "{made.folder}/audio"}}
        [endpoints.payments]
        url = "http://127.0.0.1:{payments.server_port}/"
        method = "POST"
        allow_private = true
        """
    )
    with (made.folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "warmline", "serve"],
            env={
                **os.environ,
                "WARMLINE_CONFIG": str(made.folder / "config.toml"),
                "PYTHONPATH": str(made.folder),
                "WATCHED": str(made.folder / "watched"),
            },
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 60
        while (found := re.search(r"(http://\S+)/setup#(\S+)\n", made.log)) is None:
            assert process.poll() is None and time.monotonic() < deadline, made.log
            time.sleep(0.05)
        made.url, made.link = found[1], found[2]
        yield made
    finally:
        process.terminate()
        process.wait(20)
        payments.shutdown()
        payments.server_close()


def _payments(charged: list[dict[str, str]]) -> type[BaseHTTPRequestHandler]:
    class Payments(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            charged.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            answer = b'{"receipt": "R7"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Payments


# --- the calls ------------------------------------------------------------------------------------


@dataclass
class Notes:
    """What was seen and heard in one call."""

    call_id: str = ""
    caller: Phone | None = None
    heard: dict[str, Pcm] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    seen: list[Event] = field(default_factory=list)
    """All messages of the agent's live feed."""


Story = Callable[[Desk, "Cast", Notes], Coroutine[Any, Any, None]]


@dataclass
class Cast:
    lines: Mapping[str, Pcm]
    anna: Agent
    otto: Agent


async def solved(desk: Desk, cast: Cast, notes: Notes) -> None:
    lines, anna = cast.lines, cast.anna
    async with phone(desk.url, "customer_care", "+15550111") as caller:
        notes.call_id, notes.caller = caller.call_id, caller
        await caller.quiet()
        await caller.say(lines["fine"])
        await caller.quiet()
        await caller.say(lines["twice"])
        await caller.quiet()
        await caller.press("4527")
        await caller.quiet()
        await caller.say(lines["right"])
        await caller.quiet()
        await caller.say(lines["amount"])
        offer = notes.shown["offer"] = await anna.offer()
        await anna.watch(caller.call_id)
        token = (await anna.post(f"/offers/{offer['offer']}/accept"))["media_token"]
        async with headset(desk.url, token) as ear:
            await until(lambda: len(anna.panel.get("state", {}).get("agents", [])) == 1, "Anna")
            await _talk(anna, ear, caller, lines, notes)
            call = f"/calls/{caller.call_id}"
            await anna.post(f"{call}/handback", node="survey")
            await caller.quiet()
        await caller.press("4")
        await until(lambda: caller.ended, "the end of the call")
    notes.shown["draft"] = await anna.ask("GET", f"/api/desk{call}/wrapup")
    written = {"disposition": "Refunded", "summary": "Refunded the second charge.", "notes": "-"}
    await anna.post(f"{call}/wrapup", **written, fields={"order": "4527"}, resolved=True)
    await until(lambda: anna.floor["assignment"] is None, "the end of the wrap-up")


async def _talk(
    anna: Agent, ear: Voice, caller: Phone, lines: Mapping[str, Pcm], notes: Notes
) -> None:
    call, shown, heard = f"/calls/{caller.call_id}", notes.shown, notes.heard
    heard["by the caller"] = caller.since(await anna.reads("agent", ear, lines["hello"]))
    heard["by the agent"] = ear.since(await anna.reads("caller", caller, lines["money"]))
    await until(lambda: anna.panel.get("hint", {}).get("hint"), "a hint")
    hint = shown["hint"] = anna.panel["hint"]["hint"]
    await anna.post(f"{call}/hints/{hint['hint']}", outcome="used")
    begun = ear.now
    shown["again"] = (await anna.post(f"{call}/again"))["seconds"]
    await asyncio.sleep(shown["again"] + 0.5)
    heard["again"], heard["again, by the caller"] = ear.since(begun), caller.since(begun)

    await anna.post(f"{call}/hold", on=True)
    await asyncio.sleep(1)
    begun = ear.now
    await asyncio.gather(ear.say(lines["nobody"]), caller.say(lines["anybody"]))
    heard["on hold"], heard["of who is on hold"] = caller.since(begun), ear.since(begun)
    await anna.post(f"{call}/hold", on=False)

    await anna.post(f"{call}/mute", on=True)
    await asyncio.sleep(0.5)
    begun = ear.now
    await ear.say(lines["muted"])
    heard["muted"] = caller.since(begun)
    await anna.post(f"{call}/mute", on=False)
    begun = await anna.reads("agent", ear, lines["days"])
    heard["after it"] = caller.since(begun)
    shown["lines"] = anna.lines()


async def angry_agent(desk: Desk, cast: Cast, notes: Notes) -> None:
    lines, otto = cast.lines, cast.otto
    async with phone(desk.url, "customer_care", "+15550122") as caller:
        notes.call_id, notes.caller = caller.call_id, caller
        await caller.quiet()
        await caller.say(lines["fine"])
        await caller.quiet()
        await caller.say(lines["person"])
        offer = await otto.offer()
        await otto.watch(caller.call_id)
        token = (await otto.post(f"/offers/{offer['offer']}/accept"))["media_token"]
        async with headset(desk.url, token) as ear:
            await until(lambda: otto.panel.get("state", {}).get("agents"), "Otto")
            await otto.reads("caller", caller, lines["chair"])
            await otto.reads("agent", ear, lines["ridiculous"])
            await otto.reads("caller", caller, lines["receipt"])
            # Both at once: the caller's words are theirs, how it sounds is not judged.
            shouted = asyncio.create_task(otto.reads("agent", ear, lines["hate"]))
            await asyncio.sleep(0.4)
            await otto.reads("caller", caller, lines["tomorrow"])
            await shouted
            await otto.post(f"/calls/{caller.call_id}/handback", node="payment")
            await caller.quiet()
        await _pay(caller, otto, desk.charged, lines)
        await caller.say(lines["NO"])
        await caller.quiet()
        await caller.say(lines["service"])
        await caller.quiet()
    notes.seen = otto.seen


async def _pay(
    caller: Phone, otto: Agent, charged: list[dict[str, str]], lines: Mapping[str, Pcm]
) -> None:
    """A few words, and the card by keys."""
    await otto.reads("caller", caller, lines["card"])
    await caller.press(CARD)
    await until(lambda: charged, "the payment")
    await caller.quiet()  # the receipt, and the question about consent


async def refused(desk: Desk, cast: Cast, notes: Notes) -> None:
    lines = cast.lines
    async with phone(desk.url, "customer_care", "+15550133") as caller:
        notes.call_id = caller.call_id
        await caller.quiet()
        await caller.say(lines["no"])
        await caller.quiet()
        await caller.say(lines["horrible"])
        await caller.quiet()
        await caller.say(lines["sick"])
        await caller.quiet()


STORIES: dict[str, Story] = {"solved": solved, "angry": angry_agent, "refused": refused}


@dataclass
class Told:
    notes: Notes
    events: list[Event]
    error: BaseException | None

    def of(self, *kinds: str) -> list[Event]:
        return [event for event in self.events if event["type"] in kinds]


@dataclass
class Day:
    """All calls, and what a supervisor can look up afterwards."""

    calls: dict[str, Told]
    found: dict[str, list[Event]]
    """What a search for these words finds."""
    audio: bytes
    """Of the first call, as the call's page gets it."""

    def __getitem__(self, name: str) -> Told:
        if error := self.calls[name].error:
            raise error
        return self.calls[name]


def _angry(calm: Pcm) -> Pcm:
    """The same voice higher and faster by a fifth, and as loud as can be."""
    quick = resample(calm, 6 * RATE // 5, RATE).astype(np.float64)
    loud: Pcm = (np.tanh(quick / np.abs(quick).max() * 3) * 30_000).astype(np.int16)
    return loud


def lines(say: Say) -> dict[str, Pcm]:
    """All that will be said: rendering it takes seconds, which no call has."""
    calm = {name: say(text) for name, text in CALM.items()}
    return calm | {name: _angry(say(text)) for name, text in ANGRY.items()}


async def lead(desk: Desk, lines: Mapping[str, Pcm]) -> Day:
    async with AsyncExitStack() as stack:
        admin, anna, otto, sue = [await stack.enter_async_context(agent(desk.url)) for _ in "1234"]
        await admin.enter("/api/setup", token=desk.link, login="ad", name="Ad", password=PASSWORD)
        for who, login, roles, queues in (
            (anna, "anna", ["agent"], ["billing"]),
            (otto, "otto", ["agent"], ["care"]),
            (sue, "sue", ["supervisor"], []),
        ):
            user = {"login": login, "name": login.title(), "roles": roles, "queues": queues}
            link = (await admin.ask("POST", "/api/users", **user))["link"]
            await who.enter("/api/setup", token=link.partition("#")[2], password=PASSWORD)
            await stack.enter_async_context(who.page())
        for who in (anna, otto):
            await who.post("/presence", state="available")
        cast = Cast(lines, anna, otto)
        notes = {name: Notes() for name in STORIES}
        errors = await asyncio.gather(
            *(story(desk, cast, notes[name]) for name, story in STORIES.items()),
            return_exceptions=True,
        )
        searched = ("money back", CARD, CARD[-6:], "tomorrow evening")
        found = {q: (await sue.get(f"/api/history?q={q}")).json()["calls"] for q in searched}
        audio = await sue.get(f"/api/calls/{notes['solved'].call_id}/audio")
        calls = {
            name: Told(
                notes[name], await asyncio.to_thread(desk.events, notes[name].call_id), error
            )
            for name, error in zip(STORIES, errors, strict=True)
        }
        return Day(calls, found, audio.content)
