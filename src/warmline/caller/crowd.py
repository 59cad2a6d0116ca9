"""Many callers at once, with recorded voices, each measured in the audio that it gets.

One process and one event loop for all of them: they tell how late they were themselves, so that
nobody takes their own trouble for the server's. Knows the server only by its audio door.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Final

import numpy as np

from warmline.audio.frame import Pcm
from warmline.caller.client import CallFailed, CallOptions, Play, Recording, Step, place_call
from warmline.caller.tracks import first_audible, onset, voice_end

PAUSE_S: Final = 0.3
"""A phrase ends with a silence of at least this length."""
PHRASE_S: Final = (0.4, 6.0)
"""Shorter ones are no turns, longer ones no answers."""
_MARGIN_S: Final = 0.1
"""Of silence around a phrase."""
_RETRY_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """What one caller says in one turn."""

    name: str
    samples: Pcm
    """At the call's rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """One turn."""

    clip: str
    at_s: float
    """When the caller's voice was over, in seconds since the crowd began."""
    v2v_ms: float | None
    """Voice's end to the first audible sample of the answer; None without one, and when the bot
    was audible at the voice's end already."""
    outcome: str
    """answered | early (the bot spoke before the voice was over) | missed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One call."""

    caller: int
    call_id: str
    failure: str
    """Why there was no call, or none to its end; empty when all went well."""
    begun_s: float
    """Since the crowd began."""
    greeting_ms: float | None
    turns: tuple[Waited, ...]
    gaps: int
    """How often the bot's voice broke off in a sound."""
    minutes: float
    late_ms: tuple[float, ...]
    """How late each of the caller's own frames was sent."""


async def run_crowd(
    options: CallOptions,
    clips: Sequence[Clip],
    calls: int,
    *,
    seconds: float = 60.0,
    spread_s: float = 5.0,
) -> list[Measured]:
    """So many callers at once, who talk for so long (seconds, the last turn is waited for).

    They come one after the other within `spread_s`; with 0 all at the same moment, and they say
    the same clips at the same time. A call that the server ends is followed by another. `clips`
    should be answered by one sentence each in `options.flow`. A call that fails is an entry with
    its `failure`, never an exception.
    """
    begun = asyncio.get_running_loop().time()
    callers = [
        _Caller(replace(options, caller=f"+1555{number:07}"), number, begun, begun + seconds)
        for number in range(calls)
    ]
    offset = len(clips) / calls if spread_s else 0.0
    done = await asyncio.gather(
        *(
            caller.talk(
                islice(cycle(clips), round(number * offset), None), number * spread_s / calls
            )
            for number, caller in enumerate(callers)
        )
    )
    return [measured for some in done for measured in some]


def phrases(name: str, samples: Pcm, rate: int) -> list[Clip]:
    """A recording cut at its pauses: what is between them, if it is as long as an answer."""
    block = rate // 100
    size = samples.size // block * block
    level = np.sqrt((samples[:size].reshape(-1, block).astype(np.float64) ** 2).mean(axis=1))
    loud = np.flatnonzero(level > level.max(initial=1.0) / 20)
    if not loud.size:
        return []
    breaks = np.flatnonzero(np.diff(loud) > PAUSE_S * 100)
    begins, ends = loud[np.r_[0, breaks + 1]], loud[np.r_[breaks, loud.size - 1]] + 1
    margin = round(_MARGIN_S * rate)
    return [
        Clip(name=f"{name}/{number}", samples=samples[max(0, begin - margin) : end + margin])
        for number, (begin, end) in enumerate(zip(begins * block, ends * block, strict=True), 1)
        if PHRASE_S[0] <= (end - begin) / rate <= PHRASE_S[1]
    ]


class _Caller:
    def __init__(self, options: CallOptions, number: int, zero: float, until: float) -> None:
        self._options = options
        self._number = number
        self._zero = zero
        self._until = until
        self._clock = asyncio.get_running_loop().time

    async def talk(self, clips: Iterator[Clip], after_s: float) -> list[Measured]:
        await asyncio.sleep(after_s)
        calls: list[Measured] = []
        while not calls or self._clock() < self._until:
            said: list[Clip] = []
            begun = self._clock()
            try:
                recording = await place_call(self._options, self._steps(clips, said))
            except CallFailed as error:
                calls.append(self._failed(begun, str(error)))
                await asyncio.sleep(_RETRY_S)
            else:
                calls.append(self._measured(recording, said))
        return calls

    def _steps(self, clips: Iterator[Clip], said: list[Clip]) -> Iterator[Step]:
        while self._clock() < self._until:
            said.append(next(clips))
            yield Play(said[-1].samples)

    def _failed(self, begun: float, why: str) -> Measured:
        return Measured(
            caller=self._number,
            call_id="",
            failure=why,
            begun_s=begun - self._zero,
            greeting_ms=None,
            turns=(),
            gaps=0,
            minutes=0.0,
            late_ms=(),
        )

    def _measured(self, recording: Recording, said: Sequence[Clip]) -> Measured:
        sent, received = recording.sent, recording.received
        greeting = first_audible(received, recording.connected_at, received.end)
        ends = [begin for begin, _ in recording.spoken[1:]] + [max(sent.end, received.end)]
        turns = [
            self._waited(clip.name, recording, *span, until)
            for clip, span, until in zip(said, recording.spoken, ends, strict=False)
        ]
        wrong = recording.ended not in ("caller_hung_up", "completed", "escalated")
        return Measured(
            caller=self._number,
            call_id=recording.call_id,
            failure=recording.ended if wrong else "",
            begun_s=recording.connected_at - self._zero,
            greeting_ms=greeting and (greeting - recording.connected_at) * 1000,
            turns=tuple(turns),
            gaps=len(recording.gaps),
            minutes=sent.size / sent.rate / 60,
            late_ms=tuple(late * 1000 for late in recording.lateness),
        )

    def _waited(
        self, clip: str, recording: Recording, begin: float, end: float, until: float
    ) -> Waited:
        """`until` is the moment at which the next turn begins, or all is over."""
        voice = voice_end(recording.sent, begin, end) or end
        answer = onset(recording.received, voice)
        answered = answer is not None and answer < until
        early = answered and answer is not None and answer < voice
        v2v = (answer - voice) * 1000 if answer is not None and answered and not early else None
        return Waited(
            clip=clip,
            at_s=voice - self._zero,
            v2v_ms=v2v,
            outcome="early" if early else "answered" if answered else "missed",
        )
