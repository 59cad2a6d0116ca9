"""Sends what waits in the desk's papers to webhooks: signed, and again until it is taken.

Knows HTTP and the table of deliveries; not what is in a body. At least once: a receiver tells a
second copy by `X-Warmline-Delivery`.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from warmline.errors import ConfigError, place
from warmline.records import StoreError
from warmline.records.desk import Delivery, DeskStore

RETRY_S: Final = (5.0, 15.0, 60.0, 300.0, 900.0)
"""Between the first tries; the last is repeated until `give_up_s`."""
GIVE_UP_S: Final = 4 * 3600.0
"""As long as Twilio's event streams try."""
LOOK_S: Final = 5.0
"""How soon what is due is found when nobody says so."""
TIMEOUT_S: Final = 10.0
_MIN_SECRET: Final = 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    url: str = ""
    """https, or http for this machine and a network that is trusted; empty: nothing is sent."""
    secret: str = field(default="", repr=False)
    """Signs what is sent; both sides know it."""

    def __post_init__(self) -> None:
        if not self.url:
            return
        if not _is_web(self.url):
            raise ConfigError("desk.webhook_url: expected an address as https://crm.example.com/…")
        if len(self.secret) < _MIN_SECRET:
            raise ConfigError(f"desk.webhook_secret: must have {_MIN_SECRET} characters or more")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and HMAC-SHA256 of "TIMESTAMP.BODY", hexadecimal.

    The receiver makes the same, compares in constant time, and refuses timestamps (seconds since
    1970) that are old.
    """
    told = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()


def retry_after(tries: int) -> float | None:
    """Seconds to wait after so many tries; None: it is given up."""
    waits = [*RETRY_S]
    while sum(waits) < GIVE_UP_S:
        waits.append(RETRY_S[-1])
    return waits[tries - 1] if tries <= len(waits) else None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Webhooks:
    """`async with` runs it."""

    def __init__(
        self,
        store: DeskStore,
        secret: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._store = store
        self._secret = secret
        self._clock = clock
        self._some = asyncio.Event()
        # No redirects, no proxy of the environment: what is signed goes where it is meant to.
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_S, transport=transport, follow_redirects=False, trust_env=False
        )
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._client)
        task = asyncio.create_task(self._run(), name="webhooks")
        self._stack.push_async_callback(_cancel_and_wait, task)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def look(self) -> None:
        """There is something to be sent."""
        self._some.set()

    async def _run(self) -> None:
        failing = False
        while True:
            try:
                while due := await self._store.take_due(self._clock()):
                    await asyncio.gather(*(self._send(delivery) for delivery in due))
                failing = False
            except StoreError as error:
                if not failing:
                    _log.error("Webhooks wait: %s", error)
                failing = True
            self._some.clear()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._some.wait()
            except TimeoutError:
                pass

    async def _send(self, delivery: Delivery) -> None:
        if not (error := await self._try(delivery)):
            await self._store.delivery_done(delivery.id, self._clock())
            return
        wait_s = retry_after(delivery.tries)
        if wait_s is None:
            _log.error("A webhook was given up after %d tries: %s", delivery.tries, error)
        retry_at = None if wait_s is None else self._clock() + timedelta(seconds=wait_s)
        await self._store.delivery_failed(delivery.id, error, retry_at)

    async def _try(self, delivery: Delivery) -> str:
        """What went wrong; empty when it was taken. Never the receiver's own words."""
        body = json.dumps(delivery.body, ensure_ascii=False).encode()
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Warmline-Delivery": str(delivery.id),
            "X-Warmline-Timestamp": timestamp,
            "X-Warmline-Signature": signature(self._secret, timestamp, body),
        }
        try:
            async with self._client.stream(
                "POST", delivery.url, content=body, headers=headers
            ) as response:
                return "" if response.is_success else f"HTTP {response.status_code}"
        except httpx.HTTPError as error:
            return type(error).__name__
        except Exception as error:
            return place(error)


async def _cancel_and_wait(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
