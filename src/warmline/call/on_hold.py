"""Owns one caller's line while they wait for their call to begin: words, music and one key.

Of what the caller says nothing is heard, so it costs the calls under way nothing. Must not know
places: it is told when to go on. When something is said is decided in `waiting`.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Final, Literal, Self

from warmline.audio.frame import Frame
from warmline.call.hold import HoldMusic
from warmline.call.waiting_room import WaitingRoom
from warmline.events import (
    CallbackRequested,
    Fact,
    QueueMoved,
    SpeakingFinished,
    SpeakingStarted,
)
from warmline.flows.flow import Flow
from warmline.ports import Caption, Digit, Line, MarkPlayed
from warmline.speaking.cache import ClauseCache
from warmline.speaking.speaker import Speaker, Spoken

FIRST: Final = (
    "Hello, this is an automated assistant. All lines are busy at the moment. Please hold."
)
"""That it is a machine is said before anything else, here too."""
PERSON: Final = "To wait for a person instead, press star."
CHOICES: Final = "To be called back instead, press 2."
PERSON_KEY: Final = "*"
"""The same as in every flow, and so is 0."""
CALLBACK_KEY: Final = "2"
"""The same as while callers wait for a person."""
_WORDS_S: Final = 15.0
"""Any sentence is over by then, or nobody takes the audio."""

Outcome = Literal["admitted", "person", "gone", "callback", "busy"]
"""How the time on hold ended: the call begins; it begins, and the caller wants a person; hung up;
wants to be called; waited as long as anybody may."""


class OnHold:
    """An async context in which the line is ours."""

    def __init__(
        self,
        line: Line,
        flow: Flow,
        clips: ClauseCache,
        longest_s: float = 600.0,
        music: Callable[[int], HoldMusic] = HoldMusic,
    ) -> None:
        """After `longest_s` seconds the caller has waited in vain."""
        self.samples = 0
        """Of the caller's audio (16 kHz), taken from the line so far."""
        self._longest_s = longest_s
        self._told: list[SpeakingFinished] = []
        self._line = line
        self._flow = flow
        self._clips = clips
        self._music = music
        self._may_call_back = bool(line.info.caller)
        self._place = 0
        self._waits = False
        self._outcome: Outcome | None = None
        self._over = asyncio.Event()

    async def __aenter__(self) -> Self:
        line, persona = self._line, self._flow.persona
        self._speaker = Speaker(
            line, self._clips, self._spoke, voice=persona.voice, pace=persona.pace
        )
        clock = asyncio.get_running_loop().time
        self._room = WaitingRoom(line, self._speaker, self._music, clock)
        self._reader = asyncio.create_task(self._read(), name="caller on hold")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._room.end()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._speaker.close()

    def moved(self, place: int) -> None:
        """The caller's place in the line is now this one, 1 is next; 0: the call may begin."""
        self._place = place
        if not place:
            self._end("admitted")
        elif self._waits:
            self._tell_place()

    def facts(self) -> list[Fact]:
        """What happened here, for the call's log: our words, and what the caller wants."""
        wants_call = self._outcome == "callback"
        request = CallbackRequested(queue=self._flow.escape.queue, number="")
        return [*self._told, *([request] if wants_call else [])]

    async def wait(self) -> Outcome:
        """Words and music until it is decided how this ends."""
        self._room.begin(FIRST, f"{PERSON} {CHOICES}" if self._may_call_back else PERSON)
        self._waits = True
        self._tell_place()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._longest_s):
                await self._over.wait()
        self._end("busy")
        self._room.end()
        assert self._outcome is not None
        return self._outcome

    async def say(self, words: str) -> None:
        """Say this, and wait until it was heard, or cannot be any more."""
        self._room.say(words)
        said = asyncio.create_task(self._speaker.drain(), name="last words")
        await asyncio.wait(
            {said, self._reader}, timeout=_WORDS_S, return_when=asyncio.FIRST_COMPLETED
        )
        said.cancel()

    def _tell_place(self) -> None:
        self._room.moved(QueueMoved(queue="", position=self._place, wait_s=-1.0))

    async def _read(self) -> None:
        async for event in self._line:
            match event:
                case Frame(samples=samples, position=position):
                    self.samples = position + samples.size
                case MarkPlayed(name):
                    self._speaker.mark_played(name)
                case Digit(digit) if digit == CALLBACK_KEY and self._may_call_back:
                    self._end("callback")
                case Digit("*" | "0"):
                    self._end("person")
                case _:
                    pass
        self._end("gone")

    def _spoke(self, fact: Spoken) -> None:
        match fact:
            case SpeakingStarted(say_id=say_id, text=text):
                self._line.show(Caption(who="bot", key=f"hold-{say_id}", text=text, final=True))
            case SpeakingFinished(say_id=say_id, text=text) if text:
                self._told.append(replace(fact, say_id=f"hold-{say_id}"))
            case _:
                pass

    def _end(self, outcome: Outcome) -> None:
        """The first outcome counts."""
        self._outcome = self._outcome or outcome
        self._over.set()
