"""What the agent sees of one call, folded from its log. Pure: the same log gives the same panel.

`handle` tells what each entry changes, `view` all that a late joiner needs. Knows facts and the
shape of changes; not who watches, nor how it gets there.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from warmline.desk.changes import (
    AlertChange,
    Change,
    ChecklistChange,
    ChecklistItem,
    EventChange,
    Hint,
    HintChange,
    MoodChange,
    PacketChange,
    Shown,
)
from warmline.desk.display import display
from warmline.desk.lines import Lines
from warmline.desk.standing import Standing
from warmline.desk.wording import told
from warmline.events import (
    AgentJoined,
    AgentPartial,
    AlertRaised,
    CallEnded,
    ChecklistTicked,
    DigitPressed,
    Entry,
    Escalated,
    HintClosed,
    HintShown,
    NodeEntered,
    PartialTranscript,
    SentimentChanged,
    SpeakingStarted,
    UtteranceHeard,
)

MAX_SCROLL: Final = 640 * 1024
"""Bytes of lines, events and moods that are kept, the newest: 700 turns with a person. With the
packet it is one message that an outbox takes."""
PACKET_S: Final = 2.0
"""Between two packets of a call that goes on: a long call's is made in milliseconds and has 30 kB,
and all that it tells is on the page sooner, as a line or an event."""
MAX_PACKET_TEXT: Final = 1000
"""Characters of each text in a packet: the whole is among the lines."""
MAX_ALERTS: Final = 100
"""More rules than anybody watches."""

_AT_ONCE: Final = (Escalated, AgentJoined, CallEnded)
"""With these the packet goes out in any case: somebody waits for it."""
_MASKED: Final = "x"  # a key that the call took out (see call.mask)


class Packet(Protocol):
    def as_json(self) -> dict[str, Any]: ...


class Packets(Protocol):
    """Builds the handoff packet of one call (see `assist.packet`)."""

    @property
    def entries(self) -> Sequence[Entry]:
        """Those that count, for summaries."""

    def handle(self, entry: Entry) -> bool:
        """Whether the packet may be another one now."""

    def packet(self) -> Packet: ...


class Panel:
    """One call's. Entries come in the order of their numbers."""

    def __init__(
        self,
        packets: Packets,
        *,
        handback_nodes: Sequence[str] = (),
        checklist: Iterable[tuple[str, str]] = (),
    ) -> None:
        """`checklist` has what must be said in this flow: name and text of each item."""
        self._lines = Lines()
        self._standing = Standing(handback_nodes)
        self._scroll = _Scroll()
        self.people: dict[str, str] = {}
        """Names of all who were ever in the call, by user id."""
        self.rules: dict[str, str] = {}
        """The rule of each hint that was shown."""
        self.packets = packets
        self._packet_stale = False
        """It may be another one than was told last."""
        self._packet_at = -PACKET_S
        self._packet_shown: tuple[Packet | None, dict[str, Any]] = (None, {})
        self._keys = ""
        """The event that shows the keys which the caller is pressing; empty between them."""
        self._hint: HintChange | None = None
        self._alerts: dict[str, AlertChange] = {}
        self._checklist = {item: _open_item(item, text) for item, text in checklist}

    def handle(self, entry: Entry) -> list[Change]:
        """What this entry changes on the page; often nothing."""
        changes = self._fold(entry)
        due = isinstance(entry.fact, _AT_ONCE) or entry.at >= self._packet_at + PACKET_S
        if self._packet_stale and due:
            self._packet_stale, self._packet_at = False, entry.at
            changes.append(self._packet())
        return changes

    def replay(self, entry: Entry) -> list[Change]:
        """As `handle`, without what later entries replace anyway (see `unsettled`)."""
        changes = self._fold(entry)
        return [] if isinstance(entry.fact, PartialTranscript | AgentPartial) else changes

    def unsettled(self) -> list[Change]:
        """What a replay left out that still holds at its end."""
        return [*self._lines.open(), self._packet()]

    def view(self) -> list[Change]:
        """All that is to be seen now, in the order in which it began."""
        shown: list[Change] = [self._standing.shown(), self._packet()]
        if self._checklist:
            shown.append(self._checks())
        if self._hint:
            shown.append(self._hint)
        return [*shown, *self._alerts.values(), *self._scroll.shown()]

    def packet(self) -> dict[str, Any]:
        """The handoff packet as it is now, fit to be shown."""
        packet = self.packets.packet()
        if packet is not self._packet_shown[0]:
            self._packet_shown = (packet, _shown(packet.as_json()))
        return self._packet_shown[1]

    def _packet(self) -> PacketChange:
        return PacketChange(key="packet", kind="packet", packet=self.packet())

    def _fold(self, entry: Entry) -> list[Change]:
        """What it changes but the packet."""
        if isinstance(entry.fact, AgentJoined):
            self.people[entry.fact.agent] = entry.fact.name
        self._packet_stale |= self.packets.handle(entry)
        changes: list[Change] = []
        for change in (
            self._lines.handle(entry, self.people),
            self._event(entry),
            self._standing.handle(entry),
            self._help(entry),
        ):
            if change is not None:
                self._scroll.take(change)
                changes.append(change)
        return changes

    def _event(self, entry: Entry) -> EventChange | None:
        match entry.fact:
            case DigitPressed(digit=digit):
                return self._pressed(entry, "•" if digit == _MASKED else digit)
            case SpeakingStarted() | UtteranceHeard() | NodeEntered():
                self._keys = ""
        text = told(entry.fact, self.people)
        return _event(f"event-{entry.seq}", text, entry.at) if text else None

    def _pressed(self, entry: Entry, key: str) -> EventChange:
        """Keys pressed one after the other are one event."""
        before = self._scroll.event(self._keys)
        if before is None:
            self._keys = f"event-{entry.seq}"
            return _event(self._keys, f"Caller pressed {key}", entry.at)
        return _event(self._keys, display(f"{before['text']} {key}", 300), before["at"])

    def _help(self, entry: Entry) -> Shown | None:
        match entry.fact:
            case SentimentChanged() as mood:
                return MoodChange(
                    key=f"mood-{mood.turn}",
                    kind="mood",
                    turn=mood.turn,
                    mood=mood.mood,
                    trend=mood.trend,
                    reasons=[display(reason, 200) for reason in mood.reasons],
                    abstained=mood.abstained,
                    at=entry.at,
                )
            case HintShown() as hint:
                self.rules[hint.hint] = hint.rule
                self._hint = HintChange(key="hint", kind="hint", hint=_hint(hint))
                return self._hint
            case HintClosed(hint=name):
                if self._hint is None or self._hint["hint"] is None:
                    return None
                if self._hint["hint"]["hint"] != name:
                    return None
                self._hint = HintChange(key="hint", kind="hint", hint=None)
                return self._hint
            case ChecklistTicked(item=item, text=text, by=by, evidence=evidence):
                ticked = self._checklist.get(item) or _open_item(item, text)
                self._checklist[item] = ChecklistItem(
                    item=item, text=ticked["text"], done=True, by=by, evidence=evidence
                )
                return self._checks()
            case AlertRaised() as raised:
                return self._alert(raised, entry.at)
            case _:
                return None

    def _checks(self) -> ChecklistChange:
        return ChecklistChange(
            key="checklist", kind="checklist", items=list(self._checklist.values())
        )

    def _alert(self, raised: AlertRaised, at: float) -> AlertChange | None:
        if raised.rule not in self._alerts and len(self._alerts) >= MAX_ALERTS:
            return None
        self._alerts[raised.rule] = AlertChange(
            key=f"alert-{raised.rule}",
            kind="alert",
            rule=raised.rule,
            severity=raised.severity,
            text=display(raised.text, 300),
            at=at,
        )
        return self._alerts[raised.rule]


