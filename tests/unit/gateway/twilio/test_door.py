"""The door over a real server on loopback: webhooks, streams, every bad input, nothing left."""

import asyncio
import json
import logging
import socket
import struct
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import numpy as np
import pytest
from fastapi import FastAPI, Request, Response
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from warmline.audio.frame import Frame
from warmline.errors import CallRefused
from warmline.gateway.twilio.door import MAX_FORM, twilio_router
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.gateway.twilio.signature import plivo_signature
from warmline.ports import Digit, Dropped, Handover, Line, LineInfo, LineStats, MarkPlayed

ProviderOf = Callable[..., AbstractAsyncContextManager[Any]]
Serve = Callable[[Any], AbstractAsyncContextManager[str]]
CALL = "CA00000000000000000000000000000001"
FRAME = b64encode(b"\x80" * 160).decode()


class Ears:
    """A call that listens, and says what it is told to."""

    def __init__(self) -> None:
        self.infos: list[LineInfo] = []
        self.stats = LineStats()
        self.frames: list[int] = []
        """How loud each is: the median, as its edges ring. The last of them is still in the
        resampler when the others are here."""
        self.digits = ""
        self.played: list[str] = []
        self.gone: list[str] = []
        self.ended = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        self.infos.append(line.info)
        await line.started("c1")
        await self.begin(line)
        async for event in line:
            match event:
                case Frame(samples=samples):
                    self.frames.append(int(np.median(np.abs(samples))))
                case Digit(digit):
                    self.digits += digit
                    await self.pressed(line, digit)
                case MarkPlayed(name):
                    self.played.append(name)
                case Dropped():
                    pass
        self.stats = line.stats
        self.gone.append(line.gone)
        self.ended.set()

    async def begin(self, line: Line) -> None:
        pass

    async def pressed(self, line: Line, digit: str) -> None:
        if digit == "#":
            await line.hang_up("completed")

    async def over(self) -> None:
        async with asyncio.timeout(5):
            await self.ended.wait()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - it is true in many different places
            await asyncio.sleep(0.005)


# --- webhooks -----------------------------------------------------------------------------------


async def test_a_call_is_joined_to_a_stream(provider_of: ProviderOf) -> None:
    async with provider_of(Ears()) as provider:
        answer = await provider.post("/twilio/voice?flow=order_status")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/xml")
        assert 'url="wss://voice.example.com/twilio/media"' in answer.text
        assert '<Parameter name="flow" value="order_status" />' in answer.text
        assert len((await provider.parameters())["token"]) == 64


