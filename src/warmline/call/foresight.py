"""Renders what will probably be said next, so that the reply begins with its decision.

The flow's states never change, so asking it "what if the caller says this" has no effect: only
the sentences of its answer are read. Decides nothing; when it is wrong or slow, the reply is
synthesized as if there were no foresight.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Final

from warmline.dialogue.machine import Machine, State
from warmline.dialogue.turn import Turn
from warmline.events import AnswerKind, Fact, Say, TimerFired, UtteranceHeard
from warmline.ports import Transcript
from warmline.speaking.ahead import Rank
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import clauses

MAX_ANSWERS: Final = 9
"""Likely answers that are thought through at one question: as many as there are keys."""
MAX_CLAUSES: Final = 32
"""Had ready at one question; most of them are, before any call."""
PATIENCE_S: Final = 0.01
"""A turn that ends together with its words is answered sooner without us: the flow would be asked
twice, and what is said whole would take the voice longer than its beginning."""
_NO_INPUT: Final = TimerFired(name="no_input")


class Foresight:
    """One call's; `drafted` and `expecting` return at once."""

    def __init__(
        self, machine: Machine, clips: ClauseCache, rate: int, *, enabled: bool = True
    ) -> None:
        """`rate` is the line's, in Hz; voice and pace are those of the flow's persona."""
        self._machine = machine
        self._clips = clips
        self._rate = rate
        self._enabled = enabled
        self._voice = machine.flow.persona.voice
        self._pace = machine.flow.persona.pace
        self._seen: State | None = None
        self._draft: asyncio.Task[None] | None = None
        self._likely: asyncio.Task[None] | None = None

    def drafted(self, state: State, turn: int, words: Transcript) -> None:
        """The caller has paused after these words, at this state of the flow."""
        _cancel(self._draft)
        self._draft = None
        if words.text and self._enabled:
            heard = _said(words.text, turn=turn, words=words)
            self._draft = asyncio.create_task(
                self._look_ahead(state, [heard], Rank.DRAFTED), name="foresight-draft"
            )

    def expecting(self, state: State) -> None:
        """The flow stands here now; what was foreseen for another state is given up."""
        if state is self._seen or not self._enabled:
            return
        self._seen = state
        _cancel(self._draft)
        _cancel(self._likely)
        self._draft = None
        self._likely = asyncio.create_task(
            self._look_ahead(state, likely(self._machine, state), Rank.EXPECTED),
            name="foresight-likely",
        )

    async def close(self) -> None:
        """Give all up; idempotent."""
        tasks = [task for task in (self._draft, self._likely) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_ahead(self, state: State, facts: Iterable[Fact], rank: Rank) -> None:
        await asyncio.sleep(PATIENCE_S)
        with suppress(Exception):  # whatever it is, it comes again when the reply is due
            for clause, pace in islice(self._clauses(state, facts), MAX_CLAUSES):
                await self._clips.foresee(
                    clause, voice=self._voice, pace=pace, rate=self._rate, rank=rank
                )
                await asyncio.sleep(0)  # others first

    def _clauses(self, state: State, facts: Iterable[Fact]) -> Iterator[tuple[str, float]]:
        """What the flow would say, and its pace."""
        for fact in facts:
            _, commands = self._machine.handle(state, fact)
            for command in commands:
                if isinstance(command, Say):
                    pace = self._pace * command.pace
                    yield from ((clause, pace) for clause in clauses(command.text))


def likely(machine: Machine, state: State) -> Iterator[Fact]:
    """What the caller may do at this state, the likeliest first; nothing where none is asked."""
    asked = f"{state.node}.{state.field}" if state.field else state.node
    if state.ended or state.waiting or asked not in machine.flow.questions:
        return
    turn = Turn(machine.flow, state)
    question = turn.question
    if turn.confirms or question.kind is AnswerKind.YES_NO:
        yield from (_said("yes"), _said("no"))
    elif state.offered:
        yield from (_said(question.labels.get(value, value)) for value in state.offered)
    else:
        options = list(question.steers.values())[:MAX_ANSWERS]
        yield from (_said(phrases[0]) for phrases in options if phrases)
    yield _NO_INPUT


def _said(text: str, *, turn: int = 0, words: Transcript | None = None) -> UtteranceHeard:
    return UtteranceHeard(
        turn=turn,
        text=text,
        confidence=words.confidence if words else 1.0,
        started_at=0.0,
        audio_at=0.0,
        alternatives=words.alternatives if words else (),
    )


def _cancel(task: "asyncio.Task[None] | None") -> None:
    if task:
        task.cancel()
