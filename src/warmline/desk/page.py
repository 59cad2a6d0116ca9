"""One page that is open: its WebSocket, from the first message to the close.

Knows the messages' order and the close codes. A page that is slow, broken or gone costs nobody
else anything: what is for it is only put into its mail.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, assert_never

from starlette.websockets import WebSocket, WebSocketDisconnect

from warmline.accounts.user import User
from warmline.desk.mail import Mail
from warmline.desk.messages import Painted, Ping, Unwatch, Watch, read
from warmline.desk.outbox import Message
from warmline.desk.texts import encode
from warmline.desk.watching import House, Watching, error_text
from warmline.errors import place

SIGNED_OUT: Final = 4401
BAD_MESSAGE: Final = 4400
TOO_SLOW: Final = 1013
FAILED: Final = 1011
_CLOSE_S: Final = 1.0
"""A page that cannot even be told good-bye by then is dropped."""

_log = logging.getLogger(__name__)


class Page:
    """`run` serves it until it is gone or has to go."""

    def __init__(
        self, socket: WebSocket, house: House, user: User, alive: Callable[[], float]
    ) -> None:
        """`alive` is told of each sign of life; it gives the server's time, seconds since 1970."""
        self._socket = socket
        self._alive = alive
        self._mail = Mail(lambda: self.close(TOO_SLOW))
        self.watching = Watching(house, user, self._mail)
        self._closing: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._last_words = ""

    async def run(self, *others: Coroutine[Any, Any, None]) -> None:
        """`others` belong to the page, and end with it."""
        work = (self._read(), self._mail.send(self._socket.send_text), self.watching.catch_up())
        tasks = [asyncio.create_task(one) for one in (*work, *others)]
        over: set[asyncio.Future[Any]] = {*tasks, self._closing}
        try:
            await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.watching.stop()
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for error in results:
            if isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect):
                _log.error("A page was closed: %s", place(error))
                self.close(FAILED)
        if self._closing.done():
            await self._say_good_bye(self._closing.result())

    def tell(self, message: Message) -> None:
        """Let it be sent; a page that does not keep up is closed."""
        self._mail.tell(message)

    def close(self, code: int, last_words: str = "") -> None:
        """Close it, with this text before if there is a moment; the first code counts."""
        if not self._closing.done():
            self._last_words = last_words
            self._closing.set_result(code)

    async def _say_good_bye(self, code: int) -> None:
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(_CLOSE_S):
                if self._last_words:
                    await self._socket.send_text(self._last_words)
                await self._socket.close(code)

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(0)  # many messages in one packet delay no call
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            try:
                asked = read(received.get("text") or "")
            except ValueError as wrong:
                self.close(BAD_MESSAGE, error_text(400, str(wrong)))
                return
            match asked:
                case Watch():
                    self.watching.watch(asked)
                case Unwatch(call=call_id):
                    self.watching.forget(call_id)
                case Painted():
                    self.watching.painted(asked)
                case Ping():
                    pong = {"type": "pong", "now": self._alive()}
                    self.tell(Message(encode(pong), "pong"))
                case _:
                    assert_never(asked)
