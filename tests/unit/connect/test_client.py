"""All tries together: time limits, retries, what goes on at once, and what is logged."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from warmline.connect.client import FIRST_PAUSE_S, MAX_AT_ONCE, Connector
from warmline.connect.endpoint import EndpointSettings
from warmline.connect.exchange import MAX_CONNECTIONS
from warmline.connect.outcome import Outcome
from warmline.connect.request import Request
from warmline.errors import ConfigError

Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[..., Awaitable[int]]

STATUS = Request(
    endpoint="orders", values={"id": "4527"}, save={"status": "$.status"}, key="call-1"
)
SENT = b'{"status": "sent"}'
OK = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n") + SENT


def status(number: int, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {number} X", "Content-Length: 0", *lines, "", ""]).encode()


class Pauses(list[float]):
    """Stands in for sleeping."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


async def resolve(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def connector(
    port: int, pause: Callable[[float], Awaitable[None]] = asyncio.sleep, **settings: Any
) -> Connector:
    made = EndpointSettings(
        url=f"http://shop.invalid:{port}/orders/{{id}}",
        **{"allow_private": True, "timeout_s": 60} | settings,
    )
    return Connector({"orders": made}, env={}, resolve=resolve, pause=pause)


async def fetch(port: int, request: Request = STATUS, **settings: Any) -> Outcome:
    async with connector(port, **settings) as connect:
        return await connect.fetch(request)


def in_turn(*replies: bytes) -> tuple[Handler, list[bytes]]:
    """A peer that gives each reply once, closing after an empty one, and what it was asked."""
    left = list(replies)
    asked: list[bytes] = []

    async def handle(request: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(request)
        reply = left.pop(0)
        writer.write(reply)
        if not reply:
            writer.close()

    return handle, asked


# --- outcomes ------------------------------------------------------------------------------------


async def test_an_answer_fills_the_slots(serve: Serve) -> None:
    handle, _ = in_turn(OK)
    outcome = await fetch(await serve(handle))
    assert (outcome.kind, outcome.code, outcome.status) == ("ok", "ok", 200)
    assert outcome.values == {"status": "sent"}
    assert outcome.seconds > 0


async def test_what_is_not_there_has_its_own_edge(serve: Serve) -> None:
    handle, _ = in_turn(status(404))
    outcome = await fetch(await serve(handle))
    assert (outcome.kind, outcome.code, outcome.status) == ("not_found", "not_found", 404)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Request(endpoint="other"), "unknown_endpoint"),
        (Request(endpoint="orders"), "missing_value"),
        (Request(endpoint="orders", values={"id": ".."}), "bad_value"),
        (Request(endpoint="orders", values={"id": "1"}, save={"a": "a"}), "bad_path"),
    ],
)
async def test_a_wrong_request_goes_nowhere(request_: Request, code: str) -> None:
    outcome = await fetch(1, request_)
    assert (outcome.kind, outcome.code, outcome.status) == ("error", code, 0)


async def test_a_connector_answers_only_while_it_is_open() -> None:
    connect = connector(1)
    assert (await connect.fetch(STATUS)).code == "closed"
    async with connect:
        pass
    assert (await connect.fetch(STATUS)).code == "closed"


def test_a_missing_variable_is_told_at_start() -> None:
    with pytest.raises(ConfigError, match=r"endpoints\.orders\.headers: the variable TOKEN"):
        connector(1, headers={"Authorization": "env:TOKEN"})


async def test_headers_are_sent(serve: Serve) -> None:
    handle, asked = in_turn(OK)
    url = f"http://shop.invalid:{await serve(handle)}/"
    settings = EndpointSettings(url=url, allow_private=True, headers={"X-Key": "env:TOKEN"})
    env = {"TOKEN": "abc"}
    async with Connector({"orders": settings}, env=env, resolve=resolve) as connect:
        await connect.fetch(STATUS)
    assert b"\r\nX-Key: abc\r\n" in asked[0]


