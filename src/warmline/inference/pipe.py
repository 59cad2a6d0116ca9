"""What goes through the pipe between the server and a worker: a JSON head and raw bytes.

4 bytes length of head | 4 bytes length of body | head (JSON) | body
"""

import asyncio
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_LENGTHS = struct.Struct(">II")
_MAX_BODY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    head: Mapping[str, Any]
    body: bytes = field(default=b"", repr=False)

    def pack(self) -> bytes:
        head = json.dumps(self.head, separators=(",", ":")).encode()
        return _LENGTHS.pack(len(head), len(self.body)) + head + self.body


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
