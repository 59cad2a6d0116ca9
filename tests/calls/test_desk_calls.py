"""Whole calls that the real desk leads to people, in virtual time."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import silence, voice
from staffed import ASKS, QUIET_S, Scene, longest_silence, nobody, staffed
from unit.desk.pages import FakeCall
from unit.desk.pages import Log as OtherLog
from warmline.audio.frame import RATE
from warmline.call.waiting import CALLBACK, LOST, NOBODY, STILL
from warmline.desk.queues import QueueSettings
from warmline.desk.refusals import DeskError, OfferGone, OfferTaken
from warmline.events import (
    AgentJoined,
    AgentLeft,
    CallbackRequested,
    CallerHeld,
    Escalated,
    HandedBack,
    NodeEntered,
    OfferClosed,
    Offered,
    QueueMoved,
    SpeakingFinished,
)
from warmline.flows.hours import Hours
from warmline.ports import Digit
from warmline.ports.people import Wish
from whole import Log

STAYS = silence(120.0)


def outcomes(log: Log) -> list[tuple[str, str]]:
    return [(fact.agent, fact.outcome) for fact in log.all(OfferClosed)]


def joined(log: Log) -> list[tuple[str, str]]:
    return [(fact.agent, fact.role) for fact in log.all(AgentJoined)]


def left(log: Log) -> list[tuple[str, str]]:
    return [(fact.agent, fact.reason) for fact in log.all(AgentLeft)]


def spoken(log: Log) -> list[str]:
    """What the caller heard to its end."""
    return [fact.text for fact in log.all(SpeakingFinished) if not fact.interrupted]


def at(log: Log, kind: type[Any], number: int = 0) -> float:
    moments: list[float] = [e.at for e in log.entries if isinstance(e.fact, kind)]
    return moments[number]


async def survey(scene: Scene) -> None:
    """The caller answers what is asked behind the talk."""
    await scene.fact(NodeEntered(node="score"))
    await asyncio.sleep(3)
    scene.press("5")


# --- offers and leases ---------------------------------------------------------------------------


def test_offered_accepted_talked_to_and_asked_how_it_was() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna")
        talk = await scene.talk("anna")
        await asyncio.sleep(10)
        scene.office.hang_up("anna", scene.call_id)
        await talk
        await survey(scene)

    log = staffed(story, [*ASKS, STAYS])
    assert outcomes(log) == [("anna", "accepted")]
    assert (joined(log), left(log)) == ([("anna", "agent")], [("anna", "ended")])
    assert "Thank you for telling us." in log.said
    assert log.reason == "completed"


def test_an_agent_whose_audio_is_lost_comes_back_within_the_lease() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna", "ben")
        await (await scene.talk("anna", silence(5.0)))
        await asyncio.sleep(8)
        scene.attend("anna")

    log = staffed(story, [*ASKS, silence(40.0)])
    assert joined(log) == [("anna", "agent"), ("anna", "agent")]
    assert left(log) == [("anna", "lost"), ("anna", "caller_gone")]
    assert len(log.all(Offered)) == 1, "kept for her"
    assert LOST in spoken(log)


def test_a_caller_whose_agent_does_not_come_back_has_another_after_the_lease() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna", "ben")
        await (await scene.talk("anna", silence(5.0)))
        await scene.talk("ben")

    log = staffed(story, [*ASKS, silence(60.0)])
    assert joined(log) == [("anna", "agent"), ("ben", "agent")]
    assert at(log, Offered, 1) - at(log, AgentLeft) == pytest.approx(10.0, abs=0.1)


def test_who_accepts_and_has_no_audio_loses_the_caller_who_hears_on() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna", "ben")
        old = await scene.accept("anna")
        await scene.talk("ben")
        with pytest.raises(OfferTaken, match="Ben has this call"):
            scene.office.accept("anna", old)

    log = staffed(story, [*ASKS, silence(40.0)])
    assert outcomes(log) == [("anna", "accepted"), ("anna", "no_media"), ("ben", "accepted")]
    assert at(log, OfferClosed, 1) - at(log, OfferClosed) == pytest.approx(10.0, abs=0.1)
    assert joined(log) == [("ben", "agent")]
    assert log.line.played / RATE > log.entries[-1].at - 3.0, "music and words, all the time"


def test_offers_that_are_declined_or_not_answered_go_on_and_come_again() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna", "ben")
        first = await scene.offer("anna")
        scene.office.decline("anna", first)
        await scene.fact(
            OfferClosed(offer=await scene.offer("ben"), agent="ben", outcome="timeout")
        )
        await scene.talk("anna")
        with pytest.raises(OfferTaken):
            scene.office.accept("ben", first)

    log = staffed(story, [*ASKS, silence(90.0)])
    assert outcomes(log) == [("anna", "declined"), ("ben", "timeout"), ("anna", "accepted")]
    times = [at(log, Offered, number) - at(log, Offered) for number in range(3)]
    assert times == pytest.approx([0.0, 0.0, 30.0], abs=0.1), "not before she was spared 30 s"


def test_of_fifty_who_accept_at_once_one_has_the_caller() -> None:
    users = [f"agent{number}" for number in range(50)]
    answers: list[str] = []

    async def accept(scene: Scene, user: str) -> None:
        try:
            scene.office.accept(user, scene.call_id)
            scene.attend(user)
        except OfferTaken as taken:
            answers.append(taken.by)

    async def story(scene: Scene) -> None:
        scene.here(*users)
        await scene.offer("agent0")
        await asyncio.gather(*(accept(scene, user) for user in reversed(users)))

    log = staffed(story, [*ASKS, silence(20.0)])
    assert answers == ["Agent49"] * 49
    assert outcomes(log) == [("agent0", "withdrawn"), ("agent49", "accepted")]
    assert joined(log) == [("agent49", "agent")]


def test_a_page_that_sleeps_gets_no_calls_and_its_old_button_is_dead() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna")
        old = await scene.offer("anna")
        scene.silent("anna")
        await scene.fact(OfferClosed)
        (anna,) = scene.office.floor.agents
        assert anna.state == "unreachable"
        await asyncio.sleep(60)
        assert scene.office.floor.offer("anna") is None
        scene.office.heartbeat("anna")  # it wakes up
        with pytest.raises(OfferGone):
            scene.office.accept("anna", old)
        assert await scene.offer("anna") != old

    log = staffed(story, [*ASKS, silence(120.0)])
    assert outcomes(log)[0] == ("anna", "withdrawn")


def test_a_page_that_sleeps_takes_no_caller_away_from_who_talks() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna")
        await scene.talk("anna")
        scene.silent("anna")

    log = staffed(story, [*ASKS, silence(90.0)])
    assert left(log) == [("anna", "caller_gone")]


# --- on the way ----------------------------------------------------------------------------------


def test_a_call_of_who_signs_out_goes_back_to_the_queue_with_music_and_a_word() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna")
        talk = await scene.talk("anna")
        await asyncio.sleep(5)
        scene.office.sign_out("anna", "disabled")
        await talk
        await asyncio.sleep(15)
        scene.here("ben")
        await scene.talk("ben")

    log = staffed(story, [*ASKS, silence(60.0)])
    assert left(log) == [("anna", "signed_out"), ("ben", "caller_gone")]
    gone = at(log, AgentLeft)
    words = [e.at for e in log.entries if isinstance(e.fact, SpeakingFinished) and e.at > gone]
    assert words[0] - gone < 3.0, "at once they know that they wait, and where"


def test_transfer_to_a_queue_and_to_an_agent() -> None:
    async def story(scene: Scene) -> None:
        office = scene.office
        scene.here("anna", queues=["care"])
        scene.here("ben", queues=["billing"])
        scene.here("cleo", queues=["other"])
        talk = await scene.talk("anna")
        office.transfer("anna", scene.call_id, queue="billing", note="charged twice")
        talk2 = await scene.talk("ben")
        assert [w.queue for w in office.floor.waiting] == []
        office.transfer("ben", scene.call_id, agent="cleo")
        await scene.talk("cleo")
        await asyncio.gather(talk, talk2)

    log = staffed(story, [*ASKS, silence(30.0)])
    assert [user for user, _ in joined(log)] == ["anna", "ben", "cleo"]
    assert left(log) == [("anna", "transferred"), ("ben", "transferred"), ("cleo", "caller_gone")]
    assert [fact.queue for fact in log.all(QueueMoved)] == ["care", "billing", "billing"]


def test_a_colleague_advises_and_takes_the_caller_over() -> None:
    async def story(scene: Scene) -> None:
        office = scene.office
        scene.here("anna")
        talk = await scene.talk("anna")
        scene.here("ben")
        office.consult("anna", scene.call_id, "ben")
        await scene.talk("ben")
        await asyncio.sleep(5)
        office.transfer("anna", scene.call_id, agent="ben")
        await talk
        assert scene.call.over is False
        assert office.floor.calls[0].state == "talking"
        await asyncio.sleep(5)
        office.hang_up("ben", scene.call_id)
        await survey(scene)

    log = staffed(story, [*ASKS, STAYS])
    assert joined(log) == [("anna", "agent"), ("ben", "consult"), ("ben", "agent")]
    assert left(log) == [("anna", "transferred"), ("ben", "ended")]
    assert len(log.all(QueueMoved)) == 1, "the caller did not wait again"


def test_a_colleague_goes_on_when_the_agents_audio_is_lost() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna")
        talk = await scene.talk("anna", silence(10.0))
        scene.here("ben")
        scene.office.consult("anna", scene.call_id, "ben")
        await scene.talk("ben")
        await talk

    log = staffed(story, [*ASKS, silence(60.0)])
    assert joined(log)[-1] == ("ben", "agent")
    assert LOST in spoken(log)


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("node", ["assistant", "survey"])
def test_an_agent_gives_the_caller_back_and_the_assistant_is_heard_at_once(
    node: str, held: bool
) -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna")
        talk = await scene.talk("anna")
        await asyncio.sleep(5)
        if held:
            scene.call.hold(True, "anna")
            await asyncio.sleep(5)
        scene.office.hand_back("anna", scene.call_id, node)
        await talk

    log = staffed(story, [*ASKS, silence(60.0)])
    assert left(log) == [("anna", "handed_back")]
    assert node in [fact.node for fact in log.all(NodeEntered)]
    back = at(log, HandedBack)
    heard = [e.at for e in log.entries if isinstance(e.fact, SpeakingFinished) and e.at > back]
    assert heard[0] - back < 5.0


def test_a_caller_comes_back_from_an_agent_and_asks_for_one_again() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna", "ben")
        await scene.talk("anna")
        scene.office.hand_back("anna", scene.call_id, "assistant")
        await asyncio.sleep(6)
        scene.press("*")
        await scene.talk("ben")

    log = staffed(story, [*ASKS, silence(60.0)])
    assert joined(log) == [("anna", "agent"), ("ben", "agent")]
    assert len(log.all(Escalated)) == 2


# --- supervisors ---------------------------------------------------------------------------------


def test_a_supervisor_listens_whispers_joins_and_leaves() -> None:
    async def story(scene: Scene) -> None:
        office, call_id = scene.office, scene.call_id
        scene.here("anna")
        await scene.talk("anna")
        office.supervise("sam", "Sam", call_id, "listen")
        ear = scene.attend("sam")
        for role in ("whisper", "join", "listen"):
            await asyncio.sleep(2)
            office.supervise("sam", "Sam", call_id, role)
        office.leave("sam", call_id)
        await ear

    log = staffed(story, [*ASKS, silence(30.0)])
    roles = [role for user, role in joined(log) if user == "sam"]
    assert roles == ["listen", "whisper", "join", "listen"]
    assert left(log) == [("sam", "ended"), ("anna", "caller_gone")]


@pytest.mark.parametrize("how", ["leaves", "listens", "is lost", "is cancelled"])
def test_a_supervisor_who_talked_with_a_waiting_caller_leaves_them_waiting(how: str) -> None:
    async def story(scene: Scene) -> None:
        office, call_id = scene.office, scene.call_id
        await scene.fact(QueueMoved)
        office.supervise("sam", "Sam", call_id, "join")
        ear = scene.attend("sam")
        await asyncio.sleep(70)
        match how:
            case "leaves":
                office.leave("sam", call_id)
            case "listens":
                office.supervise("sam", "Sam", call_id, "listen")
            case "is lost":
                await scene.drop("sam")
            case _:
                ear.cancel()
        await asyncio.sleep(100)
        scene.press("1")

    log = staffed(story, [*ASKS, silence(220.0)])
    assert longest_silence(log) < QUIET_S
    assert log.all(HandedBack) == [HandedBack(by="caller")], "they may choose again"
    assert "Is there anything else?" in log.said


def test_an_agent_ends_the_call_of_a_supervisor_who_joined() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna")
        await scene.talk("anna")
        scene.office.supervise("sam", "Sam", scene.call_id, "join")
        ear = scene.attend("sam")
        await asyncio.sleep(2)
        scene.office.hang_up("anna", scene.call_id)
        await ear
        await survey(scene)

    log = staffed(story, [*ASKS, STAYS])
    assert dict(left(log)) == {"anna": "ended", "sam": "ended"}


# --- nobody there --------------------------------------------------------------------------------


def test_a_caller_for_whom_nobody_comes_has_a_word_each_minute() -> None:
    log = staffed(nobody, [*ASKS, silence(400.0)])
    assert longest_silence(log) < QUIET_S
    assert spoken(log).count(STILL) > 4
    assert log.reason == "caller_hung_up"


def test_callers_who_come_and_go_before_do_not_silence_the_words() -> None:
    async def story(scene: Scene) -> None:
        await scene.fact(QueueMoved)
        others = [FakeCall(OtherLog(f"other{number}")) for number in range(9)]
        for other in others:
            wish = Wish(call_id=other.call_id, caller="", flow="", queue="care", reason="vip")
            scene.office.waits(wish, other)
            await asyncio.sleep(7)
        for other in others:
            scene.office.ends(other.call_id)
            await asyncio.sleep(7)

    log = staffed(story, [*ASKS, silence(300.0)])
    assert len({line for line in spoken(log) if line.startswith("You are number")}) > 2
    assert longest_silence(log) < QUIET_S


@pytest.mark.parametrize("chosen", [Digit("2"), voice(1.5)])
def test_a_caller_is_promised_a_call_and_the_call_ends(chosen: Any) -> None:
    script = [*ASKS, silence(20.0), chosen, silence(60.0)]
    log = staffed(nobody, script, words=["call me back please"])
    assert log.all(CallbackRequested) == [CallbackRequested(queue="care", number="")]
    assert (spoken(log)[-1], log.reason) == (CALLBACK, "completed")


def test_a_caller_goes_back_from_the_music_to_the_assistant() -> None:
    log = staffed(nobody, [*ASKS, silence(20.0), Digit("1"), silence(20.0)])
    back = spoken(log).index("All right.")
    assert spoken(log)[back + 1] == "You're back with the automated assistant."


def test_an_offer_that_is_open_ends_when_the_caller_chooses_otherwise() -> None:
    async def story(scene: Scene) -> None:
        scene.here("anna")
        await scene.offer("anna")
        scene.press("1")

    log = staffed(story, [*ASKS, silence(30.0)])
    assert outcomes(log) == [("anna", "withdrawn")]


@pytest.mark.parametrize("why", ["full", "closed"])
def test_a_queue_that_takes_nobody_is_told_at_once(why: str) -> None:
    hours = Hours(open={}) if why == "closed" else None
    queue = QueueSettings(name="care", max_waiting=1, hours=hours)

    async def story(scene: Scene) -> None:
        if why == "full":
            other = FakeCall(OtherLog("other"))
            wish = Wish(call_id="other", caller="", flow="", queue="care", reason="asked")
            scene.office.waits(wish, other)
        await scene.fact(CallbackRequested)
        scene.office.ends("other")

    night = "2026-11-22T03:00:00+00:00"
    log = staffed(story, [*ASKS, silence(60.0)], queues=[queue], moment=night)
    assert (spoken(log)[-1], log.reason) == (NOBODY, "completed")
    assert not log.all(QueueMoved)


# --- the caller hangs up, at every stage --------------------------------------------------------


async def long_story(scene: Scene) -> None:
    """All that can happen, each at its second of the call's clock."""
    office = scene.office
    clock = asyncio.get_running_loop().time
    begun = clock()

    async def until(second: float) -> None:
        await asyncio.sleep(begun + second - clock())

    scene.here("anna", "ben", "cleo")
    office.decline("anna", await scene.offer("anna"))  # 10
    await until(13)
    await scene.accept("ben")
    await until(16)
    scene.attend("ben")
    await until(20)
    office.supervise("sam", "Sam", scene.call_id, "whisper")
    scene.attend("sam")
    scene.call.hold(True, "ben")
    await until(24)
    scene.call.hold(False, "ben")
    await until(26)
    await scene.drop("ben")
    await until(30)
    scene.attend("ben")
    await until(32)
    office.consult("ben", scene.call_id, "cleo")
    await until(34)
    await scene.accept("cleo")
    await until(36)
    scene.attend("cleo")
    await until(39)
    office.transfer("ben", scene.call_id, agent="cleo")
    await until(42)
    office.sign_out("cleo", "signed_out")
    await until(45)
    await scene.talk("anna")
    await until(48)
    office.hand_back("anna", scene.call_id, "payment")
    await until(52)
    scene.press("*")
    await until(60)
    office.supervise("sam", "Sam", scene.call_id, "join")
    await until(66)
    office.leave("sam", scene.call_id)
    await until(70)
    scene.press("2")


