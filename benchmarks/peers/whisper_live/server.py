"""WhisperLive as a server of partial transcripts: its own server and protocol, behind "bare".

Runs in a virtual environment of its own. WhisperLive writes down and never answers, so there is
no voice; the bridge only changes messages and decides nothing.
"""

import argparse
import asyncio
import contextlib
import functools
import json
import socket
import threading
import uuid
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from whisper_live.server import TranscriptionServer

MAX_CALLS = 16


def whisper_live(port: int, model: Path) -> None:
    """Its server as its own command line starts it: one model for all callers, locked."""
    TranscriptionServer().run(
        "127.0.0.1",
        port=port,
        backend="faster_whisper",
        faster_whisper_custom_model_path=str(model),
        single_model=True,
        max_clients=MAX_CALLS,
    )


async def answer(caller: ServerConnection, *, inner: int, model: Path) -> None:
    hello = {
        "uid": str(uuid.uuid4()),
        "language": "en",
        "task": "transcribe",
        "model": str(model),
        "use_vad": True,  # as its client asks for
        "audio_format": "int16",
    }
    with contextlib.suppress(ConnectionClosed):
        async with connect(f"ws://127.0.0.1:{inner}", compression=None) as server:
            await server.send(json.dumps(hello))
            written = asyncio.create_task(tell(server, caller))
            async for message in caller:
                if isinstance(message, bytes):
                    await server.send(message)
            written.cancel()


async def tell(server: ClientConnection, caller: ServerConnection) -> None:
    """Pass on what was written down so far, whole: its segments, of which the last may change."""
    async for message in server:
        match json.loads(message):
            case {"message": "SERVER_READY"}:
                await caller.send(json.dumps({"type": "ready", "rate": 16_000}))
            case {"segments": [*segments]}:
                text = " ".join(segment["text"].strip() for segment in segments)
                done = all(segment.get("completed") for segment in segments)
                kind = "final" if done else "partial"
                await caller.send(json.dumps({"type": kind, "text": text}))


async def run(options: argparse.Namespace) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        inner = free.getsockname()[1]
    threading.Thread(target=whisper_live, args=(inner, options.whisper), daemon=True).start()
    handler = functools.partial(answer, inner=inner, model=options.whisper)
    while True:  # ours listens once theirs does
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", inner)
            writer.close()
            break
        await asyncio.sleep(0.1)
    async with serve(handler, "127.0.0.1", options.port, compression=None):
        await asyncio.get_running_loop().create_future()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--whisper", type=Path, required=True)
    parser.add_argument("--voice", type=Path, help="Unused: it does not speak.")
    parser.add_argument("--echo", action="store_true", help="Unused.")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
