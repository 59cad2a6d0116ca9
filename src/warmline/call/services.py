"""What every call shares. Knows no call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from warmline.call.hold import HoldMusic
from warmline.events import AssistFact, Entry
from warmline.flows.flow import Flow
from warmline.ports import Fetcher, Transcriber, VoiceDetector
from warmline.ports.assist import Assistant
from warmline.ports.people import Desk
from warmline.speaking.cache import ClauseCache

NewAssistant = Callable[[Flow, Callable[[AssistFact], None]], Assistant]
"""Makes what observes one call of a flow; what it finds goes to the second argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What every call shares."""

    find_flow: Callable[[str], Flow]
    """By name, empty for the default; raises CallRefused."""
    new_detector: Callable[[], VoiceDetector]
    transcriber: Transcriber
    clips: ClauseCache
    fetcher: Fetcher
    wall_time: Callable[[], str] = lambda: ""
    """The time in UTC as ISO 8601; empty when flows need not know it."""
    sinks: Sequence[Callable[[Entry], None]] = ()
    """Told of every entry of every call's log."""
    partials: bool = True
    max_call_s: float = 4 * 3600.0
    desk: Desk | None = None
    """Where people are found for callers; without it an escalation ends the call politely."""
    new_assistant: NewAssistant | None = None
    recordings: Path | None = None
    """The folder of recorded calls; None: nothing is recorded."""
    record: Literal["consent", "always", "never"] = "consent"
    """When a call is recorded."""
    music: Callable[[int], HoldMusic] = HoldMusic
    """What callers hear while they wait, at a rate in Hz."""
