"""The door against stock aiortc as the caller: real ICE, DTLS, SRTP and SCTP on loopback."""

import asyncio
import contextlib
import gc
import os
import random
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import numpy as np
import pytest
from aiortc.rtp import RtpPacket

from warmline.gateway.webrtc.call import RETURN_S
from warmline.gateway.webrtc.calls import CallLimits
from warmline.gateway.webrtc.door import WebRtcSettings


async def eventually(check: Callable[[], bool | Awaitable[bool]]) -> None:
    for _ in range(1000):
        done = check()
        if done if isinstance(done, bool) else await done:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def outgoing(caller: Any) -> Any:
    """The DTLS transport of the caller's side."""
    return caller.connection.getSenders()[0].transport


def rewrite(caller: Any, change: Callable[[RtpPacket], list[RtpPacket]]) -> None:
    """Change the caller's RTP packets on their way out."""
    transport = outgoing(caller)
    send = transport._send_rtp

    async def sending(data: bytes) -> None:
        if 200 <= data[1] <= 206:  # RTCP
            await send(data)
            return
        for packet in change(RtpPacket.parse(data)):
            await send(packet.serialize())

    transport._send_rtp = sending


async def test_a_call_from_offer_to_hang_up(caller: Any, calls: Any) -> None:
    answer = await caller.call(flow="order_status", caller="Ada")
    assert answer["type"] == "answer"
    assert (await caller.told("started"))["call_id"] == "call-1"
    caller.say(type="dtmf", digit="5")
    caller.say(type="ping")
    assert await caller.told("pong")
    await calls.until(lambda: len(calls.frames) > 60)
    line = calls.lines[0]
    assert (line.info.door, line.info.flow, line.info.caller) == ("webrtc", "order_status", "Ada")
    assert line.info.profile.codec == "opus"
    assert calls.digits == "5"
    assert np.abs(calls.frames[-1]).max() > 5000, "the caller's voice was not heard"
    assert caller.loudest > 5000, "our voice was not heard"
    quality = await caller.told("quality")
    assert quality["loss"] == 0
    assert line.stats.lost == 0
    assert line.stats.network_s > 0.005, "neither the jitter buffer nor the way is known"
    caller.say(type="stop")
    assert (await caller.told("ended"))["reason"] == "caller_hung_up"
    await asyncio.wait_for(calls.over.wait(), 5)
    assert calls.gone == ["caller_hung_up"]


async def test_we_hang_up(caller: Any, calls: Any) -> None:
    await caller.call()
    await calls.until(lambda: len(calls.frames) > 5)
    await calls.lines[0].hang_up("completed")
    assert (await caller.told("ended"))["reason"] == "completed"
    await eventually(lambda: caller.connection.connectionState == "closed")


async def test_a_page_that_goes_without_a_word_leaves_no_call(caller: Any, calls: Any) -> None:
    await caller.call()
    await calls.until(lambda: len(calls.frames) > 5)
    await caller.connection.close()
    await asyncio.wait_for(calls.over.wait(), RETURN_S + 3)
    assert calls.gone == ["caller_hung_up"]


async def test_loss_reordering_and_doubles_leave_a_voice_without_holes(
    caller: Any, calls: Any
) -> None:
    await caller.call()
    rng, held = random.Random(3), list[RtpPacket]()

    def disturb(packet: RtpPacket) -> list[RtpPacket]:
        fate = rng.random()
        if fate < 0.1:
            return []
        if fate < 0.2 and not held:
            held.append(packet)
            return []
        late = [held.pop()] if held else []
        return [packet, packet, *late] if fate > 0.9 else [packet, *late]

    rewrite(caller, disturb)
    await calls.until(lambda: len(calls.frames) > 150)
    loud = [np.abs(frame).max() > 800 for frame in calls.frames[30:]]
    assert np.mean(loud) > 0.8, "holes in the voice"
    stats = calls.lines[0].stats
    assert 5 < stats.lost < 40
    assert calls.lines[0].gone == ""


@pytest.mark.parametrize("payload", [b"\xff\xff\xff", b"", b"\x0b"])
async def test_bad_opus_does_not_deafen(caller: Any, calls: Any, payload: bytes) -> None:
    await caller.call()
    await calls.until(lambda: len(calls.frames) > 20)
    bad = 10

    def spoil(packet: RtpPacket) -> list[RtpPacket]:
        nonlocal bad
        if bad:
            bad -= 1
            packet.payload = payload
        return [packet]

    rewrite(caller, spoil)
    await calls.until(lambda: not bad)
    heard = len(calls.frames)
    await calls.until(lambda: len(calls.frames) > heard + 30)
    assert np.abs(calls.frames[-1]).max() > 5000


