"""What is posted: signed, again until it is taken, for four hours."""

import asyncio
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from unit.accounts.people import eventually
from warmline.desk import webhook
from warmline.desk.webhook import (
    GIVE_UP_S,
    Webhooks,
    WebhookSettings,
    retry_after,
    signature,
)
from warmline.errors import ConfigError
from warmline.records import StoreError
from warmline.records.database import Database
from warmline.records.desk import DeskStore
from warmline.records.schema import deliveries

SECRET = "sixteen characters"
URL = "https://crm.example.com/wrapups"


class Receiver:
    """Answers as it is told, and keeps what came."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.came = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.came.set()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, text="what a stranger answers")


class Hours:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DeskStore]:
    database = await Database.open(tmp_path / "desk.db")
    yield DeskStore(database)
    await database.close()


@contextlib.asynccontextmanager
async def webhooks(
    store: DeskStore, receiver: Receiver, hours: Callable[[], datetime]
) -> AsyncIterator[Webhooks]:
    transport = httpx.MockTransport(receiver)
    async with Webhooks(store, SECRET, transport=transport, clock=hours) as running:
        yield running


async def row(store: DeskStore) -> Any:
    """The only delivery, whatever became of it."""
    return (await store._database.read(deliveries.select()))[0]


async def until(store: DeskStore, holds: Callable[[Any], bool]) -> Any:
    async def does() -> bool:
        return holds(await row(store))

    await eventually(does)
    return await row(store)


async def test_it_is_signed(store: DeskStore) -> None:
    hours, receiver = Hours(), Receiver()
    await store.add_delivery(URL, {"event": "wrapup", "note": "Zoë"}, hours())
    async with webhooks(store, receiver, hours):
        await until(store, lambda found: found.done_at is not None)
    (request,) = receiver.requests
    body = request.read()
    assert json.loads(body) == {"event": "wrapup", "note": "Zoë"}
    assert request.url == URL
    timestamp = request.headers["x-warmline-timestamp"]
    assert timestamp == str(int(hours().timestamp()))
    told = f"{timestamp}.".encode() + body
    right = hmac.new(SECRET.encode(), told, hashlib.sha256).hexdigest()
    assert request.headers["x-warmline-signature"] == f"sha256={right}"
    assert request.headers["x-warmline-delivery"] == "1"


async def test_again_until_it_is_taken(store: DeskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = Hours()
    monkeypatch.setattr(webhook, "LOOK_S", 0.01)
    receiver = Receiver(500, httpx.ConnectError("no words of theirs"), 302, 204)
    await store.add_delivery(URL, {}, hours())
    async with webhooks(store, receiver, hours) as running:
        for tries, error in enumerate(["HTTP 500", "ConnectError", "HTTP 302"], start=1):
            found = await until(store, lambda found: bool(found.error))
            assert (found.tries, found.error) == (tries, error)
            wait_s = retry_after(tries)
            assert wait_s is not None
            assert found.next_at == hours() + timedelta(seconds=wait_s)
            hours.now += timedelta(seconds=wait_s)
            await store._database.change(deliveries.update().values(error=""))
            running.look()
        found = await until(store, lambda found: found.done_at is not None)
    assert (found.tries, found.error, len(receiver.requests)) == (4, "", 4)
    assert {request.headers["x-warmline-delivery"] for request in receiver.requests} == {"1"}


async def test_after_four_hours_it_is_given_up(
    store: DeskStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hours = Hours()
    monkeypatch.setattr(webhook, "retry_after", lambda tries: None)
    await store.add_delivery(URL, {"note": "private"}, hours())
    async with webhooks(store, Receiver(500), hours):
        found = await until(store, lambda found: found.next_at is None)
    assert found.done_at is None
    assert "given up after 1 tries: HTTP 500" in caplog.text
    assert "private" not in caplog.text and URL not in caplog.text


async def test_the_database_is_away_for_a_while(
    store: DeskStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hours, receiver = Hours(), Receiver()
    monkeypatch.setattr(webhook, "LOOK_S", 0.01)
    take_due, failures = store.take_due, 3

    async def sometimes(*args: Any, **more: Any) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreError("desk.db: cannot be read")
        return await take_due(*args, **more)

    monkeypatch.setattr(store, "take_due", sometimes)
    await store.add_delivery(URL, {}, hours())
    async with webhooks(store, receiver, hours):
        await until(store, lambda found: found.done_at is not None)
    assert caplog.text.count("Webhooks wait") == 1


def test_how_long_it_is_tried() -> None:
    waits: list[float] = []
    while (wait_s := retry_after(len(waits) + 1)) is not None:
        waits.append(wait_s)
    assert waits[:5] == [5.0, 15.0, 60.0, 300.0, 900.0]
    assert sorted(waits) == waits
    assert GIVE_UP_S <= sum(waits) <= GIVE_UP_S + 900


def test_the_signature_as_others_make_it() -> None:
    # printf '%s' '1795334400.{}' | openssl dgst -sha256 -hmac 'sixteen characters'
    known = "ad6923c824eea74edfa0b9e2603c208da5c278d3052dd4a70930f419641dcf34"
    assert signature(SECRET, "1795334400", b"{}") == f"sha256={known}"


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "ftp://crm.example.com", "secret": SECRET},
        {"url": "crm.example.com", "secret": SECRET},
        {"url": "https://[", "secret": SECRET},
        {"url": URL, "secret": ""},
        {"url": URL, "secret": "short"},
    ],
)
def test_settings_that_cannot_work(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"desk\.webhook_"):
        WebhookSettings(**settings)


def test_settings_that_work() -> None:
    WebhookSettings()
    assert SECRET not in repr(WebhookSettings(url=URL, secret=SECRET))
