"""The shell of the desk: brings pages, calls and the clock to the dispatcher, and obeys it.

Must not decide who gets whom. For one event loop; all is synchronous but `attend`, `changed`.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from warmline.desk import moves
from warmline.desk.clerk import Clerk
from warmline.desk.consoles import Consoles
from warmline.desk.dispatch import Dispatch
from warmline.desk.display import display
from warmline.desk.floor import Floor, snapshot
from warmline.desk.presence import Agent
from warmline.desk.queues import OfficeSettings, Queues
from warmline.desk.refusals import NotPossible, OfferGone, OfferTaken, UnknownCall
from warmline.desk.sheet import Sheets
from warmline.desk.states import State
from warmline.events import CallEnded, Entry, SentimentChanged
from warmline.ports import Line
from warmline.ports.people import LiveCall, Person, Role, Wish

WATCHING: Final[frozenset[Role]] = frozenset({"listen", "whisper", "join"})
_NOT_YOURS: Final = "you do not talk with this caller"

_log = logging.getLogger(__name__)


def _utc() -> str:
    return datetime.now(UTC).isoformat()


class Office:
    """Implements `ports.people.Desk`. Raises DeskError (refusals) for what cannot be."""

    def __init__(
        self,
        settings: OfficeSettings | None = None,
        queues: Queues | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        moment: Callable[[], str] = _utc,
        shown: Callable[[str], bool] = lambda call_id: False,
    ) -> None:
        """`clock`: monotonic seconds; `moment`: now, ISO 8601 in UTC; `shown`: a page shows it."""
        self._dispatch = Dispatch(settings, queues)
        self._calls: dict[str, LiveCall] = {}
        self._clerk = Clerk(self._dispatch, self._calls, clock=clock, moment=moment)
        self._sheets = Sheets()
        self._shown = shown
        self._watchers: dict[tuple[str, str], Person] = {}
        self._attending: dict[tuple[str, str], object] = {}
        self._consoles = Consoles()

    def close(self) -> None:
        """No timer runs any more. Idempotent."""
        self._clerk.close()

    # --- calls ----------------------------------------------------------------------------------

    def begins(self, call: LiveCall) -> None:
        """A call goes on from now, with the flow or with people."""
        self._calls[call.call_id] = call
        self._sheets.begins(call.call_id, call.flow, self._clerk.clock())
        self._clerk.bump()

    def observe(self, entry: Entry) -> None:
        """An entry of any call's log: fit to be a sink of its feed. CallEnded is `ends` too."""
        if self._sheets.observe(entry, self._clerk.clock()):
            self._clerk.bump()
        match entry.fact:
            case SentimentChanged(mood=mood):
                self.mood(entry.call_id, mood)
            case CallEnded():
                self.ends(entry.call_id)

    def ends(self, call_id: str) -> None:
        """Nothing can be noted about this call any more. Idempotent."""
        self._calls.pop(call_id, None)
        self._sheets.ends(call_id, self._clerk.clock())
        self._watchers = {k: who for k, who in self._watchers.items() if k[1] != call_id}
        self._clerk.tell(moves.CallerGone(call_id=call_id))
        self._sheets.forget(self._writing())
        self._clerk.bump()

    def call(self, call_id: str) -> LiveCall | None:
        return self._calls.get(call_id)

    def calls(self) -> list[LiveCall]:
        return list(self._calls.values())

    # --- ports.people.Desk ----------------------------------------------------------------------

    def open(self, queue: str) -> bool:
        self._clerk.look_at_hours()
        return self._dispatch.open(queue)

    def waits(self, wish: Wish, call: LiveCall) -> None:
        if call.call_id not in self._calls:
            self.begins(call)
        self._clerk.tell(moves.CallerWaits(wish=wish))

    def mood(self, call_id: str, mood: float) -> None:
        self._clerk.tell(moves.MoodKnown(call_id=call_id, mood=mood))

    def gone(self, call_id: str) -> None:
        """Of a caller who talks with an agent it says nothing, unless they hung up."""
        case, call = self._dispatch.cases.get(call_id), self._calls.get(call_id)
        talks = case is not None and case.state is State.TALKING
        if not talks or call is None or call.over:
            self._clerk.tell(moves.CallerGone(call_id=call_id))

    def watched(self, call_id: str) -> bool:
        return self._shown(call_id) or any(key[1] == call_id for key in self._watchers)

    # --- agents ---------------------------------------------------------------------------------

    def sign_in(self, agent: Agent, console: str) -> None:
        """One more page (`console`, unlike all others) of this agent: it has the controls now."""
        self._consoles.opened(agent.user_id, console)
        self._clerk.tell(moves.SignedIn(agent=agent))

    def console_closed(self, user_id: str, console: str) -> None:
        """A page is gone; the one before it has the controls again. Nobody signs out by this."""
        self._consoles.closed(user_id, console)
        self._clerk.bump()

    def controls(self, user_id: str, console: str) -> bool:
        """Whether this page may act; an agent's older pages only watch."""
        return self._consoles.controls(user_id, console)

    def heartbeat(self, user_id: str) -> None:
        self._clerk.tell(moves.Alive(user_id=user_id))

    def sign_out(self, user_id: str, reason: str) -> None:
        """Their call goes back to the queue. `reason` is for the log: no caller hears of it."""
        _log.info("An agent is signed out: %s", reason)
        self._consoles.forget(user_id)
        for _, call_id in [key for key in self._watchers if key[0] == user_id]:
            self._unwatch(user_id, call_id, "signed_out")
        self._clerk.tell(moves.SignedOut(user_id=user_id))

    def presence(self, user_id: str, state: str) -> None:
        """`available` or `away`, by the agent; during a call it is for after it."""
        if state not in ("available", "away"):
            raise NotPossible("expected the presence available or away")
        if user_id not in self._dispatch.agents:
            raise NotPossible("sign in at the desk first")
        self._clerk.tell(moves.PresenceChosen(user_id=user_id, ready=state == "available"))

    def accept(self, user_id: str, offer_id: str) -> moves.Assign:
        """The call that was offered, or that waits (`offer_id` may be its id); once more, the
        same. Raises OfferTaken or OfferGone."""
        match self._clerk.tell(moves.Accept(user_id=user_id, target=offer_id)):
            case moves.Assign() as assigned:
                return assigned
            case moves.Refuse(taken_by=str(name)) if name:
                raise OfferTaken(name)
            case moves.Refuse(why=why):
                raise OfferGone(why)
            case None:
                raise AssertionError("each Accept is answered")

    def decline(self, user_id: str, offer_id: str) -> None:
        """Nothing happens for an offer that is over."""
        self._clerk.tell(moves.Decline(user_id=user_id, offer_id=offer_id))

    def role(self, user_id: str, call_id: str) -> Role | None:
        """What they are in this call, their audio there or not; None: nothing."""
        person = self._person(user_id, call_id)
        return person.role if person else None

    async def attend(self, user_id: str, call_id: str, line: Line) -> None:
        """Their audio is here: let them in with the role that they have, until it is over.

        Raises UnknownCall, or NotPossible for who has no role (any more). A second line of the
        same person takes the place of the first.
        """
        call, person = self._live(call_id), self._person(user_id, call_id)
        if person is None:
            raise NotPossible("this call is not with you (any more)")
        works = person.role not in WATCHING
        key, here = (user_id, call_id), object()
        self._attending[key] = here
        if works:
            self._clerk.tell(moves.MediaUp(user_id=user_id, call_id=call_id))
        try:
            await call.attend(line, person)
        finally:
            if self._attending.get(key) is here:
                del self._attending[key]
                if call.over:
                    self._clerk.tell(moves.CallerGone(call_id=call_id))
                elif works:
                    self._clerk.tell(moves.MediaDown(user_id=user_id, call_id=call_id))

    # --- with a caller --------------------------------------------------------------------------

    def transfer(
        self, user_id: str, call_id: str, *, queue: str = "", agent: str = "", note: str = ""
    ) -> None:
        """To a queue, or to an agent: at once when they consult in this call."""
        if bool(queue) == bool(agent):
            raise NotPossible("expected a queue or an agent to transfer to")
        self._live(call_id)
        case = self._dispatch.cases.get(call_id)
        if case is None:
            raise NotPossible(_NOT_YOURS)
        self._clerk.look_at_hours()
        wish = replace(case.wish, queue=queue or case.queue, agent=agent)
        if queue:  # what the flow asked for was for the other queue
            wish = replace(wish, skills=frozenset())
        if note:
            wish = replace(wish, why=display(note))
        self._ask(moves.Transfer(user_id=user_id, wish=wish))

    def consult(self, user_id: str, call_id: str, colleague: str) -> None:
        """Ask a colleague to join, heard by agents only."""
        self._live(call_id)
        self._ask(moves.Consult(user_id=user_id, call_id=call_id, colleague=colleague))

    def hand_back(self, user_id: str, call_id: str, node: str) -> None:
        """To the flow, at one of its handback nodes."""
        call = self._live(call_id)
        if self.role(user_id, call_id) != "agent":
            raise NotPossible(_NOT_YOURS)
        if not call.hand_back(user_id, node):
            raise NotPossible("the flow has no such place to go back to")
        self._clerk.tell(moves.TalkEnded(user_id=user_id, call_id=call_id, reason="handed_back"))

    def hang_up(self, user_id: str, call_id: str) -> None:
        """End the call; a colleague who consults only leaves it."""
        call, role = self._live(call_id), self.role(user_id, call_id)
        self._ask(moves.TalkEnded(user_id=user_id, call_id=call_id, reason="ended"))
        if role == "agent":
            call.hang_up(user_id)

    def wrapped_up(self, user_id: str, call_id: str) -> None:
        """Their notes are written. Nothing happens when there are none to write."""
        self._clerk.tell(moves.WrappedUp(user_id=user_id, call_id=call_id))

    # --- supervisors ----------------------------------------------------------------------------

    def supervise(self, user_id: str, name: str, call_id: str, role: Role) -> None:
        """Let them `attend` as listen, whisper or join; or change which, while they do."""
        call = self._live(call_id)
        known = self._person(user_id, call_id)
        if role not in WATCHING or (known and known.role not in WATCHING):
            raise NotPossible("expected listen, whisper or join, in somebody else's call")
        self._watchers[user_id, call_id] = Person(user_id=user_id, name=name, role=role)
        if (user_id, call_id) in self._attending:
            call.role(user_id, role)

    def leave(self, user_id: str, call_id: str) -> None:
        """A supervisor listens no longer. Idempotent."""
        self._unwatch(user_id, call_id, "ended")

    def _unwatch(self, user_id: str, call_id: str, reason: str) -> None:
        if self._watchers.pop((user_id, call_id), None) and (call := self._calls.get(call_id)):
            call.dismiss(user_id, reason)

    # --- what pages show ------------------------------------------------------------------------

    @property
    def floor(self) -> Floor:
        """As it is now."""
        sheets = self._sheets.forget(self._writing())
        return snapshot(self._dispatch, sheets, self._clerk.version, self._clerk.clock())

    async def changed(self, version: int) -> Floor:
        """The floor as soon as it is newer than `version`."""
        await self._clerk.changed(version)
        return self.floor

    # --- inside ---------------------------------------------------------------------------------

    def _writing(self) -> set[str]:
        return {duty.work.call_id for duty in self._dispatch.agents.values() if duty.work}

    def _live(self, call_id: str) -> LiveCall:
        if call_id not in self._calls:
            raise UnknownCall
        return self._calls[call_id]

    def _person(self, user_id: str, call_id: str) -> Person | None:
        duty = self._dispatch.agents.get(user_id)
        role = duty.has(call_id) if duty else None
        if duty is None or role is None:
            return self._watchers.get((user_id, call_id))
        return Person(user_id=user_id, name=duty.agent.name, role=role)

    def _ask(self, event: moves.DeskEvent) -> None:
        answer = self._clerk.tell(event)
        if isinstance(answer, moves.Refuse):
            raise NotPossible(answer.why)
