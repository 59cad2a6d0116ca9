"""The dispatcher's rules, one by one, in a time that the tests make."""

import random
from dataclasses import replace
from math import inf
from typing import TypeVar

import pytest

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
    Dismiss,
    HoursChanged,
    LetWait,
    MediaDown,
    MediaUp,
    MoodKnown,
    PresenceChosen,
    Promote,
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
from warmline.desk.queues import OfficeSettings, Queues, QueueSettings
from warmline.desk.states import Presence, State
from warmline.ports.people import Wish

Kind = TypeVar("Kind", bound=DeskCommand)
ORDERS = Wish(call_id="call-1", caller="+15550100", flow="shop", queue="orders", reason="asked")


class Floor:
    """A dispatcher and its time. Agents' pages beat every 5 s while they are `awake`."""

    def __init__(self, *queues: QueueSettings, settings: OfficeSettings | None = None) -> None:
        self.dispatch = Dispatch(settings, Queues(queues))
        self.now = 100.0
        self.told: list[DeskCommand] = []
        self.awake: set[str] = set()

    def __call__(self, *events: DeskEvent) -> "Floor":
        self.told = []
        for event in events:
            self.told += self.dispatch.handle(event, self.now)
        return self

    def sign_in(self, *names: str, skills: dict[str, int] | None = None) -> None:
        for name in names:
            self(SignedIn(agent=Agent(user_id=name, name=name.title(), skills=skills or {})))
            self.awake.add(name)

    def call(self, number: int = 1, wish: Wish = ORDERS) -> "Floor":
        return self(CallerWaits(wish=replace(wish, call_id=f"call-{number}")))

    def wait(self, seconds: float) -> "Floor":
        """Let time pass, with a tick when one is wanted; `told` has all that was told."""
        told: list[DeskCommand] = []
        end, beat = self.now + seconds, self.now + 5.0
        while (at := min(self.dispatch.next_at, beat)) <= end:
            self.now = max(self.now, at)
            told += self(Tick()).told
            if at == beat:
                beat += 5.0
                told += self(*(Alive(user_id=name) for name in sorted(self.awake))).told
        self.now = end
        self.told = told
        return self

    def said(self, kind: type[Kind]) -> list[Kind]:
        return [command for command in self.told if isinstance(command, kind)]

    def offer(self, number: int = 1) -> Offer:
        offer = self.dispatch.cases[f"call-{number}"].offer
        assert offer
        return offer

    def accept(self, name: str, number: int = 1) -> "Floor":
        return self(Accept(user_id=name, target=f"call-{number}"))

    def talk(self, name: str, number: int = 1) -> "Floor":
        """From the caller who waits to the two of them talking."""
        return self(
            Accept(user_id=name, target=f"call-{number}"),
            MediaUp(user_id=name, call_id=f"call-{number}"),
        )

    def state(self, number: int = 1) -> State | None:
        case = self.dispatch.cases.get(f"call-{number}")
        return case.state if case else None

    def presence(self, name: str) -> Presence:
        return self.dispatch.agents[name].presence


def test_a_caller_is_offered_to_who_is_there_and_told_at_once() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call()
    [offer] = floor.said(Offer)
    assert (offer.user_id, offer.call_id, offer.kind) == ("anna", "call-1", "agent")
    assert offer.until == floor.now + 20.0
    told = TellCaller(call_id="call-1", queue="orders", position=1, wait_s=0.0)
    assert floor.said(TellCaller) == [told]


def test_who_signs_in_is_offered_who_waits() -> None:
    floor = Floor()
    floor.call()
    assert floor.said(TellCaller)[0].wait_s == -1.0
    floor.sign_in("anna")
    assert floor.said(Offer)


def test_one_offer_for_each_agent_and_for_each_caller() -> None:
    floor = Floor()
    floor.sign_in("anna", "bert")
    floor.call(1)
    assert len(floor.said(Offer)) == 1
    floor.call(2)
    assert floor.said(Offer)[0].user_id != floor.offer(1).user_id
    floor.call(3)
    assert not floor.said(Offer)


# --- accepting ----------------------------------------------------------------------------------


