"""A call in three sentences at the moment of its handoff: what it is about, what was done, why
it is here and what is open. Pure.

Quotes what was said and states only what facts show; every sentence names them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from warmline.assist.caller_words import is_bare, is_vague, tells, wants_person
from warmline.assist.packet import Kind, Packet, Sentence, SlotItem
from warmline.assist.sentences import (
    listed,
    not_found,
    quoted,
    sentence,
    small,
    times,
)
from warmline.events import Entry, UtteranceHeard

CALM: Final = "calm"
_TROUBLES: Final[Mapping[Kind, str]] = {
    "no_match": "they were not understood",
    "rejected": "what was read back was wrong",
    "no_input": "they did not answer",
}
_MOODS: Final = ((-0.5, "upset"), (-0.25, "tense"), (0.4, CALM))
"""Up to which mood one sounds so; above all of them, friendly."""


def brief(packet: Packet, entries: Sequence[Entry]) -> tuple[Sentence, ...]:
    return (problem(packet, entries), done(packet), handed_over(packet))


def made(text: str, *seqs: int) -> Sentence:
    """A sentence with the entries that show it, each once."""
    return Sentence(text=sentence(text), evidence=tuple(sorted({seq for seq in seqs if seq})))


def sounds(mood: float) -> str:
    return next((words for most, words in _MOODS if mood <= most), "friendly")


# --- what it is about ----------------------------------------------------------------------------


def problem(packet: Packet, entries: Sequence[Entry]) -> Sentence:
    intent = packet.intent
    if intent is None or (intent.vague and wants_person(intent.words or intent.text)):
        return _unclear(packet, entries)
    words = "" if is_bare(intent.words) or is_vague(intent.words) else intent.words
    if not intent.vague:
        wants = ", ".join([each.text for each in packet.intents if not each.vague][-2:])
        text = f"The caller called about {wants}" + (f": {quoted(words)}" if words else "")
    elif words:
        text = f"The caller said: {quoted(words)}"
    else:
        text = f"The caller chose {quoted(intent.text)}"
    return made(text, intent.seq, intent.line)


def _unclear(packet: Packet, entries: Sequence[Entry]) -> Sentence:
    """Without an intent the caller's first words must do."""
    heard = [(e.seq, e.fact.text) for e in entries if isinstance(e.fact, UtteranceHeard)]
    answers = {slot.line for slot in packet.slots if slot.type not in ("free", "choice")}
    told = [(seq, text) for seq, text in heard if seq not in answers and tells(text)][:2]
    seqs = [seq for seq, _ in told or heard] or [failure.seq for failure in packet.failures]
    words = listed([quoted(text) for _, text in told])
    known = packet.slots or any(line.tells for line in packet.said)
    if told and known:
        return made(f"The caller used {quoted(packet.title)}: {words}", *seqs)
    if told:
        return made(f"What the caller wants is not clear; they said {words}", *seqs)
    if packet.intents or (packet.why and packet.why.reason == "asked"):
        text = "The caller asked for a person and has not said what it is about"
        return made(text, *seqs, *(each.seq for each in packet.intents))
    silent = "has not said what it is about" if heard or packet.slots else "has not said anything"
    return made(f"The caller {silent}", *seqs)


# --- what was done -------------------------------------------------------------------------------


def done(packet: Packet) -> Sentence:
    did, seqs = _did(packet)
    wrong = _went_wrong(packet)
    seqs += [failure.seq for failure in packet.failures]
    if did:
        but = f", but {listed(wrong)}" if wrong else ""
        return made(f"The assistant {listed(did)}{but}", *seqs)
    nothing = "Nothing was done so far" + (f": {listed(wrong)}" if wrong else "")
    return made(nothing, *seqs, 0 if any(seqs) else packet.seq)


def _did(packet: Packet) -> tuple[list[str], list[int]]:
    """What the assistant did, as verbs; and the entries that show it."""
    asked = [slot for slot in packet.slots if slot.source != "system" and slot.type != "yes_no"]
    failed = max((failure.seq for failure in packet.failures if failure.of_system), default=0)
    news = {line.node: line for line in packet.said if line.tells and line.seq > failed}
    told = [*news.values()][-2:]
    did: list[str] = []
    if asked:
        did.append(f"took down {listed([_value(slot) for slot in asked])}")
    if packet.who.identity == "verified":
        did.append(f"checked their {packet.who.checked}")
    if told:
        did.append(f"told them {listed([quoted(line.text) for line in told])}")
    return did, [*(slot.seq for slot in asked), packet.who.seq, *(line.seq for line in told)]


def _value(slot: SlotItem) -> str:
    value = quoted(slot.written) if slot.type == "free" else slot.written
    return f"{slot.label} {value}{' (not confirmed)' if slot.doubtful else ''}"


def _went_wrong(packet: Packet) -> list[str]:
    """What systems could not do, and trouble between the caller and the assistant; a single
    misunderstanding is none."""
    kinds = [failure.kind for failure in packet.failures]
    taken = {f"{slot.label} {slot.written}" for slot in packet.slots}
    last = max((failure.seq for failure in packet.failures if failure.of_system), default=0)
    mended = any(line.tells and line.seq > last for line in packet.said)
    failures = [failure for failure in packet.failures if failure.of_system and not mended]
    broken = [failure.text for failure in failures if not failure.things]
    wrong = [small(text).rstrip(".") for text in dict.fromkeys(broken)]
    for system in dict.fromkeys(failure.system for failure in failures if failure.things):
        things = [thing for f in failures if f.system == system for thing in f.things]
        known = taken.issuperset(things) and len(taken) > 1
        lost = f"nothing was found for them in {system}" if known else ""
        wrong.append(lost or not_found([*dict.fromkeys(things)], system))
    for kind, words in _TROUBLES.items():
        if (count := kinds.count(kind)) > 1:
            wrong.append(f"{words} {times(count)}")
    return wrong


# --- why it is here ------------------------------------------------------------------------------


def handed_over(packet: Packet) -> Sentence:
    why = packet.why
    begin = f"Handed over to {why.queue}: {reason(packet)}" if why else "The assistant has the call"
    parts, seqs = [begin], [why.seq if why else packet.seq]
    for question in packet.unanswered[:2]:
        parts.append(f"no answer to {quoted(question.question)}, asked {times(question.asked)}")
        seqs.append(question.seq)
    spoken_of = why is not None and why.reason == "mood"
    if not spoken_of and packet.moods and (mood := sounds(packet.moods[-1].mood)) != CALM:
        parts.append(f"they sound {mood}")
        seqs.append(packet.moods[-1].seq)
    return made("; ".join(parts), *seqs)


def reason(packet: Packet) -> str:
    """Why a person has the call: the author's words, else the kind of reason."""
    return small(packet.why.why or packet.why.text) if packet.why else ""
