"""A caller's line that lets its call begin only when somebody says so.

The call gets it like any other: its `started` returns late, and the caller's audio begins then.
Must not know why there is a wait, nor what is heard meanwhile.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

from warmline.audio.frame import Frame, Pcm
from warmline.ports import Caption, Digit, Handover, Line, LineEvent, LineInfo, LineStats


@dataclass(frozen=True, slots=True)
class Held:
    samples: int
    """Of the caller's audio (16 kHz), taken from the line meanwhile."""
    key: str = ""
    """Pressed meanwhile, and meant for the call."""


class HeldLine:
    """See `ports.Line`."""

    def __init__(self, line: Line, wait: Callable[[], Awaitable[Held]]) -> None:
        """`wait` has the line until it returns."""
        self._line = line
        self._wait = wait
        self._held = Held(0)

    async def started(self, call_id: str) -> None:
        """Tell the caller's side that the call is accepted, then wait."""
        await self._line.started(call_id)
        self._held = await self._wait()

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        if self._line.gone:  # its end may have been taken
            return
        if self._held.key:
            yield Digit(self._held.key)
        async for event in self._line:
            if isinstance(event, Frame):
                yield replace(event, position=event.position - self._held.samples)
            else:
                yield event

    # --- as it is --------------------------------------------------------------------------

    @property
    def info(self) -> LineInfo:
        return self._line.info

    @property
    def gone(self) -> str:
        return self._line.gone

    @property
    def played(self) -> int:
        return self._line.played

    @property
    def queued(self) -> int:
        return self._line.queued

    @property
    def stats(self) -> LineStats:
        return self._line.stats

    @property
    def reads(self) -> bool:
        return self._line.reads

    async def play(self, pcm: Pcm) -> None:
        await self._line.play(pcm)

    def mark(self, name: str) -> None:
        self._line.mark(name)

    def clear(self) -> None:
        self._line.clear()

    def duck(self, gain_db: float) -> None:
        self._line.duck(gain_db)

    def show(self, caption: Caption) -> None:
        self._line.show(caption)

    async def transfer(self, handover: Handover) -> bool:
        return await self._line.transfer(handover)

    async def hang_up(self, reason: str) -> None:
        await self._line.hang_up(reason)
