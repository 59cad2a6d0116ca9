"""Whole calls that the real desk leads to people, in virtual time: only the people are scripts."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

from fakes import (
    LoudnessDetector,
    ScriptedFetcher,
    ScriptedLine,
    ScriptedTranscriber,
    ToneSynthesizer,
    silence,
)
from virtual_time import run
from warmline.audio.frame import RATE, Pcm
from warmline.call import waiting
from warmline.call.session import Services, run_call
from warmline.desk.office import Office
from warmline.desk.presence import Agent
from warmline.desk.queues import OfficeSettings, Queues, QueueSettings
from warmline.events import (
    AgentJoined,
    AgentLeft,
    CallEnded,
    Entry,
    Fact,
    OfferClosed,
    Offered,
    SpeakingFinished,
    SpeakingStarted,
)
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.ports import AudioProfile, Digit, LineInfo, MarkPlayed
from warmline.ports.people import LiveCall
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import clauses
from whole import FLOWS, Log, Script

CARE: Final = load_flow(FLOWS / "customer_care")
ASKS: Final[list[Pcm | Digit]] = [silence(3.0), Digit("*")]
"""Wants a person, whatever the assistant says; its sentence about that takes 4 s."""
QUIET_S: Final = 60.0
"""A caller who waits has a word so often, at least."""
_PROFILE: Final = AudioProfile(name="test", rate=RATE, codec="pcm16", lead_s=0.06)


class PersonLine(ScriptedLine):
    """Looks at its playout seldom enough for minutes to pass quickly."""

    def press(self, key: str) -> None:
        self._events.put_nowait(Digit(key))

    async def _pace(self) -> None:
        while True:
            now = self._loop.time()
            self._playout.due(now)
            for name in self._playout.played_marks(now):
                self._events.put_nowait(MarkPlayed(name))
            await asyncio.sleep(0.02)


class Scene:
    """One call, the desk, and agents who do as the test says."""

    def __init__(self, office: Office, line: PersonLine) -> None:
        self.office = office
        self.line = line
        self.entries: list[Entry] = []
        self.lines: dict[str, PersonLine] = {}
        """The agents' newest."""
        self._more = asyncio.Event()
        self._beats: dict[str, asyncio.Task[None]] = {}
        self._talks: list[asyncio.Task[None]] = []

    def observe(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._more.set()

    @property
    def call_id(self) -> str:
        return self.line.call_id

    @property
    def call(self) -> LiveCall:
        call = self.office.call(self.call_id)
        assert call is not None
        return call

    async def fact(self, *facts: Fact | type[Any], after: int = 0) -> int:
        """Wait until one of these (a fact, or a kind of facts) is in the log behind the entry
        `after`; gives its number."""
        seen = after
        while True:
            for entry in self.entries[seen:]:
                if any(entry.fact == f or f is type(entry.fact) for f in facts):
                    return entry.seq
            seen = max(seen, len(self.entries))
            self._more.clear()
            await self._more.wait()

    def here(self, *users: str, queues: Iterable[str] = ()) -> None:
        """They open their pages, which then say that they are there."""
        for user in users:
            self.silent(user)
            agent = Agent(user_id=user, name=user.title(), queues=tuple(queues))
            self.office.sign_in(agent, f"page of {user}")
            self._beats[user] = asyncio.create_task(self._beat(user), name=f"page of {user}")

    def silent(self, user: str) -> None:
        """Their page says nothing any more."""
        if user in self._beats:
            self._beats[user].cancel()

    async def offer(self, user: str) -> str:
        """The offer that they see, as soon as there is one."""
        while (offer := self.office.floor.offer(user)) is None:
            await self.office.changed(self.office.floor.version)
        return offer.offer_id

    async def accept(self, user: str) -> str:
        """They accept what they are offered."""
        offer_id = await self.offer(user)
        assert self.office.accept(user, offer_id).call_id == self.call_id
        return offer_id

    def attend(self, user: str, *script: Any) -> "asyncio.Task[None]":
        """Their audio is there, until the script or their part in the call is over."""
        talk = asyncio.create_task(self._attend(user, script or (silence(3600.0),)))
        self._talks.append(talk)
        return talk

    def tries(self, user: str) -> None:
        """As `attend`; nothing happens when it is not for them."""
        if self.office.role(user, self.call_id):
            self.attend(user)

    async def talk(self, user: str, *script: Any) -> "asyncio.Task[None]":
        """They take the call that they are offered, and talk; gives what runs as long as that."""
        after = len(self.entries)
        await self.accept(user)
        talk = self.attend(user, *script)
        await self.fact(AgentJoined, after=after)
        return talk

    async def drop(self, user: str) -> None:
        """Their audio breaks off."""
        if user in self.lines:
            await self.lines[user].hang_up("media_timeout")

    def press(self, key: str) -> None:
        """The caller presses a key."""
        self.line.press(key)

    async def close(self) -> None:
        tasks = [*self._beats.values(), *self._talks]
        for beat in self._beats.values():
            beat.cancel()
        async with asyncio.timeout(30):
            await asyncio.gather(*tasks, return_exceptions=True)
        failed = [t for t in self._talks if not t.cancelled() and t.exception()]
        assert not failed, "an agent's audio failed"

    async def _beat(self, user: str) -> None:
        while True:
            await asyncio.sleep(5.0)
            self.office.heartbeat(user)

    async def _attend(self, user: str, script: Script) -> None:
        info = LineInfo(door="desk", caller=user, flow="", profile=_PROFILE)
        line = self.lines[user] = PersonLine(script, info=info)
        try:
            await self.office.attend(user, self.call_id, line)
        finally:
            await line.close()


Story = Callable[[Scene], Coroutine[Any, Any, None]]


async def nobody(scene: Scene) -> None:
    """Nobody is at the desk."""


def staffed(
    story: Story,
    script: Script,
    *,
    words: Iterable[str] = (),
    queues: Iterable[QueueSettings] = (),
    settings: OfficeSettings | None = None,
    flow: Flow = CARE,
    moment: str = "",
    finishes: bool = True,
) -> Log:
    """A call whose caller does what `script` says, at a desk where `story` happens, at this
    moment (ISO 8601). With `finishes` the story comes to its end, else the call ends it."""

    async def main() -> Log:
        loop = asyncio.get_running_loop()
        office = Office(settings, Queues(queues), clock=loop.time, moment=lambda: moment)
        line = PersonLine(script)
        scene = Scene(office, line)
        services = Services(
            find_flow=lambda name: flow,
            new_detector=LoudnessDetector,
            transcriber=ScriptedTranscriber(tuple(words)),
            clips=await _rendered(flow),
            fetcher=ScriptedFetcher(),
            sinks=[scene.observe, office.observe],
            desk=office,
            partials=False,
        )
        told = asyncio.create_task(story(scene), name="story")
        await run_call(line, services)
        await line.close()
        if not finishes:
            told.cancel()
        async with asyncio.timeout(60):
            results = await asyncio.gather(told, return_exceptions=True)
        errors = [error for error in results if isinstance(error, Exception)]
        if errors:
            raise errors[0]
        await scene.close()
        _nobody_is_left(office)
        office.close()
        return Log(scene.entries, line)

    log = run(main())
    obeys_the_laws(log)
    return log


async def _rendered(flow: Flow) -> ClauseCache:
    """As a server has it: what can be said is there, and comes at once."""
    clips = ClauseCache(ToneSynthesizer())
    for text in (*flow.prompts(), *waiting.sentences()):
        for clause in clauses(text):
            await clips.render(clause, flow.persona.voice, flow.persona.pace)
    return clips


def _nobody_is_left(office: Office) -> None:
    floor = office.floor
    assert not office.calls()
    assert not floor.waiting and not floor.offers
    assert {has.state for has in floor.assignments} <= {"wrap_up"}
    assert {call.state for call in floor.calls} <= {"wrap_up"}
    assert not [one for call in floor.calls for one in call.agents]


def obeys_the_laws(log: Log) -> None:
    """What holds for every call that people take part in."""
    facts = [entry.fact for entry in log.entries]
    assert [entry.seq for entry in log.entries] == list(range(1, len(facts) + 1))
    assert isinstance(facts[-1], CallEnded)
    assert len(log.all(CallEnded)) == 1
    there: dict[str, str] = {}
    offered: dict[str, str] = {}
    for fact in facts:
        match fact:
            case AgentJoined(agent=agent, role=role):
                there[agent] = role
            case AgentLeft(agent=agent, role=role):
                assert there.pop(agent) == role
            case Offered(offer=offer, agent=agent):
                assert offer not in offered
                offered[offer] = agent
            case OfferClosed(offer=offer, agent=agent, outcome=outcome):
                if outcome != "no_media":  # behind accepted
                    assert offered.pop(offer) == agent
    assert not there, "who joined has left"
    assert not offered, "each offer is closed"


def longest_silence(log: Log) -> float:
    """Seconds that the caller heard no word of the assistant while nobody talked with them."""
    longest = heard_at = 0.0
    talking: set[str] = set()
    for entry in log.entries:
        if not talking:
            longest = max(longest, entry.at - heard_at)
        match entry.fact:
            case AgentJoined(agent=agent, role=role):
                (talking.add if role in ("agent", "join") else talking.discard)(agent)
            case AgentLeft(agent=agent):
                talking.discard(agent)
            case SpeakingStarted() | SpeakingFinished(interrupted=False):
                pass
            case _:
                if not talking:
                    continue
        heard_at = entry.at
    return longest