def test_accepting_is_a_lease_until_the_audio_is_there() -> None:
    floor = Floor()
    floor.sign_in("anna")
    offer = floor.call().offer()
    floor(Accept(user_id="anna", target=offer.offer_id))
    assert floor.told == [
        CloseOffer(offer=offer, outcome="accepted"),
        Assign(
            call_id="call-1",
            user_id="anna",
            offer_id=offer.offer_id,
            kind="agent",
            until=floor.now + 10.0,
        ),
    ]
    assert floor.state() is State.CONNECTING
    assert floor.presence("anna") is Presence.BUSY
    floor.wait(9.9)(MediaUp(user_id="anna", call_id="call-1"))
    assert floor.state() is State.TALKING
    assert floor.wait(3600.0).told == []


def test_accepting_twice_is_the_same_answer_twice() -> None:
    floor = Floor()
    floor.sign_in("anna")
    offer = floor.call().offer()
    first = floor(Accept(user_id="anna", target=offer.offer_id)).said(Assign)
    assert floor(Accept(user_id="anna", target=offer.offer_id)).said(Assign) == first
    floor(MediaUp(user_id="anna", call_id="call-1"))
    [again] = floor(Accept(user_id="anna", target="call-1")).said(Assign)
    assert again.until < inf


def test_who_comes_second_learns_who_has_the_call() -> None:
    floor = Floor()
    floor.sign_in("anna", "bert")
    floor.call().accept("bert")
    assert floor.accept("anna").told == [Refuse(why="Bert has this call", taken_by="Bert")]


def test_who_picks_a_call_ends_the_offer_that_another_had() -> None:
    floor = Floor()
    floor.sign_in("anna")
    offered = floor.call().offer()
    floor.sign_in("bert")
    floor.accept("bert")
    assert CloseOffer(offer=offered, outcome="withdrawn") in floor.told
    assert floor.dispatch.cases["call-1"].holder == "bert"
    floor(Accept(user_id="anna", target=offered.offer_id))
    assert floor.told == [Refuse(why="Bert has this call", taken_by="Bert")]


def test_who_picks_a_call_gives_up_the_one_that_they_were_offered() -> None:
    floor = Floor()
    floor.sign_in("anna")
    offered = floor.call(1).offer()
    floor.call(2).accept("anna", 2)
    assert CloseOffer(offer=offered, outcome="withdrawn") in floor.told
    assert floor.state(1) is State.WAITING


@pytest.mark.parametrize("presence", ["away", "talking", "elsewhere", "unreachable"])
def test_who_may_pick_a_call(presence: str) -> None:
    floor = Floor()
    queues = ("billing",) if presence == "elsewhere" else ()
    floor(SignedIn(agent=Agent(user_id="anna", name="Anna", queues=queues)))
    match presence:
        case "away":
            floor(PresenceChosen(user_id="anna", ready=False))
        case "talking":
            floor.call(2).talk("anna", 2)
        case "unreachable":
            floor.wait(15.0)
    floor.call(1).accept("anna", 1)
    why = {
        "away": None,
        "talking": "finish your call first",
        "elsewhere": "you are not in the queue orders",
        "unreachable": "finish your call first",
    }[presence]
    assert [refusal.why for refusal in floor.said(Refuse)] == ([why] if why else [])
    assert bool(floor.said(Assign)) is (why is None)


def test_who_picks_a_call_while_away_is_away_after_it() -> None:
    floor = Floor(QueueSettings(name="orders", wrap_up_s=0.0))
    floor.sign_in("anna")
    floor(PresenceChosen(user_id="anna", ready=False))
    floor.call().talk("anna")(TalkEnded(user_id="anna", call_id="call-1", reason="ended"))
    assert floor.presence("anna") is Presence.AWAY


@pytest.mark.parametrize("target", ["call-9", "call-9.1", "nonsense", "", "call-1.77"])
def test_what_is_not_there_cannot_be_accepted(target: str) -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call()
    assert floor(Accept(user_id="anna", target=target)).told == [Refuse(why="this offer is over")]


def test_who_is_not_signed_in_cannot_accept() -> None:
    floor = Floor().call()
    assert [r.why for r in floor.accept("anna").said(Refuse)] == ["sign in at the desk first"]


def test_of_fifty_who_accept_one_has_the_call_and_the_others_know_who() -> None:
    names = [f"agent-{number}" for number in range(50)]
    floor = Floor()
    floor.sign_in(*names)
    shuffle = random.Random(0).shuffle
    for number in range(1000):
        floor.call(number)
        shuffle(names)
        answers = [floor.accept(name, number).told for name in names]
        first, *others = names
        assert [c.user_id for told in answers for c in told if isinstance(c, Assign)] == [first]
        refused = [c for told in answers for c in told if isinstance(c, Refuse)]
        assert [refusal.taken_by for refusal in refused] == [first.title()] * len(others)
        floor(CallerGone(call_id=f"call-{number}"))


