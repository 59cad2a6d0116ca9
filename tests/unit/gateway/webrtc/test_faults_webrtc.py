"""Faults of the WebRTC door: strangers' datagrams, spoilt packets, offers that are none.

Real ICE, DTLS, SRTP and SCTP on loopback, with stock aiortc as the caller.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import httpx
import numpy as np
import pylibsrtp
import pytest
from aioice import stun
from aiortc import RTCPeerConnection

from strangers import Browsers, Desk
from warmline.gateway.webrtc import aiortc_engine
from warmline.gateway.webrtc.calls import CallLimits, Calls, Wish
from warmline.gateway.webrtc.door import WebRtcSettings
from warmline.gateway.webrtc.offer import MAX_SDP, OfferRefused, read

ADDRESS = tuple[str, int]


def address(answer: str) -> ADDRESS:
    """Where our side of a connection listens."""
    line = next(line for line in answer.splitlines() if line.startswith("a=candidate:"))
    return line.split()[4], int(line.split()[5])


def loud(frame: "np.typing.NDArray[np.int16]") -> bool:
    return bool(np.abs(frame).max() > 5000)


async def still_heard(calls: Any, frames: int = 20) -> None:
    """The call goes on, and so many more frames of the caller's voice come."""
    heard = len(calls.frames)
    await calls.until(lambda: sum(map(loud, calls.frames[heard:])) >= frames)
    assert calls.gone == []


