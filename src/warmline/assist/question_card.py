"""What a flow asks, as people who take its calls over see it. Pure.

Knows one question at a time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from warmline.assist.wording import Wording
from warmline.flows import prompts, templates
from warmline.flows.fields import Ask, Form
from warmline.flows.flow import Flow
from warmline.flows.nodes import AnswerNode, AskNode, ConsentNode, MenuNode, SecureNode
from warmline.flows.questions import Question

_CAPITALS: Final = frozenset({"faq", "iban", "id", "it", "otp", "pin", "sms", "vat", "zip"})

WRITTEN: Final = frozenset({"digits", "spelled", "email", "phone", "name", "time"})
"""Types of answers whose value is what people write: 4527 and not 4 5 2 7."""

QuestionKind = Literal["answer", "intent", "consent", "secret", "articles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionCard:
    """One thing that the flow asks."""

    node: str
    slot: str
    """What the answer fills; a consent's purpose; empty for none."""
    kind: QuestionKind
    text: str
    """As it is asked first, without the call's values."""
    label: str
    """What is asked for, in a word or two: "order", "card number"."""
    type: str
    """Of the answer, as authors write it: digits, date, free …; empty for none."""
    wordings: tuple[Wording, ...]
    read_back: Wording | None = None
    required: bool = True
    """Of a form's slot: the form is not complete without it."""
    choices: Mapping[str, str]
    """Values and what each is called: intents and menu items by their first phrase."""


def questions(flow: Flow) -> Iterator[QuestionCard]:
    for name, question in flow.questions.items():
        node, _, _ = name.partition(".")
        text = question.prompts[0] if question.prompts else ""
        slot, kind = question.slot, _kind(flow, node, question)
        if isinstance(asker := flow.nodes[node], ConsentNode):
            slot = asker.consent.purpose
        plain = templates.render(text, {})
        read_back = question.read_back or _own_read_back(question)
        yield QuestionCard(
            node=node,
            slot=slot,
            kind=kind,
            text=plain,
            label=in_words(slot or node),
            type=_type(flow, node, question.slot),
            wordings=tuple(Wording.of(wording) for wording in question.prompts),
            read_back=Wording.of(read_back) if read_back else None,
            required=not question.optional,
            choices=question.labels,
        )


def _kind(flow: Flow, node: str, question: Question) -> QuestionKind:
    match flow.nodes[node]:
        case ConsentNode():
            return "consent"
        case SecureNode():
            return "secret"
        case AnswerNode():
            return "articles"
        case MenuNode():
            return "intent"
        case AskNode() if question.matcher is not None:
            return "intent"
        case _:
            return "answer"


def _type(flow: Flow, node: str, slot: str) -> str:
    """The author's word for the type of an answer, without its bounds."""
    match flow.nodes[node]:
        case AskNode(ask=Form(slots=slots)):
            spec = slots[slot].type if slot in slots else ""
        case AskNode(ask=Ask(type=spec)) | SecureNode(secure_input=Ask(type=spec)):
            pass
        case MenuNode():
            spec = "choice"
        case ConsentNode():
            spec = "yes_no"
        case _:
            spec = ""
    return spec.partition("(")[0]


def _own_read_back(question: Question) -> str:
    """How an answer is read back, or offered, where the author wrote no words for it."""
    if question.labels:
        return prompts.did_you_mean(["{value}"])
    return prompts.heard("{value}") if question.type else ""


def in_words(name: str) -> str:
    """A name of the flow for people: `card_end` is "card end", `pin` is "PIN"."""
    return " ".join(word.upper() if word in _CAPITALS else word for word in name.split("_"))
