"""What watching costs the server, and how long a page that was away has to catch up.

Knows the flow that makes cheap calls: prompts that are ready, keys that cut them off, so that
most of a call's cost is its log's, and that of desks can be seen beside it. Reads /proc.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np

from desk_crowd import NEXT
from desk_people import Somebody, feed
from desk_story import Stage, watched_call
from own_server import OwnServer, ProcessTree
from warmline.errors import WarmlineError

FLOW: Final = "long_prompts"
BACK: Final = "assistant"
_TEXT: Final = (
    "Our office in the north is closed on Monday, because the stairs are being painted. "
    "It opens again on Tuesday at nine in the morning, and the parking lot is free all week. "
    "Bring your papers and a pen, and ask for the second floor when you arrive at the desk."
)
_MENU: Final = """\
  {here}:
    menu:
      prompt: "{text}"
      items:
        more: {{ label: "more news", phrases: ["go on"] }}
        enough: {{ label: "an end", phrases: ["stop"] }}
    on: {{ more: {there}, enough: done }}
"""
_FLOW: Final = f"""\
flow: {FLOW}
start: notice
escape: {{ queue: help, say: "One moment." }}
nodes:
  notice: {{ say: "You are talking with a virtual assistant.", then: north }}
  {BACK}: {{ handback: "The assistant is back.", then: north }}
{_MENU.format(here="north", there="south", text=_TEXT)}
{_MENU.format(here="south", there="north", text=_TEXT.replace("north", "south"))}
  done: {{ end: "Thank you for calling." }}
"""
SETTLE_S: Final = 4.0
LOOK_S: Final = 0.025
"""Between two looks at how soon the server answers."""
PRESS_S: Final = 0.02
"""Between two keys of whoever makes a long log."""


def write_flow(folder: Path) -> Mapping[str, str]:
    """The flow, and the settings of a server that has no other."""
    place = folder / FLOW
    place.mkdir()
    (place / "flow.yaml").write_text(_FLOW, encoding="utf-8")
    return {
        "WARMLINE_FLOWS_FOLDER": str(folder),
        "WARMLINE_FLOWS_DEFAULT": FLOW,
        "WARMLINE_CALL_MAX_CALLS": "200",
    }


@dataclass(slots=True)
class Cost:
    """One value for each stretch of time."""

    alone: list[float] = field(default_factory=list)
    """Percent of a core, all processes of the server."""
    watched: list[float] = field(default_factory=list)
    entries_s: list[float] = field(default_factory=list)
    """Of all calls' logs, a second."""
    answer_alone_ms: list[float] = field(default_factory=list)
    """How soon it answers /healthz: how long its event loop lets others wait."""
    answer_watched_ms: list[float] = field(default_factory=list)

    @property
    def more(self) -> list[float]:
        return [b - a for a, b in zip(self.alone, self.watched, strict=True)]


async def cost(
    server: OwnServer, viewer: Somebody, calls: int, desks: int, rounds: int, seconds: float
) -> Cost:
    """The same calls, in turns alone and watched; the desks share them out among themselves."""
    found = Cost()
    each = -(-calls // desks)
    about: dict[str, Any] = {"url": server.url, "flow": FLOW, "calls": calls, "press_s": 1.0}
    async with _crowd("callers", **about) as callers:
        assert callers.stdout is not None
        ids: list[str] = json.loads(await callers.stdout.readline())
        shares = [[ids[(n * each + k) % calls] for k in range(each)] for n in range(desks)]
        watching = {"url": server.url, "cookies": [viewer.cookies] * desks, "watched": shares}
        for _ in range(rounds):
            await asyncio.sleep(SETTLE_S)
            found.alone.append(await _percent(server, seconds, found.answer_alone_ms))
            async with _crowd("desks", **watching):
                await asyncio.sleep(SETTLE_S)
                before = await _entries(viewer, ids)
                found.watched.append(await _percent(server, seconds, found.answer_watched_ms))
                found.entries_s.append((await _entries(viewer, ids) - before) / seconds)
    return found


@asynccontextmanager
async def _crowd(what: str, **about: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    script = str(Path(__file__).with_name("desk_crowd.py"))
    process = await asyncio.create_subprocess_exec(sys.executable, script, stdin=pipe, stdout=pipe)
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"what": what, **about}).encode() + b"\n")
        yield process
        if process.returncode is not None:
            raise WarmlineError(f"the {what} did not stay; their own message stands above")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _percent(server: OwnServer, seconds: float, answers_ms: list[float]) -> float:
    tree: ProcessTree = server.tree
    before, begin = tree.cpu_s(), time.perf_counter()
    async with httpx.AsyncClient(base_url=server.url) as http:
        while time.perf_counter() - begin < seconds:
            asked = time.perf_counter()
            await http.get("/healthz")
            answers_ms.append(1000 * (time.perf_counter() - asked))
            await asyncio.sleep(LOOK_S)
    return 100 * (tree.cpu_s() - before) / (time.perf_counter() - begin)


