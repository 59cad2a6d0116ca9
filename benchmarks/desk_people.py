"""People at the desk's server: accounts by their one-time links, sessions, and the live feed.

Knows the desk's HTTP and its WebSocket as a page does. All moments are `time.monotonic()`.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from own_server import OwnServer
from warmline.errors import WarmlineError

PASSWORD: Final = "correct horse battery staple"
PING_S: Final = 5.0
Message = dict[str, Any]


@dataclass(slots=True)
class Somebody:
    """Who is signed in at a server."""

    url: str
    user_id: str
    http: httpx.AsyncClient

    @property
    def cookies(self) -> dict[str, str]:
        return dict(self.http.cookies)

    async def post(self, path: str, **body: Any) -> Any:
        """Raises httpx.HTTPStatusError."""
        answer = (await self.http.post(path, json=body)).raise_for_status()
        return answer.json() if answer.content else None


async def first_admin(server: OwnServer) -> Somebody:
    """The first account, by the link that the server printed."""
    async with asyncio.timeout(10):
        link = await server.first_link
    return await _by_link(server.url, link, login="admin", name="Admin")


async def add(admin: Somebody, login: str, role: str) -> Somebody:
    """A new user, signed in."""
    new = {"login": login, "name": login.title(), "roles": [role]}
    link: str = (await admin.post("/api/users", **new))["link"]
    return await _by_link(admin.url, link)


async def _by_link(url: str, link: str, **about: str) -> Somebody:
    http = httpx.AsyncClient(base_url=url, timeout=10, headers={"Origin": url})
    body = {"token": link.partition("#")[2], "password": PASSWORD, **about}
    answer = (await http.post("/api/setup", json=body)).raise_for_status().json()
    http.headers["X-Warmline-CSRF"] = answer["csrf"]
    return Somebody(url, answer["user"]["user_id"], http)


@dataclass(slots=True)
class Feed:
    """One page's WebSocket; what came, and when."""

    socket: ClientConnection
    epoch: str = ""
    arrived: list[tuple[float, Message]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    keep: Callable[[Message], bool] = lambda _: True

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def until(
        self, holds: Callable[[Message], Any], since: float = 0.0, timeout_s: float = 30.0
    ) -> tuple[float, Message]:
        """The first message after `since` of which it holds. Raises WarmlineError."""
        at = 0
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    self._news.clear()
                    for moment, message in self.arrived[at:]:
                        at += 1
                        if moment >= since and holds(message):
                            return moment, message
                    await self._news.wait()
        except TimeoutError:
            raise WarmlineError(f"the feed did not tell within {timeout_s:g} s") from None

    async def read(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.socket:
                moment, message = time.monotonic(), json.loads(text)
                if self.keep(message):
                    self.arrived.append((moment, message))
                    self._news.set()

    async def ping(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(PING_S)
                await self.send(type="ping")


@asynccontextmanager
async def feed(who: Somebody, query: str = "?page=wall") -> AsyncIterator[Feed]:
    """Open a page's WebSocket; with this query it takes no part in the desk's work."""
    cookie = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
    async with connect(
        f"{who.url.replace('http', 'ws', 1)}/api/live{query}",
        origin=Origin(who.url),
        additional_headers={"Cookie": cookie},
        compression=None,
        max_size=None,
    ) as socket:
        page = Feed(socket)
        work = [asyncio.create_task(page.read()), asyncio.create_task(page.ping())]
        try:
            _, hello = await page.until(lambda message: message["type"] == "hello")
            page.epoch = hello["epoch"]
            yield page
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)


def changes(message: Message, kind: str) -> list[Message]:
    """What a message about a call changes of this kind."""
    found = message.get("changes", []) if message["type"] == "call" else []
    return [change for change in found if change.get("kind") == kind]
