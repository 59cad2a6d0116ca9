"""What a flow is to the people who take its calls over: words for its slots, intents and
questions, and what of it they must not see. Pure.

Made once for a flow; knows no call.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from warmline.assist.question_card import WRITTEN, QuestionCard, in_words
from warmline.assist.question_card import questions as questions_of
from warmline.flows import prompts, templates
from warmline.flows.flow import Flow, texts
from warmline.flows.nodes import (
    AnswerNode,
    CallNode,
    EscalateNode,
    HandBackNode,
    LookUpNode,
    SayNode,
    SecureNode,
    SetNode,
)

FailureKind = Literal["no_match", "no_input", "rejected"]

_CLOSING: Final = "anything else"
"""Whoever asks so only wants to know whether the call is over."""
_NEWS: Final = 5
"""Words of a sentence that tells something: "Thank you, Ada." does not."""
_IDENTITY: Final = re.compile(
    r"(?:^|_)(?:pins?|passcodes?|otp|one_time_codes?|identity|identities|verify|verified|"
    r"verification|authenticate|authentication)(?:_|$)"
)
"""In the name of a checked secret or an endpoint: its yes says who the caller is. A secret that
only finds something (a card's number) proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCard:
    flow: str
    title: str
    """For people: "Order status"."""
    questions: tuple[QuestionCard, ...]
    """In the order of the flow's file; a form first and then its slots."""
    secrets: frozenset[str]
    """Slots whose values nobody sees."""
    consents: frozenset[str]
    """Purposes that the flow asks a consent for."""
    hidden: frozenset[str]
    """Slots that tell people nothing: secrets, consents (told apart), what only steers the flow
    or goes from one machine to another."""
    handback_nodes: tuple[str, ...]
    identity_checks: Mapping[str, str]
    """Nodes whose success says who the caller is, and what is checked there."""
    look_ups: Mapping[str, tuple[str, str]]
    """Node that looks something up in a table: the table, and where the call goes when there
    is no such thing."""
    sent: Mapping[str, tuple[str, ...]]
    """Node that looks something up or asks an endpoint: the slots that it sends, without those
    that people do not see."""
    reasons: Mapping[str, str]
    """Node that hands over: the author's words for why."""
    systems: frozenset[str]
    """Nodes that fill slots from tables, endpoints or constants."""
    _failures: tuple[tuple[str, FailureKind], ...]
    """How the words begin that a question is asked again with."""
    _news: frozenset[str]
    """Nodes that tell the caller something that was found out or done for them."""
    _everywhere: frozenset[str]
    """What is said wherever the call stands."""
    _flow: Flow
    _formats: Mapping[str, str]

    @classmethod
    def of(cls, flow: Flow) -> "FlowCard":
        questions = tuple(questions_of(flow))
        spoken = {field.slot: field.format for field in _spoken(flow)}
        asked = {question.slot for question in questions if question.kind in ("answer", "intent")}
        purposes = {question.slot for question in questions if question.kind == "consent"}
        secrets = {question.slot for question in questions if question.kind == "secret"}
        closing = {q.slot for q in questions if _CLOSING in q.text.casefold()}
        nodes = flow.nodes
        hidden = secrets | purposes | closing | (_filled_by_itself(flow) - spoken.keys() - asked)
        return cls(
            flow=flow.name,
            title=_title(flow.name),
            questions=questions,
            secrets=frozenset(secrets),
            consents=frozenset(purposes),
            hidden=frozenset(hidden),
            handback_nodes=tuple(n for n, node in nodes.items() if isinstance(node, HandBackNode)),
            identity_checks=dict(_identity_checks(flow)),
            look_ups={
                name: (node.look_up.table, node.on.not_found)
                for name, node in nodes.items()
                if isinstance(node, LookUpNode)
            },
            sent={
                name: tuple(slot for slot in slots if slot not in hidden)
                for name, slots in _sent(flow)
            },
            reasons={
                name: node.escalate.reason
                for name, node in nodes.items()
                if isinstance(node, EscalateNode)
            },
            systems=frozenset(
                name
                for name, node in nodes.items()
                if isinstance(node, SetNode | LookUpNode | CallNode | SecureNode)
            ),
            _failures=tuple(_failures(flow)),
            _news=frozenset(_news(flow)),
            _everywhere=frozenset(_everywhere(flow)),
            _flow=flow,
            _formats=spoken,
        )

    def asked_at(self, node: str, text: str) -> QuestionCard | None:
        """Which question of a node these words ask; a read-back asks its question too."""
        for question in self.questions:
            if question.node == node and any(w.within(text) for w in question.wordings):
                return question
        return self.read_back_at(node, text)

    def read_back_at(self, node: str, text: str) -> QuestionCard | None:
        """Which question's answer these words read back, if they do."""
        for question in self.questions:
            if question.node == node and question.read_back and question.read_back.within(text):
                return question
        return None

    def names_a_thing(self, slot: str) -> bool:
        """Whether its value names one thing among many, an order or a unit; what proves who the
        caller is does not."""
        question = self.question(slot)
        proofs = (slot for node in self.identity_checks for slot in self.sent[node])
        return bool(question and question.type in ("digits", "spelled")) and slot not in proofs

    def question(self, slot: str) -> QuestionCard | None:
        """The first question that fills this slot."""
        return next((question for question in self.questions if question.slot == slot), None)

    def failure(self, text: str) -> FailureKind | None:
        """What went wrong when a question is asked again with these words."""
        return next((kind for begin, kind in self._failures if text.startswith(begin)), None)

    def tells(self, node: str, text: str) -> bool:
        """Whether these words tell what was found out or done for the caller."""
        told = node in self._news and text not in self._everywhere
        return told and len(text.split()) >= _NEWS and not text.endswith("?")

    def label(self, slot: str) -> str:
        """A slot in words."""
        question = self.question(slot)
        return question.label if question else in_words(slot)

    def write(self, slot: str, value: str) -> str:
        """A value as people read it."""
        question = self.question(slot)
        return value if question and question.type in WRITTEN else self.speak(slot, value)

    def speak(self, slot: str, value: str) -> str:
        """A value in words, as the flow would say it."""
        question = self.question(slot)
        if question and value in question.choices:
            return question.choices[value]
        if form := self._formats.get(slot):
            return templates.render(f"{{{slot}:{form}}}", {slot: value})
        return self._flow.speak(slot, value)


# --- from a flow ---------------------------------------------------------------------------------


def _title(name: str) -> str:
    words = in_words(name)
    return words[:1].upper() + words[1:]


def _spoken(flow: Flow) -> Iterator[templates.Field]:
    """The slots that the flow's sentences speak of; the ones with a format last."""
    found = [
        field for node in flow.nodes.values() for _, said in texts(node)
        for field in templates.fields(said)
    ]  # fmt: skip
    yield from sorted(found, key=lambda field: bool(field.format))


def _filled_by_itself(flow: Flow) -> set[str]:
    """Slots that tables, endpoints and constants fill."""
    found: set[str] = set()
    for node in flow.nodes.values():
        match node:
            case SetNode(set=values):
                found |= values.keys()
            case LookUpNode(look_up=part) | CallNode(call=part) | SecureNode(secure_input=part):
                found |= part.save.keys()
    return found


def _sent(flow: Flow) -> Iterator[tuple[str, list[str]]]:
    """The slots that each node which asks a system sends there."""
    for name, node in flow.nodes.items():
        match node:
            case LookUpNode(look_up=look_up):
                sent = [look_up.key]
            case CallNode(call=call) | SecureNode(secure_input=call):
                sent = [*call.values.values()]
            case _:
                continue
        yield name, list(dict.fromkeys(f.slot for text in sent for f in templates.fields(text)))


def _identity_checks(flow: Flow) -> Iterator[tuple[str, str]]:
    for name, node in flow.nodes.items():
        match node:
            case SecureNode(secure_input=secure) if _IDENTITY.search(
                secure.slot
            ) or _IDENTITY.search(secure.endpoint):
                yield name, in_words(secure.slot)
            case CallNode(call=call) if _IDENTITY.search(call.endpoint):
                yield name, "identity"


def _news(flow: Flow) -> Iterator[str]:
    """Answers from articles, sentences with values, and what follows a system's yes."""
    for name, node in flow.nodes.items():
        match node:
            case AnswerNode():
                yield name
            case SayNode() if templates.fields(node.say):
                yield name
            case CallNode(on=on) if isinstance(flow.nodes[on.ok], SayNode):
                yield on.ok
            case LookUpNode(on=on) if isinstance(flow.nodes[on.found], SayNode):
                yield on.found
            case _:
                pass


def _everywhere(flow: Flow) -> Iterator[str]:
    repair = flow.repair
    yield from (flow.escape.say, flow.escape.closed_say, repair.help, repair.robot, repair.busy)
    yield from (prompts.MORE_SLOWLY, prompts.LOUDER, prompts.NO_WAY_BACK, prompts.CALLBACK)


def _failures(flow: Flow) -> Iterator[tuple[str, FailureKind]]:
    """The longest beginnings first, so that each text finds its own."""
    repair = flow.repair
    found: list[tuple[str, FailureKind]] = [(text, "no_match") for text in repair.no_match]
    found += [(repair.failed, "no_match"), (prompts.CHANGE, "rejected")]
    found += [
        (text.partition("{")[0], "no_match") for text in (repair.wrong_length, repair.implausible)
    ]
    found += [(text, "no_input") for text in repair.no_input]
    found += [(text, "rejected") for text in repair.rejected]
    yield from sorted(((t, k) for t, k in found if t.strip()), key=lambda pair: -len(pair[0]))