async def throw(datagrams: Iterable[bytes], to: ADDRESS) -> None:
    """From a port of nobody's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for number, datagram in enumerate(datagrams):
            stranger.sendto(datagram, to)
            if number % 20 == 0:
                await asyncio.sleep(0)


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


# --- datagrams of strangers ---------------------------------------------------------------------

_SHORT = [bytes([first]) + os.urandom(size) for first in range(256) for size in (0, 1, 11, 19)]
_ALERT = bytes.fromhex("15fefd00000000000000050002 0228")  # fatal handshake_failure, in the clear
_CLIENT_HELLO = bytes.fromhex(
    "16feff00000000000000000036 01000 02a000000000000002a feff".replace(" ", "")
    + "00" * 32
    + "00000002c02b0100"
)
STRANGE: dict[str, Callable[[], list[bytes]]] = {
    "short ones": lambda: [b"", *_SHORT],
    "forged RTP": lambda: [b"\x80\x6f" + os.urandom(100) for _ in range(5000)],
    "forged RTCP": lambda: [b"\x81\xc9" + os.urandom(60) for _ in range(1000)],
    "DTLS": lambda: [
        _ALERT,
        _CLIENT_HELLO,
        *(b"\x16\xfe\xfd" + os.urandom(80) for _ in range(500)),
    ],
    "long ones": lambda: [bytes([first]) + os.urandom(60_000) for first in range(0, 256, 8)],
}


async def test_datagrams_of_strangers_do_no_harm(
    caller: Any, calls: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await caller.call()
    await calls.until(lambda: len(calls.frames) > 10)
    for kind, datagrams in STRANGE.items():
        await throw(datagrams(), address(answer["sdp"]))
        await still_heard(calls, 15)
        assert complaints(caplog) == [], kind


def malformed_stun() -> list[bytes]:
    """Messages whose every attribute has every length up to 12, right or wrong."""
    bodies = [
        kind.to_bytes(2) + size.to_bytes(2) + os.urandom(size) + bytes(-size % 4)
        for kind in (0x01, 0x06, 0x08, 0x09, 0x0C, 0x12, 0x20, 0x24, 0x25, 0x8028, 0x8029, 0x802A)
        for size in range(13)
    ]
    return [
        b"\0\x01" + len(body).to_bytes(2) + stun.COOKIE.to_bytes(4) + bytes(12) + body
        for body in bodies
    ]


async def test_malformed_stun_ends_no_call(caller: Any, calls: Any) -> None:
    answer = await caller.call()
    await calls.until(lambda: len(calls.frames) > 10)
    await throw(malformed_stun(), address(answer["sdp"]))
    await still_heard(calls)


async def test_malformed_stun_leaves_no_traceback_in_the_log(
    caller: Any, calls: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await caller.call()
    await throw(malformed_stun(), address(answer["sdp"]))
    await calls.until(lambda: len(calls.frames) > 10)
    assert complaints(caplog) == []


async def test_strangers_who_come_before_the_caller_are_not_the_caller(
    caller: Any, http: httpx.AsyncClient, calls: Any
) -> None:
    origin = {"Origin": "http://warmline.test"}
    token = (await http.post("/webrtc/token", headers=origin)).json()["token"]
    body = {"sdp": await caller.offer(), "type": "offer", "token": token}
    answer = (await http.post("/webrtc/offer", json=body)).json()
    for kind in ("DTLS", "forged RTP", "short ones"):
        await throw(STRANGE[kind](), address(answer["sdp"]))
    async with asyncio.timeout(10):
        await caller.answered(answer["sdp"])
    await still_heard(calls)


# --- packets of the caller, spoilt before they are encrypted ------------------------------------


def spoilt(packet: bytes) -> list[bytes]:
    """Cut anywhere, and with each field of the header wrong (RFC 3550, section 5.1)."""
    header = packet[0]
    wrong = [0x00, 0x40, 0xC0, header | 0x20, header | 0x10, header | 0x0F, header | 0x3F]
    cut = [packet[:size] for size in range(12, min(len(packet), 40))]
    return [
        *cut,
        *(bytes([first]) + packet[1:] for first in wrong),
        packet[:1] + b"\x7f" + packet[2:],  # a payload type that nobody agreed on
        bytes([header | 0x20]) + packet[1:-1] + b"\xff",  # more padding than packet
        bytes([header | 0x10]) + packet[1:12] + b"\xbe\xde\xff\xff" + packet[12:],
    ]


async def test_spoilt_rtp_costs_its_own_audio(
    caller: Any, calls: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await caller.call()
    await calls.until(lambda: len(calls.frames) > 10)
    transport = caller.connection.getSenders()[0].transport
    send, sent = transport._send_rtp, 0

    async def sending(data: bytes) -> None:
        nonlocal sent
        if not 200 <= data[1] <= 206:
            variants = spoilt(data)
            sent += 1
            if sent % 2 and sent // 2 < len(variants):
                with contextlib.suppress(pylibsrtp.Error):  # some it does not even encrypt
                    await send(variants[sent // 2])
                    return
        await send(data)

    transport._send_rtp = sending
    await calls.until(lambda: sent > 2 * 40)
    await still_heard(calls)
    assert complaints(caplog) == []


async def test_spoilt_rtcp_does_no_harm(
    caller: Any, calls: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await caller.call()
    await calls.until(lambda: len(calls.frames) > 10)
    transport = caller.connection.getSenders()[0].transport
    for kind in range(200, 207):
        for first in (0x80, 0x81, 0x9F, 0xA1, 0xBF):
            for words in (0, 1, 6, 0xFFFF):
                for size in (4, 8, 25):
                    head = bytes([first, kind]) + words.to_bytes(2)
                    await transport._send_rtp(head + os.urandom(size))
    await still_heard(calls)
    assert complaints(caplog) == []


# --- the data channel ---------------------------------------------------------------------------


async def test_rubbish_in_the_data_channel(
    caller: Any, calls: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await caller.call()
    await calls.until(lambda: len(calls.frames) > 10)
    for text in ("", "{", "[" * 4000, "NaN", "\0", '{"type": "dtmf", "digit": "77"}'):
        caller.channel.send(text)
    for data in (b"", b"\xff" * 60_000):
        caller.channel.send(data)
    other = caller.connection.createDataChannel("another")
    caller.say(type="dtmf", digit="7")
    await calls.until(lambda: calls.digits == "7")
    assert other.label == "another"
    await still_heard(calls, 20)
    assert complaints(caplog) == []


# --- offers -------------------------------------------------------------------------------------


def without(line: str) -> Callable[[str], str]:
    return lambda sdp: "\r\n".join(each for each in sdp.split("\r\n") if not each.startswith(line))


OFFERS: dict[str, Callable[[str], str]] = {
    "empty": lambda sdp: "",
    "1 MB": lambda sdp: sdp + "a=x\r\n" * 200_000,
    "16 KiB": lambda sdp: sdp + "a=" + "x" * MAX_SDP,
    "1 000 sections": lambda sdp: sdp + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 1000,
    "no ICE credentials": without("a=ice-"),
    "no rtcp-mux": without("a=rtcp-mux"),
    "no fingerprint": without("a=fingerprint"),
    "a weak fingerprint": lambda sdp: sdp.replace("sha-256", "md5"),
    "half a fingerprint": lambda sdp: sdp.replace(":3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04", ""),
    "no codec": without("a=rtpmap"),
    "a port too many": lambda sdp: sdp.replace("m=audio 50001", "m=audio 5000111"),
    "payload type 999": lambda sdp: sdp.replace("111", "999"),
    "garbage": lambda sdp: "v=0\r\n" + os.urandom(500).decode("latin-1"),
    "NUL": lambda sdp: sdp.replace("a=mid:0", "a=mid:\0"),
    "an odd role": lambda sdp: sdp.replace("actpass", "holdconn"),
}


@pytest.mark.parametrize("offer", OFFERS)
async def test_what_is_no_offer_is_refused_and_leaves_nothing(
    open_door: Any,
    chrome_offer: str,
    offer: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[RTCPeerConnection] = []

    class Connection(RTCPeerConnection):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr(aiortc_engine, "RTCPeerConnection", Connection)
    async with open_door(WebRtcSettings(token_required=False)) as http:
        tasks = asyncio.all_tasks()
        body = {"sdp": OFFERS[offer](chrome_offer), "type": "offer"}
        response = await http.post("/webrtc/offer", json=body)
        assert response.status_code in (400, 413, 422), response.text
        told = response.json()
        assert told.keys() == {"code", "message"}
        assert not any(word in response.text for word in ("Traceback", ".py", "Error"))
        assert asyncio.all_tasks() == tasks
    assert [each for each in made if each.connectionState != "closed"] == []
    assert complaints(caplog) == []


def test_one_caller_cannot_open_connections_without_end(
    in_virtual_time: Callable[[Coroutine[Any, Any, None]], None], chrome_offer: str
) -> None:
    async def main() -> None:
        engine, offer = Browsers(), read(chrome_offer)
        door = Calls(Desk(), engine, CallLimits(max_calls=10))
        call = await door.begin(offer, Wish())
        await asyncio.sleep(0.1)
        engine.connects_s = None
        with contextlib.suppress(OfferRefused):
            for _ in range(50):
                await door.rejoin(call, offer)
                await asyncio.sleep(0.01)
        await door.close()
        assert len(engine.all) <= 10

    in_virtual_time(main())
