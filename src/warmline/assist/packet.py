"""What a person sees of a call before its first word: the handoff packet. Pure data.

Each item names the entry of the call's log that shows it, the transcript line that it rests on,
and where that is heard. Knows no flow and no call.
"""

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, Literal

Identity = Literal["verified", "failed", "unknown"]
Kind = Literal["no_match", "no_input", "rejected", "not_found", "error"]
_EASY: Final = frozenset({"", "free", "yes_no", "choice"})
"""Types whose values hold no number or name that is easily misheard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Where it is shown."""

    seq: int
    """The entry's number."""
    at: float
    """Seconds on the call's clock."""
    line: int = 0
    """Number of the caller's words (an UtteranceHeard) that it rests on; 0 for none."""
    audio_at: float | None = None
    """Where these words begin, in seconds of the caller's audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    caller: str = ""
    """The caller id: a hint, never an identity."""
    identity: Identity = "unknown"
    """verified: a secret or a record that only the caller should know fits; failed: it does not."""
    checked: str = ""
    """What was checked, for example `pin`."""
    seq: int = 0
    """The entry that shows it; 0 when nothing was checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why(Item):
    reason: str
    """As in Escalated."""
    text: str
    """The same in plain words."""
    why: str
    """The flow author's words; may be empty."""
    queue: str
    skills: tuple[str, ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent(Item):
    """What the caller wants."""

    slot: str
    value: str
    text: str
    """For people, about the caller: "the status of their order"."""
    asked: str
    """For the caller: "the status of your order"."""
    words: str
    """What the caller said; empty when it was keyed."""
    confidence: float
    source: str
    verified: bool
    vague: bool
    """The text says nothing ("something else"): the words do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotItem(Item):
    slot: str
    label: str
    value: str
    spoken: str
    """The value as it is read aloud: 4 5 2 7."""
    written: str
    """The value as people read it: 4527."""
    confidence: float
    source: str
    """said | keyed | confirmed | system"""
    verified: bool
    """Confirmed by the caller, keyed, or from a system: no recogniser can have got it wrong. Also
    what a system knew the caller by."""
    type: str = ""
    """Of the answer, as authors call it: digits, date, free …; empty when it was not asked for."""
    identifies: bool = False
    """It names one thing among many: an order, a unit."""

    @property
    def doubtful(self) -> bool:
        """A value that a recogniser easily gets wrong, and nobody confirmed."""
        return not self.verified and self.type not in _EASY


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion(Item):
    """What was asked, and has no answer."""

    node: str
    slot: str
    label: str
    question: str
    asked: int
    """How often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Item):
    """What did not work."""

    kind: Kind
    node: str
    text: str
    """In words, with the caller's."""
    things: tuple[str, ...] = ()
    """What was not found: "order 9999"."""
    system: str = ""
    """Where it was looked for: a table or an endpoint."""

    @property
    def of_system(self) -> bool:
        """No matter of caller and assistant."""
        return self.kind in ("not_found", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class BotLine(Item):
    """What the caller has really heard of us."""

    say_id: str
    node: str
    text: str
    cut: bool
    """Interrupted: the text ends where the caller stopped it."""
    tells: bool = False
    """It says what was found out or done for the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Item):
    purpose: str
    wording: str
    granted: bool
    allows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure(Item):
    """That the caller speaks to a machine: the first words of every flow."""

    text: str
    complete: bool
    """Played to its end; otherwise it does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodPoint(Item):
    turn: int
    mood: float
    trend: str
    reasons: tuple[str, ...] = ()
    abstained: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWords(Item):
    turn: int
    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    text: str
    evidence: tuple[int, ...]
    """Numbers of the entries that show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    call_id: str = ""
    flow: str = ""
    title: str = ""
    """The flow's name for people."""
    started_at: str = ""
    seq: int = 0
    """The newest entry that it takes account of."""
    node: str = ""
    """Where the flow stands, or stood when people took over."""
    who: Who = Who()
    why: Why | None = None
    """None before the call is handed over."""
    intents: tuple[Intent, ...] = ()
    """From the general to the particular; of the caller's latest matter only."""
    slots: tuple[SlotItem, ...] = ()
    unanswered: tuple[OpenQuestion, ...] = ()
    failures: tuple[Failure, ...] = ()
    said: tuple[BotLine, ...] = ()
    consents: tuple[Consent, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()
    moods: tuple[MoodPoint, ...] = ()
    last_words: tuple[LastWords, ...] = ()
    opening: str = ""
    """What the person may say first."""
    summary: tuple[Sentence, ...] = ()
    """Three sentences: what it is about, what was done, why it is here and what is open."""

    @property
    def intent(self) -> Intent | None:
        """The most particular one that says something."""
        telling = [intent for intent in self.intents if not intent.vague]
        known = telling or self.intents
        return known[-1] if known else None

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON: objects, lists, texts, numbers, booleans and null."""
        plain: dict[str, Any] = _plain(self)
        return plain | {"intent": _plain(self.intent)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value
