"""Whole calls beyond the limit, in virtual time: held, led, sent away, and back from a person."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

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
from warmline.call import lobby, waiting
from warmline.call.admission import Admission, Need, Slot
from warmline.call.lobby import BUSY, SORRY, Before, Lobby, LobbySettings
from warmline.call.on_hold import CHOICES, FIRST
from warmline.call.services import Services
from warmline.call.session import run_call
from warmline.call.waiting import CALLBACK, MOMENT
from warmline.errors import CallRefused
from warmline.events import (
    AgentJoined,
    CallbackRequested,
    CallStarted,
    Entry,
    Escalated,
    HandedBack,
    NodeEntered,
    SpeakingFinished,
    UtteranceHeard,
)
from warmline.flows.loader import load_flow
from warmline.ports import Digit, Line
from warmline.ports.people import Desk, LiveCall, Person, Wish
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import clauses
from whole import FLOWS, GREETING, Log

ORDER: Final = load_flow(FLOWS / "order_status")


@dataclass
class House:
    """A server's lobby, with calls that are real but for their models."""

    limit: int = 1
    settings: LobbySettings = field(default_factory=LobbySettings)
    words: Sequence[str] = ()
    desk: Desk | None = None

    def __post_init__(self) -> None:
        self.clips = ClauseCache(ToneSynthesizer())
        self.transcriber = ScriptedTranscriber(self.words)
        self.waited: list[tuple[str, int]] = []
        self.refused = 0
        self.most_bots = 0
        self.most_held = 0
        self._slots: list[Slot] = []
        self.lobby = Lobby(
            Admission(self.limit),
            self.clips,
            self.settings,
            waited=lambda outcome, seconds: self.waited.append((outcome, round(seconds))),
            refused=self._refuse,
        )

    def _refuse(self) -> None:
        self.refused += 1

    async def open(self) -> None:
        """As a server has it: what can be said is there, and comes at once."""
        for text in (*ORDER.prompts(), *waiting.sentences(), *lobby.sentences()):
            for clause in clauses(text):
                await self.clips.render(clause, ORDER.persona.voice, ORDER.persona.pace)

    async def call(self, *script: Any, after_s: float = 0.0, caller: str = "+15550100") -> Log:
        """A caller who comes after a while and does this. Raises CallRefused."""
        await asyncio.sleep(after_s)
        entries: list[Entry] = []
        line = ScriptedLine([*script])
        line.info = replace(line.info, caller=caller)

        async def lead(held: Line, slot: Slot, before: Before) -> None:
            def observe(entry: Entry) -> None:
                slot.observe(entry)
                entries.append(entry)
                self.most_bots = max(self.most_bots, sum(s.need is Need.BOT for s in self._slots))
                self.most_held = max(self.most_held, self.lobby.held)

            self._slots.append(slot)
            services = Services(
                find_flow=lambda name: ORDER,
                new_detector=LoudnessDetector,
                transcriber=self.transcriber,
                clips=self.clips,
                fetcher=ScriptedFetcher(),
                sinks=[observe],
                desk=self.desk,
                partials=False,
                slot=slot,
                before=before,
            )
            await run_call(held, services)

        try:
            await self.lobby.admit(line, ORDER, lead)
        finally:
            await line.close()
            self.played_s = line.played / RATE
        return Log(entries, line)


def together(house: House, *calls: tuple[Sequence[Any], float]) -> list[Log]:
    """All of these, each beginning after so many seconds; afterwards nothing is left."""

    async def main() -> list[Log]:
        await house.open()
        return list(await asyncio.gather(*(house.call(*s, after_s=at) for s, at in calls)))

    logs = run(main())
    assert (house.lobby.held, house.lobby.admission.used, house.lobby.admission.waiting) == (
        0,
        0,
        0,
    )
    return logs


def greeted_at(log: Log) -> float:
    return next(entry.at for entry in log.entries if isinstance(entry.fact, NodeEntered))


def test_who_holds_is_greeted_as_soon_as_a_place_is_free() -> None:
    house = House(words=("this music is awful", "where is my order"))
    talks = [silence(2.0), voice(1.0, 0), silence(27.0), GREETING, voice(1.0, 1), silence(8.0)]
    first, second = together(house, ([silence(30.0)], 0.0), (talks, 1.0))
    assert house.waited == [("admitted", 29)]
    assert greeted_at(first) < 0.1
    assert greeted_at(second) == pytest.approx(29.0, abs=0.1), "on the caller's own clock"
    assert second.heard == ["where is my order"], "what was said to the music was not"
    utterance = second.all(UtteranceHeard)[0]
    begun = second.at(second.all(CallStarted)[0])
    assert utterance.started_at == pytest.approx(30.0 + 9.0 - begun, abs=0.1), "audio begins then"
    told = second.all(SpeakingFinished)
    assert told[0].text == FIRST
    assert "You are next in line." in second.said
    assert CHOICES in second.said


def test_who_holds_costs_no_recognition() -> None:
    house = House(words=("hello", "is anybody there"))
    chatter = [voice(2.0, 0), silence(2.0), voice(2.0, 1), silence(2.0)]
    together(house, ([silence(20.0)], 0.0), (chatter * 2, 0.5))
    assert house.transcriber.finals == house.transcriber.partials == 0


def test_who_holds_in_vain_is_told_and_sent_away() -> None:
    house = House(settings=LobbySettings(hold_s=15.0))
    _, second = together(house, ([silence(30.0)], 0.0), ([silence(60.0)], 1.0))
    assert house.waited == [("busy", 15)]
    assert second.reason == BUSY
    assert second.said.rstrip().endswith(SORRY)


