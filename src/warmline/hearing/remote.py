"""Both ends of the wire between a call and the Whisper workers."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import TypeAdapter

from warmline.audio.frame import Pcm
from warmline.events import ANYTHING, Expectation
from warmline.inference.pipe import Message
from warmline.inference.pool import WorkerPool
from warmline.inference.worker import Engine
from warmline.ports import Priority, Transcript

_EXPECTATION: Final = TypeAdapter(Expectation)
_TRANSCRIPT: Final = TypeAdapter(Transcript)


class RemoteTranscriber:
    """A `Transcriber` whose models live in worker processes: one pool for finals, one for
    partials, so that a partial never stands before a final."""

    def __init__(self, finals: WorkerPool, partials: WorkerPool) -> None:
        self._finals = finals
        self._partials = partials

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        partial = priority is Priority.PARTIAL
        pool = self._partials if partial else self._finals
        head = {
            "expect": _EXPECTATION.dump_python(expect, mode="json"),
            "prompt": prompt,
            "tail_s": tail_s,
            "guard": not partial,
        }
        answer = await pool.ask(head, samples.tobytes(), priority=priority)
        return _TRANSCRIPT.validate_python({k: v for k, v in answer.head.items() if k != "id"})


def load(folder: str, threads: int = 1) -> Engine:
    """The engine in the worker process (its only place where the model's library loads)."""
    from warmline.hearing.whisper import Whisper

    whisper = Whisper(Path(folder), threads=threads)
    whisper.warm_up()

    def transcribe(request: Message) -> Message:
        transcript = whisper.transcribe(
            np.frombuffer(request.body, dtype=np.int16),
            expect=_EXPECTATION.validate_python(request.head["expect"]),
            prompt=request.head["prompt"],
            tail_s=request.head["tail_s"],
            guard=request.head["guard"],
        )
        return Message(asdict(transcript))

    return transcribe
