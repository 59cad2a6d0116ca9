"""Owns one WebSocket as a line needs it: sends give up on a peer who takes nothing.

The only module of the doors that touches Starlette's socket. Must not know any door's messages.
"""

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from warmline.gateway.far_end import FarEndGone
from warmline.gateway.protocol import ABORT


class Link:
    def __init__(self, websocket: WebSocket, stall_timeout_s: float) -> None:
        self._websocket = websocket
        self._stall_timeout_s = stall_timeout_s
        self._closed = False  # by us

    async def receive(self) -> str | bytes | int:
        """The next text or binary message, or the close code."""
        await asyncio.sleep(0)  # many small messages in one packet delay no other call
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            return int(message["code"])
        text: str | None = message.get("text")
        return text if text is not None else bytes(message["bytes"])

    async def text(self, text: str) -> None:
        """Raises TimeoutError (stalled), FarEndGone."""
        self._check_open()
        async with asyncio.timeout(self._stall_timeout_s):
            try:
                await self._websocket.send_text(text)
            except WebSocketDisconnect:
                raise FarEndGone from None

    async def audio(self, data: bytes) -> None:
        """Raises TimeoutError (stalled), FarEndGone."""
        self._check_open()
        async with asyncio.timeout(self._stall_timeout_s):
            try:
                await self._websocket.send_bytes(data)
            except WebSocketDisconnect:
                raise FarEndGone from None

    async def close(self, code: int, last_words: str = "") -> None:
        """Say these and close; a peer who cannot take it is cut off."""
        try:
            self._check_open()
            if last_words:
                await self.text(last_words)
            self._closed = True
            async with asyncio.timeout(self._stall_timeout_s):
                await self._websocket.close(code)
        except (FarEndGone, WebSocketDisconnect):
            pass
        except TimeoutError:
            self.abort()

    def _check_open(self) -> None:
        if self._closed:
            raise FarEndGone

    def abort(self) -> None:
        """Drop the connection without a handshake, where the server can."""
        if (extension := self._websocket.scope.get("extensions", {}).get(ABORT)) is not None:
            extension["abort"]()
