"""What people build in an afternoon: a silence timer, faster-whisper as it comes, Piper.

Runs in a virtual environment of its own. One model of each kind for all callers, libraries'
defaults throughout; speaking stops when the caller speaks up.
"""

import argparse
import asyncio
import contextlib
import functools
import json
from collections import deque
from pathlib import Path

import numpy as np
import webrtcvad
from faster_whisper import WhisperModel
from piper import PiperVoice
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

GREETING = "Hello. You are talking with a virtual assistant. What can I do for you?"
REPLY = "Thank you, I have written that down, and I have passed it on to the team. What else?"
RATE = 16_000
FRAME_S = 0.02
SILENCE_S = 0.7
"""The timer of most tutorials: 0.5 to 1 s."""
ONSET = 5
"""Voiced frames in a row that begin a turn: 100 ms, against clicks."""
PRE_ROLL = 25
"""Frames before it that belong to the turn: 0.5 s."""


class Call:
    def __init__(self, socket: ServerConnection, whisper: WhisperModel, voice: PiperVoice) -> None:
        self._socket, self._whisper, self._voice = socket, whisper, voice
        self._speaking: asyncio.Task[None] | None = None

    async def run(self, echo: bool) -> None:
        rate = self._voice.config.sample_rate
        await self._socket.send(json.dumps({"type": "ready", "rate": rate}))
        self._speaking = asyncio.create_task(self._say(GREETING))
        while True:
            turn = await self._listen()
            text = await asyncio.to_thread(self._transcribe, turn)
            await self._socket.send(json.dumps({"type": "final", "text": text}))
            if text:
                self._speaking = asyncio.create_task(
                    self._say(f"You said: {text}" if echo else REPLY)
                )

    async def _listen(self) -> bytes:
        """The next turn: from its onset until it was silent for `SILENCE_S`."""
        vad, ring, turn = webrtcvad.Vad(3), deque[bytes](maxlen=PRE_ROLL), list[bytes]()
        voiced = silent = 0
        while True:
            frame = await self._socket.recv(decode=False)
            is_speech = vad.is_speech(frame, RATE)
            voiced = voiced + 1 if is_speech else 0
            if turn:
                turn.append(frame)
                silent = 0 if is_speech else silent + 1
                if silent * FRAME_S >= SILENCE_S:
                    return b"".join(turn)
                continue
            ring.append(frame)
            if voiced >= ONSET:
                turn = list(ring)
                await self._hush()

    def _transcribe(self, pcm: bytes) -> str:
        samples = np.frombuffer(pcm, dtype=np.int16).astype(np.float32) / 32_768
        segments, _ = self._whisper.transcribe(samples, language="en")
        return "".join(segment.text for segment in segments).strip()

    async def _say(self, text: str) -> None:
        """Sentence by sentence, as soon as each is made; the caller's side buffers."""
        chunks = iter(self._voice.synthesize(text))
        with contextlib.suppress(ConnectionClosed):
            while chunk := await asyncio.to_thread(next, chunks, None):
                await self._socket.send(chunk.audio_int16_bytes)

    async def _hush(self) -> None:
        if self._speaking:
            self._speaking.cancel()
        await self._socket.send(json.dumps({"type": "clear"}))


async def answer(
    socket: ServerConnection, *, whisper: WhisperModel, voice: PiperVoice, echo: bool
) -> None:
    with contextlib.suppress(ConnectionClosed):
        await Call(socket, whisper, voice).run(echo)


async def run(options: argparse.Namespace) -> None:
    whisper = WhisperModel(str(options.whisper), device="cpu", compute_type="int8")
    voice = PiperVoice.load(options.voice)
    handler = functools.partial(answer, whisper=whisper, voice=voice, echo=options.echo)
    async with serve(handler, "127.0.0.1", options.port, compression=None):
        await asyncio.get_running_loop().create_future()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--whisper", type=Path, required=True)
    parser.add_argument("--voice", type=Path, required=True)
    parser.add_argument("--echo", action="store_true", help="Say the caller's words again.")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
