"""What the tests of accounts share: a clock, an audit, a browser, cheap hashes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from warmline.accounts.accounts import Accounts
from warmline.accounts.user import User

CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD: Final = "correct horse battery"
URL: Final = "https://voice.example.com"
API_KEY: Final = "0123456789abcdef-key"


class Hours:
    """A clock for `datetime`s and one for seconds, moved together by tests."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 8, tzinfo=UTC)
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class Paper:
    """An audit that is kept in a list of (action, by, subject, details)."""

    lines: list[tuple[str, str, str, Mapping[str, Any]]] = field(default_factory=list)

    async def __call__(
        self, action: str, user_id: str, subject: str, details: Mapping[str, Any]
    ) -> None:
        self.lines.append((action, user_id, subject, details))

    @property
    def actions(self) -> list[str]:
        return [action for action, *_ in self.lines]


async def add(accounts: Accounts, login: str, *roles: str) -> User:
    """A user with a password."""
    _, link = await accounts.create(login, login.title(), roles or ("agent",))
    return (await accounts.set_password(link, PASSWORD)).user


class Browser:
    """What a browser does: keeps cookies, says where a request comes from, has the CSRF token."""

    def __init__(self, app: FastAPI, url: str = URL) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url)
        self.origin = url
        self.site = "same-origin"
        self.csrf = ""

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {"X-Warmline-CSRF": self.csrf, "Sec-Fetch-Site": self.site}
        if method != "GET":
            headers["Origin"] = self.origin
        headers |= more.pop("headers", {})
        sent = {name.encode(): value.encode("latin-1") for name, value in headers.items() if value}
        return await self.http.request(method, path, json=body, headers=sent, **more)

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        answer = await self.ask("POST", "/api/session", {"login": login, "password": password})
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; ten seconds at most."""
    for _ in range(1000):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to hold")


def all_bytes(folder: Path) -> bytes:
    """Of all its files."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


class Told(list[tuple[str, str]]):
    """The ends that were told, as (user_id, why)."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__()
        self._more = asyncio.Event()
        accounts.on_end(self._hear)

    def _hear(self, session_id: str, user_id: str, why: str) -> None:
        self.append((user_id, why))
        self._more.set()

    async def wait(self, count: int = 1) -> None:
        async with asyncio.timeout(10):
            while len(self) < count:
                self._more.clear()
                await self._more.wait()


async def sign_in(accounts: Accounts, login: str = "anna") -> str:
    """The token of a new session."""
    return (await accounts.sign_in(login, PASSWORD, "192.0.2.1")).token
