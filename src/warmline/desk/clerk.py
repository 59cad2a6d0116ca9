"""Drives the dispatcher: gives it events and the time, in order, and does what it says.

Must not decide anything, and knows no page. For one event loop.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, assert_never

from warmline.desk.cases import Offer
from warmline.desk.dispatch import Dispatch
from warmline.desk.moves import (
    Assign,
    CallCommand,
    CloseOffer,
    DeskEvent,
    Dismiss,
    HoursChanged,
    LetWait,
    Promote,
    Refuse,
    TellCaller,
    Tick,
)
from warmline.errors import place
from warmline.events import OfferClosed, Offered, QueueMoved
from warmline.flows.hours import is_open
from warmline.ports.people import LiveCall

HOURS_S: Final = 60.0
"""How often the business hours are looked at: they are given in minutes."""

_log = logging.getLogger(__name__)


class Clerk:
    def __init__(
        self,
        dispatch: Dispatch,
        calls: Mapping[str, LiveCall],
        *,
        clock: Callable[[], float],
        moment: Callable[[], str],
    ) -> None:
        """`calls` are those in which something can still happen."""
        self.version = 0
        self.clock = clock
        self._dispatch = dispatch
        self._calls = calls
        self._moment = moment
        self._inbox = deque[DeskEvent]()
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None
        self._newer = asyncio.Event()

    def tell(self, event: DeskEvent) -> Assign | Refuse | None:
        """Let this have happened now; gives the answer to a request, None where there is none.

        What a call does at once because of it (a caller who waits again) comes behind it.
        """
        if not self._busy and not isinstance(event, HoursChanged):
            self.look_at_hours()
        self._inbox.append(event)
        if self._busy:
            return None
        answer: Assign | Refuse | None = None
        before = self._dispatch.version
        self._busy = True
        try:
            while self._inbox:
                happened = self._inbox.popleft()
                for command in self._dispatch.handle(happened, self.clock()):
                    if not isinstance(command, Assign | Refuse):
                        self._obey(command)
                    elif happened is event:
                        answer = command
        finally:
            self._busy = False
        if self._dispatch.version != before:
            self.bump()
        self._set_timer()
        return answer

    def look_at_hours(self) -> None:
        """Queues open and close by the clock on the wall."""
        queues, now = self._dispatch.queues, self._moment()
        closed = frozenset(name for name, q in queues.items() if not is_open(q.hours, now, name))
        if closed != self._dispatch.closed:
            self.tell(HoursChanged(closed=closed))

    def bump(self) -> None:
        """Something that the floor shows has changed."""
        self.version += 1
        self._newer.set()
        self._newer = asyncio.Event()

    async def changed(self, version: int) -> None:
        while self.version <= version:
            await self._newer.wait()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _set_timer(self) -> None:
        self.close()
        now = self.clock()
        wait_s = max(0.0, self._dispatch.next_at - now)
        if any(queue.hours for queue in self._dispatch.queues.values()):
            wait_s = min(wait_s, HOURS_S)
        if wait_s < float("inf"):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(wait_s, self.tell, Tick())

    def _obey(self, command: CallCommand) -> None:
        call_id = command.offer.call_id if isinstance(command, CloseOffer) else command.call_id
        call = self._calls.get(call_id)
        if call is None:
            return
        try:
            _tell_call(call, command)
        except Exception as error:  # one call that fails must not stop the desk for all others
            _log.error("A call did not do what the desk told it: %s", place(error))


def _tell_call(call: LiveCall, command: CallCommand) -> None:
    match command:
        case Offer(offer_id=offer_id, user_id=user_id):
            call.note(Offered(offer=offer_id, agent=user_id))
        case CloseOffer(offer=offer, outcome=outcome):
            call.note(OfferClosed(offer=offer.offer_id, agent=offer.user_id, outcome=outcome))
        case TellCaller(queue=queue, position=position, wait_s=wait_s):
            call.note(QueueMoved(queue=queue, position=position, wait_s=wait_s))
        case LetWait(wish=wish):
            call.wait(wish)
        case Dismiss(user_id=user_id, reason=reason):
            call.dismiss(user_id, reason)
        case Promote(user_id=user_id):
            call.role(user_id, "agent")
        case _:
            assert_never(command)
