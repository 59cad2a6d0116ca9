"""Tiny engines for real worker processes."""

import os
import time

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


def broken() -> Engine:
    raise RuntimeError("no model")
