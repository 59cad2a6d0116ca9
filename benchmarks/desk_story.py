"""Calls that are watched: first the bot has the caller, then a person, then the notes.

Knows how a call goes from the bot to an agent, and where each moment of it can be read: in the
log, in the live feed, and on the screen. All moments are `time.monotonic()`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from desk_caller import Caller, calling
from desk_people import Feed, Message, Somebody, add, changes, feed, first_admin
from desk_screen import Screen, chromium, screen
from desk_words import Shown, Sighting, Word, sightings
from own_server import OwnServer
from warmline.audio.frame import Pcm
from warmline.errors import WarmlineError

PERSON: Final = "*"
"""The key that leads to a person, in every flow."""
ANSWER_S: Final = 1.2
"""The bot has answered when it was silent for so long."""
AFTER_S: Final = 3.0
"""So long after the last word its text may come."""
LINE: Final = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A server, its people, and what they look at."""

    server: OwnServer
    agent: Somebody
    supervisor: Somebody
    feed: Feed
    """The supervisor's, bare: what comes over the socket, without a page."""
    desk: Screen
    wall: Screen


@asynccontextmanager
async def stage(server: OwnServer) -> AsyncIterator[Stage]:
    admin = await first_admin(server)
    agent = await add(admin, "anna", "agent")
    supervisor = await add(admin, "sam", "supervisor")
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(chromium())
        desk = await stack.enter_async_context(screen(browser, agent, "/desk"))
        wall = await stack.enter_async_context(screen(browser, supervisor, "/wall"))
        bare = await stack.enter_async_context(feed(supervisor))
        await desk.page.get_by_text("No call").wait_for()
        await agent.post("/api/desk/presence", state="available")
        yield Stage(
            server=server, agent=agent, supervisor=supervisor, feed=bare, desk=desk, wall=wall
        )


@dataclass(slots=True)
class Call:
    """One that is watched, and all that was seen of it."""

    stage: Stage
    caller: Caller
    began: float
    screens: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What `desk` and `wall` had painted, once the call is over."""
    offers: list[dict[str, Any]] = field(default_factory=list)
    """What came over the desk's own feed."""
    log: list[Message] = field(default_factory=list)
    """All facts, once the call is over."""

    @property
    def call_id(self) -> str:
        return self.caller.call_id

    def entries(self) -> list[tuple[float, Message]]:
        """What the bare feed told of this call."""
        return [
            (at, message)
            for at, message in self.stage.feed.arrived
            if message["type"] == "call" and message["call"] == self.call_id
        ]

    def zero(self) -> float:
        """When the call's clock began; the quickest message tells best."""
        return min(at - float(message["at"]) for at, message in self.entries())

    async def until(self, kind: str, since: float = 0.0, **values: Any) -> tuple[float, Message]:
        """The first change of this kind with these values; gives it with its moment."""

        def found(message: Message) -> Message | None:
            if message.get("call") != self.call_id:
                return None
            wanted = changes(message, kind)
            return next((one for one in wanted if values.items() <= one.items()), None)

        at, message = await self.stage.feed.until(found, max(since, self.began), 60)
        return at, found(message) or {}

    def escalated(self) -> bool:
        """The packet says why the caller is to speak to a person."""
        packets = (one for _, message in self.entries() for one in changes(message, "packet"))
        return any(one["packet"]["why"] for one in packets)

    async def ask_for_a_person(self) -> None:
        await self.until("line", who="bot")
        await self.caller.press(PERSON)

    async def pass_on(self) -> None:
        """The agent accepts what is offered, by key; both talk."""
        page = self.stage.desk.page
        await page.locator(".offer dl.packet").wait_for()
        await asyncio.sleep(0.5)  # it is painted
        await page.keyboard.press("a")
        await self.until("state", state="talking")
        await asyncio.sleep(1.0)

    def sightings(self, spoken: Sequence[Word], begin: float, on: str) -> list[Sighting]:
        """Of words whose speaker began at `begin`; `on` is feed, desk or wall."""
        shown = self._shown() if on == "feed" else self._painted(on)
        until = (spoken[-1].end if spoken else begin) + AFTER_S
        before = {line[0] for one in shown if one.at < begin for line in one.lines}
        new = [
            Shown(one.at, [line for line in one.lines if line[0] not in before])
            for one in shown
            if begin <= one.at < until
        ]
        return sightings(spoken, new)

    def _shown(self) -> list[Shown]:
        found = []
        for at, message in self.entries():
            lines = [
                (one["key"], f"{one['text']} {one['unstable']}", one["final"])
                for one in changes(message, LINE)
                if one["who"] == "caller"
            ]
            gone = [(one["key"], "", False) for one in message["changes"] if "gone" in one]
            found.append(Shown(at, lines + gone))
        return found

    def _painted(self, on: str) -> list[Shown]:
        return [
            Shown(one["at"], [(line["key"], line["text"], line["final"]) for line in one["lines"]])
            for one in self.screens[on]
        ]


@asynccontextmanager
async def watched_call(on: Stage, flow: str) -> AsyncIterator[Call]:
    """The bare feed and the wall look at it from its beginning; afterwards all is known of it."""
    for page in (on.desk, on.wall):
        await page.set_clock()
        await page.page.evaluate("Object.assign(bench, {painted: [], told: []})")
    async with calling(on.server.url, flow) as caller:
        call = Call(on, caller, caller.zero - 1)
        await on.feed.send(type="watch", call=call.call_id)
        row = on.wall.page.locator(f'button[data-open="{call.call_id}"]').first
        await row.click()
        await caller.quiet(ANSWER_S)
        yield call
        if await row.get_attribute("aria-expanded") == "true":
            await row.click()
    await on.feed.send(type="unwatch", call=call.call_id)
    await _write_up(on, call)
    for name, page in (("desk", on.desk), ("wall", on.wall)):
        call.screens[name] = await page.kept("painted")
    call.offers = await on.desk.kept("told")
    call.log = await _log(on, call.call_id)


async def leave_wall(call: Call) -> None:
    """From now on the desk alone is painted."""
    await call.stage.wall.page.locator(f'button[data-open="{call.call_id}"]').first.click()


async def _write_up(on: Stage, call: Call) -> None:
    """The agent's notes, so that they are free for the next."""
    desk = on.desk.page
    if not await desk.get_by_text("Call with").count():
        return
    await desk.locator("desk-wrapup").wait_for()
    notes = {"disposition": "Not solved", "summary": "", "notes": "", "fields": {}}
    await on.agent.post(f"/api/desk/calls/{call.call_id}/wrapup", **notes)
    await desk.get_by_text("No call").wait_for()


async def _log(on: Stage, call_id: str) -> list[Message]:
    events: list[Message] = []
    for _ in range(100):
        params = {"after": events[-1]["seq"] if events else 0, "limit": 5_000}
        answer = await on.supervisor.http.get(f"/api/calls/{call_id}/events", params=params)
        new = answer.json()["events"] if answer.status_code == 200 else []
        events += new
        if events and events[-1]["type"] == "CallEnded":
            return events
        await asyncio.sleep(0 if new else 0.1)
    raise WarmlineError("the log of a call did not come to its end")


@dataclass(frozen=True, slots=True)
class Clip:
    """Something that a caller says."""

    name: str
    samples: Pcm
    words: Sequence[Word]
    """Their ends in seconds from the first sample."""

    def spoken_at(self, begin: float) -> list[Word]:
        return [Word(word.text, begin + word.end) for word in self.words]
