"""What people and the flow promised to a caller, and what people said they have done. Pure.

A small table of English, with verbs that reach beyond the call: "I'll have a look" is no promise,
"I'll send you a label" is. Each finding is the sentence as it was said, and where.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from warmline.assist.sentences import parted
from warmline.events import AgentHeard, Entry, SpeakingFinished

_BETWEEN: Final = r"(?: (?!not\b|never\b|if\b)[\w']+){0,3}?"
"""A few words, and no denial among them."""
_VERBS: Final = (
    r"(?:call|phone|ring|e-?mail|mail|text|write|send|ship|deliver|refund|credit|reimburse|replace|"
    r"return|repair|fix|cancel|order|book|arrange|schedule|open|file|raise|report|escalate|forward|"
    r"contact|follow|reach|update|waive|remove|get back|get in touch|be in touch|let you know|"
    r"make sure|take care|come by|come out)"
)
_DELIVERED: Final = r"(?:receive|get|hear|have (?:it|that|your)|find|see)"
"""What a caller will do when a promise is kept."""
_PROMISE: Final = re.compile(
    rf"\b(?:(?:i|we|they|someone|somebody|a colleague|my colleague)(?:'ll| will| shall)|"
    rf"(?:i'm|i am|we're|we are) going to){_BETWEEN} {_VERBS}\b"
    rf"|\byou(?:'ll| will){_BETWEEN} {_DELIVERED}\b",
)
_DONE: Final = re.compile(
    r"\b(?:(?:i|we)(?:'ve| have)(?: (?:just|now|already|also|gone ahead and))?|"
    r"(?:i|we) (?:just|already)) "
    r"(?!been\b|got\b|had\b|heard\b|seen\b|looked\b)"
    r"(?:\w+ed|sent|made|put|set|taken|given|written|found|booked|paid|begun|done)\b",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    text: str
    """The sentence as it was said."""
    by: str
    """`bot`, or the agent's user id."""
    seq: int
    """The entry that holds it."""
    audio_at: float | None = None
    """Where it begins in the call's audio, in seconds; None for the bot's."""


def promises(entries: Iterable[Entry]) -> tuple[Promise, ...]:
    """All promises of a call, each wording once; of the bot's only what was really played."""
    return _first_of_each(_found(entries, _PROMISE, bot=True))


def deeds(entries: Iterable[Entry]) -> tuple[Promise, ...]:
    """What agents said that they have done."""
    return _first_of_each(_found(entries, _DONE, bot=False))


def _found(entries: Iterable[Entry], what: re.Pattern[str], *, bot: bool) -> Iterator[Promise]:
    for entry in entries:
        match entry.fact:
            case AgentHeard(agent=agent, text=text, started_at=begun):
                for said in _sentences(text, what):
                    yield Promise(text=said, by=agent, seq=entry.seq, audio_at=begun)
            case SpeakingFinished(text=text, interrupted=cut) if bot:
                whole = parted(text)[:-1] if cut else parted(text)
                for said in _sentences(" ".join(whole), what):
                    yield Promise(text=said, by="bot", seq=entry.seq)
            case _:
                pass


def _sentences(text: str, what: re.Pattern[str]) -> Iterator[str]:
    for said in parted(text):
        plain = said.casefold().replace("’", "'")
        if what.search(plain) and not plain.endswith("?"):
            yield said


def _first_of_each(found: Iterable[Promise]) -> tuple[Promise, ...]:
    seen: dict[str, Promise] = {}
    for promise in found:
        seen.setdefault(promise.text.casefold(), promise)
    return tuple(seen.values())
