"""A worker process: loads one engine, answers requests from its pipe until it closes.

    python -m warmline.inference.worker warmline.hearing.remote:load '{"folder": "…"}'

Knows no engine: the server names it. One request at a time, or several that came together, in the
order of arrival.
"""

import importlib
import json
import os
import select
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final, Protocol, runtime_checkable

from warmline.inference import memory, pipe
from warmline.inference.pipe import Message

Engine = Callable[[Message], Message]
"""Answers one request. An exception becomes an error answer; the worker lives on."""

REST_S: Final = 5.0
"""After so long without a request, and so often between them, what they took and need no more is
given back to the system."""


@runtime_checkable
class ManyAtOnce(Protocol):
    """An engine that has something to gain from several requests at once."""

    def many(self, requests: Sequence[Message]) -> list[Message]:
        """The answers, in the order of the requests."""


def main(target: str, arguments: Mapping[str, Any]) -> None:
    """Serve until the server closes the pipe."""
    requests, answers = _take_pipes()
    memory.frugal()
    module, _, name = target.partition(":")
    engine: Engine = getattr(importlib.import_module(module), name)(**arguments)
    memory.give_back()
    _send(answers, Message({"ready": True}))
    for request in _each(requests):
        _send(answers, pipe.together(_answers(engine, pipe.apart(request))))


def _each(requests: BinaryIO) -> Iterator[Message]:
    """One after another; the next is waited for when the last one was answered."""
    rested = time.monotonic()
    while True:
        # Nothing was read ahead: the server waits for each answer.
        if not select.select([requests], [], [], REST_S)[0]:
            memory.give_back()
            rested = time.monotonic()
        if (request := pipe.read(requests)) is None:
            return
        yield request
        if time.monotonic() - rested > REST_S:
            memory.give_back()
            rested = time.monotonic()


def _answers(engine: Engine, requests: list[Message]) -> list[Message]:
    if len(requests) > 1 and isinstance(engine, ManyAtOnce):
        try:
            return engine.many(requests)
        except Exception as error:  # one of them is bad: which one is seen below
            _report(error)
    return [_answer(engine, request) for request in requests]


def _answer(engine: Engine, request: Message) -> Message:
    try:
        return engine(request)
    except Exception as error:  # the worker must outlive one bad request
        _report(error)
        return Message({"error": type(error).__name__})


def _report(error: Exception) -> None:
    """Where it failed, but not the message: it may hold what a caller said."""
    place = "".join(traceback.format_tb(error.__traceback__))
    print(f"{place}{type(error).__name__}", file=sys.stderr, flush=True)


def _send(answers: BinaryIO, message: Message) -> None:
    answers.write(message.pack())
    answers.flush()


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes to ourselves: a library that prints must not write into the answers."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, answers


if __name__ == "__main__":
    try:
        main(sys.argv[1], json.loads(sys.argv[2]))
    except BrokenPipeError:  # the server is gone, and nobody waits for the answer
        os._exit(0)
