"""Requests that are none, at the doors' HTTP routes: any body, bodies that never end."""

import asyncio
import json
import logging
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from strangers import Browsers, Desk, serving
from warmline.gateway.asterisk.calls import AsteriskCalls
from warmline.gateway.asterisk.http import asterisk_router
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.twilio.door import twilio_router
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.gateway.webrtc.door import WebRtcSettings, webrtc_router

OFFER = "\r\n".join(
    [
        *("v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 111"),
        *("a=mid:0", "a=ice-ufrag:abcd", "a=ice-pwd:" + "x" * 22, "a=rtcp-mux", "a=setup:actpass"),
        *("a=fingerprint:sha-256 " + ":".join(["AA"] * 32), "a=rtpmap:111 opus/48000/2", ""),
    ]
)


def doors() -> FastAPI:
    """All that answers HTTP, open to everyone who knows no secret."""
    app = FastAPI()
    app.include_router(webrtc_router(Desk(), WebRtcSettings(token_required=False), Browsers()))
    local = TwilioSettings(public_url="http://127.0.0.1", insecure_loopback=True)
    app.include_router(twilio_router(Desk(), local))
    app.include_router(
        asterisk_router(Desk(), AsteriskCalls(), AsteriskSettings(secret="s", password="p"))
    )
    return app


async def ask(method: str, path: str, **options: Any) -> httpx.Response:
    app = doors()
    transport = httpx.ASGITransport(app)  # an exception of the application is raised here
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        return await client.request(method, path, **options)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "sdp": st.just(OFFER) | ANY_JSON,
        "type": st.just("offer") | ANY_JSON,
        "token": ANY_JSON,
        "flow": st.text() | ANY_JSON,
        "caller": ANY_JSON,
        "pc_id": st.just("x") | ANY_JSON,
        "captions": ANY_JSON,
        "candidates": st.lists(st.fixed_dictionaries({"candidate": ANY_JSON}), max_size=3)
        | ANY_JSON,
    },
)
BODIES = st.one_of(
    st.binary(max_size=200),
    (ANY_JSON | FIELDS).map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"[" * 20_000, b'{"sdp":' * 4000, b"\xff\xfe", b"x" * 70_000, OFFER.encode()]),
    st.just(b"CallSid=CA1&From=%2B15550100&To=%00&CallStatus=ringing"),
)
ROUTES = st.sampled_from(
    [
        *(("POST", "/webrtc/offer"), ("PATCH", "/webrtc/offer"), ("POST", "/webrtc/token")),
        *(("POST", "/whip"), ("PATCH", "/whip/x"), ("DELETE", "/whip/x"), ("POST", "/whip/x")),
        *(("POST", "/twilio/voice"), ("POST", "/twilio/after-stream")),
        *(("POST", "/twilio/after-dial?flow=%0a"), ("POST", "/twilio/stream-status")),
        *(("GET", "/asterisk/register?uuid=%00"), ("GET", "/asterisk/next")),
    ]
)
TYPES = st.sampled_from(
    ["application/json", "application/sdp", "application/trickle-ice-sdpfrag", "text/plain", ""]
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(ROUTES, BODIES, TYPES, st.sampled_from(["", "Bearer x", "Bearer \xff", "Basic !"]))
def test_no_request_is_an_error_of_ours(
    route: tuple[str, str], body: bytes, media_type: str, authorization: str
) -> None:
    headers = {"Content-Type": media_type, "Authorization": authorization.encode("latin-1")}
    answer = asyncio.run(ask(*route, content=body, headers=headers))
    assert answer.status_code < 500
    assert not any(word in answer.text for word in ("Traceback", '.py"'))


async def break_off(request: bytes) -> None:
    """Send so much of a request, and leave."""
    async with serving(doors()) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request)
        await writer.drain()
        writer.close()
        # When a second request is answered, the first is over.
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /asterisk/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert await reader.read()
        writer.close()


HEAD = " HTTP/1.1\r\nHost: x\r\nContent-Type: application/sdp\r\nContent-Length: 99\r\n\r\nv=0"


@pytest.mark.parametrize(
    "line",
    [
        "POST /twilio/voice",
        "POST /webrtc/offer",
        "PATCH /webrtc/offer",
        "POST /whip",
    ],
)
async def test_a_body_that_breaks_off_is_no_error_of_ours(
    line: str, caplog: pytest.LogCaptureFixture
) -> None:
    await break_off((line + HEAD).encode())
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("line", "module", "limit", "status"),
    [
        ("POST /webrtc/offer", "warmline.gateway.webrtc.bodies", "BODY_S", b"408"),
        ("POST /whip", "warmline.gateway.webrtc.bodies", "BODY_S", b"408"),
        ("POST /twilio/voice", "warmline.gateway.twilio.door", "FORM_S", b"400"),
    ],
)
async def test_a_body_that_never_ends_is_not_waited_for(
    line: str, module: str, limit: str, status: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{module}.{limit}", 0.1)
    async with serving(doors()) as address, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(*address)
        writer.write((line + HEAD).encode())
        assert status in await reader.readline()
        writer.close()
