"""What the engine does inside aiortc: fails with a clear text when aiortc has moved."""

import asyncio
import inspect
from importlib.metadata import version
from typing import Any

import pytest
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecParameters,
    RTCRtpReceiver,
    RTCRtpSender,
)
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcpeerconnection import find_common_codecs
from aiortc.rtp import RtpPacket

from warmline.gateway.webrtc import aiortc_seams
from warmline.gateway.webrtc.aiortc_engine import AiortcEngine
from warmline.gateway.webrtc.aiortc_seams import TRIED, check, use_tap
from warmline.gateway.webrtc.offer import OfferRefused, read

ADAPT = (
    f"aiortc {version('aiortc')} works differently inside from {TRIED['aiortc']}: "
    "pin the old version, or adapt gateway/webrtc/aiortc_seams.py. "
)


def receiver_of(connection: RTCPeerConnection) -> RTCRtpReceiver:
    return connection.addTransceiver("audio").receiver


@pytest.mark.parametrize("package", TRIED)
def test_the_version_is_one_that_was_tried(package: str) -> None:
    assert version(package).startswith(TRIED[package] + "."), (
        ADAPT + "If all other tests pass, add the version to TRIED."
    )


async def test_all_seams_are_where_they_were() -> None:
    connection = RTCPeerConnection(RTCConfiguration([]))
    assert check(receiver_of(connection)) == "", ADAPT
    await connection.close()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            RTCRtpReceiver._handle_rtp_packet,
            ["__jitter_buffer.add(packet)", "if encoded_frame is not None"],
        ),
        (RTCRtpSender._next_encoded_frame, ["recv()", ".pack(data)"]),
        (RTCPeerConnection.createAnswer, ["create_media_description_for_transceiver"]),
        (find_common_codecs, ["payloadType"]),
        (JitterBuffer.add, ["packet", "tuple[bool"]),
    ],
)
def test_aiortc_does_there_what_we_lean_on(function: Any, words: list[str]) -> None:
    source = inspect.getsource(function)
    for word in words:
        assert word in source, ADAPT + f"{function.__qualname__} has no more `{word}`."


async def test_the_tap_gets_every_packet_and_the_decoder_none() -> None:
    connection = RTCPeerConnection(RTCConfiguration([]))
    receiver, taken = receiver_of(connection), list[RtpPacket]()
    use_tap(receiver, taken.append)
    codec = RTCRtpCodecParameters(
        mimeType="audio/opus", clockRate=48_000, channels=2, payloadType=111
    )
    codecs: dict[int, Any] = receiver._RTCRtpReceiver__codecs  # type: ignore[attr-defined]
    codecs[111] = codec
    for number in range(40):
        packet = RtpPacket(111, 0, number, number * 960, 5, b"\xff\xff\xff")
        await receiver._handle_rtp_packet(packet, 0)
    assert [packet.sequence_number for packet in taken] == list(range(40)), ADAPT
    queue: Any = receiver._RTCRtpReceiver__decoder_queue  # type: ignore[attr-defined]
    assert queue.empty(), ADAPT
    await connection.close()


async def test_moved_seams_are_told_in_words(
    monkeypatch: pytest.MonkeyPatch, chrome_offer: str
) -> None:
    monkeypatch.setattr(aiortc_seams, "_BUFFER", "_RTCRtpReceiver__elsewhere")
    with pytest.raises(RuntimeError, match=r"aiortc .* has no RTCRtpReceiver._RTCRtpReceiver__e"):
        await AiortcEngine().accept(read(chrome_offer))


async def test_only_the_addresses_of_the_settings_are_offered(chrome_offer: str) -> None:
    peer = await AiortcEngine(addresses=["127.0.0.1"]).accept(read(chrome_offer))
    candidates = [line for line in peer.answer.splitlines() if line.startswith("a=candidate")]
    assert candidates
    assert all(" 127.0.0.1 " in line for line in candidates)
    await peer.close()
    await asyncio.sleep(0)


async def test_strangers_packets_are_not_taken_for_the_peers(chrome_offer: str) -> None:
    peer = await AiortcEngine(addresses=["127.0.0.1"]).accept(read(chrome_offer))
    ice: Any = peer._transceiver.receiver.transport.transport._connection
    (protocol,) = ice._protocols
    hello, stun = b"\x16\xfe\xff" + bytes(50), b"\x00\x01" + bytes(18)
    protocol.datagram_received(hello, ("192.0.2.66", 50_002))
    protocol.datagram_received(hello, ("192.0.2.7", 1))
    protocol.datagram_received(b"", ("192.0.2.7", 1))
    protocol.datagram_received(stun, ("192.0.2.66", 1))
    assert ice._queue.empty(), ADAPT
    protocol.datagram_received(hello, ("192.0.2.7", 50_002))  # a candidate of the offer
    assert ice._queue.qsize() == 1, ADAPT
    await peer.close()


async def test_what_aiortc_stumbles_over_is_refused_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, chrome_offer: str
) -> None:
    async def stumble(*_: object) -> None:
        raise AssertionError("inside aiortc")

    tasks = asyncio.all_tasks()
    monkeypatch.setattr(RTCPeerConnection, "setLocalDescription", stumble)
    with pytest.raises(OfferRefused) as refused:
        await AiortcEngine().accept(read(chrome_offer))
    assert "inside" not in str(refused.value)
    assert asyncio.all_tasks() == tasks
