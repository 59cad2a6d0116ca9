"""Owns what the dialplan and the Asterisk doors tell each other about a call, by its key.

Pure: the caller of these methods brings the clock (any monotonic seconds). Must not know HTTP,
sockets or what a call does.

AudioSocket carries nothing but a UUID and audio. So the dialplan tells before it who calls
(`register`), and asks afterwards what is to become of the caller (`next_step`). The key is the
UUID there, and at chan_websocket whatever the dialplan gives as `uuid`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from urllib.parse import quote, urlencode

from warmline.ports import Handover

REGISTERED_S: Final = 60.0
"""Seconds from the registration to the connection; the dialplan needs a few milliseconds."""
OUTCOME_S: Final = 300.0
"""Seconds that the outcome of a call is kept for the dialplan, which asks at once."""
MAX_CALLS: Final = 1024
"""Registrations, and outcomes, that are kept; the oldest goes first."""
MAX_LABEL: Final = 64
"""Characters of a key, a number or a flow's name, as in `warmline.audio.v1`."""

_PEACEFUL: Final = frozenset({"completed", "caller_hung_up"})
"""Ends (reasons of CallEnded) after which nobody waits for a person."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, as the dialplan says: hints, never an identity."""

    number: str = ""
    called: str = ""
    flow: str = ""
    """Empty for the server's default."""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Caller":
        """From the parameters `from`, `to` and `flow`; what cannot be printed is left out."""
        return cls(
            number=label(query.get("from", "")),
            called=label(query.get("to", "")),
            flow=label(query.get("flow", "")),
        )


def label(text: str) -> str:
    """What others wrote, harmless in logs and on screens, at most MAX_LABEL characters."""
    return "".join(character for character in text if character.isprintable())[:MAX_LABEL]


class AsteriskCalls:
    """The calls of one server that are about to come, and those that have just ended."""

    def __init__(self) -> None:
        self._registered = _Shelf[Caller](REGISTERED_S)
        self._outcomes = _Shelf[dict[str, str]](OUTCOME_S)

    def register(self, key: str, caller: Caller, now: float) -> None:
        """A call is about to come; a second registration takes the place of the first."""
        self._registered.put(label(key).lower(), caller, now)

    def claim(self, key: str, now: float) -> Caller | None:
        """Who calls under this key, once; None when it is unknown, used or too old."""
        return self._registered.take(label(key).lower(), now)

    def hand_over(self, key: str, handover: Handover, now: float) -> None:
        """The dialplan is to lead this caller to a person."""
        outcome = {
            "queue": handover.queue,
            "reason": handover.reason,
            "summary": handover.summary_id,
        }
        self._outcomes.put(label(key).lower(), outcome, now)

    def ended(self, key: str, reason: str, now: float) -> None:
        """Our side of the call is over; what was handed over stays so."""
        key = label(key).lower()
        if self._outcomes.get(key, now) is None:
            ended = {"next": "end"} if reason in _PEACEFUL else {"next": "failed", "reason": reason}
            self._outcomes.put(key, ended, now)

    def next_step(self, key: str, now: float) -> str:
        """What the dialplan is to do, form-encoded for Asterisk's CURL with `hashcompat`.

        `queue=…&reason=…&summary=…` for a caller who is to get a person, `next=end` after a call
        that came to its end. Anything else (`next=failed&reason=…`, `next=unknown`) means that
        the caller may still be waiting: lead them to a person too.
        """
        outcome = self._outcomes.get(label(key).lower(), now)
        # Asterisk takes a plus for a plus, so a space must be %20.
        return urlencode(outcome or {"next": "unknown"}, quote_via=quote)


class _Shelf(Generic[_Value]):
    """At most MAX_CALLS values, each for so many seconds."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._values: dict[str, tuple[float, _Value]] = {}  # in the order of their times

    def put(self, key: str, value: _Value, now: float) -> None:
        self._values.pop(key, None)
        while len(self._values) >= MAX_CALLS:
            del self._values[next(iter(self._values))]
        self._values[key] = now, value

    def get(self, key: str, now: float) -> _Value | None:
        at, value = self._values.get(key, (now, None))
        return value if now < at + self._keep_s else None

    def take(self, key: str, now: float) -> _Value | None:
        value = self.get(key, now)
        self._values.pop(key, None)
        return value
