"""What waits to be sent to one page: bounded, so that a slow page costs nobody else anything. Pure.

Knows texts and their sizes; no socket and no call.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

MAX_MESSAGES: Final = 1000
MAX_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Message:
    """One text for all who watch: made once."""

    text: str
    """ASCII only (JSON with escapes), so that its length is its size."""
    replaces: str = ""
    """While an earlier message with the same value waits, this one supersedes it: what a line's
    words were a moment ago. Empty: it replaces nothing."""
    hollow: str = ""
    """What is sent in its place once it is superseded, to keep the numbers without gaps; it
    counts by its bytes only. Empty: a later one takes its very place."""


@dataclass(slots=True)
class _Waiting:
    text: str
    message: Message
    superseded: bool = False


@dataclass(slots=True)
class _Queue:
    waiting: deque[_Waiting] = field(default_factory=deque)
    latest: dict[str, _Waiting] = field(default_factory=dict)


class Outbox:
    """First in, first out. A stream that is held back (its past is being sent) waits aside, and
    counts all the same."""

    def __init__(self, max_messages: int = MAX_MESSAGES, max_bytes: int = MAX_BYTES) -> None:
        self._max_messages, self._max_bytes = max_messages, max_bytes
        self._queue = _Queue()
        self._held: dict[str, _Queue] = {}
        self._messages = 0
        self._bytes = 0

    def __len__(self) -> int:
        """Messages that wait, those held back too; superseded ones do not count."""
        return self._messages

    @property
    def ready(self) -> int:
        """Messages that `take` would give now."""
        return len(self._queue.waiting)

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._bytes

    def put(self, message: Message, stream: str = "") -> bool:
        """Let a message wait; False when there is no room: the page is too slow to go on.

        A message is never too big where nothing else waits.
        """
        queue = self._held.get(stream, self._queue)
        earlier = queue.latest.get(message.replaces) if message.replaces else None
        if earlier is not None and message.hollow:
            self._supersede(queue, earlier)
        elif earlier is not None:
            return self._exchange(earlier, message)
        size = self._bytes + len(message.text)
        if self._bytes and (self._messages >= self._max_messages or size > self._max_bytes):
            return False
        waiting = _Waiting(message.text, message)
        queue.waiting.append(waiting)
        if message.replaces:
            queue.latest[message.replaces] = waiting
        self._messages += 1
        self._bytes = size
        return True

    def take(self) -> str | None:
        """The next text to send; None when there is none."""
        if not self._queue.waiting:
            return None
        waiting = self._queue.waiting.popleft()
        self._forget(self._queue, waiting)
        return waiting.text

    def hold(self, stream: str) -> None:
        """Keep back what is put for this stream from now on; what was kept back is dropped."""
        self.drop(stream)
        self._held[stream] = _Queue()

    def release(self, stream: str) -> None:
        """What was kept back comes next, behind all that waits."""
        if (held := self._held.pop(stream, None)) is not None:
            self._queue.waiting.extend(held.waiting)
            for key in self._queue.latest.keys() & held.latest.keys():
                self._supersede(self._queue, self._queue.latest[key])
            self._queue.latest |= held.latest

    def drop(self, stream: str) -> None:
        """What is kept back of this stream is not wanted any more."""
        if (held := self._held.pop(stream, None)) is not None:
            for waiting in held.waiting:
                self._forget(held, waiting)

    def _exchange(self, earlier: _Waiting, message: Message) -> bool:
        """A state takes the place of the one that waits."""
        size = self._bytes + len(message.text) - len(earlier.text)
        if size > self._max_bytes and self._messages > 1:
            return False
        earlier.text, earlier.message, self._bytes = message.text, message, size
        return True

    def _supersede(self, queue: _Queue, earlier: _Waiting) -> None:
        del queue.latest[earlier.message.replaces]
        self._messages -= 1
        self._bytes += len(earlier.message.hollow) - len(earlier.text)
        earlier.text, earlier.superseded = earlier.message.hollow, True
        earlier.message = Message(earlier.text)  # the words need not wait any longer

    def _forget(self, queue: _Queue, waiting: _Waiting) -> None:
        self._bytes -= len(waiting.text)
        if not waiting.superseded:
            self._messages -= 1
            if queue.latest.get(waiting.message.replaces) is waiting:
                del queue.latest[waiting.message.replaces]
