"""What a call gets from its server. Knows no call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from warmline.call.admission import Slot
from warmline.call.hold import HoldMusic
from warmline.events import AssistFact, Entry, Fact
from warmline.flows.flow import Flow
from warmline.hearing.partials import CADENCE_S
from warmline.hearing.patience import Patience
from warmline.ports import Fetcher, Priority, Transcriber, TurnModel, VoiceDetector
from warmline.ports.assist import Assistant
from warmline.ports.people import Desk
from warmline.speaking.cache import ClauseCache

NewAssistant = Callable[[Flow, Callable[[AssistFact], None]], Assistant]
"""Makes what observes one call of a flow; what it finds goes to the second argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Shared by all calls, but for the last two."""

    find_flow: Callable[[str], Flow]
    """By name, empty for the default; raises CallRefused."""
    new_detector: Callable[[], VoiceDetector]
    transcriber: Transcriber
    turn_model: TurnModel | None = None
    """Hears whether callers have finished; without it their words decide alone."""
    new_patience: Callable[[], Patience] = Patience
    """The policy of one caller's turns."""
    clips: ClauseCache
    fetcher: Fetcher
    wall_time: Callable[[], str] = lambda: ""
    """The time in UTC as ISO 8601; empty when flows need not know it."""
    sinks: Sequence[Callable[[Entry], None]] = ()
    """Told of every entry of every call's log."""
    partials: bool = True
    partial_cadence: Callable[[Priority], float | None] = lambda priority: CADENCE_S
    """Seconds of audio between two partials of a priority; None: none now."""
    watch_pressure: Callable[[Callable[[int, str], None]], Callable[[], None]] = lambda changed: (
        lambda: None
    )
    """Has a function told each change of the load's rung (number, reason); gives what ends that."""
    foresight: bool = True
    """Likely replies are rendered before they are due."""
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
    slot: Slot | None = None
    """The call's place; without one it may always be with the bot."""
    before: Callable[[], Sequence[Fact]] = tuple
    """What happened before the call, on hold: behind CallStarted it stands in the log."""