# --- retries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [status(429), status(502), status(503), status(504), b""])
async def test_a_passing_fault_is_tried_again(serve: Serve, fault: bytes) -> None:
    handle, asked = in_turn(fault, fault, OK)
    pauses = Pauses()
    outcome = await fetch(await serve(handle), pause=pauses)
    assert outcome.kind == "ok"
    assert len(asked) == 3
    assert [0.5 <= pause / FIRST_PAUSE_S <= 1.0 for pause in pauses[:1]] == [True]
    assert 1.0 <= pauses[1] / FIRST_PAUSE_S <= 2.0


async def test_after_all_tries_the_last_fault_stands(serve: Serve) -> None:
    handle, asked = in_turn(status(503), status(503), status(503), OK)
    outcome = await fetch(await serve(handle), pause=Pauses())
    assert (outcome.kind, outcome.code, outcome.status) == ("error", "bad_status", 503)
    assert len(asked) == 3


async def test_a_fault_that_stays_is_not_tried_again(serve: Serve) -> None:
    handle, asked = in_turn(status(500), status(500), status(500), OK)
    port = await serve(handle)
    async with connector(port, Pauses()) as connect:
        codes = [(await connect.fetch(STATUS)).status for _ in range(4)]
    assert codes == [500, 500, 500, 200]


async def test_an_act_is_repeated_with_the_same_key(serve: Serve) -> None:
    handle, asked = in_turn(status(503), OK)
    outcome = await fetch(await serve(handle), pause=Pauses(), method="POST")
    assert outcome.kind == "ok"
    assert [b"\r\nIdempotency-Key: call-1\r\n" in request for request in asked] == [True, True]


async def test_an_act_without_a_key_is_done_once(serve: Serve) -> None:
    handle, asked = in_turn(status(503), OK)
    request = Request(endpoint="orders", values={"id": "1"})
    outcome = await fetch(await serve(handle), request, method="POST")
    assert (outcome.status, len(asked)) == (503, 1)


async def test_the_peer_says_how_long_to_wait(serve: Serve) -> None:
    handle, _ = in_turn(status(503, "Retry-After: 7"), OK)
    pauses = Pauses()
    assert (await fetch(await serve(handle), pause=pauses)).kind == "ok"
    assert pauses == [7]


async def test_nobody_waits_longer_than_there_is_time(serve: Serve) -> None:
    handle, asked = in_turn(status(503, "Retry-After: 60"), OK)
    pauses = Pauses()
    outcome = await fetch(await serve(handle), pause=pauses, timeout_s=30)
    assert (outcome.code, outcome.status, len(asked), pauses) == ("bad_status", 503, 1, [])


