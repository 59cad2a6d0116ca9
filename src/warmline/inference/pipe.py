"""What goes through the pipe between the server and a worker: a JSON head and raw bytes.

4 bytes length of head | 4 bytes length of body | head (JSON) | body

Several messages that are to be answered together travel as one.
"""

import asyncio
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

_LENGTHS = struct.Struct(">II")
_MAX_BODY = 64 * 1024 * 1024
_MANY: Final = "many"
"""In the head of a message that holds several: the head and the length of each."""


@dataclass(frozen=True, slots=True)
class Message:
    head: Mapping[str, Any]
    body: bytes = field(default=b"", repr=False)

    def pack(self) -> bytes:
        head = json.dumps(self.head, separators=(",", ":")).encode()
        return _LENGTHS.pack(len(head), len(self.body)) + head + self.body


def together(messages: Sequence[Message]) -> Message:
    """One message for the pipe; a single one as it is."""
    if len(messages) == 1:
        return messages[0]
    parts = [[message.head, len(message.body)] for message in messages]
    return Message({_MANY: parts}, b"".join(message.body for message in messages))


def apart(message: Message) -> list[Message]:
    """What `together` was given."""
    return [*_parts(message)] if _MANY in message.head else [message]


def _parts(message: Message) -> Iterator[Message]:
    at = 0
    for head, size in message.head[_MANY]:
        yield Message(head, message.body[at : at + size])
        at += size


def read(stream: BinaryIO) -> Message | None:
    """The next message; None at the end of the stream. Raises EOFError within a message."""
    lengths = stream.read(_LENGTHS.size)
    if not lengths:
        return None
    head, body = _checked(lengths)
    data = stream.read(head + body)
    if len(data) < head + body:
        raise EOFError("the pipe ended within a message")
    return Message(json.loads(data[:head]), data[head:])


async def read_async(stream: asyncio.StreamReader) -> Message:
    """The next message. Raises asyncio.IncompleteReadError when the other side is gone."""
    head, body = _checked(await stream.readexactly(_LENGTHS.size))
    return Message(json.loads(await stream.readexactly(head)), await stream.readexactly(body))


def _checked(lengths: bytes) -> tuple[int, int]:
    head, body = _LENGTHS.unpack(lengths)
    if head > _MAX_BODY or body > _MAX_BODY:
        raise EOFError("not a message: something else was written into the pipe")
    return head, body