async def test_forged_and_malformed_packets_are_dropped(caller: Any, calls: Any) -> None:
    await caller.call()
    await calls.until(lambda: len(calls.frames) > 10)
    transport = outgoing(caller)
    for number in range(2000):  # not encrypted: nobody made them who has the keys
        await transport.transport._send(b"\x80\x60" + number.to_bytes(2) + bytes(100))
        if number % 100 == 0:
            await asyncio.sleep(0)
    good = RtpPacket(96, 0, 1, 1, 77, b"\x48" + bytes(40)).serialize()
    for size in range(12, len(good)):
        await transport._send_rtp(good[:size])
    for spoilt in (b"\xa0" + good[1:], b"\x90" + good[1:], b"\x8f" + good[1:60]):
        with contextlib.suppress(Exception):  # libsrtp refuses to encrypt some of them
            await transport._send_rtp(spoilt)
    for rtcp in (b"\x80\xc9\x00\x01" + bytes(4), b"\x9f\xc8\x00\x01" + bytes(4)):
        await transport._send_rtp(rtcp)
    await transport.transport._send(b"")
    heard = len(calls.frames)
    await calls.until(lambda: len(calls.frames) > heard + 40)
    assert np.abs(calls.frames[-1]).max() > 5000
    assert calls.gone == []


async def test_nonsense_in_the_data_channel_is_no_end(caller: Any, calls: Any) -> None:
    await caller.call()
    for text in ("", "[", "x" * 60_000, "\x00", '{"type":"dtmf","digit":"99"}'):
        caller.channel.send(text)
    caller.channel.send(b"bytes")
    caller.say(type="dtmf", digit="7")
    await calls.until(lambda: calls.digits == "7")
    assert calls.gone == []


async def test_keys_of_rfc_4733_are_agreed_and_told_once(
    caller: Any, http: httpx.AsyncClient, calls: Any
) -> None:
    sdp = await caller.offer()
    opus = next(line for line in sdp.splitlines() if "opus/48000" in line).split()[0][9:]
    sdp = sdp.replace(f"SAVPF {opus}", f"SAVPF {opus} 110 126").replace(
        f"a=rtpmap:{opus} opus/48000/2\r\n",
        f"a=rtpmap:{opus} opus/48000/2\r\n"
        "a=rtpmap:110 telephone-event/48000\r\na=rtpmap:126 telephone-event/8000\r\n",
    )
    origin = {"Origin": "http://warmline.test"}
    token = (await http.post("/webrtc/token", headers=origin)).json()["token"]
    body = {"sdp": sdp, "type": "offer", "token": token}
    answer = (await http.post("/webrtc/offer", json=body)).json()
    assert "a=rtpmap:110 telephone-event/48000" in answer["sdp"]
    assert "a=fmtp:110 0-15" in answer["sdp"]
    assert "telephone-event/8000" not in answer["sdp"], "it is on another clock than Opus"
    await caller.answered(answer["sdp"])
    await calls.until(lambda: len(calls.frames) > 5)
    pressing, shift = ["1", "2", "#"], 0

    def press(packet: RtpPacket) -> list[RtpPacket]:
        nonlocal shift
        events = []
        if pressing and packet.sequence_number % 10 == 0:
            event = "0123456789*#".index(pressing.pop(0))
            for number, end in enumerate([0x0A, 0x0A, 0x8A, 0x8A, 0x8A]):
                payload = bytes([event, end]) + (960 * number).to_bytes(2)
                place = (packet.sequence_number + shift) % 65_536
                shift += 1
                events.append(
                    RtpPacket(
                        payload_type=110,
                        sequence_number=place,
                        timestamp=packet.timestamp,
                        ssrc=packet.ssrc,
                        payload=payload,
                    )
                )
        packet.sequence_number = (packet.sequence_number + shift) % 65_536
        return [*events, packet]

    rewrite(caller, press)
    await calls.until(lambda: len(calls.digits) == 3)
    heard = len(calls.frames)
    await calls.until(lambda: len(calls.frames) > heard + 25)
    assert calls.digits == "12#"
    assert calls.lines[0].stats.lost == 0