def test_who_hangs_up_on_hold_leaves_the_line_to_the_next() -> None:
    house = House()
    _, second, third = together(
        house, ([silence(30.0)], 0.0), ([silence(10.0)], 1.0), ([silence(40.0)], 2.0)
    )
    assert house.waited == [("gone", 10), ("admitted", 28)]
    assert second.reason == "caller_hung_up"
    assert "You are number 2 in line." in third.said
    assert "You are next in line." in third.said


def test_who_holds_may_be_called_back() -> None:
    house = House()
    holds = [silence(12.0), Digit("1"), Digit("2"), silence(60.0)]
    _, second = together(house, ([silence(30.0)], 0.0), (holds, 1.0))
    assert house.waited == [("callback", 12)]
    assert second.all(CallbackRequested) == [CallbackRequested(queue="orders", number="")]
    assert second.reason == "completed"
    assert second.said.rstrip().endswith(CALLBACK)


@pytest.mark.parametrize("key", ["*", "0"])
def test_who_holds_reaches_a_person_without_a_place_at_the_bot(key: str) -> None:
    house = House(desk=HandsBack(after_s=1000.0))
    holds = [silence(12.0), Digit(key), silence(30.0)]
    _, second = together(house, ([silence(25.0)], 0.0), (holds, 1.0))
    assert house.waited == [("person", 12)]
    assert house.most_bots == 1
    [joined] = second.all(AgentJoined)
    assert second.at(joined) < 25.0
    assert [fact.queue for fact in second.all(Escalated)] == ["orders"]


def test_nobody_is_called_back_without_a_number() -> None:
    house = House()

    async def main() -> Log:
        await house.open()
        first = asyncio.create_task(house.call(silence(40.0)))
        second = house.call(silence(20.0), Digit("2"), silence(5.0), after_s=1.0, caller="")
        log = await second
        await first
        return log

    log = run(main())
    assert CHOICES not in log.said
    assert log.reason == "caller_hung_up"


def test_a_burst_of_twenty_at_eight_places() -> None:
    house = House(limit=8)
    logs = together(house, *(([silence(20.0)], 0.0) for _ in range(20)))
    assert house.most_bots == 8
    assert house.most_held == 12
    assert [log.reason for log in logs] == ["caller_hung_up"] * 20
    assert house.waited == [("gone", 20)] * 12
    assert sum(greeted_at(log) < 0.1 for log in logs) == 8


def test_nobody_waits_long_where_calls_are_short() -> None:
    house = House(limit=3)
    logs = together(house, *(([silence(10.0 + n)], 0.1 * n) for n in range(9)))
    assert house.most_bots == 3
    assert len(logs) == 9
    admitted = [seconds for outcome, seconds in house.waited if outcome == "admitted"]
    assert len(admitted) >= 3
    assert admitted == sorted(admitted)


@pytest.mark.parametrize("settings", [LobbySettings(hold=False), LobbySettings(max_held=0)])
def test_who_may_not_hold_is_told_so_and_refused(settings: LobbySettings) -> None:
    house = House(settings=settings)

    async def main() -> None:
        await house.open()
        first = asyncio.create_task(house.call(silence(40.0)))
        with pytest.raises(CallRefused, match="all lines are busy") as refused:
            await house.call(silence(30.0), after_s=1.0)
        assert refused.value.code == BUSY
        assert house.played_s == pytest.approx(len(SORRY) * 0.05, abs=0.5)
        assert not house.lobby.held
        await first

    run(main())
    assert house.refused == 1
    assert not house.waited


@dataclass
class HandsBack:
    """A desk where somebody takes the caller at once and gives them back after a while."""

    after_s: float
    tasks: list[asyncio.Task[str]] = field(default_factory=list)

    def begins(self, call: LiveCall) -> None:
        pass

    def open(self, queue: str) -> bool:
        return True

    def waits(self, wish: Wish, call: LiveCall) -> None:
        self.tasks.append(asyncio.create_task(self._talk(call)))

    async def _talk(self, call: LiveCall) -> str:
        asyncio.get_running_loop().call_later(self.after_s, call.hand_back, "u1")
        line = ScriptedLine([silence(300.0)])
        reason = await call.attend(line, Person(user_id="u1", name="Anna"))
        await line.close()
        return reason

    def gone(self, call_id: str) -> None:
        pass

    def watched(self, call_id: str) -> bool:
        return False


TALKS: Final = ([GREETING, Digit("*"), silence(40.0)], 0.0)
"""Given back 22.7 s after its beginning, if there is a place."""


def test_who_is_given_back_is_with_the_bot_at_once() -> None:
    house = House(limit=2, desk=HandsBack(after_s=10.0))
    first, _ = together(house, TALKS, ([silence(8.0)], 13.0))
    assert first.at(HandedBack(by="u1", node="")) == pytest.approx(22.7, abs=0.1)
    assert MOMENT not in first.said


def test_who_is_given_back_waits_for_a_place_and_not_behind_newcomers() -> None:
    """What two callers left to the bot while they talk with people, a third one has."""
    house = House(limit=2, desk=HandsBack(after_s=10.0))
    first, second, _, fourth = together(
        house, TALKS, TALKS, ([silence(20.0)], 13.0), ([silence(50.0)], 14.0)
    )
    for log in (first, second):
        assert log.at(HandedBack(by="u1", node="")) == pytest.approx(33.0, abs=0.1)
        assert MOMENT in log.said
    for place in ("You are next in line.", "You are number 2 in line."):
        assert sum(place in log.said for log in (first, second)) == 1
    assert house.most_bots == 2
    assert house.waited == [("admitted", 35)], "once a caller who was given back hung up"
    assert fourth.all(NodeEntered)
