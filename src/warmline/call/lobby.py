"""Owns callers before their call: who is led at once, who waits for a place, who must go.

Must not know what a call does, nor a line's audio. Who gets in when is decided in `admission`,
what a caller hears meanwhile in `on_hold`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from warmline.call.admission import Admission, Need, Slot
from warmline.call.held_line import Held, HeldLine
from warmline.call.on_hold import CHOICES, FIRST, PERSON, PERSON_KEY, OnHold, Outcome
from warmline.call.waiting import CALLBACK
from warmline.errors import CallRefused
from warmline.events import Fact
from warmline.flows.flow import Flow
from warmline.ports import Line
from warmline.speaking.cache import ClauseCache

BUSY: Final = "busy"
"""The CallEnded reason of who waited in vain, and the code of CallRefused."""
SORRY: Final = (
    "I'm sorry, all lines are busy. If nobody takes your call now, please call again later."
)
"""Some doors then lead the caller elsewhere, others cannot: true in both cases."""
MAX_SORRY: Final = 32
"""So many at once are told in words that they are refused; more are refused without."""

Before = Callable[[], Sequence[Fact]]
"""What happened before a call, known once its `Line.started` has returned."""
Lead = Callable[[Line, Slot, Before], Awaitable[None]]
"""Leads one call, in this place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbySettings:
    hold: bool = True
    """Callers beyond the limit wait; else they are refused."""
    hold_s: float = 600.0
    """Seconds after which who waits is sent away."""
    max_held: int = 32
    """Callers who may wait; more are refused."""


def sentences() -> list[str]:
    """What can be rendered ahead; places in the line are those of `waiting`."""
    return [FIRST, PERSON, CHOICES, SORRY, CALLBACK]


class Lobby:
    """Shared by all calls of a server."""

    def __init__(
        self,
        admission: Admission,
        clips: ClauseCache,
        settings: LobbySettings | None = None,
        *,
        waited: Callable[[Outcome, float], None] = lambda outcome, seconds: None,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        """`waited` is told how each caller's time on hold ended, and its seconds; `refused` is
        told of each who was sent away at once."""
        self.admission = admission
        self._held = set[OnHold]()
        self._clips = clips
        self._settings = settings or LobbySettings()
        self._waited = waited
        self._refused = refused
        self._sorry = 0

    @property
    def held(self) -> int:
        """Callers on hold now."""
        return len(self._held)

    async def admit(self, line: Line, flow: Flow, lead: Lead) -> None:
        """Lead the call, at once or after a time on hold. Raises CallRefused (`busy`) for who can
        do neither; they were told so in words."""
        if slot := self.admission.reserve():
            await _in_place(slot, lead(line, slot, tuple))
        elif self._settings.hold and self.held < self._settings.max_held:
            await self._hold(line, flow, lead)
        else:
            self._refused()
            await self._say_sorry(line, flow)
            raise CallRefused(BUSY, "all lines are busy, please call again later")

    async def _hold(self, line: Line, flow: Flow, lead: Lead) -> None:
        hold = OnHold(line, flow, self._clips, self._settings.hold_s)
        slot = self.admission.queue(hold.moved)

        async def wait() -> Held:
            clock = asyncio.get_running_loop().time
            begun = clock()
            async with hold:
                outcome = await hold.wait()
                self._held.discard(hold)
                self._waited(outcome, clock() - begun)
                if outcome == "person":  # people's work needs no place at the bot
                    slot.ask(Need.WAITING)
                elif outcome != "admitted":
                    slot.release()
                if outcome == "callback":
                    await hold.say(CALLBACK)
                    await line.hang_up("completed")
                elif outcome == "busy":
                    await hold.say(SORRY)
                    await line.hang_up(BUSY)
            return Held(hold.samples, PERSON_KEY if outcome == "person" else "")

        self._held.add(hold)
        try:
            await _in_place(slot, lead(HeldLine(line, wait), slot, hold.facts))
        finally:
            self._held.discard(hold)

    async def _say_sorry(self, line: Line, flow: Flow) -> None:
        if self._sorry >= MAX_SORRY:
            return
        self._sorry += 1
        try:
            async with OnHold(line, flow, self._clips) as hold:
                await hold.say(SORRY)
        finally:
            self._sorry -= 1


async def _in_place(slot: Slot, call: Awaitable[None]) -> None:
    try:
        await call
    finally:
        slot.release()
