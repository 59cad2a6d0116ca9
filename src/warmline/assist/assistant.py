"""Observes one call in the background: gives each watcher the call's log, and a turn's audio to
the mood meter. What they find goes into the log.

The only module of this room that waits. Nothing here can hold a call up: the log goes into a
bounded queue, and what takes long runs in a thread, one thing at a time and in order.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from warmline.assist.mood import MoodMeter
from warmline.audio.frame import Pcm
from warmline.errors import place
from warmline.events import (
    AgentHeard,
    AgentPartial,
    AssistFact,
    ConsentAnswered,
    Entry,
    PartialTranscript,
    SentimentChanged,
    UtteranceHeard,
)

_log = logging.getLogger(__name__)

MAX_WAITING: Final = 2_000
"""Entries that may wait: minutes of a call. Beyond, partials are passed over, they come again."""
TICK_S: Final = 1.0
MOOD: Final = "mood"
"""What a consent allows that lets moods be judged."""
_SLOW: Final = (PartialTranscript, UtteranceHeard, AgentPartial, AgentHeard)
"""Facts with words: their meaning may be looked up, which takes milliseconds."""

Found = Sequence[AssistFact]


class Watcher(Protocol):
    """Decides without waiting what is to be noted about a call."""

    def handle(self, entry: Entry) -> Found:
        """What follows from the next entry of the log."""

    def tick(self, at: float) -> Found:
        """What follows from the time alone (seconds on the call's clock); about once a second."""


class Assistant:
    """See `ports.assist.Assistant`."""

    def __init__(
        self,
        note: Callable[[AssistFact], None],
        watchers: Sequence[Watcher],
        mood: MoodMeter | None,
    ) -> None:
        """For the event loop's thread. `mood` None: moods are not judged on this server."""
        self._note = note
        self._watchers = watchers
        self._mood = mood
        self._jobs: asyncio.Queue[tuple[Callable[[], Found], bool]] = asyncio.Queue(MAX_WAITING)
        self._clock = asyncio.get_running_loop().time
        self._zero = self._clock()
        self._over = False
        self._refused = False
        """The caller does not want to be judged (any more): what is under way is not told."""
        self._task = asyncio.create_task(self._run(), name="assistant")

    def observe(self, entry: Entry) -> None:
        self._zero = self._clock() - entry.at
        if isinstance(entry.fact, ConsentAnswered) and MOOD in entry.fact.allows:
            self._refused = not entry.fact.granted
        slow = isinstance(entry.fact, _SLOW)
        for watcher in self._watchers:
            self._add(partial(watcher.handle, entry), slow)

    def caller_spoke(
        self,
        samples: Pcm,
        fact: UtteranceHeard,
        overlaps: Sequence[tuple[float, float]],
    ) -> None:
        if self._mood is not None:
            self._add(partial(_judge, self._mood, samples, fact, overlaps), True)

    async def close(self) -> None:
        """What is found after this is not told."""
        self._over = True
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _add(self, job: Callable[[], Found], slow: bool) -> None:
        if not self._jobs.full():
            self._jobs.put_nowait((job, slow))

    async def _run(self) -> None:
        tick_at = self._clock() + TICK_S
        while True:
            try:
                async with asyncio.timeout_at(tick_at):
                    job, slow = await self._jobs.get()
                await self._do(job, slow)
            except TimeoutError:
                tick_at = self._clock() + TICK_S
                for watcher in self._watchers:
                    await self._do(partial(watcher.tick, self._clock() - self._zero), False)

    async def _do(self, job: Callable[[], Found], slow: bool) -> None:
        try:
            found = await asyncio.to_thread(job) if slow else job()
        except Exception as error:  # a hint that cannot be found must not end a call
            _log.error("an assistant failed: %s", place(error))
            return
        for fact in found if not self._over else ():
            if not (self._refused and isinstance(fact, SentimentChanged)):
                self._note(fact)


def _judge(
    mood: MoodMeter, samples: Pcm, fact: UtteranceHeard, overlaps: Sequence[tuple[float, float]]
) -> Found:
    return [mood.utterance(samples, fact, overlaps)]
