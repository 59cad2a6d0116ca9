"""A lobby in which the only place is taken, for real doors: who calls now is on hold."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from warmline.audio.frame import RATE, Frame, Pcm
from warmline.call.admission import Admission, Slot
from warmline.call.lobby import Before, Lobby, LobbySettings
from warmline.flows.loader import load_flow
from warmline.ports import Line
from warmline.speaking.cache import ClauseCache

FLOW = load_flow(Path(__file__).parents[1] / "voice_flows" / "order_status")


class _Peep:
    """Says everything in a tenth of a second: real doors have no virtual time."""

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        return np.full(RATE // 10, 1000, dtype=np.int16), RATE


@dataclass
class FullHouse:
    """`handle` is what doors call; `free` gives the place to who is next."""

    settings: LobbySettings = field(default_factory=LobbySettings)
    led: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        admission = Admission(1)
        taken = admission.reserve()
        assert taken
        self.free = taken.release
        self.waited = asyncio.Event()
        """Somebody's time on hold has ended."""
        self.over = asyncio.Event()
        """Somebody's call has."""
        self.lobby = Lobby(
            admission,
            ClauseCache(_Peep()),
            self.settings,
            waited=lambda outcome, seconds: self.waited.set(),
        )

    async def handle(self, line: Line) -> None:
        try:
            await self.lobby.admit(line, FLOW, self._lead)
        finally:
            self.over.set()

    async def _lead(self, line: Line, slot: Slot, before: Before) -> None:
        await line.started("c1")
        async for event in line:
            if isinstance(event, Frame):
                self.led.append(f"audio at {event.position}")
                break
        await line.hang_up("completed")
