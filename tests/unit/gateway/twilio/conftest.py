"""What the tests of the telephone networks' door share: the door on loopback, and a provider."""

import asyncio
import contextlib
import json
import socket
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import fromstring

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from warmline.gateway.protocol import UVICORN_OPTIONS
from warmline.gateway.twilio.door import twilio_router
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.gateway.twilio.signature import twilio_signature
from warmline.ports import CallHandler

Asgi = Callable[..., Any]
Serve = Callable[[Asgi], AbstractAsyncContextManager[str]]
CALL = "CA00000000000000000000000000000001"
FRAME = b64encode(b"\x80" * 160).decode()
"""20 ms at full scale."""


@contextlib.asynccontextmanager
async def _serve(app: Asgi) -> AsyncIterator[str]:
    """The application on a free port of loopback; gives `127.0.0.1:PORT`."""
    config = uvicorn.Config(app, log_config=None, **UVICORN_OPTIONS)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup(sockets=[listener])
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            async with asyncio.timeout(5):
                await server.shutdown(sockets=[listener])


@pytest.fixture
def serve() -> Serve:
    return _serve


@pytest.fixture
def settings() -> TwilioSettings:
    return TwilioSettings(
        public_url="https://voice.example.com",
        account_sid="AC00000000000000000000000000000001",
        auth_token="12345",
        numbers={"+14155550199": "tenant_line"},
        transfers={"default": "+14155550177"},
    )


class Stream:
    """A provider's end of one stream, with Twilio's messages."""

    def __init__(self, websocket: ClientConnection) -> None:
        self.websocket = websocket
        self.sequence = 0
        self.chunk = 0
        self.got: list[dict[str, Any]] = []
        """What came, but its audio."""
        self.audio = 0
        """Messages of audio that came."""

    async def send(self, event: str, **fields: Any) -> None:
        self.sequence += 1
        message = {"event": event, "sequenceNumber": str(self.sequence), "streamSid": "MZ1"}
        await self.websocket.send(json.dumps(message | fields))

    async def start(self, call: str = CALL, **parameters: str) -> None:
        await self.websocket.send('{"event": "connected", "protocol": "Call", "version": "1.0.0"}')
        await self.send("start", start=self.started(call, parameters))

    @staticmethod
    def started(call: str, parameters: dict[str, str]) -> dict[str, Any]:
        return {
            "accountSid": "AC1",
            "streamSid": "MZ1",
            "callSid": call,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }

    async def media(self, payload: str = FRAME, chunk: int | None = None) -> None:
        self.chunk = self.chunk + 1 if chunk is None else chunk
        place = {"chunk": str(self.chunk), "timestamp": str((self.chunk - 1) * 20)}
        await self.send("media", media={"track": "inbound", **place, "payload": payload})

    async def digit(self, digit: str) -> None:
        await self.send("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    async def mark(self, name: str) -> None:
        await self.send("mark", mark={"name": name})

    async def stop(self, call: str = CALL) -> None:
        await self.send("stop", stop={"accountSid": "AC1", "callSid": call})

    async def until(self, event: str) -> dict[str, Any]:
        """The next message of this kind."""
        async with asyncio.timeout(5):
            while True:
                message: dict[str, Any] = json.loads(await self.websocket.recv())
                self._note(message)
                if message.get("event") == event:
                    return message

    async def closed(self) -> int | None:
        """The code with which the server closes."""
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    self._note(json.loads(await self.websocket.recv()))
        return self.websocket.close_code

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("event") == "media":
            self.audio += 1
        else:
            self.got.append(message)


class Provider:
    """A telephone network with one account, and our door that it calls."""

    def __init__(self, host: str, settings: TwilioSettings) -> None:
        self.host = host
        self.settings = settings
        self.counts: Counter[str] = Counter()

    async def post(
        self, path: str, headers: dict[str, str] | None = None, **form: str
    ) -> httpx.Response:
        """A webhook, signed unless headers say otherwise."""
        form = {"CallSid": CALL, "From": "+14155550100", "To": "+14155550199"} | form
        if headers is None:
            url = self.settings.url(path)
            signature = twilio_signature(self.settings.auth_token, url, form.items())
            headers = {"X-Twilio-Signature": signature}
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            return await client.post(
                f"http://{self.host}{path}", content=urlencode(form), headers=headers
            )

    async def parameters(self, path: str = "/twilio/voice", **form: str) -> dict[str, str]:
        """What the answer to a call has its stream say, the token among it."""
        answer = await self.post(path, None, **form)
        assert answer.status_code == 200, answer.text
        document = fromstring(answer.text.partition("?>")[2])
        return {part.attrib["name"]: part.attrib["value"] for part in document.iter("Parameter")}

    @contextlib.asynccontextmanager
    async def stream(self, path: str = "/twilio/media", **headers: str) -> AsyncIterator[Stream]:
        """A stream that has not said anything yet."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"ws://{self.host}{path}"
        async with connect(url, additional_headers=names, compression=None) as websocket:
            yield Stream(websocket)

    @contextlib.asynccontextmanager
    async def call(self, path: str = "/twilio/voice") -> AsyncIterator[Stream]:
        """A call that was answered: webhook, stream, `start`."""
        parameters = await self.parameters(path)
        async with self.stream() as stream:
            await stream.start(**parameters)
            yield stream


ProviderOf = Callable[..., AbstractAsyncContextManager[Provider]]


@pytest.fixture
def provider_of(settings: TwilioSettings) -> ProviderOf:
    """The door with this handler, and a provider that calls it."""

    @contextlib.asynccontextmanager
    async def run(
        handler: CallHandler, changed: TwilioSettings | None = None
    ) -> AsyncIterator[Provider]:
        provider = Provider("", changed or settings)

        def count(name: str) -> None:
            provider.counts[name] += 1

        app = FastAPI()
        app.include_router(twilio_router(handler, provider.settings, count))
        async with _serve(app) as provider.host:
            yield provider

    return run
