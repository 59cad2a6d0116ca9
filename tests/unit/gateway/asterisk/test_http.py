"""What the dialplan asks, over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from warmline.gateway.asterisk.calls import AsteriskCalls, Caller
from warmline.gateway.asterisk.http import asterisk_router
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.ports import Handover, Line

Client = Callable[[AsteriskSettings], AbstractAsyncContextManager[httpx.AsyncClient]]
SECRET = AsteriskSettings(secret="hush")


async def nobody(line: Line) -> None:
    raise AssertionError("nobody calls")


@pytest.fixture
def calls() -> AsteriskCalls:
    return AsteriskCalls()


@pytest.fixture
def client(calls: AsteriskCalls) -> Client:
    @asynccontextmanager
    async def made(settings: AsteriskSettings) -> AsyncIterator[httpx.AsyncClient]:
        app = FastAPI()
        app.include_router(asterisk_router(nobody, calls, settings))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://warmline") as client:
            yield client

    return made


async def test_a_caller_is_registered(client: Client, calls: AsteriskCalls) -> None:
    async with client(SECRET) as http:
        answer = await http.get(
            "/asterisk/register?uuid=U-1&from=%2B15550100&to=100&flow=orders",
            headers={"X-Warmline-Secret": "hush"},
        )
        assert (answer.status_code, answer.text) == (200, "ok")
        assert answer.headers["content-type"].startswith("text/plain")
    caller = calls.claim("u-1", _now())
    assert caller == Caller(number="+15550100", called="100", flow="orders")


async def test_the_dialplan_learns_what_is_next(client: Client, calls: AsteriskCalls) -> None:
    calls.hand_over("U-1", Handover("billing", "asked", "call-1"), _now())
    async with client(SECRET) as http:
        answer = await http.get("/asterisk/next?uuid=u-1&secret=hush")
        assert answer.text == "queue=billing&reason=asked&summary=call-1"
        answer = await http.get("/asterisk/next?uuid=other&secret=hush")
        assert answer.text == "next=unknown"


@pytest.mark.parametrize("path", ["/asterisk/register", "/asterisk/next"])
@pytest.mark.parametrize("given", ["", "&secret=wrong", "&secret=hüsh", "&secret="])
@pytest.mark.parametrize("settings", [SECRET, AsteriskSettings()])
async def test_without_the_secret_nothing_is_told(
    client: Client, path: str, given: str, settings: AsteriskSettings
) -> None:
    async with client(settings) as http:
        answer = await http.get(f"{path}?uuid=U-1{given}")
        assert answer.status_code == 403
        answer = await http.get(f"{path}?uuid=U-1", headers={"X-Warmline-Secret": "no"})
        assert answer.status_code == 403


async def test_a_call_needs_a_name(client: Client) -> None:
    async with client(SECRET) as http:
        headers = {"X-Warmline-Secret": "hush"}
        assert (await http.get("/asterisk/register", headers=headers)).status_code == 422
        assert (await http.get("/asterisk/register?uuid=%07", headers=headers)).status_code == 400


def _now() -> float:
    return asyncio.get_running_loop().time()
