"""The panels of all calls that go on, and who watches them.

A sink of every call's feed: on the call's own path an entry is only put into a queue. Knows no
socket and no record; one event loop.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from warmline.desk.outbox import Message
from warmline.desk.panel import Panel
from warmline.desk.texts import kind, message
from warmline.errors import place
from warmline.events import CallEnded, CallStarted, Entry

KEEP_S: Final = 300.0
"""A call's panel stays so long after its end: the agent writes it up. Then the record has it."""
_AT_ONCE: Final = 25
"""Entries between two breaths of the loop: about a millisecond."""
_TIMED: Final = 512
"""Entries whose way to the screen can be measured; a page that is further behind is cut off."""

_log = logging.getLogger(__name__)

NewPanel = Callable[[str], Panel]
"""An empty panel for a call of the flow with this name."""


class Watcher(Protocol):
    """Takes what happens in a call, at once and without waiting."""

    def take(self, call_id: str, message: Message) -> None: ...

    def end(self, call_id: str) -> None:
        """Nothing more comes of this call."""


class Room:
    """One call's panel, at the entry `seq`, and those who look at it."""

    def __init__(self, call_id: str, started: CallStarted, panel: Panel) -> None:
        self.call_id = call_id
        self.started = started
        self.panel = panel
        self.seq = 0
        self.over = False
        """Nothing comes any more."""
        self.watchers: dict[Watcher, None] = {}
        self._timed: deque[tuple[int, float, frozenset[str]]] = deque(maxlen=_TIMED)

    def handle(self, entry: Entry) -> None:
        # Without a watcher nobody needs the packet after each entry, nor any text.
        watched = bool(self.watchers)
        changes = self.panel.handle(entry) if watched else self.panel.replay(entry)
        self.seq = entry.seq
        self.over = isinstance(entry.fact, CallEnded)
        if not watched:
            self._timed.clear()
            return
        self._timed.append((entry.seq, entry.at, frozenset(map(kind, changes))))
        told = message(entry, changes)
        for watcher in list(self.watchers):
            watcher.take(self.call_id, told)
        if self.over:
            self.end()

    def end(self) -> None:
        """Let all who watch go."""
        self.over = True
        for watcher in list(self.watchers):
            watcher.end(self.call_id)
        self.watchers.clear()

    def timed(self, seq: int) -> tuple[float, frozenset[str]] | None:
        """When a recent entry was made, on the call's clock, and what it showed (`texts.kind`)."""
        if not self._timed or not 0 <= (index := seq - self._timed[0][0]) < len(self._timed):
            return None
        _, at, kinds = self._timed[index]
        return at, kinds


class Panels:
    """The rooms of the calls that go on, or ended not long ago."""

    def __init__(self, new_panel: NewPanel, keep_s: float = KEEP_S) -> None:
        self.new_panel = new_panel
        self._keep_s = keep_s
        self._rooms: dict[str, Room] = {}
        self._arrived: deque[Entry] = deque()
        self._draining = False

    def observe(self, entry: Entry) -> None:
        """Take an entry of any call; never waits, never raises: fit to be a sink of its feed.

        As fast as the loop itself, so nothing piles up here but what one pass of it brings.
        """
        self._arrived.append(entry)
        if not self._draining:
            self._draining = True
            asyncio.get_running_loop().call_soon(self._drain)

    def room(self, call_id: str) -> Room | None:
        return self._rooms.get(call_id)

    def watched(self, call_id: str) -> bool:
        """Whether a page shows this call now."""
        room = self._rooms.get(call_id)
        return room is not None and bool(room.watchers)

    def packet(self, call_id: str) -> dict[str, Any] | None:
        """The handoff packet as it is now; None for a call that is not here."""
        room = self._rooms.get(call_id)
        return room.panel.packet() if room else None

    def _drain(self) -> None:
        for _ in range(min(len(self._arrived), _AT_ONCE)):
            self._handle(self._arrived.popleft())
        self._draining = bool(self._arrived)
        if self._draining:
            asyncio.get_running_loop().call_soon(self._drain)

    def _handle(self, entry: Entry) -> None:
        try:
            if isinstance(entry.fact, CallStarted):
                panel = self.new_panel(entry.fact.flow)
                self._rooms[entry.call_id] = Room(entry.call_id, entry.fact, panel)
            if (room := self._rooms.get(entry.call_id)) is None:
                return
            room.handle(entry)
            if room.over:
                asyncio.get_running_loop().call_later(self._keep_s, self._drop, room)
        except Exception as error:
            # One call's page stands still; its words are in the record, the others go on.
            _log.error("A call's panel failed and was given up: %s", place(error))
            if (lost := self._rooms.pop(entry.call_id, None)) is not None:
                lost.end()

    def _drop(self, room: Room) -> None:
        if self._rooms.get(room.call_id) is room:
            del self._rooms[room.call_id]
