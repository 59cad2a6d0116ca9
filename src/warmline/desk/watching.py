"""The calls that one page looks at: what was, then what comes, each entry once and in order.

Knows rooms and the record; no socket. The panel holds what the record may lack, so that a page
gets a snapshot where it cannot get the single entries.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from warmline.accounts.user import User
from warmline.desk.mail import Mail
from warmline.desk.messages import Painted, Watch
from warmline.desk.outbox import Message
from warmline.desk.panels import Panels, Room
from warmline.desk.replay import Incomplete, Record, flow_of, fold, past
from warmline.desk.texts import encode, snapshot_text
from warmline.records import StoreError

MAX_WATCHES: Final = 64
"""Calls that one page may look at."""
_UNKNOWN: Final = "There is no such call, or it is not yours."


class House(Protocol):
    """What pages need of the rest."""

    @property
    def epoch(self) -> str:
        """New with each start of the server."""

    @property
    def record(self) -> Record: ...

    @property
    def panels(self) -> Panels: ...

    def may_watch(self, user: User, call_id: str) -> bool: ...

    async def looks_back(self, user: User, call_id: str) -> None:
        """Somebody looks at a call that is over. Raises StoreError."""

    def painted(self, call_id: str, at: float, kinds: frozenset[str]) -> float | None:
        """What happened at `at` is on a screen now; the lag in seconds, None without a clock."""


@dataclass(slots=True, eq=False)
class _Watch:
    after: int | None
    """The last entry that the page knows; None for a snapshot."""
    begun: bool = False
    """Its past is being sent, or was."""
    live_from: int | None = None
    """What comes behind this entry is new; None: it is not live yet."""


class Watching:
    """A Watcher of rooms. `catch_up` runs as long as the page is open; then `stop`."""

    def __init__(self, house: House, user: User, mail: Mail) -> None:
        self._house = house
        self._user = user
        self._mail = mail
        self._watches: dict[str, _Watch] = {}
        self._wanted = asyncio.Event()  # the past of some call
        self._was_reset = False  # it was told that the server is a new one

    def take(self, call_id: str, message: Message) -> None:
        self._mail.tell(message, call_id)

    def end(self, call_id: str) -> None:
        self._mail.tell(_message(type="end", call=call_id), call_id)
        watch = self._watches.get(call_id)
        if watch and watch.live_from is not None:
            del self._watches[call_id]

    # --- what the page wants --------------------------------------------------------------------

    def watch(self, asked: Watch) -> None:
        if not self._house.may_watch(self._user, asked.call):
            self.forget(asked.call)
            self._refuse(404, _UNKNOWN, asked.call)
            return
        known = asked.epoch == self._house.epoch
        if asked.call in self._watches and known and asked.after is not None:
            return  # it comes already, without gaps
        self.forget(asked.call)
        if len(self._watches) >= MAX_WATCHES:
            self._refuse(429, f"A page may watch {MAX_WATCHES} calls at once.", asked.call)
            return
        if asked.epoch is not None and not known and not self._was_reset:
            self._was_reset = True
            self._mail.tell(_message(type="reset", epoch=self._house.epoch))
        self._watches[asked.call] = _Watch(asked.after if known else None)
        self._wanted.set()

    def forget(self, call_id: str) -> None:
        """Show no more of this call."""
        self._watches.pop(call_id, None)
        self._mail.outbox.drop(call_id)
        if (room := self._house.panels.room(call_id)) is not None:
            room.watchers.pop(self, None)

    def check(self, may_watch: Callable[[str], bool]) -> None:
        """Take away what the user may not see any more."""
        for call_id in list(self._watches):
            if not may_watch(call_id):
                self._end_now(call_id)

    def stop(self) -> None:
        for call_id in list(self._watches):
            self.forget(call_id)

    def painted(self, told: Painted) -> None:
        """Measure the way to the screen of what was new."""
        watch, room = self._watches.get(told.call), self._house.panels.room(told.call)
        if watch is None or room is None or watch.live_from is None:
            return
        if told.seq > watch.live_from and (timed := room.timed(told.seq)) is not None:
            seconds = self._house.painted(told.call, *timed)
            if seconds is not None:
                self._mail.tell(_message("lag", type="lag", seconds=round(seconds, 3)))

    # --- what it gets ---------------------------------------------------------------------------

    async def catch_up(self) -> None:
        """Send the past of each call that is wanted, one after the other; then it is live."""
        while True:
            await self._wanted.wait()
            new = ((call_id, one) for call_id, one in self._watches.items() if not one.begun)
            call_id, watch = next(new, ("", None))
            if watch is None:
                self._wanted.clear()
                continue
            watch.begun = True
            room = self._house.panels.room(call_id)
            if room and not room.over:
                await self._go_live(call_id, watch, room)
            else:
                await self._look_back(call_id, watch, room)

    async def _go_live(self, call_id: str, watch: _Watch, room: Room) -> None:
        """What was, while what comes is held back; then that too."""
        self._mail.outbox.hold(call_id)
        room.watchers[self] = None
        upto = room.seq
        whole = await self._past(call_id, watch, room.started.flow, upto)
        if not whole and self._wants(call_id, watch):
            self._mail.outbox.hold(call_id)  # anew: the snapshot has it
            if room.over:
                self.end(call_id)
            upto = room.seq
            await self._mail.tell_past(await _picture(room))
        if self._wants(call_id, watch):
            watch.live_from = upto
            self._mail.release(call_id)
            if room.over:
                self.forget(call_id)

    async def _look_back(self, call_id: str, watch: _Watch, room: Room | None) -> None:
        """All that there is of a call that is over."""
        house = self._house
        try:
            flow = room.started.flow if room else await flow_of(house.record, call_id)
            await house.looks_back(self._user, call_id)
            if not await self._past(call_id, watch, flow, room.seq if room else None):
                picture = _picture(room) if room else _recorded(house, flow, call_id)
                await self._mail.tell_past(await picture)
        except StoreError:
            self._refuse(503, "The record cannot be read now.", call_id)
        except LookupError:
            self._refuse(404, _UNKNOWN, call_id)
        if self._wants(call_id, watch):
            self._end_now(call_id)

    async def _past(self, call_id: str, watch: _Watch, flow: str, upto: int | None) -> bool:
        """Send each entry behind the last that the page knows; False when only a snapshot helps."""
        after = watch.after
        if after is None or (upto is not None and after > upto):
            return False
        panel = self._house.panels.new_panel(flow)
        try:
            async for texts in past(self._house.record, panel, call_id, after, upto):
                for text in texts:
                    if not self._wants(call_id, watch):
                        return True
                    await self._mail.tell_past(text)
        except (Incomplete, StoreError):
            return False
        return True

    def _wants(self, call_id: str, watch: _Watch) -> bool:
        return self._watches.get(call_id) is watch

    def _end_now(self, call_id: str) -> None:
        self.forget(call_id)
        self._mail.tell(_message(type="end", call=call_id))

    def _refuse(self, code: int, detail: str, call_id: str) -> None:
        self._mail.tell(Message(error_text(code, detail, call_id)))


async def _picture(room: Room) -> str:
    """The room as it is now; its view is taken at once, the text is made in a thread."""
    return await asyncio.to_thread(snapshot_text, room.call_id, room.seq, room.panel.view())


async def _recorded(house: House, flow: str, call_id: str) -> str:
    panel = house.panels.new_panel(flow)
    seq = await fold(house.record, panel, call_id)
    return await asyncio.to_thread(snapshot_text, call_id, seq, panel.view())


def _message(replaces: str = "", **fields: Any) -> Message:
    return Message(encode(fields), replaces)


def error_text(code: int, detail: str, call_id: str = "") -> str:
    return encode({"type": "error", "code": code, "detail": detail, "call": call_id})