PATHS = ["/twilio/voice", "/twilio/after-stream", "/twilio/after-dial", "/twilio/stream-status"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
        {"X-Forwarded-For": "127.0.0.1"},
    ],
)
async def test_unsigned_webhooks(
    provider_of: ProviderOf, path: str, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async with provider_of(Ears()) as provider:
        answer = await provider.post(path, headers)
        assert (answer.status_code, answer.text) == (403, "the signature is not valid")
        assert provider.counts["bad_signature"] == 1
    assert "public_url" in caplog.text
    assert "4155550100" not in caplog.text


async def test_a_signature_is_for_one_form_and_one_url(provider_of: ProviderOf) -> None:
    async with provider_of(Ears()) as provider:
        right = await provider.post("/twilio/voice")
        signature = {"X-Twilio-Signature": right.request.headers["x-twilio-signature"]}
        assert right.status_code == 200
        for path, form in (
            ("/twilio/voice", {"From": "+14155550101"}),
            ("/twilio/voice", {"Extra": "1"}),
            ("/twilio/voice?flow=other", {}),
            ("/twilio/after-stream", {}),
        ):
            assert (await provider.post(path, signature, **form)).status_code == 403


@pytest.mark.parametrize(
    "body",
    [b"x=" + b"y" * MAX_FORM, b"\xff\xfe=1", b"&".join(b"a=1" for _ in range(300))],
    ids=["long", "no text", "many"],
)
async def test_bodies_that_are_no_webhook(provider_of: ProviderOf, body: bytes) -> None:
    async with (
        provider_of(Ears()) as provider,
        httpx.AsyncClient(trust_env=False, verify=False) as client,
    ):
        answer = await client.post(f"http://{provider.host}/twilio/voice", content=body)
        assert answer.status_code == 400


async def test_a_body_that_breaks_off(
    provider_of: ProviderOf, caplog: pytest.LogCaptureFixture
) -> None:
    async with provider_of(Ears()) as provider:
        host, port = provider.host.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nCallS")
        await writer.drain()
        writer.close()
        await provider.post("/twilio/voice")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_webhook_without_a_call(provider_of: ProviderOf) -> None:
    async with provider_of(Ears()) as provider:
        assert (await provider.post("/twilio/voice", CallSid="")).status_code == 400


async def test_status_reports_are_counted(
    provider_of: ProviderOf, caplog: pytest.LogCaptureFixture
) -> None:
    async with provider_of(Ears()) as provider:
        for event in ("stream-started", "stream-error", "stream-error", "forged\nline"):
            status = (await provider.post("/twilio/stream-status", StreamEvent=event)).status_code
            assert status == 204
    assert provider.counts == {"stream-started": 1, "stream-error": 2, "stream-other": 1}
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    ("status", "expected"), [("completed", "<Hangup />"), ("no-answer", "<Connect "), ("", "<Con")]
)
async def test_after_a_person(provider_of: ProviderOf, status: str, expected: str) -> None:
    async with provider_of(Ears()) as provider:
        answer = await provider.post("/twilio/after-dial?flow=x", DialCallStatus=status)
        assert expected in answer.text


def test_the_door_is_off_without_secrets() -> None:
    assert twilio_router(Ears(), TwilioSettings()).routes == []


def test_only_what_is_configured_is_open(settings: TwilioSettings) -> None:
    def paths(settings: TwilioSettings) -> set[str]:
        return {getattr(route, "path", "") for route in twilio_router(Ears(), settings).routes}

    assert paths(settings) == {*PATHS, "/twilio/media"}
    shared = TwilioSettings(
        public_url="https://v.example.com",
        stream_tokens={"telnyx": "x" * 20, "signalwire": "y" * 20},
    )
    assert paths(shared) == {"/telnyx/media", "/signalwire/media"}
    plivo = TwilioSettings(public_url="https://v.example.com", plivo_auth_token="p")
    assert paths(plivo) == {"/plivo/answer", "/plivo/media"}


# --- a call -------------------------------------------------------------------------------------


class Speaker(Ears):
    async def begin(self, line: Line) -> None:
        await line.play(np.full(1600, 1000, dtype=np.int16))
        line.mark("greeting")


async def test_a_whole_call(provider_of: ProviderOf) -> None:
    ears = Speaker()
    async with provider_of(ears) as provider, provider.call() as stream:
        mark = await stream.until("mark")
        assert mark == {"event": "mark", "streamSid": "MZ1", "mark": {"name": "greeting"}}
        assert stream.audio == 10
        await stream.mark("greeting")
        await until(lambda: ears.played == ["greeting"])
        for _ in range(5):
            await stream.media()
        await stream.digit("4")
        await until(lambda: len(ears.frames) >= 4)
        await stream.stop()
        await ears.over()
        assert await stream.closed() == 1000
    assert ears.digits == "4"
    assert ears.gone == ["caller_hung_up"]
    (info,) = ears.infos
    assert (info.door, info.caller, info.called) == ("twilio", "+14155550100", "+14155550199")
    assert info.flow == "tenant_line", "by the number that was called"
    assert (info.profile.name, info.profile.codec, info.rate) == ("twilio", "mulaw", 8000)
    assert info.profile.echoes_marks