# --- offers that pass ---------------------------------------------------------------------------


def test_an_offer_that_nobody_answers_goes_to_somebody_else() -> None:
    floor = Floor()
    floor.sign_in("anna", "bert")
    first = floor.call().offer()
    floor.wait(20.0)
    assert CloseOffer(offer=first, outcome="timeout") in floor.told
    assert floor.offer().user_id != first.user_id


def test_who_lets_two_offers_pass_in_a_row_is_away() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call().wait(20.0)
    assert floor.state() is State.WAITING
    assert floor.presence("anna") is Presence.AVAILABLE
    floor.wait(30.0)
    assert floor.state() is State.OFFERED
    floor.wait(20.0)
    assert floor.presence("anna") is Presence.AWAY
    assert not floor.wait(600.0).said(Offer)
    floor(PresenceChosen(user_id="anna", ready=True))
    assert floor.said(Offer)


def test_a_late_accept_is_too_late_even_before_the_tick() -> None:
    floor = Floor()
    floor.sign_in("anna")
    offer = floor.call().offer()
    floor.now += 20.0
    floor(Alive(user_id="anna"), Accept(user_id="anna", target=offer.offer_id))
    assert CloseOffer(offer=offer, outcome="withdrawn") in floor.told  # the heartbeat was late too
    assert floor.said(Refuse) == [Refuse(why="this offer is over")]


def test_who_declines_is_not_asked_for_this_caller_for_a_while_but_for_others() -> None:
    floor = Floor()
    floor.sign_in("anna")
    offer = floor.call(1).offer()
    floor.call(2)
    floor(Decline(user_id="anna", offer_id=offer.offer_id))
    assert CloseOffer(offer=offer, outcome="declined") in floor.told
    assert floor.said(Offer)[0].call_id == "call-2"
    floor(Decline(user_id="anna", offer_id=floor.offer(2).offer_id))
    assert floor.presence("anna") is Presence.AVAILABLE
    assert not floor.wait(29.0).said(Offer)
    assert floor.wait(1.0).said(Offer)[0].call_id == "call-1"


@pytest.mark.parametrize("user_id", ["anna", "bert", "nobody"])
def test_only_ones_own_open_offer_can_be_declined(user_id: str) -> None:
    floor = Floor()
    floor.sign_in("anna", "bert")
    offer = floor.call().offer()
    target = "call-1.77" if user_id == offer.user_id else offer.offer_id
    floor(Decline(user_id=user_id, offer_id=target))
    assert floor.state() is State.OFFERED


def test_who_steps_away_is_spared_their_offer() -> None:
    floor = Floor()
    floor.sign_in("anna")
    offer = floor.call().offer()
    floor(PresenceChosen(user_id="anna", ready=False))
    assert floor.said(CloseOffer) == [CloseOffer(offer=offer, outcome="withdrawn")]


# --- leases -------------------------------------------------------------------------------------


def test_a_caller_whose_agent_never_comes_goes_first_to_somebody_else() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call(1).accept("anna", 1)
    floor.call(2)
    floor.sign_in("bert")
    floor(Decline(user_id="bert", offer_id=floor.offer(2).offer_id))
    floor.wait(10.0)
    assert [closed.outcome for closed in floor.said(CloseOffer)] == ["no_media"]
    assert floor.offer(1).user_id == "bert"
    assert floor.offer(2).user_id == "anna"
    assert not floor.said(LetWait)  # never left the music
    assert floor.said(TellCaller)[0].call_id == "call-1"


def test_who_never_comes_twice_is_away() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call(1).accept("anna", 1).wait(10.0)
    floor.call(2).accept("anna", 2).wait(10.0)
    assert floor.presence("anna") is Presence.AWAY


def test_an_agent_whose_audio_is_lost_may_come_back() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call().talk("anna")(MediaDown(user_id="anna", call_id="call-1"))
    assert floor.told == [LetWait(call_id="call-1", wish=floor.dispatch.cases["call-1"].wish)]
    assert floor.state() is State.LOST
    assert floor(MediaDown(user_id="anna", call_id="call-1")).told == []
    floor.wait(9.0)(MediaUp(user_id="anna", call_id="call-1"))
    assert floor.state() is State.TALKING
    assert floor.wait(60.0).told == []


