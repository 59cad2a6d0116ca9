"""A worker process: loads one engine, answers requests from its pipe until it closes.

    python -m warmline.inference.worker warmline.hearing.remote:load '{"folder": "…"}'

Knows no engine: the server names it. One request at a time, in the order of arrival.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from warmline.inference import pipe
from warmline.inference.pipe import Message

Engine = Callable[[Message], Message]
"""Answers one request. An exception becomes an error answer; the worker lives on."""


def main(target: str, arguments: Mapping[str, Any]) -> None:
    """Serve until the server closes the pipe."""
    requests, answers = _take_pipes()
    module, _, name = target.partition(":")
    engine: Engine = getattr(importlib.import_module(module), name)(**arguments)
    _send(answers, Message({"ready": True}))
    while (request := pipe.read(requests)) is not None:
        _send(answers, _answer(engine, request))


def _answer(engine: Engine, request: Message) -> Message:
    try:
        answer = engine(request)
    except Exception as error:  # the worker must outlive one bad request
        # Where it failed, but not the message: it may hold what a caller said.
        place = "".join(traceback.format_tb(error.__traceback__))
        print(f"{place}{type(error).__name__}", file=sys.stderr, flush=True)
        return Message({"id": request.head["id"], "error": type(error).__name__})
    return Message({**answer.head, "id": request.head["id"]}, answer.body)


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
