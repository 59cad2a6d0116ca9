"""What a flow can say whatever its callers are called: texts to render before the first call. Pure.

None of it holds a caller's words or numbers. Sentences whose slots have few values (choices, yes
or no, the fields of a table) are told with each of them; of the others only the beginning.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

from warmline.events import AnswerKind
from warmline.flows import prompts, templates
from warmline.flows.flow import Flow, texts
from warmline.flows.nodes import CallNode, ConsentNode, LookUpNode, SecureNode, SetNode
from warmline.flows.questions import Question

MAX_VARIANTS: Final = 64
"""Of one sentence; they take Piper six seconds, once."""
MIN_LEAD_IN: Final = 2
"""Words; fewer are over before the rest is synthesized."""

_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+")
_SLOT: Final = re.compile(r"[\[{]")
_UNENDING: Final = frozenset(
    {
        *("a", "an", "the", "your", "our", "my", "this", "that", "no", "for", "from", "to", "in"),
        *("on", "at", "by", "with", "of", "about", "and", "or", "but", "as"),
    }
)
"""No voice takes a breath behind these."""
_STANDING: Final = (
    prompts.HINT_FREE,
    prompts.HINT_DIGITS,
    prompts.NO_WAY_BACK,
    prompts.BACK,
    prompts.RESTART,
    prompts.CHANGE,
    prompts.CONSENT_AGAIN,
    prompts.CALLBACK,
)
Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sayings:
    texts: tuple[str, ...]
    """Whole texts and sentences, the most likely first."""
    lead_ins: tuple[str, ...]
    """The words of a sentence before what only the call will know: "I have", "I heard:"."""


def sayings(flow: Flow) -> Sayings:
    """All that is known before a call."""
    values = closed_slots(flow)
    said = [*flow.prompts(), *_STANDING, flow.escape.closed_say]
    said += [
        templates.render(flow.repair.implausible, {"needed": question.needed})
        for question in flow.questions.values()
        if question.needed
    ]
    lead_ins: list[str] = []
    for sentence in _sentences(flow):
        variants = list(_variants(flow, sentence, values))
        said += variants
        if not variants and (lead_in := lead_in_of(sentence)):
            lead_ins.append(lead_in)
    return Sayings(
        texts=tuple(text for text in dict.fromkeys(said) if text),
        lead_ins=tuple(dict.fromkeys(lead_ins)),
    )


def closed_slots(flow: Flow) -> Values:
    """The slots whose values are all known, with these; never what callers say freely."""
    found: dict[str, set[str]] = {}
    unknown: set[str] = set()
    for question in flow.questions.values():
        if question.slot and (values := _answers(question)):
            found.setdefault(question.slot, set()).update(values)
        else:
            unknown.add(question.slot)
    for node in flow.nodes.values():
        match node:
            case SetNode(set=given):
                for slot, value in given.items():
                    found.setdefault(slot, set()).add(value)
                    unknown |= {slot} if "{" in value else set()
            case LookUpNode(look_up=look_up):
                records = flow.tables[look_up.table].values()
                for slot, field in look_up.save.items():
                    found.setdefault(slot, set()).update(record[field] for record in records)
            case CallNode(call=call):
                unknown |= call.save.keys()
            case SecureNode(secure_input=secure):
                unknown |= secure.save.keys()
            case ConsentNode(consent=consent):
                found.setdefault(consent.purpose, set()).update(("yes", "no"))
            case _:
                pass
    return {slot: tuple(sorted(some)) for slot, some in found.items() if slot not in unknown}


def lead_in_of(sentence: str) -> str:
    """The words of a template before its first slot; empty when they are too few."""
    words = _SLOT.split(sentence, maxsplit=1)[0].split()
    while words and words[-1].casefold() in _UNENDING:
        words.pop()
    return " ".join(words) if len(words) >= MIN_LEAD_IN else ""


def _answers(question: Question) -> tuple[str, ...]:
    if question.expect.secure:
        return ()
    if question.kind is AnswerKind.YES_NO:
        return ("yes", "no")
    return tuple(question.labels)


def _sentences(flow: Flow) -> Iterator[str]:
    """The sentences with slots of all templates, and of a read-back that no author wrote."""
    said = [text for node in flow.nodes.values() for _, text in texts(node)]
    said += [text for question in flow.questions.values() for text in question.prompts]
    if any(question.confirm != "never" for question in flow.questions.values()):
        said.append(prompts.heard("{value}"))
    for text in dict.fromkeys(said):
        yield from (part for part in _SENTENCE.split(text) if "{" in part)


def _variants(flow: Flow, sentence: str, closed: Values) -> Iterator[str]:
    """The sentence with each value that its slots can have; nothing where one is open."""
    if sentence.count("[") != sentence.count("]"):
        return  # an optional part that holds several sentences
    fields = {field.slot: field for field in templates.fields(sentence)}
    if not fields.keys() <= closed.keys():
        return
    choices = [(*closed[slot], *([""] if f.optional else [])) for slot, f in fields.items()]
    if prod(map(len, choices)) > MAX_VARIANTS:
        return
    for values in product(*choices):
        yield templates.render(sentence, dict(zip(fields, values, strict=True)), flow.speak)
