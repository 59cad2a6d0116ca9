"""Both ends of the wire between a call and the Piper worker."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from warmline.audio.frame import Pcm
from warmline.inference.pipe import Message
from warmline.inference.pool import WorkerPool
from warmline.inference.worker import Engine
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clip_files import ClipFiles, fingerprint


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


def clip_cache(
    pool: WorkerPool,
    folders: Mapping[str, str],
    *,
    memory_bytes: int,
    disk: tuple[Path, int] | None,
    first_clause: bool = True,
) -> ClauseCache:
    """The clauses of these voices; the first one is the default. `disk`: where clips are kept,
    and how many bytes of them. Takes 0.1 s for each voice then. Raises OSError for a voice that
    cannot be read."""
    default = next(iter(folders))
    files = None
    if disk is not None:
        voices = {name: fingerprint(Path(folder), name) for name, folder in folders.items()}
        files = ClipFiles(disk[0], {"": voices[default], **voices}, disk[1])
    synthesizer = RemoteSynthesizer(pool, default)
    return ClauseCache(synthesizer, memory_bytes, files, first_clause=first_clause)


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
