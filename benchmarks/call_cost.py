"""What a WebRTC call costs the server's process, without recognition.

The server's side runs in a process of its own, whose CPU time is read; the callers, made of
stock aiortc, stay in this one. Knows the WebRTC door's calls; no HTTP.
"""

import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import Any, Final

import aioice.ice
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from lossy import Voice
from warmline.audio.frame import RATE, Pcm
from warmline.ports import Line

CALLS: Final = 4
"""At once; their cost is divided by their number."""
_SETTLE_S: Final = 2.0


def cost(kind: str, seconds: float) -> dict[str, Any]:
    """`kind`: idle (both sides silent) or talking (both speak all the time)."""
    ours, theirs = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    server = spawn.Process(target=_serve, args=(theirs, kind == "talking"), daemon=True)
    server.start()
    try:
        used = asyncio.run(_callers(ours, kind == "talking", seconds))
    finally:
        ours.send(None)
        server.join(10)
    return {"kind": kind, "calls": CALLS, "cpu_percent": round(100 * used / seconds / CALLS, 2)}


def noise(seconds: float) -> Pcm:
    """As loud as a voice, and as hard to code."""
    return np.random.default_rng(0).normal(0, 3000, round(seconds * RATE)).astype(np.int16)


async def _callers(pipe: Connection, talking: bool, seconds: float) -> float:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    callers = [RTCPeerConnection(RTCConfiguration([])) for _ in range(CALLS)]
    for caller in callers:
        speech = noise(seconds + 2 * _SETTLE_S) if talking else np.zeros(RATE, dtype=np.int16)
        caller.addTrack(Voice(speech))
        caller.on("track", lambda _: None)
        await caller.setLocalDescription()
        pipe.send(caller.localDescription.sdp)
        answer = await asyncio.to_thread(pipe.recv)
        await caller.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.sleep(_SETTLE_S)
    pipe.send("cpu")
    before = await asyncio.to_thread(pipe.recv)
    await asyncio.sleep(seconds)
    pipe.send("cpu")
    used: float = await asyncio.to_thread(pipe.recv) - before
    await asyncio.gather(*(caller.close() for caller in callers))
    return used


def _serve(pipe: Connection, talking: bool) -> None:
    asyncio.run(_answer(pipe, talking))


async def _answer(pipe: Connection, talking: bool) -> None:
    from warmline.gateway.webrtc.aiortc_engine import AiortcEngine
    from warmline.gateway.webrtc.calls import CallLimits, Calls, Wish
    from warmline.gateway.webrtc.offer import read

    async def talk(line: Line) -> None:
        while not line.gone:
            await line.play(noise(1.0))

    async def handle(line: Line) -> None:
        await line.started("call")
        speaking = asyncio.create_task(talk(line)) if talking else None
        async for _ in line:
            pass
        if speaking:
            await speaking

    calls = Calls(handle, AiortcEngine(addresses=["127.0.0.1"]), CallLimits())
    while (text := await asyncio.to_thread(pipe.recv)) is not None:
        if text == "cpu":
            pipe.send(time.process_time())
            continue
        pipe.send((await calls.begin(read(text), Wish())).peer.answer)
    await calls.close()