def test_after_the_lease_the_caller_waits_before_all_others() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call(1, replace(ORDERS, priority=10))
    floor(CallerGone(call_id="call-1"))
    floor.call(2).talk("anna", 2)
    floor.call(3, replace(ORDERS, priority=10, reason="vip", mood=-1.0))
    floor(MediaDown(user_id="anna", call_id="call-2")).wait(10.0)
    assert floor.state(2) is State.WAITING
    assert [(t.call_id, t.position) for t in floor.said(TellCaller)][:2] == [
        ("call-2", 1),
        ("call-3", 2),
    ]
    assert floor.presence("anna") is Presence.WRAP_UP
    floor(WrappedUp(user_id="anna", call_id="call-2"))
    assert floor.offer(2).user_id == "anna"


def test_more_audio_of_somebody_who_talks_already_changes_nothing() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call().talk("anna")(MediaUp(user_id="anna", call_id="call-1"))
    assert floor.state() is State.TALKING
    assert floor.told == []


@pytest.mark.parametrize("event", [MediaUp, MediaDown])
def test_audio_of_somebody_else_changes_nothing(event: type[MediaUp | MediaDown]) -> None:
    floor = Floor()
    floor.sign_in("anna", "bert")
    floor.call().talk("anna")
    floor(event(user_id="bert", call_id="call-1"), event(user_id="dora", call_id="call-1"))
    assert [refusal.why for refusal in floor.told] == ["you do not talk with this caller"] * 2  # type: ignore[union-attr]


# --- signing out, and silence -------------------------------------------------------------------


def test_a_call_of_who_signs_out_goes_back() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call().talk("anna")(SignedOut(user_id="anna"))
    assert floor.said(Dismiss) == [Dismiss(call_id="call-1", user_id="anna", reason="signed_out")]
    assert floor.said(LetWait)
    assert floor.state() is State.WAITING
    floor.sign_in("bert")
    assert floor.offer().user_id == "bert"


@pytest.mark.parametrize("doing", ["nothing", "asked", "connecting", "writing"])
def test_who_signs_out_is_gone_whatever_they_did(doing: str) -> None:
    floor = Floor()
    floor.sign_in("anna")
    if doing != "nothing":
        floor.call()
    if doing == "connecting":
        floor.accept("anna")
    if doing == "writing":
        floor.talk("anna")(CallerGone(call_id="call-1"))
    floor(SignedOut(user_id="anna"), SignedOut(user_id="anna"))
    assert not floor.dispatch.agents
    assert floor.state() is (State.WAITING if doing in ("asked", "connecting") else None)


def test_who_is_silent_is_unreachable_and_their_old_offer_is_dead() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.awake.clear()
    offer = floor.call().offer()
    floor.wait(15.0)
    assert floor.said(CloseOffer) == [CloseOffer(offer=offer, outcome="withdrawn")]
    assert floor.presence("anna") is Presence.UNREACHABLE
    assert not floor.wait(300.0).said(Offer)
    floor(Accept(user_id="anna", target=offer.offer_id))
    assert floor.said(Refuse)
    floor(Alive(user_id="anna"))
    assert floor.presence("anna") is Presence.AVAILABLE
    assert floor.offer().offer_id != offer.offer_id


def test_a_silent_page_does_not_end_a_talk_but_a_silent_page_without_audio_does() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.awake.clear()
    floor.call().talk("anna").wait(60.0)
    assert (floor.state(), floor.presence("anna")) == (State.TALKING, Presence.UNREACHABLE)
    floor(MediaDown(user_id="anna", call_id="call-1"))
    assert floor.state() is State.WAITING
    assert len(floor.said(LetWait)) == 1


@pytest.mark.parametrize("doing", ["connecting", "lost"])
def test_a_lease_ends_early_when_the_page_is_silent(doing: str) -> None:
    floor = Floor(settings=OfficeSettings(lease_s=15.0, heartbeat_s=6.0))
    floor.sign_in("anna")
    floor.call().accept("anna")
    if doing == "lost":
        floor(MediaUp(user_id="anna", call_id="call-1"))
        floor(MediaDown(user_id="anna", call_id="call-1"))
    floor.awake.clear()
    floor.wait(6.0)
    assert floor.state() is State.WAITING


def test_who_signs_in_again_goes_on_with_what_they_did() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call().talk("anna")
    floor.sign_in("anna", skills={"german": 3})
    assert floor.state() is State.TALKING
    assert floor.dispatch.agents["anna"].agent.skills == {"german": 3}


