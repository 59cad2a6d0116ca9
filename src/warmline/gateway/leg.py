"""Owns a caller's leg, whatever door it came through: the `Line` that a call gets.

Must not know what a call does, nor any door's messages: a door brings a `FarEnd` that sends,
and a reader that feeds what comes in. Pacing is playout's, what comes in is intake's.

The reader takes everything at once and never waits for the call. The sender alone talks to the
far end. The line ends once, in `_finish`; the first reason counts.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from enum import Enum, auto
from typing import Any, Final

from warmline.audio.frame import Pcm
from warmline.errors import CallRefused, place
from warmline.gateway.far_end import FarEnd, FarEndGone, Farewell, LegSettings
from warmline.gateway.intake import Intake
from warmline.gateway.playout import Mark, Playout
from warmline.gateway.silence import SilenceWatch
from warmline.gateway.wire import WireError
from warmline.ports import CallHandler, Caption, Handover, LineEvent, LineInfo, LineStats

_log: Final = logging.getLogger(__name__)

_SLICE_S: Final = 0.2
"""Seconds of audio handled without a break, so that an 8 s message delays no other call."""
MAX_CAPTIONS: Final = 32
"""Captions that may wait for a slow reader; the oldest goes first."""


class _Word(Enum):
    """What is told to the far end between its audio."""

    STARTED = auto()
    CLEAR = auto()


class Leg:
    """One caller's leg (see `ports.Line`). `attend` runs it."""

    def __init__(
        self, far_end: FarEnd, info: LineInfo, settings: LegSettings | None = None
    ) -> None:
        self._settings = settings = settings or LegSettings()
        profile = info.profile
        self.call_id = ""
        self._far_end, self._info = far_end, info
        self._intake = Intake(profile.rate, ring_s=settings.input_ring_s, burst_s=settings.burst_s)
        self._playout = Playout(
            profile.rate,
            profile.lead_s,
            continuous=profile.continuous,
            echoes=profile.echoes_marks,
        )
        self._loop = asyncio.get_running_loop()
        self._clears = 0
        self._words: deque[_Word] = deque()
        self._captions: deque[Caption] = deque(maxlen=MAX_CAPTIONS)
        self._transfer: tuple[Handover, asyncio.Future[bool]] | None = None
        self._gone = ""
        self._farewell: Farewell | None = None
        self._arrived = asyncio.Event()  # wakes the iterator
        self._work = asyncio.Event()  # wakes the sender
        self._room = asyncio.Event()  # wakes `play`
        self._sender_done = asyncio.Event()
        self._silence = SilenceWatch(settings, self._loop.time())

    # --- for the call ----------------------------------------------------------------------

    @property
    def info(self) -> LineInfo:
        return self._info

    @property
    def gone(self) -> str:
        return self._gone

    @property
    def played(self) -> int:
        return self._playout.played(self._loop.time())

    @property
    def queued(self) -> int:
        return self._playout.queued

    @property
    def stats(self) -> LineStats:
        playout, now = self._playout, self._loop.time()
        return self._intake.stats(playout.underruns, playout.left_s(now), playout.lag_s)

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        while True:
            self._arrived.clear()
            while (event := self._intake.pop()) is not None:
                yield event
            if self._gone:
                return
            await self._arrived.wait()

    async def started(self, call_id: str) -> None:
        self.call_id = call_id
        self._words.append(_Word.STARTED)
        self._work.set()

    async def play(self, pcm: Pcm) -> None:
        """See `ports.Line`. Audio that waits in here when `clear` comes is dropped too."""
        clears = self._clears
        for at in range(0, pcm.size, self._info.rate):
            while self._playout.waiting_s > self._settings.max_queue_s and clears == self._clears:
                if self._gone:
                    return
                self._room.clear()
                await self._room.wait()
            if self._gone or clears != self._clears:
                return
            self._playout.write(pcm[at : at + self._info.rate], self._loop.time())
            self._work.set()

    def mark(self, name: str) -> None:
        if not self._gone:
            self._playout.mark(name)
            self._work.set()

    def clear(self) -> None:
        if not self._gone:
            self._clears += 1
            self._playout.clear(self._loop.time())
            self._words.append(_Word.CLEAR)
            self._room.set()
            self._work.set()

    def duck(self, gain_db: float) -> None:
        self._playout.gain_db = gain_db

    @property
    def reads(self) -> bool:
        return self._far_end.reads

    def show(self, caption: Caption) -> None:
        if not self._gone:
            self._captions.append(caption)
            self._work.set()

    async def transfer(self, handover: Handover) -> bool:
        if self._gone:
            return False
        if self._transfer is None:
            self._transfer = handover, self._loop.create_future()
            self._work.set()
        # Who waits no longer must not take the answer from the sender.
        return await asyncio.shield(self._transfer[1])

    async def hang_up(self, reason: str) -> None:
        self._finish(reason, Farewell(reason))
        await self._sender_done.wait()

    # --- for the door's reader -------------------------------------------------------------

    async def audio(self, pcm: Pcm) -> None:
        """The caller's next samples at the profile's rate. Raises WireError (`too_fast`)."""
        step = int(self._info.rate * _SLICE_S)
        for at in range(0, pcm.size, step):
            if at:
                await asyncio.sleep(0)
            if self._silence.heard(self._loop.time()):
                self._work.set()  # the sender waits for another moment now
            self._intake.audio(pcm[at : at + step], self._loop.time())
            self._arrived.set()

    def lost(self, frames: int) -> None:
        """So many frames are missing here; silence keeps the audio's clock right."""
        self._intake.lost(frames)
        self._arrived.set()

    def late(self, frames: int) -> None:
        """So many frames came too late and were thrown away."""
        self._intake.late += frames

    def digit(self, digit: str) -> None:
        """The caller pressed a key. Raises WireError (`too_fast`)."""
        self._intake.digit(digit)
        self._arrived.set()

    def mark_echoed(self, name: str) -> None:
        """The far end has played up to this mark; unknown names are those cleared before."""
        self._playout.echoed(name, self._loop.time())
        self._work.set()

    def end(self, reason: str, farewell: Farewell | None = None) -> None:
        """The far end has ended the call; with a farewell it is still there to hear it."""
        self._finish("escalated" if self._transfer else reason, farewell)

    # --- the life of the leg ---------------------------------------------------------------

    async def attend(self, handler: CallHandler, reader: Coroutine[Any, Any, None]) -> None:
        """Run the call, the door's reader and the sender; afterwards none of them lives.

        The reader may raise WireError (the far end is told) and FarEndGone.
        """
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read(reader), name="line reader")
            tasks.create_task(self._send(), name="line sender")
            try:
                await handler(self)
            except CallRefused as refused:
                await self._fail(refused.code, str(refused), 1008)
            except Exception as error:
                # The words of an unforeseen error may be the caller's; its place never is.
                _log.error("call %s: failed: %s", self.call_id or "not started", place(error))
                await self._fail("internal", "the call failed, please try again", 1011)
            else:
                await self.hang_up("completed")
            reading.cancel()

    async def _fail(self, code: str, message: str, close_code: int) -> None:
        self._finish("failed", Farewell("failed", code, message, close_code))
        await self._sender_done.wait()

    async def _read(self, reader: Coroutine[Any, Any, None]) -> None:
        try:
            await reader
        except WireError as error:
            self._finish("bad_input", Farewell.refusing(error))
        except FarEndGone:
            self._finish("caller_hung_up")

    async def _send(self) -> None:
        """Send what is due until the line ends, then the farewell."""
        try:
            while not self._gone:
                self._work.clear()
                await self._send_due()
                await self._sleep()
            if self._farewell is not None:
                await self._send_words()
                await self._far_end.close(self._farewell)
        except TimeoutError:
            self._far_end.abort()
            self._finish("caller_stalled")
        except FarEndGone:
            pass  # the reader learns why
        finally:
            if self._transfer and not self._transfer[1].done():
                self._transfer[1].set_result(False)
            self._sender_done.set()

    async def _send_due(self) -> None:
        await self._send_words()
        for item in self._playout.due(self._loop.time()):
            match item:
                case Mark(name):
                    await self._far_end.mark(name)
                case frame:
                    await self._far_end.audio(frame)
            if self._words:  # a `clear` came meanwhile: the rest is void
                break
        for name in self._playout.played_marks(self._loop.time()):
            self._intake.mark_played(name)
            self._arrived.set()
        if self._playout.waiting_s <= self._settings.max_queue_s:
            self._room.set()
        if self._transfer and not self._transfer[1].done():
            handover, answer = self._transfer
            answer.set_result(await self._far_end.transfer(handover))
            self._transfer = self._transfer if answer.result() else None

    async def _send_words(self) -> None:
        while self._words or self._captions:
            if not self._words:
                await self._far_end.show(self._captions.popleft())
            elif self._words.popleft() is _Word.STARTED:
                await self._far_end.started(self.call_id)
            else:
                await self._far_end.clear()

    async def _sleep(self) -> None:
        """Until something is due, or there is new work, or the far end was silent too long."""
        now = self._loop.time()
        if now >= self._silence.gives_up():
            self._finish("media_timeout", Farewell("media_timeout"))
            return
        if frames := self._silence.frames(now):
            self._intake.silence(frames)
            self._arrived.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(min(self._playout.next_due(now), self._silence.next())):
                await self._work.wait()

    def _finish(self, gone: str, farewell: Farewell | None = None) -> None:
        if self._gone:
            return
        self._gone = gone
        self._farewell = farewell
        self._playout.clear(self._loop.time())
        for event in (self._arrived, self._work, self._room):
            event.set()
