"""Brings callers and agents together: `handle(event, now)` gives what is to be done then.

Pure: no clock, no tasks; the caller brings `now` in seconds and sends a `Tick` at `next_at`.
Must not know calls, pages or audio.

1. One open offer for each agent and for each caller; only agents who are available are asked.
2. Who accepts first has the caller; all others learn who that is.
3. A caller whose agent is lost goes before all others; a caller is never dropped.
4. A caller is told their place and wait at once, when it changes, and in between.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from math import ceil, inf
from typing import assert_never

from warmline.desk import requests
from warmline.desk.assignments import Assignments
from warmline.desk.cases import Case
from warmline.desk.moves import (
    Accept,
    Alive,
    CallerGone,
    CallerWaits,
    Consult,
    Decline,
    DeskCommand,
    DeskEvent,
    HoursChanged,
    MediaDown,
    MediaUp,
    MoodKnown,
    PresenceChosen,
    Refuse,
    SignedIn,
    SignedOut,
    TalkEnded,
    TellCaller,
    Tick,
    Transfer,
    WrappedUp,
)
from warmline.desk.presence import OnDuty
from warmline.desk.queues import OfficeSettings, Queues
from warmline.desk.routing import choose, expected_wait, place
from warmline.desk.states import IN_QUEUE, Presence, State
from warmline.desk.tally import Tally
from warmline.ports.people import Wish


class Dispatch:
    def __init__(
        self, settings: OfficeSettings | None = None, queues: Queues | None = None
    ) -> None:
        self.settings = settings or OfficeSettings()
        self.queues = Queues() if queues is None else queues
        self.closed: frozenset[str] = frozenset()
        """Queues outside their hours."""
        self._all = Assignments(self.settings, self.queues)
        self.agents = self._all.agents
        """Who is signed in, by user's id. To be read only, as `cases`."""
        self.cases = self._all.cases
        """Callers who are with the desk, by call."""
        self.version = 0
        """Rises with each change that can be seen."""
        self._arrivals = 0

    def handle(self, event: DeskEvent, now: float) -> list[DeskCommand]:
        """What this leads to, in order. What is due at `now` comes first: late is late."""
        self._all.now, self._all.commands = now, []
        self._do_what_is_due(now)
        self._take(event, now)
        turned = self._note_presence(now)
        self._make_offers(now)
        self._tell_callers(now)
        if turned or self._all.commands or not isinstance(event, Alive | Tick):
            self.version += 1
        return self._all.commands

    def open(self, queue: str) -> bool:
        """Whether a caller may wait here now."""
        waiting = sum(c.queue == queue and c.state in IN_QUEUE for c in self.cases.values())
        return queue not in self.closed and waiting < self.queues[queue].max_waiting

    def tally(self, queue: str) -> Tally:
        return self._all.tally(queue)

    def waiting(self) -> Iterator[tuple[Case, int, float]]:
        """Who waits, queue by queue: the caller, their position, and the expected wait."""
        in_queue = [case for case in self.cases.values() if case.state in IN_QUEUE]
        in_queue.sort(key=lambda case: (case.queue, *place(case)))
        for queue, cases in groupby(in_queue, key=lambda case: case.queue):
            agents = [duty for duty in self.agents.values() if duty.agent.serves(queue)]
            free = sum(duty.presence is Presence.AVAILABLE for duty in agents)
            serving = sum(duty.serving for duty in agents)
            for position, case in enumerate(cases, 1):
                handled = self.tally(queue).handled
                yield case, position, expected_wait(position, free, serving, handled)

    # --- time -----------------------------------------------------------------------------------

    @property
    def next_at(self) -> float:
        """When something is due, at once if that is past; infinity when nothing is."""
        return min(self._due(), default=inf)

    def _due(self) -> Iterator[float]:
        for duty in self.agents.values():
            if duty.reachable:
                yield duty.alive_at + self.settings.heartbeat_s
            if duty.work:
                yield duty.work.until
        for case in self.cases.values():
            yield from (case.until, case.consult_until, case.agent_until, self._overflow_at(case))
            if case.offer:
                yield case.offer.until
            if case.state in IN_QUEUE:
                yield case.told_at + self.queues[case.queue].announce_s
                yield from (until for until in case.refused.values() if until > self._all.now)

    def _overflow_at(self, case: Case) -> float:
        queue = self.queues[case.queue]
        may = queue.overflow and queue.overflow not in case.left and not case.wish.agent
        if case.state is State.WAITING and may and self.open(queue.overflow):
            return case.queued_at + queue.overflow_s
        return inf

    def _do_what_is_due(self, now: float) -> None:
        for duty in list(self.agents.values()):
            if duty.reachable and duty.alive_at + self.settings.heartbeat_s <= now:
                self._all.silent(duty)
            if duty.work and duty.work.until <= now:
                self._all.rest(duty)
        for case in list(self.cases.values()):
            if case.offer and case.offer.until <= now:
                self._all.let_pass(case.offer, "timeout")
            if case.until <= now:
                self._all.lease_over(case)
            if case.consult_until <= now:
                self._all.consult_over(case)
            if case.agent_until <= now:
                self._all.anybody_will_do(case)
            if self._overflow_at(case) <= now:
                case.left.add(case.queue)
                case.queue, case.queued_at = self.queues[case.queue].overflow, now

    # --- events ---------------------------------------------------------------------------------

    def _take(self, event: DeskEvent, now: float) -> None:
        match event:
            case CallerWaits(wish=wish):
                self._caller_waits(wish, now)
            case CallerGone(call_id=call_id):
                self._caller_gone(call_id, now)
            case MoodKnown(call_id=call_id, mood=mood):
                if call_id in self.cases:
                    case = self.cases[call_id]
                    case.wish = replace(case.wish, mood=mood)
            case HoursChanged(closed=closed):
                self.closed = closed
            case SignedIn(agent=agent):
                fresh = OnDuty(agent=agent, alive_at=now, idle_since=now, since=now)
                known = self.agents.setdefault(agent.user_id, fresh)
                known.agent, known.alive_at, known.reachable = agent, now, True
            case Accept(user_id=user_id, target=target):
                self._answer(requests.accept(self._all, user_id, target))
            case Consult(user_id=user_id, call_id=call_id, colleague=colleague):
                self._answer(requests.consult(self._all, user_id, call_id, colleague))
            case Transfer(user_id=user_id, wish=wish):
                until = now + self.settings.agent_wait_s if wish.agent else inf
                self._answer(requests.transfer(self._all, user_id, wish, self.open, until))
            case MediaUp() | MediaDown() | TalkEnded():
                self._take_from_call(event)
            case Tick():
                pass
            case SignedOut() | Alive() | PresenceChosen() | Decline() | WrappedUp():
                if duty := self.agents.get(event.user_id):
                    self._take_from_page(event, duty, now)
            case _:
                assert_never(event)

    def _answer(self, refusal: Refuse | None) -> None:
        if refusal:
            self._all.commands.append(refusal)

    def _caller_waits(self, wish: Wish, now: float) -> None:
        until = now + self.settings.agent_wait_s if wish.agent else inf
        case = self.cases.get(wish.call_id)
        if case is None:
            self._arrivals += 1
            self.cases[wish.call_id] = Case(
                wish=wish,
                queue=wish.queue,
                number=self._arrivals,
                since=now,
                queued_at=now,
                agent_until=until,
            )
            return
        if case.state is State.TALKING:  # the call knows before us that the agent is lost
            self._all.media_down(case, self.agents[case.holder])
        if (wish.queue, wish.agent) != (case.wish.queue, case.wish.agent):
            if case.state is State.OFFERED:
                self._all.withdraw(case.offer)
            case.queue, case.queued_at, case.agent_until = wish.queue, now, until
            case.left.clear()
        case.wish = wish

    def _caller_gone(self, call_id: str, now: float) -> None:
        if case := self.cases.get(call_id):
            if not case.answered:
                self.tally(case.queue).abandoned(now - case.since)
            self._all.finish(case, "caller_gone")

    def _take_from_call(self, event: MediaUp | MediaDown | TalkEnded) -> None:
        duty = self.agents.get(event.user_id)
        role = duty.has(event.call_id) if duty else None
        if duty is None or role is None:
            self._answer(requests.NOT_YOURS)
            return
        case = self.cases[event.call_id]
        match event:
            case MediaUp():
                self._all.media_up(case, duty)
            case MediaDown():
                self._all.media_down(case, duty)
            case TalkEnded(reason=reason):
                if role == "consult":
                    self._all.end_consult(case, reason)
                else:
                    self._all.finish(case, reason)

    def _take_from_page(
        self,
        event: SignedOut | Alive | PresenceChosen | Decline | WrappedUp,
        duty: OnDuty,
        now: float,
    ) -> None:
        match event:
            case SignedOut():
                self._all.sign_out(duty)
            case Alive():
                duty.alive_at, duty.reachable = now, True
            case PresenceChosen(ready=ready):
                duty.ready, duty.misses = ready, 0
                if not ready:
                    self._all.withdraw(duty.offer)
            case Decline(offer_id=offer_id):
                if duty.offer and duty.offer.offer_id == offer_id:
                    self._all.let_pass(duty.offer, "declined")
            case WrappedUp(call_id=call_id):
                if duty.work and duty.work.wraps_up and duty.work.call_id == call_id:
                    self._all.rest(duty)

    # --- what follows from all of them ----------------------------------------------------------

    def _note_presence(self, now: float) -> bool:
        turned = [duty for duty in self.agents.values() if duty.presence is not duty.shown]
        for duty in turned:
            duty.shown, duty.since = duty.presence, now
            if duty.presence is Presence.AVAILABLE:
                duty.idle_since = now
        return bool(turned)

    def _make_offers(self, now: float) -> None:
        waiting = [case for case in self.cases.values() if case.state is State.WAITING]
        for case in sorted(waiting, key=place):
            if case.wish.agent and case.wish.agent not in self.agents:
                self._all.anybody_will_do(case)
            needed = self.queues[case.queue].skills | case.wish.skills
            if user_id := choose(case, needed, self.agents.values(), now):
                self._all.offer(case, self.agents[user_id])

    def _tell_callers(self, now: float) -> None:
        for case, position, wait_s in self.waiting():
            words = (case.queue, position, ceil(wait_s / 60) if wait_s >= 0 else None)
            announce_s = self.queues[case.queue].announce_s
            if words != case.told or case.told_at + announce_s <= now:
                case.told, case.told_at = words, now
                self._all.commands.append(
                    TellCaller(
                        call_id=case.call_id,
                        queue=case.queue,
                        position=position,
                        wait_s=wait_s,
                    )
                )
