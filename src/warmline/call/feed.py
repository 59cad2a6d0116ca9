"""The ordered log of one call: numbers and times each fact, and hands it to all who listen.

Knows no sink and no fact but CallEnded. Nobody who listens can hold a call up or break it:
a sink that raises is dropped.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from traceback import extract_tb

from warmline.events import CallEnded, Entry, Fact

Sink = Callable[[Entry], None]
"""Takes an entry at once, without waiting: it runs on the call's own path."""

_log = logging.getLogger(__name__)


class CallFeed:
    """One call's facts as entries 1, 2, 3 … For the event loop's thread only.

    Sinks are called in the given order, each for every entry. A fact that a sink publishes
    comes behind the one it was handed, for all sinks alike.
    """

    def __init__(self, call_id: str, clock: Callable[[], float], sinks: Sequence[Sink]) -> None:
        """`clock` is monotonic, in seconds; this moment becomes 0 on the call's clock."""
        self.call_id = call_id
        self._clock = clock
        self._zero = clock()
        self._sinks = list(sinks)
        self._undelivered: deque[Entry] = deque()
        self._delivering = False
        self._seq = 0
        self._ended = False

    def now(self) -> float:
        """Seconds on the call's clock."""
        return self._clock() - self._zero

    def publish(self, fact: Fact) -> Entry:
        """Number, time and deliver a fact. Raises RuntimeError after CallEnded: a bug."""
        if self._ended:
            raise RuntimeError(f"{type(fact).__name__} was published after CallEnded")
        self._ended = isinstance(fact, CallEnded)
        self._seq += 1
        entry = Entry(call_id=self.call_id, seq=self._seq, at=self.now(), fact=fact)
        self._undelivered.append(entry)
        if not self._delivering:
            self._deliver()
        return entry

    def _deliver(self) -> None:
        self._delivering = True
        try:
            while self._undelivered:
                entry = self._undelivered.popleft()
                self._sinks = [sink for sink in self._sinks if _survives(sink, entry)]
        finally:
            self._delivering = False


def _survives(sink: Sink, entry: Entry) -> bool:
    try:
        sink(entry)
    except Exception as error:
        # Neither the fact nor the error's text is logged: both may hold what a caller said.
        place = extract_tb(error.__traceback__)[-1]
        _log.error(
            "A sink of the call's feed failed on a %s and was dropped for this call: %s in %s:%s",
            type(entry.fact).__name__,
            type(error).__name__,
            place.filename,
            place.lineno,
        )
        return False
    return True
