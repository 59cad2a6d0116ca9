"""A hundred calls at each WebSocket door leave no task, no descriptor and no leg behind."""

import asyncio
import base64
import contextlib
import gc
import json
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from warmline.audio.frame import Frame
from warmline.gateway.asterisk.calls import AsteriskCalls
from warmline.gateway.asterisk.http import asterisk_router
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.leg import Leg
from warmline.gateway.protocol import UVICORN_OPTIONS
from warmline.gateway.socket import audio_router
from warmline.gateway.twilio.door import twilio_router
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.ports import Line

CALLS = 100
AT_ONCE = 10
PASSWORD = "a password of tests"
QUIET = b"\xff" * 160
"""20 ms of mu-law at 8 kHz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    path: str
    begin: tuple[str, ...]
    audio: str | bytes
    stop: str
    """How the caller hangs up politely; empty: by closing."""
    subprotocols: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


def _twilio(event: str, number: int, **body: object) -> str:
    ids = {"sequenceNumber": str(number), "streamSid": "MZ1"}
    return json.dumps({"event": event, **ids, **body})


MULAW = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
DOORS = {
    "audio": Door(
        path="/audio",
        begin=(json.dumps({"type": "start", "encoding": "mulaw", "rate": 8000}),),
        audio=QUIET,
        stop='{"type": "stop"}',
    ),
    "twilio": Door(
        path="/twilio/media",
        begin=(
            json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}),
            _twilio(
                "start",
                1,
                start={
                    "accountSid": "AC1",
                    "streamSid": "MZ1",
                    "callSid": "CA1",
                    "tracks": ["inbound"],
                    "mediaFormat": MULAW,
                    "customParameters": {},
                },
            ),
        ),
        audio=_twilio(
            "media",
            2,
            media={
                "track": "inbound",
                "chunk": "1",
                "timestamp": "20",
                "payload": base64.b64encode(QUIET).decode(),
            },
        ),
        stop=_twilio("stop", 3, stop={"accountSid": "AC1", "callSid": "CA1"}),
    ),
    "asterisk": Door(
        path="/asterisk/media",
        begin=(
            json.dumps(
                {
                    "event": "MEDIA_START",
                    "connection_id": "media1",
                    "channel": "WebSocket/media1",
                    "channel_id": "1.1",
                    "format": "ulaw",
                    "optimal_frame_size": 160,
                    "ptime": 20,
                }
            ),
        ),
        audio=QUIET,
        stop="",
        subprotocols=("media",),
        headers={
            "Authorization": "Basic " + base64.b64encode(f"asterisk:{PASSWORD}".encode()).decode()
        },
    ),
}


async def echo(line: Line) -> None:
    await line.started("c1")
    async for event in line:
        if isinstance(event, Frame):
            await line.play(event.samples[:160])


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Of a server with all WebSocket doors, in this process."""
    app = FastAPI()
    config = uvicorn.Config(app, log_config=None, **UVICORN_OPTIONS)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number: int = listener.getsockname()[1]
        url = f"http://127.0.0.1:{number}"
        twilio = TwilioSettings(public_url=url, insecure_loopback=True)
        asterisk = AsteriskSettings(password=PASSWORD)
        app.include_router(audio_router(echo))
        app.include_router(twilio_router(echo, twilio))
        app.include_router(asterisk_router(echo, AsteriskCalls(), asterisk))
        await server.startup(sockets=[listener])
        try:
            yield number
        finally:
            async with asyncio.timeout(5):
                await server.shutdown(sockets=[listener])


async def call(port: int, door: Door, number: int) -> None:
    """A call in which audio goes both ways; it ends in one of four ways."""
    async with connect(
        f"ws://127.0.0.1:{port}{door.path}",
        compression=None,
        subprotocols=[Subprotocol(name) for name in door.subprotocols] or None,
        additional_headers=door.headers,
    ) as client:
        for text in (*door.begin, door.audio):
            await client.send(text)
        await _audio(client)
        match number % 4:
            case 0 if door.stop:
                await client.send(door.stop)
                with contextlib.suppress(ConnectionClosed):
                    while True:
                        await client.recv()
            case 1:
                client.transport.abort()
            case 2:  # without lingering, closing sends RST
                raw = client.transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.transport.abort()
            case _:
                pass  # closes politely


async def _audio(client: ClientConnection) -> None:
    """Wait for the first that comes."""
    while True:
        message = await client.recv()
        if isinstance(message, bytes) or json.loads(message).get("event") == "media":
            return


async def calls(port: int, door: Door, count: int) -> None:
    for start in range(0, count, AT_ONCE):
        await asyncio.gather(*(call(port, door, start + n) for n in range(AT_ONCE)))


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def legs() -> int:
    gc.collect()
    return sum(isinstance(thing, Leg) for thing in gc.get_objects())


async def until(over: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            if over():
                return
            await asyncio.sleep(0.01)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted in /proc")
@pytest.mark.parametrize("name", DOORS)
async def test_calls_leave_nothing(port: int, name: str, caplog: pytest.LogCaptureFixture) -> None:
    tasks, others = asyncio.all_tasks(), legs()  # other tests may hold some
    await calls(port, DOORS[name], AT_ONCE)  # what comes once and stays
    await until(lambda: asyncio.all_tasks() == tasks and legs() <= others)
    files = descriptors()
    await calls(port, DOORS[name], CALLS)
    await until(lambda: asyncio.all_tasks() == tasks and legs() <= others)
    await until(lambda: descriptors() <= files)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
