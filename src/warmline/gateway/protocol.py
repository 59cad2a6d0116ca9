"""Owns what uvicorn's WebSocket protocol must do differently for callers we do not know.

Must not know calls or the messages of `/audio`. It is the only module that leans on uvicorn's
internals; its tests fail when these move.

What it changes: a client that breaks the WebSocket protocol itself (a message over the limit,
invalid UTF-8) reads a JSON `error` before the close frame, and our log stays quiet; nothing
that a client sends or does not read makes memory grow; a connection can be aborted; and
neither query strings nor messages reach the log, down to level DEBUG.
"""

import json
import logging
import socket
from asyncio import BaseTransport, Transport
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode

ABORT: Final = "warmline.abort"
"""Key in the ASGI scope's `extensions`: its `abort` drops the connection without a handshake."""

CLOSE_S: Final = 2.0
"""Seconds that a client gets to read our last words before the connection is aborted."""
QUIET_S: Final = 0.1
"""A refused client that sent nothing for so long has sent all of its message."""
SEND_BUFFER: Final = 32_768
"""Bytes that wait for a slow client in our memory and, about twice, in the kernel: a third of a
second at 48 kHz. More would hide a client that does not read, and delay `clear` behind it."""

_ERRORS: Final = {
    CloseCode.MESSAGE_TOO_BIG: ("too_big", "the message is longer than this server takes"),
    CloseCode.INVALID_DATA: ("bad_utf8", "a text message must be valid UTF-8"),
}
_BAD_FRAME: Final = ("bad_frame", "a frame breaks the WebSocket protocol (RFC 6455)")

# Uvicorn's handlers print what is left: warnings and errors. It stands outside of logging's
# registry, because configuring a logger there resets the levels of all those below it.
_LOG: Final = logging.Logger("uvicorn.error.websocket", logging.WARNING)
_LOG.parent = logging.getLogger("uvicorn.error")


class CallProtocol(WebSocketsSansIOProtocol):
    """Give it to uvicorn with the rest of `UVICORN_OPTIONS`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.close_timeout = CLOSE_S
        self.logger = self.conn.logger = _LOG
        self.conn.debug = False
        self._refused = False

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        cast(Transport, transport).set_write_buffer_limits(high=SEND_BUFFER)
        if (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._linger()
        else:
            super().data_received(data)

    async def run_asgi(self) -> None:
        self.scope["extensions"][ABORT] = {"abort": self._abort}
        await super().run_asgi()
        # A transport that closes waits for its buffer, for ever if the client does not read.
        self.loop.call_later(self.close_timeout, self._abort)

    def handle_parser_exception(self) -> None:
        self.handle_events()  # what came before the broken frame counts
        if (close := self.conn.close_sent) is not None:
            self._refuse(close.code)
        else:
            self._abort()  # frames before our answer to the handshake: no way to reply

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.conn.fail(CloseCode.INVALID_DATA)
                self._refuse(CloseCode.INVALID_DATA)
                return
        super().send_receive_event_to_app()

    def handle_cont(self, event: Frame) -> None:
        # Empty fragments count for no size limit, and each would stay in memory.
        if event.data or event.fin:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # a client that does not read gets no more pongs

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort()

    def _refuse(self, code: int) -> None:
        """Say why, close, tell the application, and read on for `CLOSE_S` at most."""
        if self._refused:
            return
        self._refused = self.disconnected = True
        closing = b"".join(self.conn.data_to_send())
        if not self.close_sent:
            name, message = _ERRORS.get(CloseCode(code), _BAD_FRAME)
            text = json.dumps({"type": "error", "code": name, "message": message}).encode()
            frame = Frame(Opcode.TEXT, text)
            self.transport.write(frame.serialize(mask=False, extensions=self.conn.extensions))
        self.close_sent = True
        self.transport.write(closing)
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        self.writable.set()  # whoever waits to send learns that nobody listens
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self._linger()
        self.loop.call_later(self.close_timeout, self._abort)

    def _linger(self) -> None:
        # The rest of a 10 MB message is read and thrown away: closing with unread data makes
        # TCP reset the connection, and the client would not see why.
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(QUIET_S, self.transport.close)

    def _abort(self) -> None:
        # asyncio's transports do not take an abort once they are closed.
        if self in self.connections:
            self.transport.abort()


class HeadProtocol(HttpToolsProtocol):
    """The whole head of a request must come within `timeout_keep_alive`."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _unset_keepalive_if_required(self) -> None:
        pass  # bytes alone prove nothing

    def on_headers_complete(self) -> None:
        super()._unset_keepalive_if_required()
        super().on_headers_complete()


UVICORN_OPTIONS: Final[dict[str, Any]] = {
    "http": HeadProtocol,
    "loop": "asyncio",
    "ws": CallProtocol,
    "ws_max_size": 131_072,
    "ws_per_message_deflate": False,
    "ws_ping_interval": 5.0,
    "ws_ping_timeout": 10.0,
}
"""For `uvicorn.Config`. Calls live by timers of 20 ms, and uvloop's fire up to 1 ms early, again
and again: asyncio's own loop costs a third less (`benchmarks/doors.py`). The size leaves room above
the door's own limit, whose error is better. Speech does not deflate, and what inflates can be a
bomb. A dead peer is noticed within 15 s."""
