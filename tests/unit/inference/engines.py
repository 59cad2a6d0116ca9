"""Tiny engines for real worker processes."""

import os
import time
from collections.abc import Sequence

from warmline.inference.pipe import Message
from warmline.inference.worker import Engine


def echo(die_on: str = "", marker: str = "") -> Engine:
    """Answers with what it got; `die` kills the process, `die-once` only the first time."""

    def answer(request: Message) -> Message:
        match request.head.get("do"):
            case "die":
                os._exit(9)
            case "die-once" if not os.path.exists(marker):
                with open(marker, "w") as file:
                    file.write("died")
                os._exit(9)
            case "hang":
                time.sleep(3600)
            case "raise":
                raise ValueError("secret words")
            case "print":
                print("a library that prints", flush=True)
        return Message({"pid": os.getpid(), "said": request.head.get("say")}, request.body)

    return answer


class Many:
    """Answers how many came together; a bad one among them spoils the company."""

    def __call__(self, request: Message) -> Message:
        if request.head.get("do") == "raise":
            raise ValueError("secret words")
        return Message({"together": 1}, request.body)

    def many(self, requests: Sequence[Message]) -> list[Message]:
        if any(request.head.get("do") == "raise" for request in requests):
            raise ValueError("secret words")
        return [Message({"together": len(requests)}, request.body) for request in requests]


def many() -> Engine:
    return Many()


def broken() -> Engine:
    raise RuntimeError("no model")
