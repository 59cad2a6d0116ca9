"""Owns the people in a call: who hears whom, whose words are written down, who left and why.

Joins their lines with the caller's while somebody talks; before that, who listens hears the
caller and the bot. Must not know desks, queues or flows.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from warmline.audio.frame import FRAME, FRAME_S, RATE, Frame, Pcm
from warmline.audio.rechunk import Rechunker
from warmline.call.bridge import REPLACED, Bridge
from warmline.call.colleague import Colleague
from warmline.call.hold import HoldMusic
from warmline.call.mixing import EVERYONE, Audience
from warmline.events import AgentJoined, AgentLeft, CallerHeld, PeopleFact
from warmline.ports import Line, LineEvent
from warmline.ports.people import Person, Role

CALLER: Final = "caller"
BOT: Final = "bot"
TALKING: Final = frozenset({"agent", "join"})
"""Roles that talk with the caller."""
_LEAVE_S: Final = 3.0
"""So long people may take to leave when the call is over; their last words take two seconds."""

NewColleague = Callable[[Person, Line], Colleague]


class Conference:
    def __init__(
        self,
        line: Line,
        new_colleague: NewColleague,
        emit: Callable[[PeopleFact], None],
        music: Callable[[int], HoldMusic],
    ) -> None:
        self._line = line
        self._new_colleague = new_colleague
        self._emit = emit
        self._bridge = Bridge(heard=self._heard, left=lambda *_: None, music=music)
        self._there: dict[str, Colleague] = {}
        self._talk: asyncio.Task[str] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._bot = Rechunker(FRAME)
        self._bot_at = 0
        self._held_by = ""
        """Who has the caller on hold; empty while they are not."""
        self._replays: dict[str, asyncio.Task[None]] = {}

    @property
    def talking(self) -> bool:
        """Somebody talks with the caller, and was not made to leave."""
        return any(c.person.role in TALKING and not c.reason for c in self._there.values())

    @property
    def joined(self) -> bool:
        """The caller's line is joined with the others'."""
        return self._talk is not None

    def names(self, *roles: Role) -> list[str]:
        """The ids of those who are there in these roles; without any, of all."""
        there = self._there.values()
        return [c.person.user_id for c in there if not roles or c.person.role in roles]

    async def attend(self, line: Line, person: Person) -> str:
        """Be there until the line is gone or they are made to leave; gives AgentLeft's reason,
        or `replaced` when another line took their place."""
        colleague = self._there[person.user_id] = self._new_colleague(person, line)
        self._empty.clear()
        self._emit(AgentJoined(agent=person.user_id, name=person.name, role=person.role))
        self._arrange()
        joined = self._bridge.join(person.user_id, line, audience=self._audience(person))
        try:
            reason = await joined
        finally:
            self._spawn(colleague.close(), "an agent's last words")
            replaced = self._there.get(person.user_id) is not colleague
            if not replaced:
                del self._there[person.user_id]
                why = colleague.reason or ("caller_gone" if self._line.gone else "lost")
                role = colleague.person.role
                self._emit(AgentLeft(agent=person.user_id, role=role, reason=why))
                self._arrange()
                if not self._there:
                    self._empty.set()
        return REPLACED if replaced or reason == REPLACED else why

    def dismiss(self, user_id: str, reason: str) -> None:
        """See LiveCall.dismiss."""
        if colleague := self._there.get(user_id):
            colleague.reason = colleague.reason or reason
            self._bridge.leave(user_id)

    def mute(self, user_id: str, muted: bool) -> None:
        if user_id in self._there:
            self._bridge.mute(user_id, muted)

    def role(self, user_id: str, role: Role) -> None:
        """Who is there gets another part."""
        if colleague := self._there.get(user_id):
            colleague.person = replace(colleague.person, role=role)
            name = colleague.person.name
            self._emit(AgentJoined(agent=user_id, name=name, role=role))
            self._arrange()

    def join_caller(self) -> None:
        """From now on the caller is in the conversation; the line is ours. Idempotent."""
        if self._talk is None:
            joining = self._bridge.join(CALLER, self._line, reads=False)
            self._talk = asyncio.create_task(joining, name="caller in the bridge")

    def part_caller(self) -> None:
        """The line is the bot's again. Idempotent."""
        if self._talk is not None:
            self._talk.add_done_callback(lambda _: self._arrange())
            self._talk.cancel()
            self._talk = None
            self._tell_held(False, self._held_by)

    def hold(self, held: bool, by: str) -> None:
        """The caller hears music. Nothing happens when they are not in a conversation; when they
        leave it they are on hold no longer."""
        if self._talk is not None and CALLER in self._bridge.names:
            self._bridge.hold(CALLER, held, music=True)
            self._tell_held(held, by)

    def frame(self, frame: Frame, ours: Pcm) -> None:
        """The caller's next frame, and what they heard of the bot meanwhile (16 kHz)."""
        if not self._there:
            return
        self._bridge.push(CALLER, frame)
        for piece in self._bot.push(Frame(ours, self._bot_at)):
            if self._talk is None:
                self._bridge.push(BOT, piece)
        self._bot_at += ours.size

    def play_to(self, user_id: str, samples: Pcm) -> float:
        """Let one person hear this (16 kHz) beside the conversation, from its beginning if it is
        playing; its seconds, 0 for who is not there."""
        if user_id not in self._there or not samples.size:
            return 0.0
        if user_id in self._replays:
            self._replays[user_id].cancel()
        self._replays[user_id] = self._spawn(self._replay(user_id, samples), "replay")
        return samples.size / RATE

    async def close(self, reason: str) -> None:
        """All leave; afterwards everything is told, or three seconds have passed."""
        for user_id in self._there:
            self.dismiss(user_id, reason)
        self._held_by = ""  # whoever is gone is not taken back
        self.part_caller()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_S):
                await self._empty.wait()
                await asyncio.gather(*self._tasks, return_exceptions=True)
        for task in self._tasks:
            task.cancel()

    # --- inside ------------------------------------------------------------------------------

    def _heard(self, name: str, event: LineEvent) -> None:
        if name in self._there and isinstance(event, Frame):
            self._there[name].frame(event, private=bool(self._held_by))

    def _audience(self, person: Person) -> Audience:
        match person.role:
            case "agent" | "join":
                return EVERYONE
            case "consult" | "whisper":
                return frozenset(self.names("agent", "join", "consult", "whisper"))
            case "listen":
                return frozenset()

    def _arrange(self) -> None:
        """Who hears whom, after somebody came, left, or got another part."""
        people = frozenset(self._there)
        if self._talk is None and people:
            self._bridge.source(CALLER, people)
            self._bridge.source(BOT, people)
        else:
            self._bridge.drop(BOT)
        for user_id, colleague in self._there.items():
            if user_id in self._bridge.names:
                self._bridge.heard_by(user_id, self._audience(colleague.person))

    def _tell_held(self, held: bool, by: str) -> None:
        if held != bool(self._held_by):
            self._held_by = by if held else ""
            self._emit(CallerHeld(held=held, by=by))

    async def _replay(self, user_id: str, samples: Pcm) -> None:
        name = f"replay for {user_id}"
        clock = asyncio.get_running_loop().time
        begun = clock()
        self._bridge.source(name, frozenset({user_id}))
        try:
            for number, at in enumerate(range(0, samples.size - FRAME, FRAME)):
                self._bridge.push(name, Frame(samples[at : at + FRAME], at))
                await asyncio.sleep(max(0.0, begun + (number + 1) * FRAME_S - clock()))
        finally:
            self._bridge.drop(name)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