async def _entries(viewer: Somebody, ids: Sequence[str]) -> int:
    """How many entries the logs of these calls have by now."""
    total = 0
    for call in ids:
        answer = await viewer.http.get(f"/api/calls/{call}/events", params={"limit": 10_000})
        total += answer.json()["last_seq"]
    return total


@dataclass(slots=True)
class Away:
    """Of one page that was away, in seconds."""

    missing: int
    received_s: float
    """By a bare socket, from `watch` to the last entry."""
    page_received_s: float
    """By the page at /desk."""
    painted_s: float
    """Until the page told that the last was painted."""


async def away(on: Stage, entries: int) -> Away:
    """An agent's page misses so many entries of the call that it looks at (they write it up
    while the bot has the caller again)."""
    desk = on.desk.page
    async with watched_call(on, FLOW) as call, AsyncExitStack() as stack:
        await call.ask_for_a_person()
        await call.until("state", state="waiting")
        await call.pass_on()
        await on.agent.post(f"/api/desk/calls/{call.call_id}/handback", node=BACK)
        await call.until("state", state="bot")
        await desk.locator("desk-wrapup").wait_for()
        await asyncio.sleep(1)
        after = max(message["seq"] for _, message in call.entries())
        # By a second page the agent is still there while the first one is away.
        await stack.enter_async_context(feed(on.agent, ""))
        await desk.evaluate("bench.watches = false; bench.leave()")
        while (last := call.entries()[-1][1]["seq"]) < after + entries:
            await call.caller.press(NEXT)
            await asyncio.sleep(PRESS_S)
        await asyncio.sleep(2)  # all of it is kept
        last = call.entries()[-1][1]["seq"]
        received_s = await _catch_up(on, call.call_id, after, last)
        await desk.evaluate("bench.back()")
        until = "last => bench.acks.some(([seq]) => seq >= last)"
        await desk.wait_for_function(until, arg=last)
        seen = await desk.evaluate("({...bench.feed, acks: bench.acks})")
        if seen["count"] < last - after:
            raise WarmlineError(f"the page got {seen['count']} of {last - after} entries")
        painted = next(at for seq, at in seen["acks"] if seq >= last)
        await desk.evaluate("bench.watches = true")
    return Away(
        missing=last - after,
        received_s=round(received_s, 3),
        page_received_s=round((seen["at"] - seen["asked"]) / 1000, 3),
        painted_s=round((painted - seen["asked"]) / 1000, 3),
    )


async def _catch_up(on: Stage, call_id: str, after: int, last: int) -> float:
    async with feed(on.supervisor) as page:
        asked = time.monotonic()
        await page.send(type="watch", call=call_id, after=after, epoch=page.epoch)
        at, _ = await page.until(lambda m: m["type"] == "call" and m["seq"] >= last)
        numbers = [m["seq"] for _, m in page.arrived if m["type"] == "call"]
        if not np.array_equal(numbers, np.arange(after + 1, after + 1 + len(numbers))):
            raise WarmlineError("entries are missing, or not in order")
    return at - asked
