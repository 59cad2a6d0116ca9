"""Owns a media stream as a caller's line: from `start` to the end of the call.

Must not know what a call does, nor webhooks: who may come in is the gate's, what follows on the
stream is kept in the call book.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from warmline.audio.frame import Pcm
from warmline.gateway.far_end import Farewell
from warmline.gateway.leg import Leg
from warmline.gateway.link import Link
from warmline.gateway.twilio.calls import CallBook
from warmline.gateway.twilio.commands import Commands
from warmline.gateway.twilio.gate import Gate, Proof
from warmline.gateway.twilio.messages import Started, StreamReader
from warmline.gateway.twilio.pump import Count, Pump, StreamEnd
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.gateway.twilio.transfer import Transfer
from warmline.gateway.wire import WireError
from warmline.ports import AudioProfile, CallHandler, Caption, Handover, LineInfo

_LOG: Final = logging.getLogger(__name__)

LABEL: Final = 64
"""Characters of a caller's number or a flow's name."""


class StreamDoor:
    """Runs the calls of media streams."""

    def __init__(
        self, handler: CallHandler, settings: TwilioSettings, book: CallBook, count: Count
    ) -> None:
        self._handler = handler
        self._settings = settings
        self._book = book
        self._count = count
        self._transfer = Transfer(settings, book)

    async def attend(
        self, link: Link, gate: Gate, proof: Proof, on_start: Callable[[], None]
    ) -> None:
        """Run the call of one accepted WebSocket; `on_start` is told that it is one."""
        reader = StreamReader()
        try:
            start = await self._await_start(link, reader, gate, proof)
        except WireError as error:
            self._count(error.code)
            await link.close(error.close_code)
            return
        if start is None:
            return
        on_start()
        self._book.begun(start.call)
        info = self._info(start, gate.provider)
        # Only Twilio's calls come back to our webhooks, and are in the account of the settings.
        transfer = self._transfer if gate.provider == "twilio" else None
        far_end = StreamFarEnd(link, start, info.flow, self._book, transfer)
        leg = Leg(far_end, info)
        pump = Pump(leg, link, reader, start, self._count)
        await leg.attend(self._handler, self._read(pump, leg, far_end, start.call))
        self._book.ended(start.call, leg.gone)

    async def _read(self, pump: Pump, leg: Leg, far_end: "StreamFarEnd", call: str) -> None:
        """Take what comes until the line ends. Raises WireError when the peer breaks the rules."""
        try:
            end = await pump.run()
        except WireError as error:
            self._count(error.code)
            raise
        match end:
            case StreamEnd.STOPPED:
                reason = "escalated" if far_end.handed_over else "caller_hung_up"
                leg.end(reason, Farewell(reason))
            case StreamEnd.SERVER_STOPPED:
                leg.end("server_stopped")
            case StreamEnd.LOST:
                # The caller may well be there still: the provider asks, and they are rescued.
                self._book.ended(call, "connection_lost")
                leg.end("caller_hung_up")
            case StreamEnd.BY_US:
                pass

    async def _await_start(
        self, link: Link, reader: StreamReader, gate: Gate, proof: Proof
    ) -> Started | None:
        """How the stream begins; None when the peer left. Raises WireError."""
        timeout_s = self._settings.start_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                while reader.start is None:
                    match await link.receive():
                        case str(text):
                            reader.text(text)
                        case bytes(data):
                            reader.binary(data)
                        case int():
                            return None
        except TimeoutError:
            raise WireError("start_timeout", f"send start within {timeout_s:g} s", 1008) from None
        now = asyncio.get_running_loop().time()
        if proof is not Proof.GIVEN and not gate.admits(reader.start, now):
            _LOG.warning("%s: a stream without a valid token was closed", gate.provider)
            raise WireError("bad_token", "start: its token is unknown, used or too old", 1008)
        return reader.start

    def _info(self, start: Started, provider: str) -> LineInfo:
        told = {name: _label(start.parameters.get(name, "")) for name in ("from", "to", "flow")}
        return LineInfo(
            door=provider,
            caller=told["from"],
            called=told["to"],
            flow=told["flow"] or self._settings.numbers.get(told["to"], ""),
            profile=AudioProfile(
                name=start.dialect.value,
                rate=start.format.rate,
                codec=start.format.codec,
                lead_s=self._settings.lead_s,
                echoes_marks=True,
            ),
        )


class StreamFarEnd:
    """A provider's end of a stream (see `far_end.FarEnd`)."""

    reads = False

    def __init__(
        self, link: Link, start: Started, flow: str, book: CallBook, transfer: Transfer | None
    ) -> None:
        self._link = link
        self._commands = Commands(start)
        self._start = start
        self._flow = flow
        self._book = book
        self._transfer = transfer
        self.handed_over = False
        """Whether the end of the stream leads to a person."""

    async def started(self, call_id: str) -> None:
        pass  # the provider needs no word for it

    async def audio(self, frame: Pcm) -> None:
        await self._link.text(self._commands.audio(frame))

    async def mark(self, name: str) -> None:
        await self._link.text(self._commands.mark(name))

    async def clear(self) -> None:
        await self._link.text(self._commands.clear())

    async def show(self, caption: Caption) -> None:
        pass  # a telephone shows nothing

    async def transfer(self, handover: Handover) -> bool:
        if self._transfer is None:
            return False
        self.handed_over = True  # `stop` may come before the answer of the REST API
        self.handed_over = await self._transfer.lead(self._start.call, handover, self._flow)
        return self.handed_over

    async def close(self, farewell: Farewell) -> None:
        # Known before the socket closes: the provider asks at once what comes next.
        self._book.ended(self._start.call, farewell.reason)
        await self._link.close(farewell.close_code)

    def abort(self) -> None:
        self._link.abort()


def _label(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:LABEL]
