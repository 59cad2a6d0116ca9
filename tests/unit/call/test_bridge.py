"""Bridges of people on real legs, in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import numpy as np
import pytest

import virtual_time
from legs import Person
from warmline.audio.frame import FRAME, Frame
from warmline.audio.music import piece
from warmline.call.bridge import LEFT, REPLACED, Bridge
from warmline.call.mixing import HARD_LIMIT_S
from warmline.ports import Digit, LineEvent, MarkPlayed

CALLER, AGENT, BOSS = 1000, 2000, 4000
"""How loud who speaks: so the frames show whose voices are in them."""


class Room:
    """A bridge, who was heard in it, and the legs that joined."""

    def __init__(self) -> None:
        self.tracks: dict[str, list[LineEvent]] = {}
        self.gone: list[tuple[str, str]] = []
        self.joins: dict[Person, asyncio.Task[str]] = {}
        self.bridge = Bridge(
            heard=lambda name, event: self.tracks.setdefault(name, []).append(event),
            left=lambda name, reason: self.gone.append((name, reason)),
        )

    async def join(self, person: Person, **how: object) -> None:
        joining = self.bridge.join(person.name, person.line, **how)  # type: ignore[arg-type]
        self.joins[person] = asyncio.create_task(joining)
        await asyncio.sleep(0)

    def levels(self, name: str) -> list[int]:
        frames = [event for event in self.tracks[name] if isinstance(event, Frame)]
        assert [frame.position for frame in frames] == list(range(0, len(frames) * FRAME, FRAME))
        return [int(frame.samples[0]) for frame in frames]


@asynccontextmanager
async def joined(*people: Person) -> AsyncIterator[Room]:
    room = Room()
    async with AsyncExitStack() as stack:
        for person in people:
            await stack.enter_async_context(person)
            await room.join(person)
        yield room
        for person in people:
            room.bridge.leave(person.name)
        await asyncio.gather(*room.joins.values())


def now() -> float:
    return asyncio.get_running_loop().time()


def test_two_people_hear_each_other_at_once() -> None:
    async def main() -> None:
        caller, agent = Person("caller"), Person("agent")
        async with joined(caller, agent):
            await asyncio.gather(caller.say(CALLER, 1.0), agent.say(AGENT, 1.0))
            await asyncio.sleep(0.1)
            for person, level in ((caller, AGENT), (agent, CALLER)):
                assert person.heard_since(0) == [level] * 50
                late = [at - n * 0.02 for n, (at, _) in enumerate(person.got, start=1)]
                assert max(late) <= 0.02, "the frame was complete n * 20 ms after the start"

    virtual_time.run(main())


@pytest.mark.parametrize("rate", [8000, 24_000, 48_000])
def test_each_gets_the_rate_of_their_line(rate: int) -> None:
    async def main() -> None:
        caller, agent = Person("caller", rate), Person("agent")
        async with joined(caller, agent):
            await asyncio.gather(caller.say(CALLER, 0.5), agent.say(AGENT, 0.5))
            assert {frame.size for _, frame in caller.got} == {rate // 50}
            assert np.abs(caller.heard[rate // 10 :].astype(int) - AGENT).max() <= 2
            assert np.abs(agent.heard[1600:].astype(int) - CALLER).max() <= 2

    virtual_time.run(main())


def test_each_is_a_track_of_its_own_with_keys_and_marks() -> None:
    async def main() -> None:
        caller, agent = Person("caller"), Person("agent")
        async with joined(caller, agent) as room:
            caller.line.mark("said")
            caller.line.digit("5")
            await asyncio.gather(caller.say(CALLER, 0.2), agent.say(AGENT, 0.2))
            assert room.levels("caller") == [CALLER] * 10
            assert room.levels("agent") == [AGENT] * 10
            events = room.tracks["caller"]
            assert [e for e in events if not isinstance(e, Frame)] == [
                Digit("5"),
                MarkPlayed("said"),
            ]

    virtual_time.run(main())


def test_somebody_else_may_read_a_line() -> None:
    async def main() -> None:
        caller, agent = Person("caller"), Person("agent")
        room = Room()
        async with caller, agent:
            await room.join(caller, reads=False)
            await room.join(agent)

            async def session() -> None:
                async for event in caller.line:
                    room.bridge.push("caller", event)
                room.bridge.leave("caller")

            reading = asyncio.create_task(session())
            await asyncio.gather(caller.say(CALLER, 0.2), agent.say(AGENT, 0.2))
            assert agent.heard_since(0) == [CALLER] * 10
            assert caller.heard_since(0) == [AGENT] * 10
            caller.hang_up()
            await reading
            assert await room.joins[caller] == LEFT
            assert room.bridge.names == {"agent"}
            room.bridge.leave("agent")
            await asyncio.gather(*room.joins.values())

    virtual_time.run(main())


def test_a_muted_leg_is_silence_to_all() -> None:
    async def main() -> None:
        caller, agent = Person("caller"), Person("agent")
        async with joined(caller, agent) as room, agent.saying(AGENT):
            room.bridge.mute("agent", True)
            await caller.say(CALLER, 0.5)
            assert not any(caller.heard_since(0))
            assert agent.heard_since(0) == [CALLER] * 25
            assert set(room.levels("agent")) == {0}
            room.bridge.mute("agent", False)
            await asyncio.sleep(0.1)
            assert AGENT in caller.heard_since(0)

    virtual_time.run(main())


@pytest.mark.parametrize("music", [False, True])
def test_a_held_leg_is_away_and_the_other_gets_music(music: bool) -> None:
    async def main() -> None:
        caller, agent = Person("caller"), Person("agent")
        async with joined(caller, agent) as room, agent.saying(AGENT), caller.saying(CALLER):
            await asyncio.sleep(0.2)
            room.bridge.hold("agent", True, music=music)
            held_at = now()
            await asyncio.sleep(2.0)
            tune = np.concatenate([frame for at, frame in caller.got if at >= held_at])
            assert np.array_equal(tune[1600:16_000], piece(16_000)[1600:16_000])
            assert tune.size / 16_000 == pytest.approx(2.0, abs=0.1)
            assert CALLER not in agent.heard_since(held_at)
            assert bool(agent.heard_since(held_at)) == music
            room.bridge.hold("agent", False)
            await asyncio.sleep(0.5)
            assert caller.cleared == 1, "the music stops at once"
            assert set(caller.heard_since(held_at + 2.05)) == {AGENT}
            assert set(agent.heard_since(held_at + 2.05)) == {CALLER}
            assert caller.line.stats.behind_s <= 0.04

    virtual_time.run(main())


def test_a_caller_who_waits_alone_hears_music() -> None:
    async def main() -> None:
        caller = Person("caller")
        async with joined(caller) as room:
            room.bridge.hold("caller", True, music=True)
            await asyncio.sleep(1.0)
            assert len(caller.got) >= 45
            caller.hang_up()
            assert await room.joins[caller] == "caller_hung_up"
            assert room.gone == [("caller", "caller_hung_up")]

    virtual_time.run(main())


def test_another_line_takes_a_place() -> None:
    async def main() -> None:
        caller, agent, second = Person("caller"), Person("agent"), Person("agent")
        async with joined(caller, agent) as room, second, agent.saying(AGENT):
            await caller.say(CALLER, 0.2)
            room.bridge.mute("agent", True)
            await room.join(second)
            assert await room.joins[agent] == REPLACED
            since = now()
            await asyncio.gather(caller.say(CALLER, 0.2), second.say(BOSS, 0.2))
            assert room.gone == [], "the place is taken all the time"
            assert second.heard_since(since) == [CALLER] * 10
            assert agent.heard_since(since + 0.001) == []
            assert not any(caller.heard_since(since + 0.01)), "muted as the first line was"
            room.bridge.mute("agent", False)
            await second.say(BOSS, 0.2)
            assert set(caller.heard_since(now() - 0.1)) == {BOSS}
            assert not agent.line.gone

    virtual_time.run(main())


def test_who_goes_away_leaves_the_others_up() -> None:
    async def main() -> None:
        caller, agent, second = Person("caller"), Person("agent"), Person("agent")
        async with joined(caller, agent) as room, second:
            agent.hang_up()
            assert await room.joins[agent] == "caller_hung_up"
            assert room.gone == [("agent", "caller_hung_up")]
            assert room.bridge.names == {"caller"}
            assert not caller.line.gone
            await caller.say(CALLER, 0.1)
            assert caller.got == [], "nobody is there: no music, no voice"
            await room.join(second)
            await caller.say(CALLER, 0.1)
            assert second.heard_since(0) == [CALLER] * 5

    virtual_time.run(main())


def test_three_people_and_one_who_listens_then_whispers_then_joins() -> None:
    async def main() -> None:
        caller, agent, boss = Person("caller"), Person("agent"), Person("boss")
        async with joined(caller, agent) as room, boss:
            await room.join(boss, audience=frozenset())
            heard: list[tuple[set[int], ...]] = []
            for audience in (
                frozenset[str](),
                frozenset({"agent"}),
                frozenset({"agent", "caller"}),
            ):
                room.bridge.heard_by("boss", audience)
                await asyncio.gather(
                    caller.say(CALLER, 0.5), agent.say(AGENT, 0.5), boss.say(BOSS, 0.5)
                )
                since = now() - 0.3
                heard.append(tuple(set(p.heard_since(since)) for p in (caller, agent, boss)))
            assert heard == [
                ({AGENT}, {CALLER}, {CALLER + AGENT}),
                ({AGENT}, {CALLER + BOSS}, {CALLER + AGENT}),
                ({AGENT + BOSS}, {CALLER + BOSS}, {CALLER + AGENT}),
            ]
            room.bridge.leave("boss")

    virtual_time.run(main())


def behind(person: Person) -> float:
    return person.line.stats.behind_s


def test_a_burst_after_a_stall_does_not_delay_the_rest() -> None:
    async def main() -> None:
        caller, agent = Person("caller"), Person("agent")
        async with joined(caller, agent) as room:
            await caller.say(CALLER, 0.5)
            await asyncio.sleep(3.0)
            await caller.burst(CALLER, 150)
            await asyncio.sleep(0.02)
            assert behind(agent) <= HARD_LIMIT_S + 0.02
            await caller.say(CALLER, 1.0)
            await caller.say(0, 0.5)
            assert behind(agent) <= 0.04, "a pause lets the line catch up"
            assert room.bridge.left_out("agent") >= 130
            await caller.say(BOSS, 0.1)
            await asyncio.sleep(0.02)
            assert agent.heard_since(0)[-1] == BOSS

    virtual_time.run(main())


def test_who_takes_nothing_stops_nobody() -> None:
    async def main() -> None:
        caller, agent = Person("caller"), Person("agent")
        async with joined(caller, agent) as room, agent.saying(AGENT):
            await caller.say(CALLER, 0.2)
            agent.takes.clear()
            before = len(caller.got)
            await caller.say(CALLER, 30.0)
            assert len(caller.got) - before >= 1490, "the caller hears the agent all the time"
            assert len(room.levels("caller")) == 1510
            assert behind(agent) <= HARD_LIMIT_S + 0.02
            agent.takes.set()
            await caller.say(0, 0.5)
            assert behind(agent) <= 0.04

    virtual_time.run(main())


def test_a_far_end_that_plays_late_is_not_behind() -> None:
    """Its buffer and the network delay all; leaving audio out would not help."""

    async def main() -> None:
        caller, agent = Person("caller", echo_s=0.5), Person("agent")
        async with joined(caller, agent) as room:
            await caller.line.play(np.full(8000, 1, dtype=np.int16))
            caller.line.mark("prompt")
            await asyncio.sleep(2.0)
            await agent.say(AGENT, 2.0)
            assert room.bridge.left_out("caller") == 0
            assert caller.line.queued - caller.line.played >= 0.4 * 16_000

            caller.takes.clear()
            await agent.say(AGENT, 2.0)
            caller.takes.set()
            await agent.say(0, 0.5)
            assert behind(caller) <= 0.04

    virtual_time.run(main())


def test_a_queue_that_is_full_of_other_audio_stops_nobody() -> None:
    async def main() -> None:
        caller, agent = Person("caller"), Person("agent")
        async with joined(caller, agent) as room:
            await agent.line.play(np.zeros(20 * 16_000, dtype=np.int16))
            await caller.say(CALLER, 1.0)
            assert room.bridge.left_out("agent") == 50
            agent.line.clear()
            await caller.say(CALLER, 0.1)
            assert agent.heard_since(1.05)[-1] == CALLER

    virtual_time.run(main())


def test_a_tap_that_fails_ends_the_leg_alone() -> None:
    async def main() -> None:
        def heard(name: str, event: LineEvent) -> None:
            raise ValueError(name)

        gone: list[tuple[str, str]] = []
        bridge = Bridge(heard=heard, left=lambda name, reason: gone.append((name, reason)))
        async with Person("caller") as caller:
            joining = asyncio.create_task(bridge.join("caller", caller.line))
            await caller.say(CALLER, 0.02)
            with pytest.raises(ExceptionGroup):
                await joining
            assert gone == [("caller", LEFT)]
            assert bridge.names == frozenset()

    virtual_time.run(main())


def test_a_join_that_is_cancelled_leaves_nothing() -> None:
    async def main() -> None:
        caller, agent = Person("caller"), Person("agent")
        async with joined(caller, agent) as room:
            room.bridge.hold("caller", True, music=True)
            await asyncio.sleep(0.5)
            room.joins[agent].cancel()
            await asyncio.wait([room.joins.pop(agent)])
            assert room.gone == [("agent", LEFT)]

    virtual_time.run(main())


def test_who_is_not_there() -> None:
    async def main() -> None:
        async with joined() as room:
            room.bridge.leave("nobody")
            room.bridge.push("nobody", Digit("1"))
            assert room.tracks == {}
            with pytest.raises(KeyError):
                room.bridge.mute("nobody", True)
            with pytest.raises(KeyError):
                room.bridge.hold("nobody", True)
            with pytest.raises(KeyError):
                room.bridge.heard_by("nobody", frozenset())

    virtual_time.run(main())
