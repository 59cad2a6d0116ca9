"""What holds on the floor whatever happens, and in whatever order."""

from dataclasses import replace
from math import inf

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from warmline.desk.cases import Offer
from warmline.desk.dispatch import Dispatch
from warmline.desk.moves import (
    Accept,
    Alive,
    Assign,
    CallerGone,
    CallerWaits,
    CloseOffer,
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
from warmline.desk.presence import Agent
from warmline.desk.queues import Queues, QueueSettings
from warmline.desk.states import IN_QUEUE, Presence, State
from warmline.ports.people import Wish

QUEUES = (
    QueueSettings(name="orders", overflow="billing", overflow_s=45.0, max_waiting=2),
    QueueSettings(name="billing", skills=frozenset({"money"}), wrap_up_s=0.0),
)
users = st.sampled_from(["anna", "bert", "cleo"])
calls = st.sampled_from(["call-1", "call-2", "call-3"])
names = st.sampled_from([queue.name for queue in QUEUES])
skills = st.frozensets(st.sampled_from(["money", "german"]))
agents = st.builds(
    Agent,
    user_id=users,
    name=st.just("A name"),
    skills=st.dictionaries(st.sampled_from(["money", "german"]), st.integers(1, 5)),
    queues=st.sampled_from([(), ("orders",), ("orders", "billing")]),
)
wishes = st.builds(
    Wish,
    call_id=calls,
    caller=st.just(""),
    flow=st.just("shop"),
    queue=names,
    reason=st.sampled_from(["asked", "vip"]),
    skills=skills,
    priority=st.integers(-1, 2),
    agent=st.sampled_from(["", "", "anna", "dora"]),
)


class FloorMachine(RuleBasedStateMachine):
    """Pages, calls and time do what they like. What we keep is only who called and is not gone."""

    def __init__(self) -> None:
        super().__init__()
        self.dispatch = Dispatch(queues=Queues(QUEUES))
        self.now = 0.0
        self.here: set[str] = set()
        self.offers: dict[str, Offer] = {}
        self.told: dict[str, float] = {}

    def happens(self, event: DeskEvent) -> list[DeskCommand]:
        ends = isinstance(event, CallerGone) or (
            isinstance(event, TalkEnded) and self.has(event.user_id, event.call_id)
        )
        commands = self.dispatch.handle(event, self.now)
        if ends and isinstance(event, CallerGone | TalkEnded):
            self.here.discard(event.call_id)
        self.follow(commands)
        return commands

    def has(self, user_id: str, call_id: str) -> bool:
        case = self.dispatch.cases.get(call_id)
        return case is not None and case.holder == user_id

    def follow(self, commands: list[DeskCommand]) -> None:
        """A command says all that there is to know: nobody must look into the dispatcher."""
        for command in commands:
            match command:
                case Offer():
                    taken = {(o.user_id, o.call_id) for o in self.offers.values()}
                    assert command.user_id not in {user for user, _ in taken}
                    assert command.call_id not in {call for _, call in taken}
                    self.offers[command.offer_id] = command
                case CloseOffer(offer=offer, outcome="no_media"):
                    assert offer.offer_id not in self.offers
                case CloseOffer(offer=offer):
                    assert self.offers.pop(offer.offer_id) == offer
                case TellCaller(call_id=call_id):
                    self.told[call_id] = self.now

    # --- what happens ---------------------------------------------------------------------------

    @rule(agent=agents)
    def sign_in(self, agent: Agent) -> None:
        self.happens(SignedIn(agent=agent))

    @rule(user_id=users)
    def sign_out(self, user_id: str) -> None:
        self.happens(SignedOut(user_id=user_id))

    @rule(user_id=users, ready=st.booleans())
    def choose(self, user_id: str, ready: bool) -> None:
        self.happens(PresenceChosen(user_id=user_id, ready=ready))

    @rule(wish=wishes)
    def wait(self, wish: Wish) -> None:
        self.here.add(wish.call_id)
        self.happens(CallerWaits(wish=wish))

    @rule(call_id=calls)
    def leave(self, call_id: str) -> None:
        self.happens(CallerGone(call_id=call_id))

    @rule(call_id=calls, mood=st.floats(-1, 1))
    def sound(self, call_id: str, mood: float) -> None:
        self.happens(MoodKnown(call_id=call_id, mood=mood))

    @rule(user_id=users, call_id=calls, offered=st.booleans())
    def accept(self, user_id: str, call_id: str, offered: bool) -> None:
        duty = self.dispatch.agents.get(user_id)
        target = duty.offer.offer_id if offered and duty and duty.offer else call_id
        commands = self.happens(Accept(user_id=user_id, target=target))
        answers = [c for c in commands if isinstance(c, Assign | Refuse)]
        assert len(answers) == 1
        if isinstance(answers[0], Assign):
            assert duty
            assert duty.work
            assert duty.work.call_id == answers[0].call_id

    @rule(user_id=users)
    def decline(self, user_id: str) -> None:
        if (duty := self.dispatch.agents.get(user_id)) and duty.offer:
            self.happens(Decline(user_id=user_id, offer_id=duty.offer.offer_id))

    @rule(user_id=users, call_id=calls, up=st.booleans())
    def audio(self, user_id: str, call_id: str, up: bool) -> None:
        self.happens((MediaUp if up else MediaDown)(user_id=user_id, call_id=call_id))

    @rule(user_id=users, wish=wishes)
    def transfer(self, user_id: str, wish: Wish) -> None:
        self.happens(Transfer(user_id=user_id, wish=wish))

    @rule(user_id=users, call_id=calls, colleague=users)
    def consult(self, user_id: str, call_id: str, colleague: str) -> None:
        self.happens(Consult(user_id=user_id, call_id=call_id, colleague=colleague))

    @rule(user_id=users, call_id=calls)
    def end(self, user_id: str, call_id: str) -> None:
        self.happens(TalkEnded(user_id=user_id, call_id=call_id, reason="ended"))

    @rule(user_id=users, call_id=calls)
    def write_up(self, user_id: str, call_id: str) -> None:
        self.happens(WrappedUp(user_id=user_id, call_id=call_id))

    @rule(closed=st.frozensets(names))
    def hours(self, closed: frozenset[str]) -> None:
        self.happens(HoursChanged(closed=closed))

    @rule(users=st.sets(users), wish=wishes)
    def get_into_a_talk(self, users: set[str], wish: Wish) -> None:
        """What chance alone seldom brings about."""
        self.here.add(wish.call_id)
        self.happens(CallerWaits(wish=replace(wish, queue="orders")))
        for user_id in sorted(users):
            agent = Agent(user_id=user_id, name="A name", skills={"money": 1})
            self.happens(SignedIn(agent=agent))
            self.happens(Accept(user_id=user_id, target=wish.call_id))
            self.happens(MediaUp(user_id=user_id, call_id=wish.call_id))
            self.happens(Alive(user_id=user_id))

    @rule(seconds=st.sampled_from([0.0, 1.0, 4.0, 9.0, 20.0, 60.0]), alive=st.sets(users))
    def pass_time(self, seconds: float, alive: set[str]) -> None:
        end = self.now + seconds
        for _ in range(200):
            if self.dispatch.next_at > end:
                break
            self.now = max(self.now, self.dispatch.next_at)
            self.happens(Tick())
            for user_id in sorted(alive):
                self.happens(Alive(user_id=user_id))
        else:
            raise AssertionError("the dispatcher wants ticks without end")
        self.now = end

    # --- what holds -----------------------------------------------------------------------------

    @invariant()
    def nobody_is_lost(self) -> None:
        """Each caller waits, or is with one agent, or is gone."""
        assert self.dispatch.cases.keys() == self.here
        for case in self.dispatch.cases.values():
            assert (case.state in IN_QUEUE) == (not case.holder)
            assert case.state is not State.OVER
            assert (case.state in (State.CONNECTING, State.LOST)) == (case.until < inf)

    @invariant()
    def one_caller_one_agent(self) -> None:
        for case in self.dispatch.cases.values():
            with_them = {
                duty.user_id: duty.has(case.call_id)
                for duty in self.dispatch.agents.values()
                if duty.has(case.call_id)
            }
            there = {case.holder: "agent", case.consult: "consult"}
            there.pop("", None)
            assert with_them == there

    @invariant()
    def an_agents_call_is_there(self) -> None:
        for duty in self.dispatch.agents.values():
            if duty.work and not duty.work.wraps_up:
                assert duty.work.call_id in self.dispatch.cases

    @invariant()
    def only_who_is_available_is_asked(self) -> None:
        by_agent = {d.user_id: d.offer for d in self.dispatch.agents.values() if d.offer}
        by_case = {c.call_id: c.offer for c in self.dispatch.cases.values() if c.offer}
        assert sorted(self.offers) == sorted(offer.offer_id for offer in by_agent.values())
        assert sorted(self.offers) == sorted(offer.offer_id for offer in by_case.values())
        for offer in self.offers.values():
            assert self.dispatch.agents[offer.user_id].presence is Presence.AVAILABLE
            wanted = {State.OFFERED} if offer.kind == "agent" else {State.TALKING, State.LOST}
            assert self.dispatch.cases[offer.call_id].state in wanted

    @invariant()
    def nobody_waits_while_somebody_who_can_help_is_free(self) -> None:
        for case in self.dispatch.cases.values():
            if case.state is not State.WAITING:
                continue
            needed = case.wish.skills | self.dispatch.queues[case.queue].skills
            for duty in self.dispatch.agents.values():
                agent = duty.agent
                free = duty.presence is Presence.AVAILABLE and duty.offer is None
                refused = case.refused.get(agent.user_id, 0.0) > self.now
                able = agent.serves(case.queue) and needed <= agent.skills.keys()
                wanted = agent.user_id == case.wish.agent if case.wish.agent else able
                assert not (free and wanted and not refused)

    @invariant()
    def nobody_waits_in_silence(self) -> None:
        for case in self.dispatch.cases.values():
            if case.state in IN_QUEUE:
                assert self.told[case.call_id] == case.told_at
                assert self.now - case.told_at <= 30.0

    @invariant()
    def a_tick_does_all_that_is_due(self) -> None:
        self.happens(Tick())
        assert self.dispatch.next_at > self.now


FloorMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestFloor = FloorMachine.TestCase
