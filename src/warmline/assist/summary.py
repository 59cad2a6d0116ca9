"""A call in four to six sentences, once people have had it or it is over. Pure; no model needed.

Quotes what was said and states only what facts show; every sentence names them. A person may
change every word.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from warmline.assist.brief import done, made, problem, reason, sounds
from warmline.assist.packet import Packet, Sentence
from warmline.assist.promises import Promise, deeds, promises
from warmline.assist.sentences import lasting, listed, quoted, times
from warmline.events import (
    AgentJoined,
    CallbackRequested,
    CallEnded,
    Entry,
    Escalated,
    HandedBack,
    Transferred,
)

_LEAST, _MOST = 3, 6
"""Sentences: more than, and at most."""
_TALKING: Final = ("agent", "join")
_ENDS: Final = {
    "caller_hung_up": "the caller hung up",
    "caller_stalled": "the caller's line did not keep up",
    "media_timeout": "the caller's line was lost",
    "bad_input": "the caller's line broke",
    "time_limit": "the call reached its time limit",
    "server_stopped": "the server was stopped during the call",
    "failed": "the call broke off, by a fault of ours",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    problem: Sentence
    done: tuple[Sentence, ...]
    """By the assistant; then, in their own words, by people."""
    result: Sentence
    open_points: tuple[Sentence, ...]
    promises: tuple[Promise, ...]
    mood: Sentence | None
    """How it changed; None when it was not measured."""

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Four to six."""
        assistant, *people = self.done
        ends = [*_promised(self.promises), *self.open_points, *([self.mood] if self.mood else [])]
        found = (self.problem, assistant, self.result, *people, *ends)[:_MOST]
        nothing = made("No question stayed without an answer", *self.result.evidence)
        return found if len(found) > _LEAST else (*found, nothing)

    @property
    def text(self) -> str:
        return " ".join(each.text for each in self.sentences)


def summarize(packet: Packet, entries: Sequence[Entry]) -> Summary:
    """`packet` and `entries` are the same PacketBuilder's, now or at the end of the call."""
    names = {e.fact.agent: e.fact.name for e in entries if isinstance(e.fact, AgentJoined)}
    return Summary(
        problem=problem(packet, entries),
        done=(done(packet), *_deeds(entries, names)),
        result=_result(packet, entries, names),
        open_points=tuple(_open_points(packet)),
        promises=tuple(
            replace(each, by="the assistant" if each.by == "bot" else names.get(each.by, each.by))
            for each in promises(entries)
        ),
        mood=_mood(packet),
    )


def _deeds(entries: Sequence[Entry], names: Mapping[str, str]) -> Iterator[Sentence]:
    """What each person says to have done, the last two things."""
    found = deeds(entries)[-2:]
    said: dict[str, list[str]] = {}
    for deed in found:
        said.setdefault(names.get(deed.by, deed.by), []).append(quoted(deed.text))
    if found:
        words = listed([f"{name} said {listed(each)}" for name, each in said.items()])
        yield made(words, *(deed.seq for deed in found))


def _promised(kept: Sequence[Promise]) -> Iterator[Sentence]:
    if kept:
        said = [f"{quoted(each.text)} ({each.by})" for each in kept[-2:]]
        yield made(f"Promised: {listed(said)}", *(each.seq for each in kept[-2:]))


# --- the result ----------------------------------------------------------------------------------


def _result(packet: Packet, entries: Sequence[Entry], names: Mapping[str, str]) -> Sentence:
    """Who had the call, and how it ended."""
    hands, seqs, ending = [*_hands(packet, entries, names)], list[int](), ""
    for entry in entries:
        match entry.fact:
            case Escalated() | AgentJoined() | CallbackRequested() | HandedBack() | Transferred():
                seqs.append(entry.seq)
            case CallEnded(reason=end):
                seqs.append(entry.seq)
                ending = _ENDS.get(end, "")
            case _:
                pass
    if hands:
        return made("; ".join([*hands, *([ending] if ending else [])]), *seqs)
    if not any(isinstance(entry.fact, CallEnded) for entry in entries):
        return made("The assistant has the call", packet.seq)
    until = f"until {ending}" if ending else "to its end"
    return made(f"The assistant had the call {until}", *seqs)


def _hands(packet: Packet, entries: Sequence[Entry], names: Mapping[str, str]) -> Iterator[str]:
    """The hands that the call went through, in order."""
    ended = any(isinstance(entry.fact, CallEnded) for entry in entries)
    waits: Entry | None = None
    """The escalation that nobody has answered yet."""
    for entry in entries:
        match entry.fact:
            case Escalated(queue=queue):
                waits = entry
            case AgentJoined(agent=agent, role=role) if role in _TALKING:
                after = f" after {lasting(entry.at - waits.at)}" if waits else ""
                why = f" ({reason(packet)})" if waits else ""
                waits = None
                yield f"{names[agent]} took over{after}{why}"
            case CallbackRequested(number=number):
                waits = None
                yield f"a call back to {number or 'the number that called'} was arranged"
            case HandedBack(by=by):
                waits = None
                who = "the caller went" if by == "caller" else f"{names.get(by, by)} gave the call"
                yield f"{who} back to the assistant"
            case Transferred(queue=queue):
                waits = None
                yield f"the caller was put through to {queue} ({reason(packet)})"
            case _:
                pass
    if waits and isinstance(waits.fact, Escalated):
        since = f"waited {lasting(entries[-1].at - waits.at)}" if ended else "waits"
        nobody = ", and nobody took over" if ended else ""
        yield f"the caller {since} for {waits.fact.queue}{nobody} ({reason(packet)})"


# --- what is left --------------------------------------------------------------------------------


def _open_points(packet: Packet) -> Iterator[Sentence]:
    if packet.unanswered:
        asked = [f"{quoted(q.question)} (asked {times(q.asked)})" for q in packet.unanswered[-2:]]
        yield made(f"Not answered: {listed(asked)}", *(q.seq for q in packet.unanswered[-2:]))
    doubtful = [slot for slot in packet.slots if slot.doubtful]
    if doubtful:
        values = [f"{slot.label} {slot.written}" for slot in doubtful]
        yield made(f"Not confirmed: {listed(values)}", *(slot.seq for slot in doubtful))


def _mood(packet: Packet) -> Sentence | None:
    if not packet.moods:
        return None
    lowest = min(packet.moods, key=lambda point: point.mood)
    first, last = packet.moods[0], packet.moods[-1]
    words = [sounds(first.mood), sounds(lowest.mood), sounds(last.mood)]
    seqs = (first.seq, lowest.seq, last.seq)
    if len(set(words)) == 1:
        return made(f"They sounded {words[0]} throughout", *seqs)
    if words[1] in (words[0], words[2]):
        return made(f"They sounded {words[0]} at first and {words[2]} at the end", *seqs)
    return made(f"They sounded {words[0]}, then {words[1]}, and {words[2]} at the end", *seqs)