class _Scroll:
    """The newest lines, events and moods, each at the place where it began."""

    def __init__(self) -> None:
        self._shown: dict[str, tuple[Change, int]] = {}
        self._bytes = 0

    def take(self, change: Change) -> None:
        key = change["key"]
        if "gone" in change:
            self._bytes -= self._shown.pop(key, (change, 0))[1]
        elif change["kind"] in ("line", "event", "mood"):
            size = len(json.dumps(change)) + 2
            self._bytes += size - self._shown.get(key, (change, 0))[1]
            self._shown[key] = (change, size)
            while self._bytes > MAX_SCROLL:
                self._bytes -= self._shown.pop(next(iter(self._shown)))[1]

    def shown(self) -> list[Change]:
        return [change for change, _ in self._shown.values()]

    def event(self, key: str) -> EventChange | None:
        change = self._shown.get(key, (None, 0))[0]
        return change if change and "gone" not in change and change["kind"] == "event" else None


def _event(key: str, text: str, at: float) -> EventChange:
    return EventChange(key=key, kind="event", text=text, at=at)


def _shown(value: Any) -> Any:
    """A JSON value whose texts are fit for a screen."""
    match value:
        case str():
            return display(value, MAX_PACKET_TEXT)
        case dict():
            return {name: _shown(part) for name, part in value.items()}
        case list():
            return [_shown(part) for part in value]
        case _:
            return value


def _open_item(item: str, text: str) -> ChecklistItem:
    return ChecklistItem(item=item, text=display(text, 300), done=False, by="", evidence=0)


def _hint(hint: HintShown) -> Hint:
    return Hint(
        hint=hint.hint,
        title=display(hint.title, 300),
        text=display(hint.text),
        source=display(hint.source, 300),
        link=hint.link,
        compliance=hint.compliance,
        confidence=hint.confidence,
    )
