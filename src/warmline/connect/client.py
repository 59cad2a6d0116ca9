"""Calls to endpoints as flows make them: never longer than allowed, never an exception.

Owns the time limit over all tries, the pauses between them, how much goes on at once, and the
log, which shows no values. Knows neither how HTTP is spoken nor what the values are for.
"""

import asyncio
import logging
import os
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final, Self

from warmline.connect.endpoint import EndpointSettings, resolved_headers
from warmline.connect.exchange import MAX_CONNECTIONS, Peer, Resolve, Resolver, hush_library
from warmline.connect.outcome import Code, Failed, Outcome, ended
from warmline.connect.request import Message, Request, compose

log = logging.getLogger(__name__)

MAX_AT_ONCE: Final = 32
"""Requests to all endpoints together. Two cores that also transcribe parse no more JSON."""
FIRST_PAUSE_S: Final = 0.1
"""Before the second try; doubles each time. A caller is waiting, so it starts small."""


class _Door:
    """One endpoint with its peer, its headers and the places in its queue."""

    def __init__(
        self, name: str, settings: EndpointSettings, headers: Mapping[str, str], resolve: Resolve
    ) -> None:
        self.settings = settings
        self.headers = headers
        self.peer = Peer(name, settings, resolve)
        self.places = asyncio.Semaphore(MAX_CONNECTIONS)


class Connector:
    """All endpoints, for all calls. Used within `async with`."""

    def __init__(
        self,
        endpoints: Mapping[str, EndpointSettings],
        *,
        env: Mapping[str, str] = os.environ,
        resolve: Resolve | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Raises ConfigError for a header's variable or a certificate file that is missing.

        `resolve` and `pause` stand in for the name service and for sleeping, in tests.
        """
        self._resolver = Resolver(threads=MAX_AT_ONCE)
        self._pause = pause
        self._places = asyncio.Semaphore(MAX_AT_ONCE)
        self._open = False
        self._doors = {
            name: _Door(
                name, settings, resolved_headers(name, settings, env), resolve or self._resolver
            )
            for name, settings in endpoints.items()
        }

    async def __aenter__(self) -> Self:
        hush_library()
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        self._resolver.close()
        async with AsyncExitStack() as stack:
            for door in self._doors.values():
                stack.push_async_callback(door.peer.close)

    async def fetch(self, request: Request) -> Outcome:
        """What the endpoint says. Raises nothing; cancelled, it closes its connection.

        Takes at most the endpoint's `timeout_s`.
        """
        clock = asyncio.get_running_loop().time
        begun = clock()
        code: Code = "ok"
        values: Mapping[str, str] = {}
        try:
            status, values = await self._fetch(request)
        except Failed as failure:
            code, status = failure.code, failure.status
        outcome = ended(code, status, clock() - begun, values)
        told = request.endpoint, outcome.code, outcome.status, outcome.seconds * 1000
        if outcome.kind == "error":
            log.warning("endpoint %s: %s, status %d, %.0f ms", *told)
        else:
            log.info("endpoint %s: %s, status %d, %.0f ms", *told)
        return outcome

    async def _fetch(self, request: Request) -> tuple[int, Mapping[str, str]]:
        door = self._doors.get(request.endpoint)
        if door is None:
            raise Failed("unknown_endpoint")
        if not self._open:
            raise Failed("closed")
        message = compose(request, door.settings, door.headers)
        code: Code = "busy"
        try:
            async with asyncio.timeout(door.settings.timeout_s) as limit:
                # The endpoint's place first: who waits for it takes none from other endpoints.
                async with door.places, self._places:
                    code = "timeout"
                    return await self._tries(door, message, limit.when() or 0.0)
        except TimeoutError:
            raise Failed(code) from None

    async def _tries(
        self, door: _Door, message: Message, until: float
    ) -> tuple[int, Mapping[str, str]]:
        """The first good answer, or the failure that cannot be mended before `until`."""
        pause_s = FIRST_PAUSE_S
        left = door.settings.retries if message.repeatable else 0
        while True:
            try:
                return await door.peer.exchange(message)
            except Failed as failure:
                # Jittered, so that calls which failed together do not come back together.
                wait_s = max(pause_s * random.uniform(0.5, 1.0), failure.retry_after_s)
                too_late = asyncio.get_running_loop().time() + wait_s >= until
                if not failure.passing or not left or too_late:
                    raise
            await self._pause(wait_s)
            left -= 1
            pause_s *= 2
