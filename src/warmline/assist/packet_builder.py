"""Builds the handoff packet from a call's log, entry by entry. Pure.

Knows the flow by its card; judges nothing, and needs no model: every line of the packet is read
off facts, and names them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from warmline.assist.attempts import Attempts
from warmline.assist.brief import brief
from warmline.assist.card import FlowCard
from warmline.assist.filled import Filled
from warmline.assist.opening import opening
from warmline.assist.packet import (
    BotLine,
    Consent,
    Disclosure,
    Identity,
    LastWords,
    MoodPoint,
    Packet,
    SlotItem,
    Who,
    Why,
)
from warmline.assist.story import RESUMED, Story, place
from warmline.events import (
    CallStarted,
    ConsentAnswered,
    Entry,
    Escalated,
    FetchFinished,
    FetchStarted,
    NodeEntered,
    SentimentChanged,
    SpeakingFinished,
    SpeakingStarted,
    UtteranceHeard,
)

LAST_WORDS: Final = 3
"""Turns of the caller that are quoted."""
MAX_LINES: Final = 100
"""Lines of the bot and moods that are kept, the newest; the call's log has them all."""
_REASONS: Final = {
    "asked": "The caller asked for a person",
    "no_match": "The assistant could not understand the caller",
    "no_input": "The caller did not answer",
    "flow": "The flow gives this to a person",
    "failed": "The flow could not go on",
    "too_long": "The call took too long",
    "frustrated": "It went wrong too often for the caller",
    "mood": "The caller sounds upset",
    "unsure": "The assistant was not sure what the caller wants",
    "vip": "This caller is to have a person",
    "compliance": "A rule asks for a person here",
}


class PacketBuilder:
    """One call's. Told of every entry in order; the packet is made when it is asked for."""

    def __init__(self, card: FlowCard) -> None:
        self._card = card
        self._story = Story()
        self._packet: Packet | None = None

    @property
    def entries(self) -> Sequence[Entry]:
        """Those that count, without what was taken back; for `summarize`."""
        return self._story.entries

    def handle(self, entry: Entry) -> bool:
        """Whether the packet may be another one now."""
        changed = self._story.handle(entry)
        if changed:
            self._packet = None
        return changed

    def packet(self) -> Packet:
        if self._packet is None:
            self._packet = _packet(self._card, self._story.told)
        return self._packet


def _packet(card: FlowCard, entries: Sequence[Entry]) -> Packet:
    filled = Filled(card, entries)
    attempts = Attempts(card, entries)
    started = next((e.fact for e in entries if isinstance(e.fact, CallStarted)), None)
    moods = {e.fact.turn: _mood(e, e.fact) for e in entries if isinstance(e.fact, SentimentChanged)}
    who = _who(card, entries, started.caller if started else "")
    packet = Packet(
        call_id=entries[-1].call_id if entries else "",
        flow=card.flow,
        title=card.title,
        started_at=started.started_at if started else "",
        seq=entries[-1].seq if entries else 0,
        node=next((e.fact.node for e in reversed(entries) if isinstance(e.fact, NodeEntered)), ""),
        who=who,
        why=_why(card, entries),
        intents=filled.intents,
        slots=_vouched(card, who, filled.slots),
        unanswered=attempts.unanswered,
        failures=tuple(attempts.failures),
        said=tuple(_said(card, entries))[-MAX_LINES:],
        consents=tuple(_consents(entries)),
        disclosures=tuple(_disclosures(entries)),
        moods=tuple(sorted(moods.values(), key=lambda mood: mood.seq))[-MAX_LINES:],
        last_words=tuple(_last_words(entries)),
    )
    packet = replace(packet, summary=brief(packet, entries))
    return replace(packet, opening=opening(packet))


# --- who and why ---------------------------------------------------------------------------------


def _who(card: FlowCard, entries: Sequence[Entry], caller: str) -> Who:
    """The last check counts."""
    who, node = Who(caller=caller), ""
    asked: dict[str, str] = {}
    for entry in entries:
        match entry.fact:
            case NodeEntered():
                node = entry.fact.node
            case FetchStarted(request_id=request_id):
                asked[request_id] = node
            case FetchFinished(request_id=request_id, outcome="ok" | "not_found" as outcome):
                if checked := card.identity_checks.get(asked.get(request_id, "")):
                    identity: Identity = "verified" if outcome == "ok" else "failed"
                    who = replace(who, identity=identity, checked=checked, seq=entry.seq)
            case _:
                pass
    return who