async def test_a_try_that_hangs_is_tried_again(serve: Serve) -> None:
    asked = 0

    async def hang_once(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.Event().wait()
        writer.write(OK)

    outcome = await fetch(await serve(hang_once), pause=Pauses(), try_timeout_s=0.5, retries=5)
    assert outcome.kind == "ok"
    assert asked > 1


# --- the time limit ------------------------------------------------------------------------------


async def _silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _after_half_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-")
    await asyncio.Event().wait()


async def _after_the_head(writer: asyncio.StreamWriter) -> None:
    writer.write(OK.removesuffix(SENT))
    await asyncio.Event().wait()


async def _dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await asyncio.sleep(0.01)


async def _dripping_heads(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "behave", [_silent, _after_half_a_head, _after_the_head, _dripping, _dripping_heads]
)
async def test_a_slow_peer_gets_no_more_than_its_time(
    serve: Serve, behave: Callable[[asyncio.StreamWriter], Awaitable[None]]
) -> None:
    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        await behave(writer)

    outcome = await fetch(await serve(handle), timeout_s=0.2, retries=0)
    assert (outcome.kind, outcome.code, outcome.values) == ("error", "timeout", {})


async def test_a_slow_name_service_gets_no_more_either() -> None:
    async def hang(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    settings = EndpointSettings(url="http://shop.invalid/", timeout_s=0.05)
    async with Connector({"orders": settings}, resolve=hang) as connect:
        assert (await connect.fetch(STATUS)).code == "timeout"


async def test_all_tries_share_one_limit(serve: Serve) -> None:
    async def hang(_: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    outcome = await fetch(
        await serve(hang), pause=Pauses(), timeout_s=0.4, try_timeout_s=0.3, retries=1
    )
    assert outcome.code == "timeout"


async def test_a_cancelled_call_closes_its_connection(serve: Serve) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        asked.set()
        try:
            while True:
                writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(0)
        finally:
            gone.set()

    async with connector(await serve(handle)) as connect:
        task = asyncio.create_task(connect.fetch(STATUS))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await gone.wait()


# --- at once -------------------------------------------------------------------------------------


class Crowd:
    """A peer that lets nobody go until the gate opens, and counts who is there."""

    def __init__(self, expected: int) -> None:
        self.gate, self.full = asyncio.Event(), asyncio.Event()
        self.inside = self.most = 0
        self._expected = expected

    async def __call__(self, _: bytes, writer: asyncio.StreamWriter) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside >= self._expected:
            self.full.set()
        await self.gate.wait()
        self.inside -= 1
        writer.write(OK)


async def test_one_endpoint_takes_so_many_at_once_and_all_in_the_end(serve: Serve) -> None:
    crowd = Crowd(MAX_CONNECTIONS)
    async with connector(await serve(crowd)) as connect:
        tasks = [asyncio.create_task(connect.fetch(STATUS)) for _ in range(3 * MAX_CONNECTIONS)]
        await crowd.full.wait()
        crowd.gate.set()
        outcomes = await asyncio.gather(*tasks)
    assert {outcome.kind for outcome in outcomes} == {"ok"}
    assert crowd.most == MAX_CONNECTIONS


async def test_cancelled_calls_leave_their_places(serve: Serve) -> None:
    crowd = Crowd(MAX_CONNECTIONS)
    async with connector(await serve(crowd)) as connect:
        tasks = [asyncio.create_task(connect.fetch(STATUS)) for _ in range(2 * MAX_CONNECTIONS)]
        await crowd.full.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        crowd.gate.set()
        assert (await connect.fetch(STATUS)).kind == "ok"


async def test_waiting_for_a_place_counts_as_time(serve: Serve) -> None:
    crowd = Crowd(MAX_AT_ONCE)
    url = f"http://shop.invalid:{await serve(crowd)}/"
    patient = EndpointSettings(url=url, allow_private=True, timeout_s=60)
    hasty = patient.model_copy(update={"timeout_s": 0.05})
    names = [f"e{n}" for n in range(MAX_AT_ONCE // MAX_CONNECTIONS)]
    settings = dict.fromkeys(names, patient) | {"hasty": hasty}
    async with Connector(settings, resolve=resolve) as connect:
        tasks = [
            asyncio.create_task(connect.fetch(Request(endpoint=name)))
            for name in names * MAX_CONNECTIONS
        ]
        await crowd.full.wait()
        assert (await connect.fetch(Request(endpoint="hasty"))).code == "busy"
        crowd.gate.set()
        assert {outcome.kind for outcome in await asyncio.gather(*tasks)} == {"ok"}
    assert crowd.most == MAX_AT_ONCE


# --- the log -------------------------------------------------------------------------------------


async def test_the_log_says_how_it_went_and_shows_no_values(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    leak = "X-Echo: 4527", "Location: /orders/4527"
    handle, _ = in_turn(OK, status(302, *leak), status(503, *leak))
    settings: dict[str, Any] = {"headers": {"X-Key": "secret-key"}, "retries": 0}
    async with connector(await serve(handle), **settings) as connect:
        for _ in range(3):
            await connect.fetch(Request(endpoint="orders", values={"id": "4527"}, key="k4527"))
    told = [record.getMessage() for record in caplog.records if "endpoint" in record.message]
    assert [line.rpartition(",")[0] for line in told] == [
        "endpoint orders: ok, status 200",
        "endpoint orders: redirect, status 302",
        "endpoint orders: bad_status, status 503",
    ]
    assert not any(leaked in caplog.text for leaked in ("4527", "secret-key", "sent"))
