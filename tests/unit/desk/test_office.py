"""The desk as calls and pages see it, in virtual time, with calls that do what they are told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, cast

import pytest

import virtual_time
from warmline.desk.floor import Floor
from warmline.desk.moves import Assign
from warmline.desk.office import Office
from warmline.desk.presence import Agent
from warmline.desk.queues import Queues, QueueSettings, queues
from warmline.desk.refusals import NotPossible, OfferGone, OfferTaken, UnknownCall
from warmline.events import (
    AgentJoined,
    AgentLeft,
    AlertRaised,
    CallEnded,
    CallerHeld,
    CallStarted,
    Entry,
    Fact,
    HandedBack,
    OfferClosed,
    Offered,
    QueueMoved,
    SentimentChanged,
)
from warmline.ports import Line
from warmline.ports.people import Desk, LiveCall, Person, Role, Wish

LINE = cast(Line, None)


class FakeCall:
    """A call with a log; people in it stay until they are dismissed or their line is gone."""

    flow = "shop"
    handback_nodes = ("payment",)
    now = 0.0

    def __init__(self, call_id: str, office: Office) -> None:
        self.call_id = call_id
        self.over = False
        self.office = office
        self.log: list[Fact] = []
        self.people: dict[str, asyncio.Future[str]] = {}
        self.roles: dict[str, Role] = {}
        self.waited: list[Wish] = []
        self.hung_up_by = ""
        self.handed_back_to = ""
        office.begins(self)
        self.note(CallStarted(door="socket", caller="+15550100", flow="shop", flow_version="1"))

    def note(self, fact: Fact) -> None:
        assert not (self.log and isinstance(self.log[-1], CallEnded))
        self.log.append(fact)
        entry = Entry(call_id=self.call_id, seq=len(self.log), at=0.0, fact=fact)
        self.office.observe(entry)

    def noted(self, *kinds: type[Fact]) -> list[Fact]:
        return [fact for fact in self.log if isinstance(fact, kinds)]

    def escalate(self, queue: str = "orders") -> None:
        wish = Wish(
            call_id=self.call_id, caller="+15550100", flow="shop", queue=queue, reason="asked"
        )
        self.office.waits(wish, self)

    async def attend(self, line: Line, person: Person) -> str:
        if person.user_id in self.people:
            self.people[person.user_id].set_result("ended")
        here = self.people[person.user_id] = asyncio.get_running_loop().create_future()
        self.role(person.user_id, person.role)
        self.note(AgentJoined(agent=person.user_id, name=person.name, role=person.role))
        reason: str = await here
        if self.people.get(person.user_id) is here:
            del self.people[person.user_id]
        if not self.over:
            role = self.roles[person.user_id]
            self.note(AgentLeft(agent=person.user_id, role=role, reason=reason))
        return reason

    def leaves(self, user_id: str, reason: str = "lost") -> None:
        self.people[user_id].set_result(reason)

    def dismiss(self, user_id: str, reason: str) -> None:
        if user_id in self.people and not self.people[user_id].done():
            self.leaves(user_id, reason)

    def role(self, user_id: str, role: Role) -> None:
        self.roles[user_id] = role

    def hand_back(self, by: str, node: str = "") -> bool:
        if node in self.handback_nodes:
            self.handed_back_to = node
            self.note(HandedBack(by=by, node=node))
            self.office.gone(self.call_id)
        return node in self.handback_nodes

    def wait(self, wish: Wish) -> None:
        self.waited.append(wish)
        self.office.waits(wish, self)

    def hang_up(self, by: str) -> None:
        self.hung_up_by = by
        self.end()

    def end(self) -> None:
        """The caller is gone."""
        self.over = True
        for user_id in list(self.people):
            self.dismiss(user_id, "caller_gone")
        self.note(CallEnded(reason="completed"))

    def entries(self, maxlen: int) -> AsyncIterator[Entry]:
        raise NotImplementedError

    def mute(self, user_id: str, muted: bool) -> None:
        raise NotImplementedError

    def hold(self, held: bool, by: str) -> None:
        raise NotImplementedError

    def say_again(self, user_id: str) -> float:
        raise NotImplementedError

    def clip(self, begin_s: float, end_s: float) -> bytes:
        raise NotImplementedError


class House:
    """An office, and pages that beat."""

    def __init__(self, *settings: QueueSettings, moment: str = "") -> None:
        self.moment = moment
        loop = asyncio.get_running_loop()
        self.office = Office(queues=Queues(settings), clock=loop.time, moment=lambda: self.moment)
        self.tasks: list[asyncio.Task[None]] = []
        self.awake: set[str] = set()

    async def __aenter__(self) -> "House":
        self.tasks.append(asyncio.create_task(self._beat()))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.office.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(5)
            for user_id in self.awake:
                self.office.heartbeat(user_id)

    def sign_in(self, *names: str) -> None:
        for name in names:
            self.office.sign_in(Agent(user_id=name, name=name.title()), f"{name}'s page")
            self.awake.add(name)

    def call(self, number: int = 1) -> FakeCall:
        return FakeCall(f"call-{number}", self.office)

    def waiting(self, number: int = 1) -> FakeCall:
        call = self.call(number)
        call.escalate()
        return call

    def attend(self, user_id: str, call: FakeCall) -> asyncio.Task[None]:
        task = asyncio.create_task(self.office.attend(user_id, call.call_id, LINE))
        self.tasks.append(task)
        return task

    async def talk(self, user_id: str, call: FakeCall) -> asyncio.Task[None]:
        self.office.accept(user_id, call.call_id)
        task = self.attend(user_id, call)
        await asyncio.sleep(0.1)
        return task

    def offer(self, user_id: str) -> str:
        offer = self.office.floor.offer(user_id)
        assert offer
        return offer.offer_id

    def state(self, user_id: str) -> str:
        return next(a.state for a in self.office.floor.agents if a.user_id == user_id)

    def call_state(self, number: int = 1) -> str:
        calls = {call.call_id: call.state for call in self.office.floor.calls}
        return calls.get(f"call-{number}", "")


def run(main: Coroutine[Any, Any, None]) -> None:
    virtual_time.run(main)


def test_an_office_is_a_desk_and_the_fake_is_a_call() -> None:
    async def main() -> None:
        desk: Desk = Office()
        call: LiveCall = FakeCall("call-1", cast(Office, desk))
        assert cast(Office, desk).calls() == [call]

    run(main())


def test_a_call_from_the_queue_to_the_end() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.call()
            assert house.call_state() == "bot"
            call.escalate()
            offer = house.offer("anna")
            assigned = house.office.accept("anna", offer)
            assert assigned.call_id == "call-1"
            assert house.office.role("anna", "call-1") == "agent"
            await asyncio.sleep(3)
            attending = house.attend("anna", call)
            await asyncio.sleep(60)
            assert house.call_state() == "talking"
            house.office.hang_up("anna", "call-1")
            await attending
            assert call.hung_up_by == "anna"
            assert house.state("anna") == "wrap_up"
            assert house.call_state() == "wrap_up"
            house.office.wrapped_up("anna", "call-1")
            assert house.state("anna") == "available"
            assert house.office.floor.calls == ()
            assert house.office.calls() == []
            assert call.log[1:-1] == [
                Offered(offer=offer, agent="anna"),
                QueueMoved(queue="orders", position=1, wait_s=0.0),
                OfferClosed(offer=offer, agent="anna", outcome="accepted"),
                AgentJoined(agent="anna", name="Anna", role="agent"),
            ]

    run(main())


def test_of_fifty_accepts_at_once_one_wins_and_the_others_know_who() -> None:
    async def main() -> None:
        async with House() as house:
            names = [f"agent-{number}" for number in range(50)]
            house.sign_in(*names)

            async def accept(name: str) -> Assign:
                await asyncio.sleep(0)
                return house.office.accept(name, "call-1")

            house.waiting()
            answers = await asyncio.gather(*map(accept, names), return_exceptions=True)
            won = [answer for answer in answers if isinstance(answer, Assign)]
            lost = [answer for answer in answers if isinstance(answer, OfferTaken)]
            assert len(won) == 1
            assert [taken.by for taken in lost] == [won[0].user_id.title()] * 49

    run(main())


def test_an_offer_times_out_by_itself_and_goes_on() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna", "bert")
            call = house.waiting()
            await asyncio.sleep(20.1)
            assert [type(fact) for fact in call.log[-2:]] == [OfferClosed, Offered]
            await asyncio.sleep(80)
            assert {house.state("anna"), house.state("bert")} == {"away"}

    run(main())


def test_a_lease_without_audio_goes_back_to_the_queue() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            house.office.accept("anna", "call-1")
            [assignment] = house.office.floor.assignments
            assert (assignment.state, assignment.expires_s) == ("connecting", 10.0)
            await asyncio.sleep(10.1)
            assert isinstance(call.log[-1], QueueMoved)
            assert [f.outcome for f in call.log if isinstance(f, OfferClosed)] == [
                "accepted",
                "no_media",
            ]
            with pytest.raises(NotPossible, match="not with you"):
                await house.office.attend("anna", "call-1", LINE)

    run(main())


def test_an_agent_whose_audio_is_lost_comes_back_in_time() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            await house.talk("anna", call)
            call.leaves("anna")
            await asyncio.sleep(5)
            assert len(call.waited) == 1
            assert house.call_state() == "waiting"
            assignment = house.office.floor.assignment("anna")
            assert assignment
            assert assignment.state == "lost"
            house.attend("anna", call)
            await asyncio.sleep(60)
            assert house.call_state() == "talking"

    run(main())


@pytest.mark.parametrize("reason", ["lost", "ended"])
def test_a_caller_whose_agent_does_not_come_back_waits_for_another(reason: str) -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            await house.talk("anna", call)
            house.sign_in("bert")
            call.leaves("anna", reason)
            await asyncio.sleep(10.1)
            assert house.offer("bert")
            assert house.state("anna") == "wrap_up"
            assert house.call_state() == "waiting"

    run(main())


def test_a_second_line_takes_the_place_of_the_first() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            first = await house.talk("anna", call)
            house.attend("anna", call)
            await first
            await asyncio.sleep(60)
            assert house.office.floor.assignments[0].state == "talking"
            assert call.waited == []

    run(main())


def test_a_cancelled_line_is_a_lost_line() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            task = await house.talk("anna", call)
            task.cancel()
            await asyncio.wait([task])
            assert len(call.waited) == 1

    run(main())


def test_signing_out_brings_the_call_back_and_ends_what_one_listens_to() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call, other = house.waiting(1), house.call(2)
            await house.talk("anna", call)
            house.office.supervise("anna", "Anna", "call-2", "listen")
            listening = house.attend("anna", other)
            await asyncio.sleep(1)
            house.office.sign_out("anna", "disabled")
            await listening
            await asyncio.sleep(1)
            assert AgentLeft(agent="anna", role="agent", reason="signed_out") in call.log
            assert AgentLeft(agent="anna", role="listen", reason="signed_out") in other.log
            assert house.call_state(1) == "waiting"
            assert house.office.floor.agents == ()
            assert not house.office.controls("anna", "anna's page")

    run(main())


def test_a_caller_hangs_up_while_they_talk() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            task = await house.talk("anna", call)
            call.over = True
            call.leaves("anna", "caller_gone")
            await task
            assert house.state("anna") == "wrap_up"
            call.end()
            assert house.office.call("call-1") is None

    run(main())


def test_gone_means_nothing_for_a_caller_who_talks_unless_they_hung_up() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            await house.talk("anna", call)
            house.office.gone("call-1")
            assert house.office.role("anna", "call-1") == "agent"
            call.over = True
            house.office.gone("call-1")
            assert house.office.role("anna", "call-1") is None
            waiting = house.waiting(2)
            house.office.gone("call-2")
            assert house.office.floor.waiting == ()
            assert waiting.noted(QueueMoved)

    run(main())


# --- with a caller ------------------------------------------------------------------------------


def test_transfer_to_a_queue_and_to_an_agent() -> None:
    async def main() -> None:
        async with House(QueueSettings(name="orders", wrap_up_s=0.0)) as house:
            house.sign_in("anna")
            call = house.waiting()
            await house.talk("anna", call)
            house.sign_in("bert")
            house.office.transfer("anna", "call-1", queue="billing", note="wants a refund")
            assert (call.waited[-1].queue, call.waited[-1].why) == ("billing", "wants a refund")
            await house.talk("bert", call)
            assert AgentLeft(agent="anna", role="agent", reason="transferred") in call.log
            house.office.transfer("bert", "call-1", agent="anna")
            assert call.waited[-1].agent == "anna"
            assert call.waited[-1].queue == "billing"
            assert house.offer("anna")

    run(main())


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "expected a queue or an agent"),
        ({"queue": "billing", "agent": "bert"}, "expected a queue or an agent"),
        ({"queue": "night"}, "closed or full"),
        ({"agent": "dora"}, "not signed in"),
    ],
)
def test_what_is_no_transfer(values: dict[str, str], why: str) -> None:
    async def main() -> None:
        night = {"hours": {"open": {"mon": ["20:00-21:00"]}}}
        settings = queues({"night": night})["night"]
        async with House(settings, moment="2026-01-01T12:00:00+00:00") as house:
            house.sign_in("anna", "bert")
            call = house.waiting()
            with pytest.raises(NotPossible, match="do not talk"):
                house.office.transfer("anna", "call-1", queue="billing")
            await house.talk("anna", call)
            with pytest.raises(NotPossible, match=why):
                house.office.transfer("anna", "call-1", **values)
            house.call(2)
            with pytest.raises(NotPossible, match="do not talk"):
                house.office.transfer("anna", "call-2", queue="billing")

    run(main())


def test_a_colleague_advises_and_takes_over() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna", "bert")
            call = house.waiting()
            await house.talk("anna", call)
            house.office.consult("anna", "call-1", "bert")
            house.office.accept("bert", house.offer("bert"))
            assert house.office.floor.assignments[1].state == "connecting"
            house.attend("bert", call)
            await asyncio.sleep(1)
            assert house.office.role("bert", "call-1") == "consult"
            assert house.office.floor.assignments[1].state == "talking"
            house.office.transfer("anna", "call-1", agent="bert")
            await asyncio.sleep(1)
            assert call.roles == {"anna": "agent", "bert": "agent"}
            assert [a.role for a in house.office.floor.assignments] == ["agent", "agent"]
            assert call.waited == []
            assert house.call_state() == "talking"

    run(main())


def test_a_colleague_who_hangs_up_only_leaves() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna", "bert")
            call = house.waiting()
            await house.talk("anna", call)
            house.office.consult("anna", "call-1", "bert")
            await house.talk("bert", call)  # the call's id is no offer to advise …
            await asyncio.sleep(1)

    with pytest.raises(OfferTaken, match="Anna has this call"):
        run(main())

    async def again() -> None:
        async with House() as house:
            house.sign_in("anna", "bert")
            call = house.waiting()
            await house.talk("anna", call)
            house.office.consult("anna", "call-1", "bert")
            house.office.accept("bert", house.offer("bert"))
            task = house.attend("bert", call)
            await asyncio.sleep(1)
            house.office.hang_up("bert", "call-1")
            await task
            assert call.hung_up_by == ""
            assert house.call_state() == "talking"

    run(again())


def test_back_to_the_flow() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna", "bert")
            call = house.waiting()
            await house.talk("anna", call)
            with pytest.raises(NotPossible, match="no such place"):
                house.office.hand_back("anna", "call-1", "survey")
            with pytest.raises(NotPossible, match="do not talk"):
                house.office.hand_back("bert", "call-1", "payment")
            house.office.hand_back("anna", "call-1", "payment")
            await asyncio.sleep(1)
            assert call.handed_back_to == "payment"
            assert house.call_state() == "bot"
            assert house.state("anna") == "wrap_up"
            call.escalate()
            assert house.offer("bert")

    run(main())


def test_calls_that_are_not_there() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            office = house.office
            requests: list[Callable[[], None]] = [
                lambda: office.transfer("anna", "call-9", queue="orders"),
                lambda: office.consult("anna", "call-9", "bert"),
                lambda: office.hand_back("anna", "call-9", ""),
                lambda: office.hang_up("anna", "call-9"),
                lambda: office.supervise("sue", "Sue", "call-9", "listen"),
            ]
            for request in requests:
                with pytest.raises(UnknownCall, match="no such call"):
                    request()
            with pytest.raises(UnknownCall):
                await office.attend("anna", "call-9", LINE)
            with pytest.raises(OfferGone, match="over"):
                office.accept("anna", "call-9")
            office.leave("sue", "call-9")
            office.ends("call-9")

    run(main())


def test_only_who_talks_can_end_or_ask() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna", "bert")
            call = house.waiting()
            await house.talk("anna", call)
            with pytest.raises(NotPossible, match="do not talk"):
                house.office.hang_up("bert", "call-1")
            with pytest.raises(NotPossible, match="do not talk"):
                house.office.consult("bert", "call-1", "anna")
            assert call.hung_up_by == ""

    run(main())


# --- agents -------------------------------------------------------------------------------------


def test_presence_by_the_agent() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            house.office.presence("anna", "away")
            assert house.state("anna") == "away"
            house.office.presence("anna", "available")
            assert house.state("anna") == "available"
            with pytest.raises(NotPossible, match="available or away"):
                house.office.presence("anna", "busy")
            with pytest.raises(NotPossible, match="sign in"):
                house.office.presence("bert", "away")

    run(main())


def test_a_page_that_sleeps_makes_its_agent_unreachable() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            offer = house.offer("anna")
            house.awake.clear()
            await asyncio.sleep(300)
            assert house.state("anna") == "unreachable"
            assert len(call.noted(Offered)) == 1
            with pytest.raises(OfferGone):
                house.office.accept("anna", offer)
            house.office.heartbeat("anna")
            assert house.offer("anna") != offer
            house.office.decline("anna", offer)
            house.office.decline("anna", house.offer("anna"))
            assert house.office.floor.offers == ()

    run(main())


def test_the_newest_page_has_the_controls() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            house.office.sign_in(Agent(user_id="anna", name="Anna"), "another page")
            assert not house.office.controls("anna", "anna's page")
            assert house.office.controls("anna", "another page")
            house.office.console_closed("anna", "another page")
            assert house.office.controls("anna", "anna's page")

    run(main())


# --- supervisors --------------------------------------------------------------------------------


def test_a_supervisor_listens_whispers_and_leaves_and_everybody_sees_it() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            await house.talk("anna", call)
            house.office.supervise("sue", "Sue", "call-1", "listen")
            assert "sue" not in call.roles
            listening = house.attend("sue", call)
            await asyncio.sleep(1)
            assert [p.agent for p in house.office.floor.calls[0].agents] == ["anna", "sue"]
            house.office.supervise("sue", "Sue", "call-1", "whisper")
            assert call.roles["sue"] == "whisper"
            house.office.leave("sue", "call-1")
            await listening
            assert house.office.role("sue", "call-1") is None
            assert house.call_state() == "talking"
            assert house.office.role("anna", "call-1") == "agent"

    run(main())


def test_a_call_is_watched_by_pages_and_by_who_listens() -> None:
    async def main() -> None:
        office = Office(shown="call-2".__eq__)
        for number in (1, 2):
            office.begins(FakeCall(f"call-{number}", office))
        assert [office.watched(f"call-{number}") for number in (1, 2, 3)] == [False, True, False]
        office.supervise("sue", "Sue", "call-1", "listen")
        assert office.watched("call-1")
        office.leave("sue", "call-1")
        assert not office.watched("call-1")
        office.supervise("sue", "Sue", "call-1", "listen")
        office.ends("call-1")
        assert not office.watched("call-1")
        office.close()

    run(main())


def test_nobody_listens_as_what_they_are_not() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            await house.talk("anna", call)
            with pytest.raises(NotPossible, match="somebody else's call"):
                house.office.supervise("anna", "Anna", "call-1", "listen")
            with pytest.raises(NotPossible, match="expected listen"):
                house.office.supervise("sue", "Sue", "call-1", "agent")
            house.office.supervise("sue", "Sue", "call-1", "join")
            call.end()
            assert house.office.role("sue", "call-1") is None

    run(main())


# --- the floor ----------------------------------------------------------------------------------


def test_whoever_waits_for_news_gets_the_newest_floor() -> None:
    async def main() -> None:
        async with House() as house:
            floor = house.office.floor
            waiter = asyncio.create_task(house.office.changed(floor.version))
            await asyncio.sleep(60)
            assert not waiter.done()
            house.waiting()
            newer: Floor = await waiter
            assert newer.version > floor.version
            assert [caller.call_id for caller in newer.waiting] == ["call-1"]
            assert (await house.office.changed(newer.version - 1)).version == newer.version

    run(main())


def test_a_heartbeat_is_no_news() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            version = house.office.floor.version
            await asyncio.sleep(60)
            assert house.office.floor.version == version

    run(main())


def test_the_floor_knows_what_the_logs_say() -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            call = house.waiting()
            await house.talk("anna", call)
            call.note(CallerHeld(held=True, by="anna"))
            call.note(SentimentChanged(turn=1, mood=-0.5))
            call.note(AlertRaised(rule="angry", severity="warning", text="falls"))
            await asyncio.sleep(7)
            [shown] = house.office.floor.calls
            assert shown.state == "held"
            assert abs(shown.since_s - 7.0) < 0.001
            assert (shown.caller, shown.mood) == ("+15550100", -0.5)
            assert [alert.rule for alert in shown.alerts] == ["angry"]

    run(main())


def test_a_mood_moves_who_waits() -> None:
    async def main() -> None:
        async with House() as house:
            house.waiting(1)
            await asyncio.sleep(5)
            angry = house.waiting(2)
            angry.note(SentimentChanged(turn=1, mood=-1.0))
            waiting = house.office.floor.waiting
            assert [(c.call_id, c.position) for c in waiting] == [("call-2", 1), ("call-1", 2)]

    run(main())


def test_queues_open_and_close_by_the_clock() -> None:
    async def main() -> None:
        table = {"hours": {"open": {"thu": ["09:00-17:00"]}}}
        async with House(
            queues({"orders": table})["orders"], moment="2026-01-01T08:59:59+00:00"
        ) as house:
            assert not house.office.open("orders")
            assert house.office.open("billing")
            assert not house.office.floor.queues[-1].open
            house.moment = "2026-01-01T09:00:00+00:00"
            await asyncio.sleep(60)
            assert house.office.floor.queues[-1].open
            assert house.office.open("orders")

    run(main())


def test_a_call_that_fails_does_not_stop_the_desk(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with House() as house:
            house.sign_in("anna")
            broken, sound = house.call(1), house.call(2)
            broken.log.append(CallEnded(reason="failed"))  # and nobody told the desk
            broken.escalate()
            sound.escalate()
            assert sound.noted(QueueMoved)
            house.office.sign_out("anna", "idle")

    run(main())
    assert "did not do what the desk told it: AssertionError" in caplog.text
    assert "15550100" not in caplog.text


def test_a_call_that_waits_before_it_is_known_is_known_then() -> None:
    async def main() -> None:
        async with House() as house:
            call = house.call()
            house.office.ends("call-1")
            call.escalate()
            assert house.office.call("call-1") is call

    run(main())


def test_the_default_clock_works() -> None:
    async def main() -> None:
        office = Office()
        call = FakeCall("call-1", office)
        call.escalate()
        assert office.floor.waiting[0].since_s < 60
        assert office.open("orders")
        office.close()

    asyncio.run(main())
