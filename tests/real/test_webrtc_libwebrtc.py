"""The WebRTC door against libwebrtc, Chrome's own engine, in the wheel `wrtc`."""

import asyncio
import contextlib
import json
from collections import deque
from typing import Any

import numpy as np
import pytest

from warmline.audio.frame import Pcm
from warmline.gateway.webrtc.aiortc_engine import AiortcEngine, AiortcPeer
from warmline.gateway.webrtc.engine import Closed, Heard, Pressed, Said
from warmline.gateway.webrtc.offer import read

webrtc: Any = pytest.importorskip("webrtc")
pytestmark = pytest.mark.real

RATE = 48_000


async def speak(writer: Any) -> None:
    """A tone of 300 Hz, 10 ms at a time, as a microphone would give it."""
    loop = asyncio.get_running_loop()
    began, sent, size = loop.time(), 0, RATE // 100
    while True:
        at = (sent * size + np.arange(size)) / RATE
        init = webrtc.AudioDataInit(
            format="s16",
            sample_rate=RATE,
            number_of_frames=size,
            number_of_channels=1,
            timestamp=sent * 10_000,
            data=(8000 * np.sin(2 * np.pi * 300 * at)).astype(np.int16).tobytes(),
        )
        await writer.write(webrtc.AudioData(init))
        sent += 1
        await asyncio.sleep(max(0.0, began + sent * 0.01 - loop.time()))


async def gathered(connection: Any) -> str:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    connection.on("icegatheringstatechange", lambda *_: loop.call_soon_threadsafe(done.set))
    await connection.set_local_description(await connection.create_offer())
    while str(connection.ice_gathering_state) not in ("complete", "RTCIceGatheringState.complete"):
        done.clear()
        await asyncio.wait_for(done.wait(), 5)
    return str(connection.local_description.sdp)


class Listening:
    """What the door's side got, and what to wait for in it."""

    def __init__(self, peer: AiortcPeer) -> None:
        self.frames: deque[Pcm] = deque(maxlen=500)
        self.keys = ""
        self.texts: list[str] = []
        self._peer = peer
        self._more = asyncio.Event()

    async def listen(self) -> None:
        tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(320) / 16_000)).astype(np.int16)
        while not isinstance(event := await self._peer.receive(), Closed):
            match event:
                case Heard(pcm):
                    self.frames.append(pcm)
                    self._peer.send(tone)
                case Pressed(key):
                    self.keys += key
                case Said(text):
                    self.texts.append(text)
            self._more.set()

    async def until(self, enough: Any) -> None:
        async with asyncio.timeout(15):
            while not enough():
                self._more.clear()
                await self._more.wait()


async def test_a_call_with_voice_keys_and_texts() -> None:
    with contextlib.suppress(Exception):  # another test may have made a connection already
        webrtc.allow_loopback()
    connection = webrtc.RTCPeerConnection()
    track = webrtc.MediaStreamTrackGenerator("audio")
    sender = connection.add_track(track)
    channel = connection.create_data_channel("warmline")
    peer = await AiortcEngine(addresses=["127.0.0.1"]).accept(read(await gathered(connection)))
    assert "telephone-event/48000" in peer.answer
    heard = Listening(peer)
    listening = asyncio.create_task(heard.listen())
    mouth = asyncio.create_task(speak(track.writable.get_writer()))
    try:
        answer = webrtc.RTCSessionDescriptionInit(type="answer", sdp=peer.answer)
        await connection.set_remote_description(answer)
        assert await peer.connected(10)
        await heard.until(lambda: len(heard.frames) > 100)
        assert np.abs(np.concatenate(list(heard.frames)[-20:])).max() > 4000
        await asyncio.to_thread(sender.dtmf.insert_dtmf, "12#", 100, 70)
        await heard.until(lambda: len(heard.keys) == 3)
        assert heard.keys == "12#"
        channel.send(json.dumps({"type": "ping"}))
        await heard.until(lambda: heard.texts)
        assert heard.texts == ['{"type": "ping"}']
        assert peer.quality.lost == 0
    finally:
        mouth.cancel()
        await asyncio.gather(mouth, return_exceptions=True)
        await peer.close()
        await listening
        connection.close()
