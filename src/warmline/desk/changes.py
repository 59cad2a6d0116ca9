"""What the page shows of a call, as it goes over the wire: each change replaces what had its key.

Pure data, in JSON's own types: made by `panel`, described for others by `messages`. Times are
seconds; `at` is on the call's clock, `audio_at` and `audio_end` in the caller's audio.
"""

from typing import Any, Literal

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic reads the standard one only from 3.12 on

_shape = with_config(extra="forbid", use_attribute_docstrings=True)


@_shape
class LineChange(TypedDict):
    """What somebody says, or said, in one go."""

    key: str
    """`caller-TURN`, `bot-SAY` or `agent-USER-TURN`."""
    kind: Literal["line"]
    seq: int
    """Number of the entry that made it what it is."""
    who: Literal["caller", "bot", "agent"]
    name: str
    text: str
    """What is sure: of the bot only what was really played."""
    unstable: str
    """What may still change or be cut off; follows `text`."""
    final: bool
    at: float
    """When the line began."""
    audio_at: float
    audio_end: float
    confidence: float
    """0 to 1; 1 for the bot."""
    interrupted: bool
    """The bot was cut off."""


@_shape
class EventChange(TypedDict):
    """Something that happened, in plain words."""

    key: str
    """`event-SEQ`."""
    kind: Literal["event"]
    text: str
    at: float


@_shape
class MoodChange(TypedDict):
    """How the caller sounded in one of their turns."""

    key: str
    """`mood-TURN`."""
    kind: Literal["mood"]
    turn: int
    mood: float
    """-1 to 1; 0 is this caller's calm."""
    trend: str
    """rising | steady | falling"""
    reasons: list[str]
    abstained: str
    """Why the voice is not judged; else empty."""
    at: float


@_shape
class PacketChange(TypedDict):
    """The handoff packet: all that the agent needs to know."""

    key: Literal["packet"]
    kind: Literal["packet"]
    packet: dict[str, Any]


@_shape
class Hint(TypedDict):
    hint: str
    """Its name in this call, for `used` and `dismissed`."""
    title: str
    text: str
    source: str
    link: str
    compliance: bool
    confidence: float


@_shape
class HintChange(TypedDict):
    """The one hint that is to be seen, or none."""

    key: Literal["hint"]
    kind: Literal["hint"]
    hint: Hint | None


@_shape
class ChecklistItem(TypedDict):
    item: str
    text: str
    done: bool
    by: str
    """bot | agent | caller; empty until it is done."""
    evidence: int
    """Number of the entry that shows it; 0 until it is done."""


@_shape
class ChecklistChange(TypedDict):
    """What must be said in this call, and what was."""

    key: Literal["checklist"]
    kind: Literal["checklist"]
    items: list[ChecklistItem]


@_shape
class Present(TypedDict):
    """Somebody of ours who is in the call."""

    user_id: str
    name: str
    role: str
    """agent | consult | listen | whisper | join"""


@_shape
class StateChange(TypedDict):
    """Where the call stands."""

    key: Literal["state"]
    kind: Literal["state"]
    state: Literal["bot", "waiting", "talking", "held", "ended"]
    queue: str
    """The last one that the caller was handed to; empty before."""
    reason: str
    """Why, as in Escalated; of an ended call, why it ended."""
    agents: list[Present]
    handback_nodes: list[str]
    at: float
    """Since when."""


@_shape
class AlertChange(TypedDict):
    """A supervisor's rule applies."""

    key: str
    """`alert-RULE`."""
    kind: Literal["alert"]
    rule: str
    severity: str
    """notice | warning | harm"""
    text: str
    at: float


@_shape
class Gone(TypedDict):
    """What had this key is to be seen no more."""

    key: str
    gone: Literal[True]


Shown = (
    LineChange
    | EventChange
    | MoodChange
    | PacketChange
    | HintChange
    | ChecklistChange
    | StateChange
    | AlertChange
)
Change = Shown | Gone
