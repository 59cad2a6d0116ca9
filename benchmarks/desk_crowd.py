"""Many callers, or many desks, in a process of their own: what they need is not the server's.

Run by `desk_cost.py`; reads one line of JSON, goes on until it is ended. Knows no figures.
"""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from typing import Any

import httpx

from desk_caller import Caller, calling
from desk_people import Message, Somebody, feed

NEXT = "1"
"""The key that leads on, in the flow of `desk_cost.py`."""


async def callers(url: str, flow: str, calls: int, press_s: float) -> None:
    """So many calls at once, none of which presses its keys with another; tells their ids."""
    async with AsyncExitStack() as stack:
        there = []
        for number in range(calls):
            caller = calling(url, flow, f"+1555{number:04}")
            there.append(await stack.enter_async_context(caller))
        print(json.dumps([caller.call_id for caller in there]), flush=True)
        pressing = (_press(one, press_s, n / calls) for n, one in enumerate(there))
        await asyncio.gather(*pressing)


async def _press(caller: Caller, every_s: float, phase: float) -> None:
    await asyncio.sleep(every_s * phase)
    while not caller.over:
        await caller.press(NEXT)
        await asyncio.sleep(every_s)


async def desks(url: str, cookies: list[dict[str, str]], watched: list[list[str]]) -> None:
    """As many pages as there are cookies; each tells what it has painted, as a page does."""
    pages = (_desk(url, jar, calls) for jar, calls in zip(cookies, watched, strict=True))
    await asyncio.gather(*pages)


async def _desk(url: str, cookies: dict[str, str], calls: list[str]) -> None:
    async with httpx.AsyncClient(cookies=cookies) as http, feed(Somebody(url, "", http)) as page:
        tasks: set[asyncio.Task[None]] = set()

        def taken(message: Message) -> bool:
            if message["type"] == "call" and message["changes"]:
                ack = {"type": "painted", "call": message["call"], "seq": message["seq"]}
                task = asyncio.create_task(page.send(**ack))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            return False

        page.keep = taken
        for call in calls:
            await page.send(type="watch", call=call)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    crowd = callers if asked.pop("what") == "callers" else desks
    asyncio.run(crowd(**asked))