def test_pages_of_nobody_are_ignored() -> None:
    floor = Floor()
    floor(Alive(user_id="x"), PresenceChosen(user_id="x", ready=True))
    assert floor(WrappedUp(user_id="x", call_id="c"), SignedOut(user_id="x")).told == []


# --- the end of a talk --------------------------------------------------------------------------


def test_notes_are_written_before_the_next_call() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call(1).talk("anna", 1)
    floor.call(2)
    floor(TalkEnded(user_id="anna", call_id="call-1", reason="ended"))
    assert floor.said(Dismiss) == [Dismiss(call_id="call-1", user_id="anna", reason="ended")]
    assert floor.presence("anna") is Presence.WRAP_UP
    assert not floor.said(Offer)
    floor(WrappedUp(user_id="anna", call_id="call-2"))
    assert floor.presence("anna") is Presence.WRAP_UP
    floor(WrappedUp(user_id="anna", call_id="call-1"))
    assert floor.said(Offer)


def test_the_time_for_notes_is_limited() -> None:
    floor = Floor(QueueSettings(name="orders", wrap_up_s=30.0))
    floor.sign_in("anna")
    floor.call(1).talk("anna", 1)(CallerGone(call_id="call-1"))
    floor.call(2)
    assert not floor.wait(29.0).said(Offer)
    assert floor.wait(1.0).said(Offer)


def test_without_time_for_notes_the_next_call_comes_at_once() -> None:
    floor = Floor(QueueSettings(name="orders", wrap_up_s=0.0))
    floor.sign_in("anna")
    floor.call(1).talk("anna", 1)
    floor.call(2)
    floor(TalkEnded(user_id="anna", call_id="call-1", reason="handed_back"))
    assert floor.said(Offer)


def test_who_never_talked_has_no_notes_to_write() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call().accept("anna")(CallerGone(call_id="call-1"))
    assert floor.said(Dismiss)
    assert floor.presence("anna") is Presence.AVAILABLE


@pytest.mark.parametrize("state", ["waiting", "offered"])
def test_a_caller_may_leave_the_queue(state: str) -> None:
    floor = Floor()
    if state == "offered":
        floor.sign_in("anna")
    floor.call()(CallerGone(call_id="call-1"), CallerGone(call_id="call-1"))
    assert floor.state() is None
    assert [closed.outcome for closed in floor.said(CloseOffer)] == (
        ["withdrawn"] if state == "offered" else []
    )


def test_only_who_has_the_caller_can_end_the_talk() -> None:
    floor = Floor()
    floor.sign_in("anna", "bert")
    floor.call().talk("anna")(TalkEnded(user_id="bert", call_id="call-1", reason="ended"))
    assert floor.said(Refuse)
    assert floor.state() is State.TALKING


# --- transfers ----------------------------------------------------------------------------------


def test_to_a_queue() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor(SignedIn(agent=Agent(user_id="bert", name="Bert", queues=("billing",))))
    floor.call().talk("anna")
    wish = replace(ORDERS, queue="billing")
    floor(Transfer(user_id="anna", wish=wish))
    assert floor.said(Dismiss)[0].reason == "transferred"
    assert floor.said(LetWait) == [LetWait(call_id="call-1", wish=wish)]
    assert floor.offer().user_id == "bert"
    assert floor.presence("anna") is Presence.WRAP_UP


def test_to_an_agent_who_is_waited_for_and_then_to_anybody() -> None:
    floor = Floor(QueueSettings(name="orders", wrap_up_s=0.0))
    floor.sign_in("anna", "bert")
    floor.call(2).talk("bert", 2)
    floor.call(1).talk("anna", 1)(Transfer(user_id="anna", wish=replace(ORDERS, agent="bert")))
    assert not floor.said(Offer)
    assert not floor.wait(59.0).said(Offer)
    assert floor.wait(1.0).said(Offer)[0].user_id == "anna"


def test_to_an_agent_who_gets_free_in_time() -> None:
    floor = Floor(QueueSettings(name="orders", wrap_up_s=0.0))
    floor.sign_in("anna", "bert")
    floor.call(2).talk("bert", 2)
    floor.call(1).talk("anna", 1)(Transfer(user_id="anna", wish=replace(ORDERS, agent="bert")))
    floor(CallerGone(call_id="call-2"))
    assert floor.offer(1).user_id == "bert"
    floor(Decline(user_id="bert", offer_id=floor.offer(1).offer_id))
    assert floor.offer(1).user_id == "anna"  # bert was asked: anybody will do


