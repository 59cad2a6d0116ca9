"""A recorded call as a caller who does the same again: their audio and keys, at their times,
and the answers that endpoints gave. Pure.

What the caller does does not depend on what they hear now; where a replay answers at another
moment than the call did, the caller of the recording does not notice.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from warmline.audio.frame import Pcm
from warmline.events import (
    CallStarted,
    DigitPressed,
    Entry,
    Fetch,
    FetchFinished,
    FetchStarted,
    SpeechEnded,
    SpeechStarted,
)

MASKED_KEY: Final = "x"
"""How the record writes a key of a secret; it cannot be pressed again."""
_NOTICED_S: Final = 0.2
"""Between a voice's beginning or end and its fact lies at least about so much of hearing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    audio: Pcm
    """The caller's track from the call's first sample on, 16 kHz."""
    entries: tuple[Entry, ...] = ()
    """The record; empty when only the audio is known."""

    @property
    def started(self) -> CallStarted | None:
        facts = (entry.fact for entry in self.entries)
        return next((fact for fact in facts if isinstance(fact, CallStarted)), None)

    @property
    def begins_s(self) -> float:
        """When the audio's first sample was there, on the call's clock: the least delay between
        a sound and its fact."""
        delays = [
            entry.at - entry.fact.audio_at
            for entry in self.entries
            if isinstance(entry.fact, SpeechStarted | SpeechEnded)
        ]
        return max(0.0, min(delays, default=0.0) - _NOTICED_S)

    @property
    def keys(self) -> tuple[tuple[float, str], ...]:
        """Seconds on the call's clock, and the key; those of secrets are left out."""
        return tuple(
            (entry.at, entry.fact.digit)
            for entry in self.entries
            if isinstance(entry.fact, DigitPressed) and entry.fact.digit != MASKED_KEY
        )

    @property
    def secret(self) -> bool:
        """Some keys are not in the record."""
        return any(
            isinstance(entry.fact, DigitPressed) and entry.fact.digit == MASKED_KEY
            for entry in self.entries
        )


class RecordedEndpoints:
    """Endpoints that answer as they did in the call, one answer after the other; the last one
    stays. What was not asked then fails with `not_recorded`."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        asked = {e.fact.request_id: e.at for e in entries if isinstance(e.fact, FetchStarted)}
        self._answers: defaultdict[str, deque[tuple[float, FetchFinished]]] = defaultdict(deque)
        for entry in entries:
            if isinstance(fact := entry.fact, FetchFinished):
                took = max(0.0, entry.at - asked.get(fact.request_id, inf))
                self._answers[fact.endpoint].append((took, fact))

    def next(self, fetch: Fetch) -> tuple[float, FetchFinished]:
        """The seconds that it takes, and the answer."""
        answers = self._answers[fetch.endpoint]
        if not answers:
            return 0.0, FetchFinished(
                request_id=fetch.request_id,
                endpoint=fetch.endpoint,
                outcome="error",
                code="not_recorded",
            )
        took, answer = answers.popleft() if len(answers) > 1 else answers[0]
        return took, replace(answer, request_id=fetch.request_id)