@pytest.mark.parametrize("second", range(1, 76, 3))
def test_the_caller_hangs_up_at_every_stage(second: int) -> None:
    pressed = [silence(second)] if second < 3 else [*ASKS, silence(second - 3.0)]
    log = staffed(long_story, pressed, finishes=False)
    assert log.reason in ("caller_hung_up", "completed")


def test_the_long_story_comes_to_its_end() -> None:
    log = staffed(long_story, [*ASKS, silence(120.0)])
    assert (log.reason, spoken(log)[-1]) == ("completed", CALLBACK)
    assert [fact.held for fact in log.all(CallerHeld)] == [True, False]
    assert longest_silence(log) < QUIET_S


# --- whatever people do --------------------------------------------------------------------------

USERS = ("anna", "ben")
ACTS = (
    *("in", "in", "accept", "accept", "accept", "attend", "attend", "attend", "drop", "drop"),
    *("decline", "away", "back", "silent", "out", "hold", "resume", "to queue", "to colleague"),
    *("consult", "hand back", "hang up", "listen", "whisper", "join", "sam attends", "sam leaves"),
    *("sam drops", "press 1", "press *", "press 2", "speak"),
)


async def act(scene: Scene, what: str, user: str) -> None:
    """As pages do it: what is refused changes nothing."""
    office, call_id = scene.office, scene.call_id
    call = office.call(call_id)
    colleague = USERS[1 - USERS.index(user)]
    if call is None:
        return
    match what:
        case "in":
            scene.here(user)
        case "accept":
            offer = office.floor.offer(user)
            office.accept(user, offer.offer_id if offer else call_id)
        case "attend":
            scene.tries(user)
        case "drop":
            await scene.drop(user)
        case "decline":
            offer = office.floor.offer(user)
            office.decline(user, offer.offer_id if offer else "")
        case "away" | "back":
            office.presence(user, "away" if what == "away" else "available")
        case "silent":
            scene.silent(user)
        case "out":
            office.sign_out(user, "signed_out")
        case "hold" | "resume" if office.role(user, call_id) == "agent":
            call.hold(what == "hold", user)
        case "to queue":
            office.transfer(user, call_id, queue="billing")
        case "to colleague":
            office.transfer(user, call_id, agent=colleague)
        case "consult":
            office.consult(user, call_id, colleague)
        case "hand back":
            office.hand_back(user, call_id, "assistant")
        case "hang up":
            office.hang_up(user, call_id)
        case "listen" | "whisper" | "join" as role:
            office.supervise("sam", "Sam", call_id, role)
        case "sam attends":
            scene.tries("sam")
        case "sam leaves":
            office.leave("sam", call_id)
        case "sam drops":
            await scene.drop("sam")
        case "press 1" | "press *" | "press 2":
            scene.press(what[-1])
        case _:
            pass


async def acts(todo: list[tuple[float, str, str]], scene: Scene) -> None:
    for gap, what, user in todo:
        await asyncio.sleep(gap)
        with suppress(DeskError):
            await act(scene, what, user)


anything = st.tuples(
    st.sampled_from([0.0, 0.02, 0.5, 2.0, 6.0, 12.0]), st.sampled_from(ACTS), st.sampled_from(USERS)
)


@settings(max_examples=25, deadline=None)
@given(st.lists(anything, max_size=40), st.sampled_from([20, 60, 200]))
def test_whatever_people_do_nobody_is_lost(todo: list[tuple[float, str, str]], ends: int) -> None:
    todo = [(10.5, "in", "anna"), *todo]
    log = staffed(partial(acts, todo), [*ASKS, silence(ends)], finishes=False)
    assert log.reason in ("caller_hung_up", "completed")
    assert longest_silence(log) < QUIET_S
