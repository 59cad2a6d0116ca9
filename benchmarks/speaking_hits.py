"""Where the first clause of each reply comes from, over the conversations beside shipped flows.

In no time: the voice is instant, and each caller leaves time to look ahead. What counts is what
could be known before the reply was decided. Knows no audio.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from unittest.mock import patch

import numpy as np

from warmline.audio.frame import Pcm
from warmline.call import foresight
from warmline.call.foresight import Foresight
from warmline.dialogue.machine import Machine, State
from warmline.events import Command, Fact, Say, UtteranceHeard
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flows
from warmline.flows.sayings import sayings
from warmline.library import shipped_flows
from warmline.ports import Transcript
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import clauses
from warmline.trial.folder import read_scripts
from warmline.trial.runner import Script, run

Step = tuple[State, Fact, list[Command]]
Clause = tuple[str, float]
"""Text and pace."""
RATE: Final = 8_000
WAYS: Final = {
    "all on": (True, True),
    "foresight off": (False, True),
    "only fixed prompts": (False, False),
}
"""Whether the call looks ahead, and whether values and lead-ins are known."""


class InstantVoice:
    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        return np.ones(8, dtype=np.int16), RATE


async def hits() -> dict[str, Counter[str]]:
    """How many replies begin with a prompt, a foreseen clause, a lead-in or a synthesis."""
    found = {kind: Counter[str]() for kind in WAYS}
    for name, flow in load_flows(shipped_flows()).items():
        for script in read_scripts(shipped_flows() / name):
            steps = _steps(flow, script)
            for kind, (looks_ahead, knows) in WAYS.items():
                call = Call(flow, looks_ahead=looks_ahead, knows=knows)
                with patch.object(foresight, "PATIENCE_S", 0.0):
                    found[kind] += await call.replies(steps)
    return found


def _steps(flow: Flow, script: Script) -> list[Step]:
    with _watched() as steps:
        run(flow, script)
    return steps


@contextmanager
def _watched() -> Iterator[list[Step]]:
    """All that machines of conversations are told and answer meanwhile."""
    steps: list[Step] = []

    class Watched(Machine):
        def handle(self, state: State, fact: Fact) -> tuple[State, list[Command]]:
            after, commands = super().handle(state, fact)
            steps.append((state, fact, commands))
            return after, commands

    with patch("warmline.trial.call.Machine", Watched):
        yield steps


class Call:
    """One conversation's replies on a cache of their own."""

    def __init__(self, flow: Flow, *, looks_ahead: bool, knows: bool) -> None:
        """`knows`: the flow's sentences with known values, and lead-ins, are rendered too."""
        self._said = sayings(flow)
        self._texts = self._said.texts if knows else flow.prompts()
        self._lead_ins = self._said.lead_ins if knows else ()
        self._looks_ahead = looks_ahead
        self._pace = flow.persona.pace
        self._clips = ClauseCache(InstantVoice(), first_clause=knows)
        self._ahead = Foresight(Machine(flow), self._clips, RATE)

    async def replies(self, steps: list[Step]) -> Counter[str]:
        for text in self._texts:
            for clause in clauses(text):
                await self._clips.render(clause, "", self._pace)
        for lead_in in self._lead_ins:
            await self._clips.render_lead_in(lead_in, "", self._pace)
        counts: Counter[str] = Counter()
        for state, fact, commands in steps:
            said = [
                (clause, self._pace * command.pace)
                for command in commands
                if isinstance(command, Say)
                for clause in clauses(command.text)
            ]
            if where := await self._where(state, fact, said[0] if said else None):
                counts[where] += 1
            for clause, pace in said:
                await self._clips.clip(clause, voice="", pace=pace, rate=RATE)
        await self._ahead.close()
        return counts

    async def _where(self, state: State, fact: Fact, first: Clause | None) -> str:
        """What had the first clause ready; empty when nothing is said."""
        known = self._has(first)
        if self._looks_ahead:
            self._ahead.expecting(state)
            await _settle()
        expected = self._has(first)
        if self._looks_ahead and isinstance(fact, UtteranceHeard):
            self._ahead.drafted(state, fact.turn, Transcript(text=fact.text, confidence=0.9))
            await _settle()
        if first is None:
            return ""
        if self._has(first):
            return "prompt" if known else "expected" if expected else "drafted"
        opening = self._clips.opening(first[0], voice="", pace=first[1], rate=RATE)
        return "lead-in" if opening.text in self._lead_ins else "synthesized"

    def _has(self, first: Clause | None) -> bool:
        return first is not None and self._clips.has(first[0], voice="", pace=first[1], rate=RATE)


async def _settle() -> None:
    while busy := [t for t in asyncio.all_tasks() if t.get_name().startswith("foresight")]:
        await asyncio.wait(busy)
