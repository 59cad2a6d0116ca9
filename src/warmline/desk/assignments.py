"""Owns who is offered whom, and who has whom: each change whole, so that both sides agree.

Pure. Must not decide who is next, and must not look for what is due: that is the dispatcher's.
"""

from dataclasses import replace
from itertools import count
from math import inf

from warmline.desk.cases import Case, Kind, Offer
from warmline.desk.moves import Assign, CloseOffer, DeskCommand, Dismiss, LetWait, Promote
from warmline.desk.presence import OnDuty, Work
from warmline.desk.queues import OfficeSettings, Queues
from warmline.desk.states import Sign, State, step
from warmline.desk.tally import Tally


class Assignments:
    """`commands` collects what is to be done; `now` is set by whoever calls."""

    def __init__(self, settings: OfficeSettings, queues: Queues) -> None:
        self.agents: dict[str, OnDuty] = {}
        self.cases: dict[str, Case] = {}
        self.commands: list[DeskCommand] = []
        self.now = 0.0
        self._settings = settings
        self._queues = queues
        self._tallies: dict[str, Tally] = {}
        self._numbers = count(1)

    def tally(self, queue: str) -> Tally:
        if queue not in self._tallies:
            self._tallies[queue] = Tally(self._queues[queue].service_level_s)
        return self._tallies[queue]

    # --- offers ---------------------------------------------------------------------------------

    def offer(self, case: Case, duty: OnDuty, kind: Kind = "agent") -> Offer:
        offer = Offer(
            offer_id=f"{case.call_id}.{next(self._numbers)}",
            call_id=case.call_id,
            user_id=duty.user_id,
            until=self.now + self._settings.offer_s,
            kind=kind,
        )
        if kind == "agent":
            case.state = step(case.state, Sign.OFFER)
        case.offer = duty.offer = offer
        self.commands.append(offer)
        return offer

    def withdraw(self, offer: Offer | None, outcome: str = "withdrawn") -> None:
        """Close an open offer that was not accepted; the caller waits on."""
        if offer is None:
            return
        case = self.cases[offer.call_id]
        if offer.kind == "agent":
            case.state = step(case.state, Sign.OFFER_CLOSED)
        self._close(offer, outcome)

    def let_pass(self, offer: Offer, outcome: str) -> None:
        """The agent declined, or did not answer (timeout)."""
        self.withdraw(offer, outcome)
        self._passed(offer, missed=outcome == "timeout")

    def _passed(self, offer: Offer, *, missed: bool) -> None:
        case, duty = self.cases[offer.call_id], self.agents[offer.user_id]
        if offer.kind == "agent":
            case.refused[duty.user_id] = self.now + self._settings.again_s
            if case.wish.agent == duty.user_id:
                self.anybody_will_do(case)
        duty.misses = duty.misses + 1 if missed else 0
        if duty.misses >= self._settings.max_misses:
            duty.ready, duty.misses = False, 0

    def _close(self, offer: Offer, outcome: str) -> None:
        self.cases[offer.call_id].offer = self.agents[offer.user_id].offer = None
        self.commands.append(CloseOffer(offer=offer, outcome=outcome))

    @staticmethod
    def anybody_will_do(case: Case) -> None:
        """The person whom the caller was to speak to is not there for them."""
        case.wish = replace(case.wish, agent="")
        case.agent_until = inf

    # --- having a caller ------------------------------------------------------------------------

    def accept(self, case: Case, duty: OnDuty) -> None:
        """By who was offered the caller, or picks them from the list; nobody has them yet."""
        if duty.offer is not case.offer:
            self.withdraw(duty.offer)
            self.withdraw(case.offer)
        offer = case.offer or self.offer(case, duty)
        self._close(offer, "accepted")
        until = self.now + self._settings.lease_s
        duty.work = Work(
            call_id=case.call_id, queue=case.queue, role=offer.kind, offer=offer, began=self.now
        )
        if offer.kind == "consult":
            case.consult, case.consult_until = duty.user_id, until
        else:
            case.state = step(case.state, Sign.ACCEPT)
            case.holder, case.until = duty.user_id, until
        self.assign(case, duty.work)

    def assign(self, case: Case, work: Work) -> None:
        lease = case.consult_until if work.role == "consult" else case.until
        self.commands.append(
            Assign(
                call_id=case.call_id,
                user_id=work.offer.user_id,
                offer_id=work.offer.offer_id,
                kind=work.offer.kind,
                until=min(lease, self.now + self._settings.lease_s),
            )
        )

    def media_up(self, case: Case, duty: OnDuty) -> None:
        assert duty.work is not None
        duty.work.talked, duty.misses = True, 0
        if duty.user_id == case.consult:
            case.consult_until = inf
        elif case.state is not State.TALKING:
            case.state, case.until = step(case.state, Sign.MEDIA_UP), inf
            if not case.answered:
                case.answered = True
                self.tally(case.queue).answered(self.now - case.since)

    def media_down(self, case: Case, duty: OnDuty) -> None:
        """Kept for this agent, unless their page is silent too."""
        if duty.user_id == case.consult:
            self.end_consult(case, "lost")
        elif case.state is State.TALKING:
            case.state = step(case.state, Sign.MEDIA_DOWN)
            case.until = self.now + self._settings.lease_s
            self.commands.append(LetWait(call_id=case.call_id, wish=case.wish))
            if not duty.reachable:
                self.lease_over(case)

    def lease_over(self, case: Case) -> None:
        """The agent's audio did not come (back): somebody else, and this caller first."""
        duty = self.agents[case.holder]
        assert duty.work is not None
        if case.state is State.CONNECTING:
            self._never_came(duty.work.offer)
        self._leave(duty)
        self._go_on(case)

    def consult_over(self, case: Case) -> None:
        """The colleague's audio did not come."""
        work = self.agents[case.consult].work
        assert work is not None
        self._never_came(work.offer)
        self.end_consult(case, "lost")

    def _never_came(self, offer: Offer) -> None:
        self.commands.append(CloseOffer(offer=offer, outcome="no_media"))
        self._passed(offer, missed=True)

    def transfer(self, case: Case) -> None:
        """To `case.wish`, by the agent who has the caller. A colleague in the call takes over."""
        self._dismiss(case, self.agents[case.holder], "transferred")
        if case.advised and case.wish.agent == case.consult:
            self._succeed(case)
        else:
            self.requeue(case)

    def sign_out(self, duty: OnDuty) -> None:
        self.withdraw(duty.offer)
        work = duty.work
        if work and not work.wraps_up:
            case = self.cases[work.call_id]
            if work.role == "consult":
                self.end_consult(case, "signed_out")
            else:
                self._dismiss(case, duty, "signed_out")
                self._go_on(case)
        del self.agents[duty.user_id]

    def silent(self, duty: OnDuty) -> None:
        """Their page has no heartbeat. While their audio is there they talk on: it is a sign of
        life too, and a page that must reconnect is no reason to take a caller away."""
        duty.reachable = False
        self.withdraw(duty.offer)
        work = duty.work
        if work and not work.wraps_up:
            case = self.cases[work.call_id]
            if work.role == "agent" and case.until < inf:
                self.lease_over(case)
            elif work.role == "consult" and not case.advised:
                self.consult_over(case)

    # --- after it -------------------------------------------------------------------------------

    def requeue(self, case: Case) -> None:
        """The caller waits again, before those whom nobody has spoken to yet."""
        self.withdraw(case.offer)
        self.end_consult(case, "ended")
        if case.state is State.TALKING:
            self.commands.append(LetWait(call_id=case.call_id, wish=case.wish))
        if case.answered:
            case.since = self.now
        case.state = step(case.state, Sign.BACK)
        case.queued_at, case.front, case.told = self.now, True, None
        case.holder, case.until = "", inf

    def finish(self, case: Case, reason: str) -> None:
        """The caller needs nobody any more: all leave."""
        self.withdraw(case.offer)
        self.end_consult(case, reason)
        if case.holder:
            self._dismiss(case, self.agents[case.holder], reason)
        case.state = step(case.state, Sign.DONE)
        del self.cases[case.call_id]

    def end_consult(self, case: Case, reason: str) -> None:
        if case.consult:
            self._dismiss(case, self.agents[case.consult], reason)
            case.consult, case.consult_until = "", inf

    def rest(self, duty: OnDuty) -> None:
        """Their notes are written, or the time for them is over."""
        assert duty.work is not None
        self.tally(duty.work.queue).handled.append(self.now - duty.work.began)
        duty.work = None

    def _go_on(self, case: Case) -> None:
        if case.advised:
            self._succeed(case)
        else:
            self.requeue(case)

    def _succeed(self, case: Case) -> None:
        """The colleague who advised takes the agent's place; they are spared the queue."""
        case.state = step(case.state, Sign.SUCCEED)
        case.holder, case.until, case.consult = case.consult, inf, ""
        work = self.agents[case.holder].work
        assert work is not None
        work.role = "agent"
        self.commands.append(Promote(call_id=case.call_id, user_id=case.holder))

    def _dismiss(self, case: Case, duty: OnDuty, reason: str) -> None:
        self.commands.append(Dismiss(call_id=case.call_id, user_id=duty.user_id, reason=reason))
        self._leave(duty)

    def _leave(self, duty: OnDuty) -> None:
        """The call is not theirs any more; notes are due where they talked with the caller."""
        work = duty.work
        assert work is not None
        if work.role == "consult" or not work.talked:
            duty.work = None
            return
        work.wraps_up = True
        work.until = self.now + self._queues[work.queue].wrap_up_s
        if work.until <= self.now:
            self.rest(duty)
