"""Whole calls that a person takes over, in virtual time: the desk is a script, all else is real."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from fakes import (
    LoudnessDetector,
    ScriptedFetcher,
    ScriptedLine,
    ScriptedTranscriber,
    ToneSynthesizer,
    silence,
    voice,
)
from virtual_time import run
from warmline.audio.frame import RATE
from warmline.call.session import Services, run_call
from warmline.call.waiting import CALLBACK, CHOICES, LOST, NOBODY
from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    AgentPartial,
    AgentSpeech,
    CallbackRequested,
    CallEnded,
    CallerHeld,
    Entry,
    Escalated,
    HandedBack,
    NodeEntered,
    QueueMoved,
    SpeakingFinished,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.ports import AudioProfile, Digit, LineInfo
from warmline.ports.people import LiveCall, Person, Wish
from warmline.speaking.cache import ClauseCache
from whole import FLOWS, GREETING, Log

ORDER = load_flow(FLOWS / "order_status")
BANK = load_flow(FLOWS / "bank_card")
PROFILE = AudioProfile(name="test", rate=RATE, codec="pcm16", lead_s=0.06)
ANNA = Person(user_id="u1", name="Anna")
WAITS = [GREETING, Digit("*"), silence(8.0)]
"""Presses the star for a person; the sentence about it is over."""

Act = Callable[[LiveCall], Coroutine[Any, Any, None]]


@dataclass
class ScriptedDesk:
    """Finds somebody as the test says."""

    act: Act | None = None
    is_open: bool = True
    wishes: list[Wish] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def begins(self, call: LiveCall) -> None:
        self.told.append("begins")

    def open(self, queue: str) -> bool:
        return self.is_open

    def waits(self, wish: Wish, call: LiveCall) -> None:
        self.wishes.append(wish)
        call.note(QueueMoved(queue=wish.queue, position=2, wait_s=180.0))
        if self.act:
            self.tasks.append(asyncio.create_task(self.act(call)))

    def gone(self, call_id: str) -> None:
        self.told.append("gone")

    def watched(self, call_id: str) -> bool:
        return False


def agent_line(*script: Any) -> ScriptedLine:
    info = LineInfo(door="desk", caller="u1", flow="", profile=PROFILE)
    return ScriptedLine([*script], info=info)


def call(
    script: list[Any], desk: ScriptedDesk | None, words: Sequence[str] = (), flow: Flow = ORDER
) -> Log:
    async def main() -> Log:
        entries: list[Entry] = []
        line = ScriptedLine(script)
        services = Services(
            find_flow=lambda name: flow,
            new_detector=LoudnessDetector,
            transcriber=ScriptedTranscriber(words),
            clips=ClauseCache(ToneSynthesizer()),
            fetcher=ScriptedFetcher(),
            sinks=[entries.append],
            max_call_s=600,
            desk=desk,
            partials=False,
        )
        await run_call(line, services)
        await line.close()
        await asyncio.gather(*(desk.tasks if desk else []))
        return Log(entries, line)

    return run(main())


def attended(*script: Any, person: Person = ANNA, after_s: float = 0.0) -> Act:
    """After a while this person comes, does and says what the script says, and is gone."""

    async def act(live: LiveCall) -> None:
        await asyncio.sleep(after_s)
        line = agent_line(*script)
        await live.attend(line, person)
        await line.close()

    return act


def seen(log: Log, *kinds: type[Any]) -> list[Any]:
    return [entry.fact for entry in log.entries if isinstance(entry.fact, kinds)]


def test_a_caller_waits_is_talked_to_and_goes() -> None:
    desk = ScriptedDesk(attended(silence(60.0), after_s=10.0))
    log = call([*WAITS, silence(30.0)], desk)
    wish = desk.wishes[0]
    assert (wish.queue, wish.reason, wish.flow) == ("orders", "asked", "order_status")
    assert log.all(AgentJoined) == [AgentJoined(agent="u1", name="Anna", role="agent")]
    assert log.all(AgentLeft) == [AgentLeft(agent="u1", role="agent", reason="caller_gone")]
    assert log.reason == "caller_hung_up"
    assert desk.told == ["begins", "gone"]
    assert isinstance(log.entries[-1].fact, CallEnded)


def test_who_waits_hears_their_place_music_and_what_they_may_do() -> None:
    log = call([*WAITS, silence(100.0)], ScriptedDesk())
    said = [fact.text for fact in log.all(SpeakingFinished)]
    assert "You are number 2 in line." in said
    assert "It should take about 3 minutes." in said
    assert CHOICES in said
    told = [e.at for e in log.entries if isinstance(e.fact, SpeakingFinished)]
    waited = [at for at in told if at > 15.0]
    assert max(b - a for a, b in pairwise(waited)) < 60.0
    assert log.line.cleared >= 2, "music stops for what is said"


def test_words_of_both_are_written_down_on_one_clock() -> None:
    talk = attended(silence(2.0), voice(1.5), silence(4.0), after_s=1.0)
    words = ["how can I help", "my parcel is lost"]
    log = call([*WAITS, silence(8.0), voice(1.5, 1), silence(5.0)], ScriptedDesk(talk), words)
    anna, caller = log.all(AgentHeard)[0], log.all(UtteranceHeard)[0]
    assert (anna.agent, anna.turn) == ("u1", 1)
    assert {anna.text, caller.text} == set(words)
    joined = next(e.at for e in log.entries if isinstance(e.fact, AgentJoined))
    assert anna.started_at == pytest.approx(joined + 2.0, abs=0.5)
    assert [f.speaking for f in log.all(AgentSpeech)][:2] == [True, False]
    assert not log.all(AgentPartial)


def test_both_hear_each_other() -> None:
    heard: dict[str, float] = {}

    async def act(live: LiveCall) -> None:
        line = agent_line(silence(3.0), voice(2.0), silence(6.0))
        await live.attend(line, ANNA)
        heard["agent"] = line.played / RATE
        await line.close()

    log = call([*WAITS, silence(3.0), voice(2.0), silence(7.0)], ScriptedDesk(act), ["hello"] * 2)
    assert heard["agent"] > 8.0
    assert log.line.played / RATE > GREETING.size / RATE


def test_an_agent_whose_line_is_lost_leaves_the_caller_waiting_with_a_word() -> None:
    log = call([*WAITS, silence(30.0)], ScriptedDesk(attended(silence(5.0))))
    assert log.all(AgentLeft)[0].reason == "lost"
    assert LOST in [fact.text for fact in log.all(SpeakingFinished)]
    assert log.reason == "caller_hung_up"


def test_an_agent_ends_the_call() -> None:
    async def act(live: LiveCall) -> None:
        line = agent_line(silence(30.0))
        attending = asyncio.create_task(live.attend(line, ANNA))
        await asyncio.sleep(5.0)
        live.hang_up("u1")
        assert await attending == "ended"
        await line.close()

    log = call([*WAITS, silence(60.0)], ScriptedDesk(act))
    assert (log.reason, log.all(AgentLeft)[0].reason) == ("completed", "ended")


def test_an_agent_hands_back_to_the_flow() -> None:
    async def act(live: LiveCall) -> None:
        line = agent_line(silence(60.0))
        attending = asyncio.create_task(live.attend(line, ANNA))
        await asyncio.sleep(5.0)
        assert not live.hand_back("u1", "no_such_node")
        assert live.hand_back("u1", "after_agent")
        assert await attending == "handed_back"
        await line.close()

    log = call([*WAITS, silence(30.0)], ScriptedDesk(act), flow=BANK)
    assert "after_agent" in [fact.node for fact in log.all(NodeEntered)]
    assert "You're back with the automated assistant." in log.said
    assert log.all(HandedBack) == [HandedBack(by="u1", node="after_agent")]
    again = call(
        [*WAITS, silence(20.0), Digit("*"), silence(10.0)], desk := ScriptedDesk(act), flow=BANK
    )
    assert len(again.all(Escalated)) == len(desk.wishes) == 2


def test_a_caller_goes_back_from_the_queue() -> None:
    desk = ScriptedDesk()
    log = call([*WAITS, silence(8.0), Digit("1"), silence(20.0)], desk)
    assert log.all(HandedBack) == [HandedBack(by="caller")]
    assert "gone" in desk.told
    assert "All right. How can I help you today?" in log.said


@pytest.mark.parametrize("said", [Digit("2"), voice(1.5)])
def test_a_caller_asks_to_be_called_back(said: Any) -> None:
    log = call(
        [*WAITS, silence(12.0), said, silence(20.0)], ScriptedDesk(), ["call me back please"]
    )
    assert log.all(CallbackRequested) == [CallbackRequested(queue="orders", number="")]
    assert (log.reason, log.all(SpeakingFinished)[-1].text) == ("completed", CALLBACK)


def test_a_full_queue_is_said_and_a_call_promised() -> None:
    log = call([*WAITS, silence(30.0)], ScriptedDesk(is_open=False))
    assert log.all(CallbackRequested)
    assert (log.reason, log.all(SpeakingFinished)[-1].text) == ("completed", NOBODY)


def test_without_a_desk_an_escalation_ends_the_call_as_before() -> None:
    assert call([*WAITS, silence(30.0)], None).reason == "escalated"


def test_hold_mute_and_the_last_words_again() -> None:
    async def act(live: LiveCall) -> None:
        line = agent_line(silence(60.0))
        attending = asyncio.create_task(live.attend(line, ANNA))
        await asyncio.sleep(2.0)
        live.mute("u1", True)
        live.hold(True, "u1")
        await asyncio.sleep(3.0)
        live.hold(False, "u1")
        live.mute("u1", False)
        again = live.say_again("u1")
        assert again == pytest.approx(1.5, abs=0.6)
        assert live.say_again("nobody") == 0.0
        assert live.clip(live.now - 5.0, live.now)[:4] == b"RIFF"
        await attending
        await line.close()

    script = [GREETING, voice(1.5), silence(3.0), *WAITS[1:], silence(15.0)]
    log = call(script, ScriptedDesk(act), ["banana bread"])
    assert [f.held for f in log.all(CallerHeld)] == [True, False]


def test_a_supervisor_listens_whispers_and_joins_and_all_of_it_is_in_the_log() -> None:
    boss = Person(user_id="u9", name="Ben", role="listen")

    async def act(live: LiveCall) -> None:
        line, ear = agent_line(silence(60.0)), agent_line(silence(60.0))
        attending = asyncio.create_task(live.attend(line, ANNA))
        listening = asyncio.create_task(live.attend(ear, boss))
        await asyncio.sleep(3.0)
        live.role("u9", "whisper")
        await asyncio.sleep(1.0)
        live.role("u9", "join")
        await asyncio.sleep(1.0)
        live.dismiss("u1", "ended")
        assert await attending == "ended"
        await asyncio.sleep(1.0)
        live.dismiss("u9", "ended")
        assert await listening == "ended"
        await line.close()
        await ear.close()

    log = call([*WAITS, silence(20.0)], ScriptedDesk(act))
    assert [f.role for f in log.all(AgentJoined)] == ["agent", "listen", "whisper", "join"]
    assert [f.role for f in log.all(AgentLeft)] == ["agent", "join"]


def test_who_joins_while_the_bot_talks_only_listens() -> None:
    async def main() -> list[Entry]:
        entries: list[Entry] = []
        calls: list[LiveCall] = []

        class Wall(ScriptedDesk):
            def begins(self, call: LiveCall) -> None:
                calls.append(call)

        line = ScriptedLine([silence(12.0)])
        services = Services(
            find_flow=lambda name: ORDER,
            new_detector=LoudnessDetector,
            transcriber=ScriptedTranscriber([]),
            clips=ClauseCache(ToneSynthesizer()),
            fetcher=ScriptedFetcher(),
            sinks=[entries.append],
            desk=Wall(),
        )
        running = asyncio.create_task(run_call(line, services))
        await asyncio.sleep(1.0)
        ear = agent_line(silence(60.0))
        boss = Person(user_id="u9", name="Ben", role="join")
        attending = asyncio.create_task(calls[0].attend(ear, boss))
        await running
        assert await attending == "caller_gone"
        assert np.abs(ear.played / RATE - 10.0) < 2.0, "the bot is heard"
        await ear.close()
        await line.close()
        return entries

    facts = [entry.fact for entry in run(main())]
    assert [f.role for f in facts if isinstance(f, AgentJoined)] == ["listen"]
    assert isinstance(facts[-1], CallEnded)


def test_a_caller_on_hold_who_loses_the_agent_is_on_hold_no_longer() -> None:
    """Else nothing that the next agent says would count as heard."""

    async def act(live: LiveCall) -> None:
        line = agent_line(silence(60.0))
        attending = asyncio.create_task(live.attend(line, ANNA))
        await asyncio.sleep(2.0)
        live.hold(True, "u1")
        live.hold(True, "u1")
        live.dismiss("u1", "transferred")
        assert await attending == "transferred"
        await asyncio.sleep(2.0)
        another = agent_line(silence(3.0), voice(2.0), silence(3.0))
        await live.attend(another, ANNA)
        await line.close()
        await another.close()

    log = call([*WAITS, silence(20.0)], ScriptedDesk(act), ["it comes soon"])
    told = [f.held for f in seen(log, CallerHeld)]
    assert told == [True, False]
    assert log.all(AgentHeard), "the next one is heard"