async def test_a_new_connection_goes_on_with_the_same_call(
    caller: Any, calls: Any, new_caller: Callable[[], Any]
) -> None:
    await caller.call()
    await caller.told("started")
    await calls.until(lambda: len(calls.frames) > 20)
    back = new_caller()
    await back.call(pc_id=caller.pc_id, restart_pc=True)
    assert back.pc_id == caller.pc_id
    assert (await back.told("started"))["call_id"] == "call-1"
    await caller.connection.close()
    heard = len(calls.frames)
    await calls.until(lambda: len(calls.frames) > heard + 60)
    assert np.abs(calls.frames[-1]).max() > 5000
    back.say(type="dtmf", digit="9")
    await calls.until(lambda: calls.digits == "9")
    assert len(calls.lines) == 1
    assert calls.gone == []
    await back.leave()


async def test_a_page_may_leave_before_it_comes_back(
    caller: Any, calls: Any, new_caller: Callable[[], Any]
) -> None:
    await caller.call()
    await calls.until(lambda: len(calls.frames) > 20)
    await caller.connection.close()
    back = new_caller()
    await back.call(pc_id=caller.pc_id)
    heard = len(calls.frames)
    await calls.until(lambda: len(calls.frames) > heard + 30)
    assert calls.gone == []
    await back.leave()


async def test_whip_there_and_back(caller: Any, http: httpx.AsyncClient, calls: Any) -> None:
    origin = {"Origin": "http://warmline.test"}
    token = (await http.post("/webrtc/token", headers=origin)).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    sdp = (await caller.offer()).replace("a=sendrecv", "a=sendonly")
    response = await http.post("/whip", params={"flow": "help"}, content=sdp, headers=headers)
    assert response.status_code == 201
    assert response.headers["content-type"].startswith("application/sdp")
    assert "a=recvonly" in response.text
    await caller.answered(response.text)
    await calls.until(lambda: len(calls.frames) > 20)
    assert calls.lines[0].info.flow == "help"
    place = response.headers["location"]
    assert (await http.delete(place)).status_code == 200
    await asyncio.wait_for(calls.over.wait(), 5)

    async def gone() -> bool:
        return (await http.delete(place)).status_code == 404

    await eventually(gone)


async def test_a_caller_who_never_connects_is_forgotten(
    open_door: Any, chrome_offer: str, calls: Any
) -> None:
    limits = CallLimits(connect_timeout_s=0.3)
    async with open_door(WebRtcSettings(limits=limits, token_required=False)) as http:
        body = {"sdp": chrome_offer, "type": "offer"}
        answer = (await http.post("/webrtc/offer", json=body)).json()
        assert "m=application" in answer["sdp"]
        await eventually(lambda: _unknown(http, answer["pc_id"]))
    assert calls.lines == []


async def _unknown(http: httpx.AsyncClient, pc_id: str) -> bool:
    trickled = {"pc_id": pc_id, "candidates": []}
    return (await http.patch("/webrtc/offer", json=trickled)).status_code == 404


async def test_a_wrong_fingerprint_is_no_call(caller: Any, http: httpx.AsyncClient) -> None:
    sdp = await caller.offer()
    lines = [line for line in sdp.splitlines() if "sha-384" not in line and "sha-512" not in line]
    wrong = [
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) if "sha-256" in line else line
        for line in lines
    ]
    origin = {"Origin": "http://warmline.test"}
    token = (await http.post("/webrtc/token", headers=origin)).json()["token"]
    body = {"sdp": "\r\n".join(wrong) + "\r\n", "type": "offer", "token": token}
    answer = (await http.post("/webrtc/offer", json=body)).json()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(caller.answered(answer["sdp"]), 1.5)
    await eventually(lambda: _unknown(http, answer["pc_id"]))


def resources() -> tuple[int, int]:
    """Descriptors and threads; those of the callers' encoders (asyncio's pool) left out."""
    threads = [t for t in threading.enumerate() if not t.name.startswith("asyncio")]
    return len(os.listdir("/proc/self/fd")), len(threads)


async def test_a_hundred_calls_leave_nothing(
    http: httpx.AsyncClient, calls: Any, new_caller: Callable[[], Any]
) -> None:
    async def one() -> None:
        caller = new_caller()
        await caller.call()
        caller.say(type="stop")
        await caller.told("ended")
        await caller.leave()

    await one()
    tasks = len(asyncio.all_tasks())
    gc.collect()
    before = resources()
    for _ in range(10):
        await asyncio.gather(*(one() for _ in range(10)))
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
    gc.collect()
    assert resources() == before
    assert len(calls.gone) == 101
