"""New instructions for a live call, over real HTTP to a provider that answers as it likes."""

import asyncio
import base64
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import parse_qs

import pytest
from fastapi import FastAPI, Request, Response

from warmline.gateway.twilio.rest import CallApi, Updated

Serve = Callable[[Any], AbstractAsyncContextManager[str]]


class Provider:
    """Answers with the statuses given, one after the other, the last for ever."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[tuple[str, str, dict[str, list[str]]]] = []
        self.app = FastAPI()
        self.app.add_api_route("/{path:path}", self._answer, methods=["POST", "GET"])

    async def _answer(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        self.requests.append(
            (request.scope["raw_path"].decode(), request.headers["authorization"], form)
        )
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        headers = {"Location": "/elsewhere"} if status in (301, 302, 307) else {}
        return Response('{"sid": "CA1"}', status, headers)


@pytest.mark.parametrize(
    ("statuses", "outcome", "tries"),
    [
        ([200], Updated.DONE, 1),
        ([404], Updated.GONE, 1),
        ([401], Updated.FAILED, 1),
        ([400], Updated.FAILED, 1),
        ([307], Updated.FAILED, 1),
        ([500], Updated.FAILED, 1),
        ([429, 200], Updated.DONE, 2),
        ([503, 404], Updated.GONE, 2),
        ([503, 503, 200], Updated.FAILED, 2),
    ],
)
async def test_answers(serve: Serve, statuses: list[int], outcome: Updated, tries: int) -> None:
    provider = Provider(*statuses)
    async with serve(provider.app) as host:
        api = CallApi(f"http://{host}/2010-04-01/", "AC1", "secret", 5.0)
        assert await api.update("CA1", "<Response>&é</Response>") is outcome
    assert len(provider.requests) == tries
    path, authorization, form = provider.requests[0]
    assert path == "/2010-04-01/Accounts/AC1/Calls/CA1.json"
    assert base64.b64decode(authorization.removeprefix("Basic ")) == b"AC1:secret"
    assert form == {"Twiml": ["<Response>&é</Response>"]}


async def test_a_call_s_id_cannot_lead_elsewhere(serve: Serve) -> None:
    provider = Provider(200)
    async with serve(provider.app) as host:
        await CallApi(f"http://{host}", "AC1", "secret", 5.0).update("../x?a=1#b", "<Response/>")
    assert provider.requests[0][0] == "/Accounts/AC1/Calls/..%2Fx%3Fa%3D1%23b.json"


async def _listen(
    answer: Callable[..., Any], timeout_s: float = 5.0
) -> tuple[asyncio.Server, CallApi]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return server, CallApi(f"http://127.0.0.1:{port}", "AC1", "secret", timeout_s)


async def test_a_provider_that_does_not_answer() -> None:
    tries = []
    given_up = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(await reader.read())  # until we give up
        writer.close()
        await writer.wait_closed()
        given_up.set()

    server, api = await _listen(listen, timeout_s=0.5)
    async with server, asyncio.timeout(5):
        assert await api.update("CA1", "<Response/>") is Updated.FAILED
        await given_up.wait()
    assert len(tries) == 1, "it may have been obeyed"


async def test_nobody_there() -> None:
    api = CallApi("http://127.0.0.1:1", "AC1", "secret", 5.0)
    assert await api.update("CA1", "<Response/>") is Updated.FAILED


async def test_a_peer_that_breaks_off() -> None:
    slammed = asyncio.Event()

    async def slam(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        slammed.set()

    server, api = await _listen(slam)
    async with server:
        assert await api.update("CA1", "<Response/>") is Updated.FAILED
        await slammed.wait()
