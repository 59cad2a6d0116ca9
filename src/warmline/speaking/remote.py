"""Both ends of the wire between a call and the Piper worker."""

from pathlib import Path

import numpy as np

from warmline.audio.frame import Pcm
from warmline.inference.pipe import Message
from warmline.inference.pool import WorkerPool
from warmline.inference.worker import Engine


class RemoteSynthesizer:
    """A `Synthesizer` whose voices live in a worker process."""

    def __init__(self, pool: WorkerPool, default_voice: str) -> None:
        self._pool = pool
        self._default = default_voice

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        head = {"text": text, "voice": voice or self._default, "pace": pace}
        answer = await self._pool.ask(head, priority=int(ahead))
        return np.frombuffer(answer.body, dtype=np.int16), int(answer.head["rate"])


def load(folders: dict[str, str]) -> Engine:
    """The engine in the worker process: `folders` says where each voice's files are."""
    from warmline.speaking.piper import Voice

    voices = {name: Voice(Path(folder), name) for name, folder in folders.items()}
    for voice in voices.values():
        voice.speak("Hello.", 1.0)  # the first run of a session is slow

    def synthesize(request: Message) -> Message:
        voice = voices[request.head["voice"]]
        pcm = voice.speak(request.head["text"], request.head["pace"])
        return Message({"rate": voice.rate}, pcm.tobytes())

    return synthesize