async def test_the_webhook_s_flow_goes_first(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with (
        provider_of(ears) as provider,
        provider.call("/twilio/voice?flow=order_status"),
    ):
        await until(lambda: bool(ears.infos))
    assert ears.infos[0].flow == "order_status"


class Interrupted(Ears):
    async def begin(self, line: Line) -> None:
        await line.play(np.full(16_000, 1000, dtype=np.int16))
        line.mark("cut")

    async def pressed(self, line: Line, digit: str) -> None:
        line.clear()
        await line.play(np.full(320, 1000, dtype=np.int16))
        line.mark("next")


async def test_a_cleared_mark_was_not_played(provider_of: ProviderOf) -> None:
    """Twilio sends all marks back at a clear, played or not."""
    ears = Interrupted()
    async with provider_of(ears) as provider, provider.call() as stream:
        await stream.until("media")
        await stream.digit("1")
        assert await stream.until("clear") == {"event": "clear", "streamSid": "MZ1"}
        await stream.mark("cut")
        assert (await stream.until("mark"))["mark"] == {"name": "next"}
        await stream.mark("next")
        await until(lambda: bool(ears.played))
        assert stream.audio < 50, "it was cut"
    assert ears.played == ["next"]


async def test_our_hang_up_closes_the_stream(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with provider_of(ears) as provider, provider.call() as stream:
        await stream.digit("#")
        assert await stream.closed() == 1000
        answer = await provider.post("/twilio/after-stream")
        assert "<Response><Hangup /></Response>" in answer.text
    assert ears.gone == ["completed"]


async def test_missing_audio_is_filled(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with provider_of(ears) as provider, provider.call() as stream:
        for chunk in (1, 2, 4, 3, 3, 5, 7, 8, 9, 6, 10):
            await stream.media(chunk=chunk)
        await until(lambda: len(ears.frames) >= 9)
        await stream.stop()
        await ears.over()
    assert [loud > 9000 for loud in ears.frames[:9]] == [True] * 5 + [False] + [True] * 3
    assert (ears.stats.lost, ears.stats.late) == (1, 1)


async def test_a_giant_gap_is_no_giant_silence(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with provider_of(ears) as provider, provider.call() as stream:
        await stream.media(chunk=1)
        for chunk in range(10**9, 10**9 + 5):
            await stream.media(chunk=chunk)
        await stream.stop()
        await ears.over()
    assert 0 < ears.stats.lost < 50


@pytest.mark.parametrize("payload", [b"\x80", b"\x80" * 161, b"\x80" * 8000], ids=len)
async def test_payloads_of_any_length(provider_of: ProviderOf, payload: bytes) -> None:
    ears = Ears()
    count = 320 // len(payload) + 1
    async with provider_of(ears) as provider, provider.call() as stream:
        for _ in range(count):
            await stream.send("media", media={"payload": b64encode(payload).decode()})
        expected = (count * len(payload) - 1) // 160
        await until(lambda: len(ears.frames) >= expected)
    assert set(ears.frames[1:]) <= set(range(30_000, 32_768))


# --- bad input ----------------------------------------------------------------------------------


async def test_a_handful_of_bad_payloads_is_survived(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with provider_of(ears) as provider, provider.call() as stream:
        await stream.media()
        for bad in ("", "=", "////w", "/" * 20_000):
            await stream.media(payload=bad)
        for _ in range(5):
            await stream.media()
        await until(lambda: len(ears.frames) >= 9)
        assert provider.counts["bad_media"] == 4
        await stream.stop()
        await ears.over()
    assert ears.stats.lost == 4


async def test_nothing_but_bad_payloads(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with provider_of(ears) as provider, provider.call() as stream:
        for _ in range(60):
            await stream.media(payload="=")
        assert await stream.closed() == 1008
        await ears.over()
        answer = await provider.post("/twilio/after-stream")
        assert "<Say>" in answer.text, "the caller is rescued"
    assert ears.gone == ["bad_input"]


def started(**changes: Any) -> str:
    start = {
        "streamSid": "MZ1",
        "callSid": CALL,
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {},
    }
    return json.dumps({"event": "start", "streamSid": "MZ1", "start": start | changes})


@pytest.mark.parametrize(
    ("message", "close_code", "counted"),
    [
        ('{"event": "media", "media": {"payload": "/w=="}}', 1008, "bad_message"),
        (b"\xff" * 160, 1003, "binary"),
        ("{", 1007, "bad_json"),
        ('{"a":' * 10_000, 1007, "bad_json"),
        ('{"event": "start", "event": "stop"}', 1007, "bad_json"),
        ("x" * 65_537, 1009, "too_big"),
        ("x" * 10_000_000, 1009, ""),
        (started(), 1008, "bad_token"),
        (started(customParameters={"token": "guess"}), 1008, "bad_token"),
        (
            started(mediaFormat={"encoding": "audio/x-l16", "sampleRate": 44100}),
            1003,
            "unsupported_audio",
        ),
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_bad_beginnings(
    provider_of: ProviderOf, message: str | bytes, close_code: int, counted: str
) -> None:
    ears = Ears()
    async with provider_of(ears) as provider, provider.stream() as stream:
        await stream.websocket.send(message)
        assert await stream.closed() == close_code
        assert provider.counts[counted] == bool(counted)
    assert ears.infos == []


async def test_no_start(provider_of: ProviderOf, settings: TwilioSettings) -> None:
    quick = replace(settings, start_timeout_s=0.05)
    async with provider_of(Ears(), quick) as provider, provider.stream() as stream:
        assert await stream.closed() == 1008
        assert provider.counts == {"start_timeout": 1}


async def test_bad_utf8(provider_of: ProviderOf) -> None:
    async with provider_of(Ears()) as provider, provider.stream() as stream:
        await stream.websocket.send(b'{"event": "\xff"}', text=True)
        async with asyncio.timeout(5):
            await stream.websocket.wait_closed()
        assert stream.websocket.close_code == 1007


@pytest.mark.parametrize(
    ("event", "fields", "code"),
    [
        ("start", {"start": {"streamSid": "MZ1", "callSid": CALL}}, 1008),
        ("start", {"start": {"streamSid": "MZ1", "callSid": "CA2"}}, 1008),
        ("stop", {"stop": {"callSid": "CA2"}}, 1008),
        ("media", {"streamSid": "MZ2", "media": {"payload": FRAME}}, 1008),
        ("connected", {}, 1008),
    ],
)
async def test_bad_messages_in_a_call(
    provider_of: ProviderOf, event: str, fields: dict[str, Any], code: int
) -> None:
    ears = Ears()
    async with provider_of(ears) as provider, provider.call() as stream:
        await until(lambda: bool(ears.infos))
        await stream.send(event, **fields)
        assert await stream.closed() == code
        await ears.over()
    assert ears.gone == ["bad_input"]
    assert ears.frames == []


async def test_tokens_open_once_and_for_their_call(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with provider_of(ears) as provider:
        parameters = await provider.parameters()
        async with provider.stream() as first:
            await first.start(**parameters)
            await until(lambda: bool(ears.infos))
            async with provider.stream() as replay:
                await replay.start(**parameters)
                assert await replay.closed() == 1008
        parameters = await provider.parameters()
        async with provider.stream() as other:
            await other.start("CA2", **parameters)
            assert await other.closed() == 1008
    assert len(ears.infos) == 1


@pytest.mark.parametrize("signature", ["forged", "EX6xiRCCL18BRNACNfLPbIXryf4x"])
async def test_a_forged_handshake(provider_of: ProviderOf, signature: str) -> None:
    async with provider_of(Ears()) as provider:
        with pytest.raises(InvalidStatus) as refused:
            async with provider.stream(x_twilio_signature=signature):
                pass
        assert refused.value.response.status_code == 403
        assert provider.counts == {"bad_signature": 1}


async def test_a_signed_handshake(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with provider_of(ears) as provider:
        parameters = await provider.parameters()
        signed = {"x_twilio_signature": "EX6xiRCCL18BRNACNfLPbIXryf4="}
        async with provider.stream(**signed) as stream:
            await stream.start(**parameters)
            await until(lambda: bool(ears.infos))


async def test_compression_is_not_negotiated(provider_of: ProviderOf) -> None:
    async with (
        provider_of(Ears()) as provider,
        connect(f"ws://{provider.host}/twilio/media", compression="deflate") as client,
    ):
        assert client.protocol.extensions == []


async def test_three_seconds_at_once_are_all_heard(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with provider_of(ears) as provider, provider.call() as stream:
        for _ in range(150):
            await stream.media()
        await until(lambda: len(ears.frames) >= 149)
        await stream.stop()
        await ears.over()
    assert ears.stats.dropped == ears.stats.lost == 0


async def test_a_connection_that_breaks_off(provider_of: ProviderOf) -> None:
    ears = Speaker()
    async with provider_of(ears) as provider:
        async with provider.call() as stream:
            await stream.until("media")
            transport = stream.websocket.transport
            linger = struct.pack("ii", 1, 0)  # RST instead of FIN
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
            transport.abort()
            await ears.over()
        answer = await provider.post("/twilio/after-stream")
        assert "<Say>" in answer.text, "the caller is still there"
    assert ears.gone == ["caller_hung_up"]


@pytest.mark.parametrize(
    "error", [CallRefused("unknown_flow", "there is no such flow"), RuntimeError("secret words")]
)
async def test_a_call_that_fails_is_rescued(
    provider_of: ProviderOf,
    settings: TwilioSettings,
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(line: Line) -> None:
        raise error

    rescued = replace(settings, rescue="default")
    async with provider_of(fail, rescued) as provider, provider.call() as stream:
        assert await stream.closed() in (1008, 1011)
        answer = await provider.post("/twilio/after-stream")
        assert "<Number>+14155550177</Number>" in answer.text
        assert provider.counts["after-stream-rescue"] == 1
    assert "secret words" not in caplog.text


async def test_a_stream_that_never_came_is_rescued(provider_of: ProviderOf) -> None:
    async with provider_of(Ears()) as provider:
        await provider.post("/twilio/voice")
        assert "<Say>" in (await provider.post("/twilio/after-stream")).text


async def test_nothing_is_left_of_many_calls(provider_of: ProviderOf) -> None:
    ears = Ears()
    async with provider_of(ears) as provider:
        async with provider.call():
            pass
        await until(lambda: len(ears.gone) == 1)
        before = len(asyncio.all_tasks())
        for number in range(20):
            async with provider.call() as stream:
                await stream.media()
                if number % 2:
                    await stream.stop()
        await until(lambda: len(ears.gone) == 21)
        await until(lambda: len(asyncio.all_tasks()) <= before)


# --- transfers ----------------------------------------------------------------------------------


class Api:
    """The provider's REST API: says yes, and ends the stream as Twilio does."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[tuple[str, str]] = []
        self.asked = asyncio.Event()
        self.app = FastAPI()
        self.app.add_api_route("/{path:path}", self._answer, methods=["POST"])

    async def _answer(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        self.requests.append((request.scope["path"], form["Twiml"][0]))
        self.asked.set()
        return Response("{}", self.status)


class Leading(Ears):
    """A call that gives its caller to a person."""

    def __init__(self, queue: str = "billing") -> None:
        super().__init__()
        self.queue = queue
        self.led: list[bool] = []

    async def begin(self, line: Line) -> None:
        handover = Handover(queue=self.queue, reason="asked", summary_id="c1")
        self.led.append(await line.transfer(handover))
        await line.hang_up("escalated")


BILLING = "<Number>+14155550166</Number>"


@pytest.fixture
def with_queues(settings: TwilioSettings) -> TwilioSettings:
    return replace(
        settings,
        transfers={"billing": "+14155550166"},
        caller_id="+15550001111",
        rest_timeout_s=2.0,
    )


async def test_a_transfer_by_rest(
    provider_of: ProviderOf, serve: Serve, with_queues: TwilioSettings
) -> None:
    api, call = Api(), Leading()
    async with serve(api.app) as host:
        changed = replace(with_queues, api_url=f"http://{host}/2010-04-01")
        async with provider_of(call, changed) as provider, provider.call() as stream:
            assert await stream.closed() == 1000
            await call.over()
            ((path, document),) = api.requests
            assert path == f"/2010-04-01/Accounts/{changed.account_sid}/Calls/{CALL}.json"
            assert BILLING in document
            assert (
                'action="https://voice.example.com/twilio/after-dial?flow=tenant_line"' in document
            )
            assert 'callerId="+15550001111"' in document
    assert call.led == [True]
    assert call.gone == ["escalated"]


@pytest.mark.parametrize("status", [401, 500])
async def test_when_rest_fails_the_stream_s_end_leads_on(
    provider_of: ProviderOf,
    serve: Serve,
    with_queues: TwilioSettings,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    api, call = Api(status), Leading()
    async with serve(api.app) as host:
        changed = replace(with_queues, api_url=f"http://{host}")
        async with provider_of(call, changed) as provider, provider.call() as stream:
            assert await stream.closed() == 1000
            answer = await provider.post("/twilio/after-stream")
            assert BILLING in answer.text
            assert provider.counts["after-stream-handed"] == 1
    assert call.led == [True]
    assert "transfer by REST failed" in caplog.text
    assert "4155550" not in caplog.text


async def test_a_queue_that_has_nobody(
    provider_of: ProviderOf, with_queues: TwilioSettings
) -> None:
    call = Leading(queue="sales")
    async with provider_of(call, with_queues) as provider, provider.call() as stream:
        await stream.closed()
        assert "<Response><Hangup />" in (await provider.post("/twilio/after-stream")).text
    assert call.led == [False]


async def test_a_caller_who_has_hung_up_meanwhile(
    provider_of: ProviderOf, serve: Serve, with_queues: TwilioSettings
) -> None:
    api, call = Api(404), Leading()
    async with serve(api.app) as host:
        changed = replace(with_queues, api_url=f"http://{host}")
        async with provider_of(call, changed) as provider, provider.call() as stream:
            await stream.closed()
    assert call.led == [False]


async def test_the_provider_ends_the_stream_of_a_transferred_caller(
    provider_of: ProviderOf, serve: Serve, with_queues: TwilioSettings
) -> None:
    class Waiting(Leading):
        async def begin(self, line: Line) -> None:
            self.led.append(
                await line.transfer(Handover(queue="billing", reason="", summary_id=""))
            )

    api, call = Api(), Waiting()
    async with serve(api.app) as host:
        changed = replace(with_queues, api_url=f"http://{host}")
        async with provider_of(call, changed) as provider, provider.call() as stream:
            await until(lambda: call.led == [True])
            await stream.stop()
            await call.over()
    assert call.gone == ["escalated"]


# --- the other providers --------------------------------------------------------------------------


async def test_telnyx_with_linear_audio(provider_of: ProviderOf, settings: TwilioSettings) -> None:
    secret = "0123456789abcdef"
    ears = Speaker()
    changed = replace(settings, stream_tokens={"telnyx": secret})
    async with provider_of(ears, changed) as provider:
        bearer = {"authorization": f"Bearer {secret}"}
        async with provider.stream("/telnyx/media", **bearer) as stream:
            start = {
                "call_control_id": "v3:1",
                "from": "+14155550100",
                "to": "+14155550199",
                "media_format": {"encoding": "L16", "sample_rate": 16000, "channels": 1},
            }
            message = {"event": "start", "stream_id": "T1", "start": start}
            await stream.websocket.send(json.dumps(message))
            media = await stream.until("media")
            assert media.keys() == {"event", "media"}
            payload = b64encode(np.full(320, 1000, dtype="<i2").tobytes()).decode()
            assert media["media"] == {"payload": payload}
            for chunk in range(1, 6):
                message = {"chunk": str(chunk), "track": "inbound", "payload": payload}
                await stream.websocket.send(
                    json.dumps({"event": "media", "stream_id": "T1", "media": message})
                )
            await until(lambda: ears.frames == [1000] * 5)
    (info,) = ears.infos
    assert (info.door, info.caller, info.flow) == ("telnyx", "+14155550100", "tenant_line")
    assert (info.profile.name, info.profile.codec, info.rate) == ("telnyx", "pcm16", 16000)


@pytest.mark.parametrize("path", ["/telnyx/media", "/twilio/media"])
async def test_a_wrong_bearer_token(
    provider_of: ProviderOf, settings: TwilioSettings, path: str
) -> None:
    changed = replace(settings, stream_tokens={"telnyx": "0123456789abcdef"})
    async with provider_of(Ears(), changed) as provider:
        if path == "/telnyx/media":
            with pytest.raises(InvalidStatus) as refused:
                async with provider.stream(path, authorization="Bearer guess"):
                    pass
            assert refused.value.response.status_code == 403
            return
        async with provider.stream(path, authorization="Bearer 0123456789abcdef") as stream:
            await stream.start()
            assert await stream.closed() == 1008


async def test_plivo(provider_of: ProviderOf) -> None:
    ears = Speaker()
    changed = TwilioSettings(public_url="https://voice.example.com", plivo_auth_token="token123")
    form = {"CallUUID": "P1", "From": "14155550100", "To": "14155550199", "CallSid": CALL}
    async with provider_of(ears, changed) as provider:
        url = "https://voice.example.com/plivo/answer"
        headers = {"X-Plivo-Signature-V3-Nonce": "1"}
        assert (await provider.post("/plivo/answer", headers, **form)).status_code == 403
        headers["X-Plivo-Signature-V3"] = plivo_signature("token123", url, "1", form.items())
        answer = await provider.post("/plivo/answer", headers, **form)
        assert answer.status_code == 200
        extra = answer.text.partition('extraHeaders="')[2].partition('"')[0]
        async with provider.stream("/plivo/media") as stream:
            start = {
                "callId": "P1",
                "streamId": "S1",
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
            }
            await stream.websocket.send(
                json.dumps({"event": "start", "start": start, "extra_headers": extra})
            )
            played = await stream.until("playAudio")
            assert played["media"]["contentType"] == "audio/x-mulaw"
            assert (await stream.until("checkpoint"))["name"] == "greeting"
            await stream.websocket.send(
                json.dumps({"event": "playedStream", "streamId": "S1", "name": "greeting"})
            )
            await until(lambda: ears.played == ["greeting"])
        await ears.over()
    assert (ears.infos[0].door, ears.infos[0].caller) == ("plivo", "14155550100")


async def test_a_simulator_on_this_machine(provider_of: ProviderOf) -> None:
    ears = Ears()
    local = TwilioSettings(public_url="http://127.0.0.1:8080", insecure_loopback=True)
    async with provider_of(ears, local) as provider:
        answer = await provider.post("/twilio/voice", {})
        assert 'url="ws://127.0.0.1:8080/twilio/media"' in answer.text
        proxied = {"X-Forwarded-For": "203.0.113.5"}
        assert (await provider.post("/twilio/voice", proxied)).status_code == 403
        async with provider.stream() as stream:
            await stream.start()
            await until(lambda: bool(ears.infos))
