"""One call from start to end: pumps audio in, publishes every fact, obeys every command.

Decides nothing about meaning: the floor and the flow's machine do. The only place where a
call's errors become events.
"""

import asyncio
import logging
from typing import Final, assert_never
from uuid import uuid4

from warmline.audio.frame import RATE, Frame
from warmline.call.captions import Captions
from warmline.call.ears import ears, watch_pressure
from warmline.call.echo import Echo
from warmline.call.errands import Errands
from warmline.call.feed import CallFeed
from warmline.call.floor import Floor
from warmline.call.foresight import Foresight
from warmline.call.keeper import Keeper
from warmline.call.line_meter import EVERY_S, LineMeter
from warmline.call.mask import Mask
from warmline.call.people import People
from warmline.call.services import Services
from warmline.call.timers import Timers
from warmline.call.timing import timer_of
from warmline.dialogue.machine import Machine, State
from warmline.events import (
    CallEnded,
    CallStarted,
    CancelFetch,
    CancelTimer,
    Command,
    DigitPressed,
    Duck,
    Escalated,
    Fact,
    Fetch,
    FramesDropped,
    HangUp,
    Listen,
    Note,
    NothingHeard,
    Say,
    StageFailed,
    StartTimer,
    StopSpeaking,
    TimerFired,
    Transferred,
    TurnResumed,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.hearing.endpointing import GO_ON_S
from warmline.ports import Digit, Dropped, Handover, Line, MarkPlayed, Priority
from warmline.speaking.speaker import Speaker

__all__ = ["Services", "Session", "run_call"]

log = logging.getLogger(__name__)

INBOX: Final = 10_000
"""Facts that may wait. The inbox is emptied at once; a full one is a bug and ends the call."""
LIMIT: Final = "time_limit"


class _Gone:
    """The line has ended."""


async def run_call(line: Line, services: Services) -> None:
    """Lead one call until it is over. Raises CallRefused before it has begun."""
    await Session(line, services.find_flow(line.info.flow), services).run()


class Session:
    def __init__(self, line: Line, flow: Flow, services: Services) -> None:
        self.call_id = uuid4().hex
        self._loop = asyncio.get_running_loop()
        self._line = line
        self._flow = flow
        self._limit_s = services.max_call_s
        self._inbox: asyncio.Queue[Fact | _Gone] = asyncio.Queue(INBOX)
        post = self._inbox.put_nowait
        self._timers = Timers(post)
        new_assistant = services.new_assistant
        self._assistant = new_assistant(flow, post) if new_assistant else None
        watching = [self._assistant.observe] if self._assistant else []
        sinks = [*services.sinks, *watching]
        self._feed = CallFeed(self.call_id, self._loop.time, sinks)
        self._timing = timer_of(line)
        self._echo = Echo()
        self._floor = Floor(self._echo)
        self._mask = Mask()
        self._captions = Captions()
        self._machine = Machine(flow)
        self._state = self._machine.start()
        self._before: tuple[int, State] | None = None
        """The last turn that was answered, and where the flow stood before it."""
        self._hang_up: asyncio.Task[None] | None = None
        self._meter = LineMeter()
        self._metering: asyncio.TimerHandle | None = None
        self._escalated: Escalated | None = None
        """To whom a caller goes who is to speak to a person."""
        self._errands = Errands(services.fetcher, post, self.call_id)
        self._wall_time = services.wall_time
        self._foresight = Foresight(
            self._machine, services.clips, line.info.rate, enabled=services.foresight
        )
        self._listener = ears(
            services,
            post,
            urgency=self._urgency,
            drafted=lambda turn, words, _: self._foresight.drafted(self._state, turn, words),
        )
        self._leave = watch_pressure(services, post)
        self._speaker = Speaker(
            line, services.clips, post, voice=flow.persona.voice, pace=flow.persona.pace
        )
        self._keeper = Keeper(self.call_id, line, services, self._assistant, post)
        self._people = People(
            flow, line, services, self._feed, self._keeper, self._speaker, post, self._obey
        )

    async def run(self) -> None:
        """Until the line has ended, by whichever side."""
        info = self._line.info
        reason = "failed"
        try:
            await self._line.started(self.call_id)
            self._inbox.put_nowait(
                CallStarted(
                    door=info.door,
                    caller=info.caller,
                    flow=self._flow.name,
                    flow_version=self._flow.version,
                    started_at=self._wall_time(),
                )
            )
            self._people.begin()
            self._timers.start(LIMIT, self._limit_s)
            self._metering = self._loop.call_later(EVERY_S, self._measure_line)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read_line(), name="call-read")
                group.create_task(self._handle_facts(), name="call-facts")
            reason = self._line.gone
        except* Exception as errors:
            # The caller's words may stand in an error's text: log its type and place only.
            log.error("call %s failed: %r", self.call_id, _types(errors))
            self._publish(StageFailed(stage="session", code="error", message=_types(errors)))
        finally:
            await self._close(reason)

    async def _close(self, reason: str) -> None:
        self._timers.close()
        self._leave()
        if self._metering:
            self._metering.cancel()
        if self._hang_up:
            self._hang_up.cancel()
        await self._line.hang_up(reason)
        await self._people.close()
        await self._errands.close()
        await self._foresight.close()
        await self._speaker.close()
        await self._listener.finish()
        while not self._inbox.empty():
            if not isinstance(fact := self._inbox.get_nowait(), _Gone):
                weighed = self._floor.weigh(fact)
                self._publish(weighed)
                self._floor.fact(weighed)  # what it wants comes too late
        if measured := self._meter.read(self._line.stats):
            self._publish(measured)
        await self._keeper.close()
        if self._assistant:
            await self._assistant.close()
        self._publish(CallEnded(reason=reason))

    # --- in -----------------------------------------------------------------------------------

    async def _read_line(self) -> None:
        async for event in self._line:
            match event:
                case Frame(samples, position):
                    end = (position + samples.size) / RATE
                    self._timing.observe_audio(end, self._feed.now())
                    ours = self._speaker.at_the_ear(self._echo.late_s(event, self._loop.time()))
                    heard = self._keeper.frame(event, self._speaker, secret=self._mask.hides)
                    self._people.frame(self._mask.frame(event), heard)
                    self._listener.push(self._echo.hear(event, *ours))
                    for command in self._floor.frame():
                        self._obey(command)
                case Digit(digit):
                    self._inbox.put_nowait(DigitPressed(digit=digit))
                case MarkPlayed(name):
                    self._speaker.mark_played(name)
                case Dropped(frames):
                    self._inbox.put_nowait(FramesDropped(where="line_in", count=frames))
                case _:
                    assert_never(event)
        self._inbox.put_nowait(_Gone())

    async def _handle_facts(self) -> None:
        while not isinstance(fact := await self._inbox.get(), _Gone):
            fact = self._floor.weigh(fact)
            self._publish(fact)
            if isinstance(fact, TimerFired) and fact.name == LIMIT:
                self._obey(HangUp(reason=LIMIT))
                continue
            for command in self._floor.fact(fact):
                self._obey(command)
            spoke = isinstance(fact, UtteranceHeard)
            for command in self._decide(fact):
                self._obey(command, hold_s=GO_ON_S if spoke else 0.0)
                for answer in self._floor.command(command):
                    self._obey(answer)
            self._foresight.expecting(self._state)

    def _decide(self, fact: Fact) -> list[Command]:
        """Ask the flow. A turn that is taken up again undoes what was decided on its first part."""
        if isinstance(fact, TurnResumed):
            if self._before is None or self._before[0] != fact.turn or self._before[1].ended:
                return []  # nothing was decided on it; an older goodbye stays one
            if self._people.has_caller:
                return []  # they were passed on meanwhile
            if self._hang_up and self._hang_up.get_name() != LIMIT:
                self._hang_up.cancel()
                self._hang_up = None
            self._state, commands = self._machine.rewind(self._state, self._before[1])
            return commands
        if isinstance(fact, UtteranceHeard | NothingHeard):
            self._before = (fact.turn, self._state)
        self._state, commands = self._machine.handle(self._state, fact)
        return commands

    def _urgency(self) -> Priority:
        """What interrupts us is found in partials; who waits for a person is watched."""
        if self._floor.on_air:
            return Priority.BARGE_IN
        return Priority.WATCHED if self._escalated or self._people.watched else Priority.PARTIAL

    def _publish(self, fact: Fact) -> None:
        fact = self._mask.fact(fact)
        for measured in self._timing.handle(self._feed.publish(fact)):
            self._feed.publish(measured)
        if shown := self._captions.fact(fact):
            self._line.show(shown)
        self._keeper.fact(fact)
        self._people.fact(fact)

    def _measure_line(self) -> None:
        if measured := self._meter.read(self._line.stats):
            self._publish(measured)
        self._metering = self._loop.call_later(EVERY_S, self._measure_line)

    # --- out ----------------------------------------------------------------------------------

    def _obey(self, command: Command, *, hold_s: float = 0.0) -> None:
        self._mask.command(command)
        match command:
            case Say():
                self._speaker.say(command)
            case StopSpeaking(say_ids=say_ids):
                self._speaker.stop(say_ids)
            case Duck(gain_db=gain_db):
                self._speaker.duck(gain_db)
            case Listen(expect=expect):
                self._listener.expect(expect)
            case StartTimer(name=name, seconds=seconds):
                self._timers.start(name, seconds)
            case CancelTimer(name=name):
                self._timers.cancel(name)
            case Note(fact=fact):
                if isinstance(fact, Escalated):
                    self._escalated = fact
                self._publish(fact)
            case Fetch():
                self._errands.run(command, hold_s)
            case CancelFetch(request_id=request_id):
                self._errands.cancel(request_id)
            case HangUp(reason=reason):
                if self._hang_up is None:
                    self._hang_up = asyncio.create_task(self._say_goodbye(reason), name=reason)
            case _:
                assert_never(command)

    async def _say_goodbye(self, reason: str) -> None:
        await self._speaker.drain()
        to = self._escalated if reason == "escalated" else None
        if to and await self._line.transfer(Handover(to.queue, to.reason, self.call_id)):
            self._publish(Transferred(queue=to.queue))
        elif to:
            self._hang_up = None  # the call goes on; how it ends is open again
            if self._people.escalate(to):
                return
        await self._line.hang_up(reason)


def _types(errors: BaseExceptionGroup[Exception]) -> str:
    return ", ".join(sorted({type(error).__name__ for error in errors.exceptions}))