def test_to_an_agent_who_signs_out() -> None:
    floor = Floor(QueueSettings(name="orders", wrap_up_s=0.0))
    floor.sign_in("anna", "bert")
    floor(PresenceChosen(user_id="bert", ready=False))
    floor.call().talk("anna")(Transfer(user_id="anna", wish=replace(ORDERS, agent="bert")))
    assert floor.state() is State.WAITING
    floor(SignedOut(user_id="bert"))
    assert floor.offer().user_id == "anna"


@pytest.mark.parametrize(
    ("user_id", "wish", "why"),
    [
        ("bert", ORDERS, "you do not talk with this caller"),
        ("anna", replace(ORDERS, call_id="call-9"), "you do not talk with this caller"),
        ("anna", replace(ORDERS, agent="anna"), "you have this caller already"),
        ("anna", replace(ORDERS, agent="dora"), "this colleague is not signed in"),
        ("anna", replace(ORDERS, queue="night"), "the queue night is closed or full"),
    ],
)
def test_what_is_no_transfer(user_id: str, wish: Wish, why: str) -> None:
    floor = Floor()
    floor.sign_in("anna", "bert")
    floor(HoursChanged(closed=frozenset({"night"})))
    floor.call().talk("anna")(Transfer(user_id=user_id, wish=wish))
    assert floor.told == [Refuse(why=why)]
    assert floor.state() is State.TALKING


# --- consulting ---------------------------------------------------------------------------------


def consulting() -> Floor:
    """Anna talks with the caller, bert advises her."""
    floor = Floor()
    floor.sign_in("anna")
    floor.call().talk("anna")
    floor.sign_in("bert")
    floor(Consult(user_id="anna", call_id="call-1", colleague="bert"))
    [offer] = floor.said(Offer)
    assert (offer.user_id, offer.kind) == ("bert", "consult")
    floor(Accept(user_id="bert", target=offer.offer_id))
    assert floor.said(Assign)[0].kind == "consult"
    return floor(MediaUp(user_id="bert", call_id="call-1"))


def test_a_colleague_advises_and_leaves_without_notes_to_write() -> None:
    floor = consulting()
    assert floor.presence("bert") is Presence.BUSY
    assert floor.wait(600.0).told == []
    floor(TalkEnded(user_id="bert", call_id="call-1", reason="ended"))
    assert floor.said(Dismiss) == [Dismiss(call_id="call-1", user_id="bert", reason="ended")]
    assert floor.presence("bert") is Presence.AVAILABLE
    assert floor.state() is State.TALKING


def test_a_colleague_who_advises_takes_over_without_a_wait() -> None:
    floor = consulting()(Transfer(user_id="anna", wish=replace(ORDERS, agent="bert")))
    assert floor.told == [
        Dismiss(call_id="call-1", user_id="anna", reason="transferred"),
        Promote(call_id="call-1", user_id="bert"),
    ]
    assert floor.dispatch.cases["call-1"].holder == "bert"
    floor.wait(120.0)(CallerGone(call_id="call-1"))
    assert floor.presence("bert") is Presence.WRAP_UP


def test_a_transfer_to_somebody_else_ends_the_advice() -> None:
    floor = consulting()(Transfer(user_id="anna", wish=replace(ORDERS, queue="billing")))
    assert [(d.user_id, d.reason) for d in floor.said(Dismiss)] == [
        ("anna", "transferred"),
        ("bert", "ended"),
    ]
    assert floor.offer().user_id == "bert"


@pytest.mark.parametrize("how", ["lost", "signed_out"])
def test_when_the_agent_is_gone_the_colleague_goes_on(how: str) -> None:
    floor = consulting()
    if how == "lost":
        floor(MediaDown(user_id="anna", call_id="call-1"))
        assert floor.state() is State.LOST
        floor.wait(10.0)
    else:
        floor(SignedOut(user_id="anna"))
    assert floor.said(Promote) == [Promote(call_id="call-1", user_id="bert")]
    assert floor.state() is State.TALKING


@pytest.mark.parametrize("how", ["lost", "signed_out", "caller_gone"])
def test_the_advice_may_end_in_many_ways(how: str) -> None:
    floor = consulting()
    match how:
        case "lost":
            floor(MediaDown(user_id="bert", call_id="call-1"))
        case "signed_out":
            floor(SignedOut(user_id="bert"))
        case "caller_gone":
            floor(CallerGone(call_id="call-1"))
    assert Dismiss(call_id="call-1", user_id="bert", reason=how) in floor.told
    assert floor.state() is (None if how == "caller_gone" else State.TALKING)


