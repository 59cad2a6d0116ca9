"""Owns a bridge: lines joined so that people hear each other, and each is told apart.

Must not know calls, flows or agents. Who hears whom is mixing's; this module moves frames.

Whoever reads a line never waits for another: `push` only hands frames over. Each leg has one
player, the only one that plays to its line while it is joined. What a player cannot play in
time is left out and counted.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from warmline.audio.frame import RATE, Frame, Pcm
from warmline.audio.resample import StreamResampler
from warmline.call.hold import HoldMusic
from warmline.call.mixing import (
    EVERYONE,
    MUSIC,
    SILENCE,
    Audience,
    CatchUp,
    Mixer,
    Place,
    who_hears_whom,
)
from warmline.ports import Line, LineEvent

LEFT: Final = "left"
REPLACED: Final = "replaced"
"""Why `join` returned, besides the line's own end."""
_HANDED_OVER: Final = 12
"""Frames that may wait for a player, the oldest goes first: it takes them at once, unless its
line has 20 s of other audio queued."""


class _Leg:
    def __init__(self, line: Line) -> None:
        self.line = line
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.mixer = Mixer()
        self.catch_up = CatchUp()
        self.music = False
        self.changed = asyncio.Event()
        self._frames: deque[Pcm] = deque(maxlen=_HANDED_OVER)
        self._resampler = StreamResampler(RATE, line.info.rate)

    def hand_over(self, samples: Pcm) -> None:
        self.catch_up.left_out += len(self._frames) == _HANDED_OVER
        self._frames.append(samples)
        self.changed.set()

    async def play(self) -> None:
        """All frames that are there."""
        while self._frames:
            frame = self._frames.popleft()
            if self.catch_up.keeps(frame, self.line.stats.behind_s):
                await self.line.play(self._resampler.push(frame))

    def end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)


class Bridge:
    """Any number of legs, each with a name. All methods are for the event loop's thread."""

    def __init__(
        self,
        *,
        heard: Callable[[str, LineEvent], None],
        left: Callable[[str, str], None],
        music: Callable[[int], HoldMusic] = HoldMusic,
    ) -> None:
        """`heard(name, event)` is told all that comes in on a leg, each a track of its own: a
        muted leg is silence there too. `left(name, reason)` is told who is no longer there;
        the others stay. `music(rate)` is what somebody on hold hears.
        """
        self._heard = heard
        self._left = left
        self._music = music
        self._places: dict[str, Place] = {}
        self._legs: dict[str, _Leg] = {}

    @property
    def names(self) -> frozenset[str]:
        """Who is there."""
        return frozenset(self._legs)

    def left_out(self, name: str) -> int:
        """Frames that this leg did not get because its line had fallen behind."""
        return self._legs[name].catch_up.left_out

    async def join(
        self, name: str, line: Line, *, audience: Audience = EVERYONE, reads: bool = True
    ) -> str:
        """Be a leg until the line is gone, `leave`, or another line takes the name.

        Gives why: `line.gone`, `LEFT` or `REPLACED`. A line that takes the place of another is
        muted and held as that was, and has its audience. With `reads` false somebody else
        iterates the line, and calls `push` for each event and `leave` at the end.
        The line is not hung up.
        """
        leg = _Leg(line)
        if replaced := name in self._legs:
            self._legs[name].end(REPLACED)
        self._legs[name] = leg
        kept = self._places.get(name) if replaced else None
        self._arrange(name, kept or Place(audience=audience))
        reason = LEFT
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(self._play(leg), name=f"bridge to {name}")]
                if reads:
                    running.append(
                        tasks.create_task(self._read(name, leg), name=f"bridge from {name}")
                    )
                reason = await leg.ended
                for task in running:
                    task.cancel()
        finally:
            if self._legs.get(name) is leg:
                del self._legs[name], self._places[name]
                self._route()
                self._left(name, reason)
        return reason

    def leave(self, name: str) -> None:
        """Its `join` returns; the others stay. Nothing happens to who is not there."""
        if name in self._legs:
            self._legs[name].end(LEFT)

    def source(self, name: str, audience: Audience) -> None:
        """Let a voice be heard that has no line here: it comes by `push`. Once more: change who
        hears it. `join` makes a leg of it, and after that it is gone."""
        if name not in self._legs:
            self._arrange(name, Place(audience=audience))

    def drop(self, name: str) -> None:
        """This source is no more; nothing happens to who is not there, or has a line."""
        if name in self._places and name not in self._legs:
            del self._places[name]
            self._route()

    def push(self, name: str, event: LineEvent) -> None:
        """This came in on a leg; who is not there is heard by nobody. Never waits."""
        place = self._places.get(name)
        if place is None:
            return
        if place.muted and isinstance(event, Frame):
            event = Frame(SILENCE, event.position)
        self._heard(name, event)
        if isinstance(event, Frame):
            for leg in self._legs.values():
                for samples in leg.mixer.push(name, event.samples):
                    leg.hand_over(samples)

    def mute(self, name: str, muted: bool) -> None:
        """What a muted leg says leaves the bridge nowhere. Raises KeyError: not there."""
        self._arrange(name, replace(self._places[name], muted=muted))

    def hold(self, name: str, held: bool, *, music: bool = False) -> None:
        """Part a leg from all others, or bring it back. Raises KeyError: not there.

        It hears nothing, or `music`; whoever has nobody left to hear gets music.
        """
        self._arrange(name, replace(self._places[name], held=held, music=music))

    def heard_by(self, name: str, audience: Audience) -> None:
        """Choose who hears a leg: a listener becomes a whisperer. Raises KeyError: not there."""
        self._arrange(name, replace(self._places[name], audience=audience))

    def _arrange(self, name: str, place: Place) -> None:
        self._places[name] = place
        self._route()

    def _route(self) -> None:
        for name, hears in who_hears_whom(self._places).items():
            if (leg := self._legs.get(name)) is None:
                continue  # a source
            leg.mixer.hear(frozenset() if hears is MUSIC else hears)
            if leg.music != (hears is MUSIC):
                leg.music = hears is MUSIC
                leg.changed.set()

    async def _read(self, name: str, leg: _Leg) -> None:
        async for event in leg.line:
            if self._legs.get(name) is leg:
                self.push(name, event)
        leg.end(leg.line.gone)

    async def _play(self, leg: _Leg) -> None:
        while True:
            leg.changed.clear()
            await leg.play()
            if leg.music:
                await self._play_music(leg)
            else:
                await leg.changed.wait()

    async def _play_music(self, leg: _Leg) -> None:
        async with asyncio.TaskGroup() as tasks:
            playing = self._music(leg.line.info.rate).play(leg.line)
            music = tasks.create_task(playing, name="hold music")
            while leg.music:
                await leg.changed.wait()
                leg.changed.clear()
            music.cancel()
