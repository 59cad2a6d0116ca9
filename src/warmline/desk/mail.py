"""What goes out to one page: the outbox's shell, with a sender that waits and senders that do not.

Knows texts; no message's meaning and no socket.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from warmline.desk.outbox import Message, Outbox

_READY: Final = 32
"""Messages of the past that wait at once: 10 kB, or 800 kB of the longest lines."""
_BREATH: Final = 50
"""Messages sent without a pause: about a millisecond."""


class Mail:
    def __init__(self, too_slow: Callable[[], None]) -> None:
        """`too_slow` is told when there is no room for a message, which is then lost; and so are
        all that come behind it, for what a page gets has no gaps."""
        self.outbox = Outbox()
        self._too_slow = too_slow
        self._over = False  # a message was lost
        self._some = asyncio.Event()  # something waits to be sent
        self._space = asyncio.Event()  # … and little enough for more of the past

    def tell(self, message: Message, stream: str = "") -> None:
        """Let it be sent, behind all that waits. Never waits."""
        if self._over:
            return
        if self.outbox.put(message, stream):
            self._some.set()
        else:
            self._over = True
            self._too_slow()

    async def tell_past(self, text: str) -> None:
        """Let it be sent once there is space: however long the past, it takes little room."""
        while self.outbox.ready >= _READY:
            self._space.clear()
            await self._space.wait()
        self.tell(Message(text))

    def release(self, stream: str) -> None:
        """See `Outbox.release`."""
        self.outbox.release(stream)
        self._some.set()

    async def send(self, out: Callable[[str], Awaitable[None]]) -> None:
        """Send what waits, for ever."""
        sent = 0
        while True:
            if (text := self.outbox.take()) is None:
                self._some.clear()
                await self._some.wait()
                continue
            await out(text)
            sent += 1
            if self.outbox.ready < _READY:
                self._space.set()
            if sent % _BREATH == 0:
                await asyncio.sleep(0)