@pytest.mark.parametrize("how", ["silent", "no_media", "timeout", "caller_gone", "transfer"])
def test_a_colleague_who_never_comes(how: str) -> None:
    floor = Floor(settings=OfficeSettings(lease_s=15.0, heartbeat_s=14.0))
    floor.sign_in("anna", "bert")
    floor.call().talk("anna")
    floor(Consult(user_id="anna", call_id="call-1", colleague="bert"))
    offer = floor.offer()
    if how != "timeout":
        floor(Accept(user_id="bert", target=offer.offer_id))
    match how:
        case "silent":
            floor.awake.remove("bert")
            floor.wait(14.0)
        case "caller_gone":
            floor(CallerGone(call_id="call-1"))
        case "transfer":
            floor(Transfer(user_id="anna", wish=replace(ORDERS, agent="bert")))
            assert floor.offer().kind == "agent"
        case _:
            floor.wait(20.0)
            assert floor.said(CloseOffer) == [CloseOffer(offer=offer, outcome=how)]
    assert floor.state() is {"caller_gone": None, "transfer": State.OFFERED}.get(how, State.TALKING)
    if how != "caller_gone":
        assert not floor.dispatch.cases["call-1"].consult


def test_an_offer_to_advise_ends_with_the_talk() -> None:
    floor = Floor()
    floor.sign_in("anna", "bert")
    floor.call().talk("anna")(Consult(user_id="anna", call_id="call-1", colleague="bert"))
    offer = floor.offer()
    floor(CallerGone(call_id="call-1"))
    assert CloseOffer(offer=offer, outcome="withdrawn") in floor.told


@pytest.mark.parametrize(
    ("user_id", "colleague", "why"),
    [
        ("bert", "cleo", "you do not talk with this caller"),
        ("anna", "anna", "this colleague is not free"),
        ("anna", "dora", "this colleague is not free"),
        ("anna", "emil", "this colleague is not free"),
    ],
)
def test_whom_nobody_can_ask(user_id: str, colleague: str, why: str) -> None:
    floor = Floor()
    floor.sign_in("anna", "bert", "cleo", "emil")
    floor(PresenceChosen(user_id="emil", ready=False))
    floor.call().talk("anna")
    floor(Consult(user_id=user_id, call_id="call-1", colleague=colleague))
    assert floor.told == [Refuse(why=why)]


def test_one_colleague_at_a_time() -> None:
    floor = consulting()
    floor.sign_in("cleo")
    floor(Consult(user_id="anna", call_id="call-1", colleague="cleo"))
    assert floor.told == [Refuse(why="a colleague is asked already")]


# --- queues -------------------------------------------------------------------------------------


def test_skills_of_queue_and_caller_are_needed_both() -> None:
    floor = Floor(QueueSettings(name="orders", skills=frozenset({"orders"})))
    floor.sign_in("anna", skills={"orders": 5})
    floor.sign_in("bert", skills={"orders": 1, "german": 1})
    floor.call(1, replace(ORDERS, skills=frozenset({"german"})))
    assert floor.offer(1).user_id == "bert"


def test_overflow_to_another_queue_and_never_back() -> None:
    floor = Floor(
        QueueSettings(name="orders", overflow="billing", overflow_s=60.0),
        QueueSettings(name="billing", overflow="orders", overflow_s=60.0),
    )
    floor(SignedIn(agent=Agent(user_id="anna", name="Anna", queues=("billing",))))
    floor.awake.add("anna")
    floor.call()
    assert not floor.wait(59.0).said(Offer)
    floor.wait(1.0)
    assert floor.said(TellCaller)[-1].queue == "billing"
    assert floor.offer().user_id == "anna"
    floor(PresenceChosen(user_id="anna", ready=False)).wait(600.0)
    assert {told.queue for told in floor.said(TellCaller)} == {"billing"}


def test_no_overflow_to_a_queue_that_is_closed_until_it_opens() -> None:
    floor = Floor(QueueSettings(name="orders", overflow="night", overflow_s=60.0))
    floor(HoursChanged(closed=frozenset({"night"})))
    floor.call().wait(100.0)
    assert floor.dispatch.cases["call-1"].queue == "orders"
    floor(HoursChanged(closed=frozenset()), Tick())
    assert floor.dispatch.cases["call-1"].queue == "night"


