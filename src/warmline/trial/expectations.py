"""Whether a call went as a conversation says. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from warmline.events import (
    CallbackRequested,
    Command,
    ConsentAnswered,
    Escalated,
    Fact,
    Fetch,
    HangUp,
    NodeEntered,
    Note,
    Say,
)
from warmline.spoken import words
from warmline.trial.conversation import GAP, Expected

Miss = tuple[str, str]
"""What was expected, and what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What there is to compare with."""

    since: Sequence[Fact | Command]
    """All that happened in the turns that count."""
    node: str
    slots: Mapping[str, str]
    hung_up: HangUp | None
    waits: bool

    @property
    def said(self) -> tuple[str, ...]:
        return tuple(item.text for item in self.since if isinstance(item, Say))

    @property
    def entered(self) -> tuple[str, ...]:
        return tuple(fact.node for fact in self.notes(NodeEntered))

    def notes(self, kind: type[Any]) -> list[Any]:
        facts = [item.fact for item in self.since if isinstance(item, Note)]
        return [fact for fact in facts if isinstance(fact, kind)]


def misses(expected: Expected, seen: Seen) -> Iterator[Miss]:
    """All that is not as expected."""
    yield from _words(expected, seen)
    for node in expected.node:
        if node not in seen.entered and node != seen.node:
            yield f"the node {node}", f"{_listed(seen.entered)}; the call stands at {seen.node}"
    for slot, value in expected.slot.items():
        if (found := seen.slots.get(slot, "")) != value:
            yield f"{slot} = {_value(value)}", _value(found)
    for endpoint, values in expected.fetches.items():
        yield from _fetch(endpoint, values, seen)
    for purpose, verdict in expected.consent.items():
        yield from _consent(purpose, verdict, seen)
    yield from _person(expected, seen)
    if expected.waits and not seen.waits:
        yield "an endpoint that has not answered yet", "none is waited for"
    if expected.ends is not None and expected.ends != (seen.hung_up is not None):
        over = f"it is over ({seen.hung_up.reason})" if seen.hung_up else "it goes on"
        yield f"the call to {'end' if expected.ends else 'go on'}", over


def _words(expected: Expected, seen: Seen) -> Iterator[Miss]:
    said = words(" ".join(seen.said))
    at = 0
    for phrase in expected.says:
        missing, at = _follow(phrase, said, at)
        if missing:
            earlier = not _follow(missing, said, 0)[0]
            yield f'"{missing}" to be said', "it was said earlier" if earlier else "other words"
            break
    for phrase in expected.absent:
        if not _follow(phrase, said, 0)[0]:
            yield f'"{phrase}" not to be said', "it was said"


def _follow(phrase: str, said: list[str], at: int) -> tuple[str, int]:
    """The first part that is not said from `at` on, empty when all are; and where they end."""
    for part in phrase.split(GAP):
        end = _after(words(part), said, at)
        if end is None:
            return part.strip(), at
        at = end
    return "", at


def _after(phrase: list[str], said: list[str], begin: int) -> int | None:
    """Where the phrase's first occurrence from `begin` on ends."""
    size = len(phrase)
    starts = range(begin, len(said) - size + 1)
    return next((at + size for at in starts if said[at : at + size] == phrase), None)


def _fetch(endpoint: str, values: Mapping[str, str], seen: Seen) -> Iterator[Miss]:
    asked = [dict(i.values) for i in seen.since if isinstance(i, Fetch) and i.endpoint == endpoint]
    if not asked:
        yield f"the endpoint {endpoint} to be asked", "it was not"
        return
    for name, value in values.items():
        if all(sent.get(name) != value for sent in asked):
            found = ", ".join(_value(sent.get(name, "")) for sent in asked)
            yield f"{endpoint} to be sent {name} = {_value(value)}", found


def _consent(purpose: str, verdict: str, seen: Seen) -> Iterator[Miss]:
    answers = [f.granted for f in seen.notes(ConsentAnswered) if f.purpose == purpose]
    if not answers or answers[-1] != (verdict == "yes"):
        found = ("yes" if answers[-1] else "no") if answers else "no answer that counts"
        yield f"{verdict} to {purpose}", found


def _person(expected: Expected, seen: Seen) -> Iterator[Miss]:
    escalated: list[Escalated] = seen.notes(Escalated)
    if expected.escalates is not None and [f.queue for f in escalated] != [expected.escalates]:
        found = _listed([fact.queue for fact in escalated])
        yield f"a person of the queue {expected.escalates}", found
    if expected.packet is not None:
        for slot, value in expected.packet.slots.items():
            if (filled := seen.slots.get(slot, "")) != value:
                yield f"{slot} = {_value(value)} for the person", _value(filled)
        reasons = [fact.reason for fact in escalated]
        reasons += [seen.hung_up.details.get("why", "")] if seen.hung_up and escalated else []
        if expected.packet.reason is not None and expected.packet.reason not in reasons:
            yield f"the reason {expected.packet.reason!r}", _listed([r for r in reasons if r])
    if expected.callback is not None:
        numbers = [fact.number for fact in seen.notes(CallbackRequested)]
        if not numbers or expected.callback not in (True, numbers[-1]):
            wanted = "" if expected.callback is True else f" to {_value(expected.callback)}"
            yield f"a call back{wanted}", _listed(numbers)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name or '""' for name in names) or "none"


def _value(text: str) -> str:
    return repr(text) if text else "nothing"