def _vouched(card: FlowCard, who: Who, slots: Sequence[SlotItem]) -> tuple[SlotItem, ...]:
    """A system that knew the caller by these values has confirmed them."""
    proofs = {slot for node in card.identity_checks for slot in card.sent[node]}
    known = proofs if who.identity == "verified" else set()
    return tuple(
        replace(slot, verified=True) if slot.slot in known and slot.seq < who.seq else slot
        for slot in slots
    )


def _why(card: FlowCard, entries: Sequence[Entry]) -> Why | None:
    """The latest reason."""
    why, node = None, ""
    heard: Entry | None = None
    for entry in entries:
        match entry.fact:
            case NodeEntered():
                node = entry.fact.node
            case UtteranceHeard():
                heard = entry
            case Escalated() as fact:
                words = fact.why or (card.reasons.get(node, "") if fact.reason == "flow" else "")
                why = Why(
                    **place(entry, heard),
                    reason=fact.reason,
                    text=_REASONS.get(fact.reason, fact.reason.replace("_", " ").capitalize()),
                    why=words,
                    queue=fact.queue,
                    skills=fact.skills,
                    priority=fact.priority,
                )
            case _:
                pass
    return why


# --- what was said -------------------------------------------------------------------------------


def _said(card: FlowCard, entries: Sequence[Entry]) -> list[BotLine]:
    nodes: dict[str, str] = {}
    lines: list[BotLine] = []
    for entry in entries:
        match entry.fact:
            case SpeakingStarted(say_id=say_id, node=node):
                nodes[say_id] = node
            case SpeakingFinished(say_id=say_id, text=text, played_s=played_s) if text:
                begun = round(max(0.0, entry.at - played_s), 3)
                lines.append(
                    BotLine(
                        seq=entry.seq,
                        at=begun,
                        say_id=say_id,
                        node=nodes.get(say_id, ""),
                        text=text,
                        cut=entry.fact.interrupted,
                        tells=card.tells(nodes.get(say_id, ""), text),
                    )
                )
            case _:
                pass
    return lines


def _disclosures(entries: Sequence[Entry]) -> list[Disclosure]:
    """The first words of a call disclose the machine: a flow without that is refused."""
    first = next((e for e in entries if isinstance(e.fact, SpeakingStarted)), None)
    if first is None or not isinstance(first.fact, SpeakingStarted):
        return []
    say_id = first.fact.say_id
    ends = [
        entry
        for entry in entries
        if isinstance(entry.fact, SpeakingFinished)
        and entry.fact.say_id.rstrip(RESUMED) == say_id
        and not entry.fact.interrupted
    ]
    proof = ends[0] if ends else first
    return [Disclosure(**place(proof), text=first.fact.text, complete=bool(ends))]


def _consents(entries: Sequence[Entry]) -> list[Consent]:
    found: dict[str, Consent] = {}
    heard: Entry | None = None
    for entry in entries:
        match entry.fact:
            case UtteranceHeard():
                heard = entry
            case ConsentAnswered() as fact:
                found[fact.purpose] = Consent(
                    **place(entry, heard),
                    purpose=fact.purpose,
                    wording=fact.wording,
                    granted=fact.granted,
                    allows=fact.allows or (fact.purpose,),
                )
            case _:
                pass
    return list(found.values())


def _mood(entry: Entry, fact: SentimentChanged) -> MoodPoint:
    return MoodPoint(
        **place(entry),
        turn=fact.turn,
        mood=fact.mood,
        trend=fact.trend,
        reasons=fact.reasons,
        abstained=fact.abstained,
    )


def _last_words(entries: Sequence[Entry]) -> list[LastWords]:
    heard = [entry for entry in entries if isinstance(entry.fact, UtteranceHeard)]
    return [
        LastWords(
            **place(entry, entry),
            turn=entry.fact.turn,
            text=entry.fact.text,
            confidence=entry.fact.confidence,
        )
        for entry in heard[-LAST_WORDS:]
        if isinstance(entry.fact, UtteranceHeard)
    ]
