"""A server with nothing behind its doors, as a process of its own: what does a door itself cost?

Run by `doors.py`. Calls are as the mode says: `echo` notes when it hears a click and plays one
back, `talk` plays a tone for ever, `idle` listens. All times are of the machine's monotonic
clock, which other processes share. No model is loaded.
"""

import asyncio
import gc
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np
import uvicorn
from fastapi import FastAPI

from door_clicks import ClickDetector, click
from warmline.audio.frame import FRAME, RATE, Frame
from warmline.call.bridge import Bridge
from warmline.gateway.asterisk.audiosocket_server import audiosocket_server
from warmline.gateway.asterisk.calls import AsteriskCalls
from warmline.gateway.asterisk.http import asterisk_router
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.protocol import UVICORN_OPTIONS
from warmline.gateway.socket import audio_router
from warmline.gateway.twilio.door import twilio_router
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.gateway.webrtc.door import WebRtcSettings, webrtc_router
from warmline.ports import Line, LineEvent

TONE_S: Final = 2.0


class Handler:
    """What stands in for a call."""

    def __init__(self) -> None:
        self.mode = "idle"
        self.calls = 0
        self.heard: list[float] = []
        """When a click was heard: its first sample."""
        self.played: list[float] = []
        """When one was given to the line, or passed to another leg by the bridge."""
        self._rooms: dict[str, Bridge] = {}
        self._legs = count(1)
        self._detector = ClickDetector()

    async def __call__(self, line: Line) -> None:
        self.calls += 1
        try:
            await line.started(f"c{self.calls}")
            if line.info.flow:
                await self._join(line.info.flow, line)
                return
            match self.mode:
                case "echo":
                    await self._echo(line)
                case "talk":
                    await self._talk(line)
                case _:
                    async for _ in line:
                        pass
        finally:
            self.calls -= 1

    async def _join(self, room: str, line: Line) -> None:
        bridge = self._rooms.setdefault(room, Bridge(heard=self._tap, left=lambda *_: None))
        await bridge.join(f"leg {next(self._legs)}", line)
        if not bridge.names:
            self._rooms.pop(room, None)

    def _tap(self, name: str, event: LineEvent) -> None:
        now = asyncio.get_running_loop().time()
        if isinstance(event, Frame):
            onset = self._detector.push(event.samples, now)
            if onset is not None:
                self.heard.append(now - (FRAME - onset) / RATE)
                self.played.append(now + onset / RATE)  # if it is played at once

    async def _echo(self, line: Line) -> None:
        """A click into the silence for each click that is heard, as a bot answers."""
        clock = asyncio.get_running_loop().time
        detector = ClickDetector()
        async for event in line:
            if not isinstance(event, Frame):
                continue
            onset = detector.push(event.samples, clock())
            if onset is not None:
                self.heard.append(clock() - (FRAME - onset) / RATE)
                self.played.append(clock())
                await line.play(click(line.info.rate))

    async def _talk(self, line: Line) -> None:
        async def speak() -> None:
            wave = np.sin(np.arange(round(line.info.rate * TONE_S)) * 0.3)
            tone = (3000 * wave).astype(np.int16)
            while not line.gone:
                await line.play(tone)
                await asyncio.sleep(TONE_S / 2)

        speaking = asyncio.create_task(speak())
        try:
            async for _ in line:
                pass
        finally:
            speaking.cancel()


def app(handler: Handler, ports: dict[str, int | str]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await _other_doors(server, handler, ports, stack)
            yield

    server = FastAPI(lifespan=lifespan)
    server.include_router(audio_router(handler))
    server.include_router(webrtc_router(handler, WebRtcSettings(token_required=False)))

    @server.post("/bench/{mode}")
    async def set_mode(mode: str) -> dict[str, Any]:
        """From now on; gives the clicks so far, and forgets them."""
        handler.mode = mode
        clicks = {"heard": handler.heard, "played": handler.played}
        handler.heard, handler.played = [], []
        return clicks

    @server.get("/bench")
    async def state() -> dict[str, int]:
        gc.collect()
        return {
            "calls": handler.calls,
            "tasks": len(asyncio.all_tasks()),
            "descriptors": len(os.listdir("/proc/self/fd")),
            "rss_kb": _rss_kb(),
        }

    return server


async def _other_doors(
    server: FastAPI, handler: Handler, ports: dict[str, int | str], stack: AsyncExitStack
) -> None:
    url = f"http://127.0.0.1:{ports['http']}"
    server.include_router(
        twilio_router(handler, TwilioSettings(public_url=url, insecure_loopback=True))
    )
    settings = AsteriskSettings(password="benchmark")
    calls = AsteriskCalls()
    server.include_router(asterisk_router(handler, calls, settings))
    ports["asterisk_password"] = settings.password
    _, ports["audiosocket"] = await stack.enter_async_context(
        audiosocket_server(handler, calls, settings)
    )


def _rss_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def main() -> None:
    """Prints one line of JSON with the ports when it listens."""
    handler = Handler()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ports = {"http": listener.getsockname()[1]}
        config = uvicorn.Config(app(handler, ports), log_level="warning", **UVICORN_OPTIONS)

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                print(json.dumps(ports), flush=True)

        Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