def test_a_queue_is_open_within_its_hours_until_it_is_full() -> None:
    floor = Floor(QueueSettings(name="orders", max_waiting=2))
    assert floor.call(1).dispatch.open("orders")
    assert not floor.call(2).dispatch.open("orders")
    assert floor.dispatch.open("billing")
    floor(HoursChanged(closed=frozenset({"billing"})))
    assert not floor.dispatch.open("billing")


def test_who_sounds_angry_goes_before_who_came_just_before() -> None:
    floor = Floor()
    floor.call(1).wait(10.0).call(2)
    floor(MoodKnown(call_id="call-2", mood=-0.8), MoodKnown(call_id="call-9", mood=-1.0))
    assert [(t.call_id, t.position) for t in floor.said(TellCaller)] == [
        ("call-2", 1),
        ("call-1", 2),
    ]


def test_the_wait_follows_from_handling_times() -> None:
    floor = Floor(QueueSettings(name="orders", wrap_up_s=60.0))
    floor.sign_in("anna")
    floor.call(1).talk("anna", 1).wait(100.0)
    floor(CallerGone(call_id="call-1")).wait(20.0)(WrappedUp(user_id="anna", call_id="call-1"))
    floor.call(2).talk("anna", 2)
    assert floor.call(3).said(TellCaller)[0].wait_s == 120.0
    assert floor.call(4).said(TellCaller)[0].wait_s == 240.0
    assert floor.dispatch.tally("orders").service_level == 1.0


def test_who_serves_other_queues_shortens_no_wait() -> None:
    floor = Floor()
    floor(SignedIn(agent=Agent(user_id="bert", name="Bert", queues=("billing",))))
    assert floor.call().said(TellCaller)[0].wait_s == -1.0


def test_who_gives_up_late_spoils_the_service_level() -> None:
    floor = Floor()
    floor.call().wait(21.0)(CallerGone(call_id="call-1"))
    assert floor.dispatch.tally("orders").service_level == 0.0


def test_a_caller_is_told_again_and_again() -> None:
    floor = Floor(QueueSettings(name="orders", announce_s=30.0))
    floor.call()
    assert floor.wait(29.0).told == []
    assert len(floor.wait(61.0).said(TellCaller)) == 3


# --- one wish after another ---------------------------------------------------------------------


def test_a_wish_again_keeps_the_place() -> None:
    floor = Floor()
    floor.call(1).call(2)
    floor.call(1, replace(ORDERS, why="very"))
    assert floor.dispatch.cases["call-1"].wish.why == "very"
    assert [case.call_id for case, _, _ in floor.dispatch.waiting()] == ["call-1", "call-2"]


@pytest.mark.parametrize("offered", [True, False])
def test_another_queue_is_another_line(offered: bool) -> None:
    floor = Floor()
    if offered:
        floor(SignedIn(agent=Agent(user_id="anna", name="Anna", queues=("orders",))))
    floor.call()
    floor.call(1, replace(ORDERS, queue="billing"))
    assert floor.dispatch.cases["call-1"].queue == "billing"
    assert floor.state() is State.WAITING
    assert len(floor.said(CloseOffer)) == offered


def test_a_wish_for_a_person() -> None:
    floor = Floor()
    floor.sign_in("anna", "bert")
    floor(PresenceChosen(user_id="bert", ready=False))
    floor.call(1, replace(ORDERS, agent="bert"))
    assert floor.state() is State.WAITING
    floor.wait(60.0)
    assert floor.offer().user_id == "anna"


def test_a_caller_who_talks_and_waits_again_has_lost_their_agent() -> None:
    floor = Floor()
    floor.sign_in("anna")
    floor.call().talk("anna").call()
    assert floor.state() is State.LOST
    floor.wait(10.0)
    assert floor.state() is State.WAITING


def test_the_version_rises_with_what_can_be_seen_only() -> None:
    floor = Floor()
    floor.sign_in("anna")
    before = floor.dispatch.version
    floor(Alive(user_id="anna"), Tick())
    assert floor.dispatch.version == before
    floor.awake.clear()
    floor.wait(20.0)
    assert floor.dispatch.version == before + 1
    floor(Alive(user_id="anna"))
    assert floor.dispatch.version == before + 2


def test_nothing_is_due_on_an_empty_floor() -> None:
    assert Floor().dispatch.next_at == inf
