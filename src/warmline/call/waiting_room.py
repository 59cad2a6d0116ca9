"""Owns a caller's line while they wait for a person: music, and a word now and then.

Must not know desks. When to say what is decided in `waiting`.
"""

import asyncio
import contextlib
from collections.abc import Callable
from itertools import count

from warmline.call.hold import HoldMusic
from warmline.call.waiting import CHOICES, Announcer
from warmline.events import QueueMoved, Say
from warmline.ports import Line
from warmline.speaking.speaker import Speaker


class WaitingRoom:
    """The line and the speaker are its own from `begin` to `end`."""

    def __init__(
        self,
        line: Line,
        speaker: Speaker,
        music: Callable[[int], HoldMusic],
        now: Callable[[], float],
    ) -> None:
        """`now` gives seconds on the call's clock."""
        self._line = line
        self._speaker = speaker
        self._music = music
        self._now = now
        self._numbers = count(1)
        self._said: set[str] = set()
        self._moved = asyncio.Event()
        self._announcer = Announcer()
        self._task: asyncio.Task[None] | None = None

    @property
    def occupied(self) -> bool:
        return self._task is not None

    def begin(self, first: str = "", choices: str = CHOICES) -> None:
        """The caller waits from now on; `first` is said before the music, `choices` (they may be
        none) now and then."""
        if self._task is None:
            self._announcer = Announcer(choices)
            self._task = asyncio.create_task(self._run(first), name="waiting room")

    def end(self) -> None:
        """They do not wait any more: all is silent at once. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._speaker.stop(self._said)

    def moved(self, fact: QueueMoved) -> None:
        self._announcer.moved(fact)
        self._moved.set()

    def say(self, text: str) -> None:
        """Say this, without waiting for it."""
        say_id = f"wait-{next(self._numbers)}"
        self._said.add(say_id)
        self._speaker.say(Say(say_id=say_id, node="", text=text, interruptible=False))

    async def _run(self, first: str) -> None:
        if first:
            self.say(first)
        while True:
            await self._speaker.drain()
            await self._play_until_due()
            for sentence in self._announcer.due(self._now()):
                self.say(sentence)

    async def _play_until_due(self) -> None:
        if self._announcer.next_at <= self._now():
            return
        async with asyncio.TaskGroup() as tasks:
            music = tasks.create_task(
                self._music(self._line.info.rate).play(self._line), name="hold music"
            )
            while (left := self._announcer.next_at - self._now()) > 0:
                self._moved.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, 3600.0)):
                        await self._moved.wait()
            music.cancel()
