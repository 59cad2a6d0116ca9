"""Both ends of the wire between a call and the Whisper workers."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import TypeAdapter

from warmline.audio.frame import RATE, Pcm
from warmline.errors import InferenceError
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.hearing.decoding import batch_key
from warmline.inference.pipe import Message
from warmline.inference.pool import WorkerPool
from warmline.inference.pressure import Pressure
from warmline.ports import Priority, Transcript

if TYPE_CHECKING:
    from warmline.hearing.whisper import Request, Whisper

_EXPECTATION: Final = TypeAdapter(Expectation)
_TRANSCRIPT: Final = TypeAdapter(Transcript)

_CLOSED_S: Final = 0.5
"""A closed answer ends its turn soon, so its words are due sooner than those of an open one."""
_OPEN_S: Final = 0.7
_PARTIAL_S: Final = 0.8
"""Later the next one is worth more."""
_TOGETHER: Final = {"large": 2, "small": 4}
"""Decoded in one pass when they queue. CPU time per request of base: 0.8 for two, 0.7 to 0.9 for
more, since one that strays is decoded again; of tiny.en 0.8, 0.7, 0.6 for two, three and four
(benchmarks/batching.py). All of them wait for the last one, so finals go in pairs only."""
NO_PARTIALS: Final = 2
SMALL_FINALS: Final = 3
KEYPAD_ONLY: Final = 4
"""Rungs of the ladder under pressure."""


class RemoteTranscriber:
    """A `Transcriber` whose models live in worker processes, which each hold both."""

    def __init__(
        self,
        pool: WorkerPool,
        pressure: Pressure,
        *,
        small: bool = False,
        partials: WorkerPool | None = None,
    ) -> None:
        """`small`: the small model decodes finals too, as it does partials. `partials` are other
        workers for all but finals."""
        self._pool = pool
        self._partials = partials or pool
        self._pressure = pressure
        self._small = small

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        rung, final = self._pressure.rung, priority is Priority.FINAL
        if final and rung >= KEYPAD_ONLY:
            raise InferenceError("recognition has no room now: callers are asked for keys")
        relieved = rung >= SMALL_FINALS
        model = "large" if final and not self._small and not relieved else "small"
        key = batch_key(samples.size / RATE, expect, prompt)
        answer = await (self._pool if final else self._partials).ask(
            {
                "model": model,
                "expect": _EXPECTATION.dump_python(expect, mode="json"),
                "prompt": prompt,
                "tail_s": tail_s,
                "guard": final and not relieved,
            },
            samples.tobytes(),
            priority=priority,
            within_s=_within_s(expect) if final else _PARTIAL_S,
            kind=key and f"{model} {key}",
            together=_TOGETHER[model],
        )
        return _TRANSCRIPT.validate_python(answer.head)


def _within_s(expect: Expectation) -> float:
    return _OPEN_S if expect.kind is AnswerKind.FREE else _CLOSED_S


class Ears:
    """The engine in the worker process (its only place where the model's library loads)."""

    def __init__(self, models: "dict[str, Whisper]") -> None:
        self._models = models

    def __call__(self, request: Message) -> Message:
        return self.many([request])[0]

    def many(self, requests: Sequence[Message]) -> list[Message]:
        """All for the same model, as jobs of one kind are."""
        whisper = self._models[requests[0].head["model"]]
        return [
            Message(asdict(transcript))
            for transcript in whisper.transcribe_many([_request(one) for one in requests])
        ]


def load(large: str, small: str, threads: int = 1, short_window: bool = True) -> Ears:
    """`large` and `small` are the models' folders; they may be the same. Without `short_window`
    all is decoded with 30 s."""
    from warmline.hearing.whisper import Whisper

    folders = {
        folder: Whisper(Path(folder), threads=threads, short_window=short_window)
        for folder in {large, small}
    }
    for whisper in folders.values():
        whisper.warm_up()
    return Ears({"large": folders[large], "small": folders[small]})


def _request(message: Message) -> "Request":
    from warmline.hearing.whisper import Request

    return Request(
        samples=np.frombuffer(message.body, dtype=np.int16),
        expect=_EXPECTATION.validate_python(message.head["expect"]),
        prompt=message.head["prompt"],
        tail_s=message.head["tail_s"],
        guard=message.head["guard"],
    )
