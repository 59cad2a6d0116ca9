"""The nodes of a voice flow, as authors write them: the schema of everything under `nodes:`.

Pure. Knows one node at a time: unknown keys and wrong types are refused here, what takes more
than one node to see is refused in `checks`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag

from warmline.flows.fields import (
    Ask,
    Call,
    Consent,
    End,
    Escalate,
    Form,
    HandBack,
    Knowledge,
    LookUp,
    Menu,
    Name,
    Part,
    SecureInput,
    Text,
    Value,
    short,
)


class SayNode(Part):
    say: Text
    then: Name
    barge_in: bool = Field(True, alias="bargeIn")


HOURS: Final = "hours"
BUILT_IN: Final = frozenset({HOURS})
"""Slots that are always there: `hours` is `open` or `closed`."""


def _asked(value: Any) -> str:
    return "slots" if isinstance(value, dict | Form) and "slots" in dict(value) else "slot"


class AskNode(Part):
    ask: Annotated[
        Annotated[Ask, Tag("slot")] | Annotated[Form, Tag("slots")], Discriminator(_asked)
    ]
    then: Name | None = None
    on: dict[Name, Name] = {}


class MenuNode(Part):
    menu: Menu
    on: dict[Name, Name]


class AnswerNode(Part):
    answer: Knowledge
    then: Name
    """Where the call goes when the caller has no more questions."""
    on: dict[Literal["nothing"], Name] = {}
    """Where it goes when nothing in the articles answers, instead of asking once more."""


class CallRoads(Part):
    ok: Name
    not_found: Name | None = None
    """Without it, what is not found is an error."""
    error: Name


class CallNode(Part):
    call: Call
    on: CallRoads


class SecureNode(Part):
    secure_input: SecureInput
    on: CallRoads


class SetNode(Part):
    set: Annotated[dict[Name, Value], Field(min_length=1)]
    then: Name


class Found(Part):
    found: Name
    not_found: Name


class LookUpNode(Part):
    look_up: LookUp
    on: Found


class BranchNode(Part):
    branch: Name
    on: dict[str, Name]


class Verdict(Part):
    yes: Name
    no: Name


class ConsentNode(Part):
    consent: Consent
    then: Name | None = None
    on: Verdict | None = None


class EscalateNode(Part):
    escalate: Annotated[Escalate, short("reason")]


class HandBackNode(Part):
    handback: Annotated[HandBack, short("say")]
    then: Name


class EndNode(Part):
    end: Annotated[End, short("say")]


NODE_KINDS: Final[Mapping[str, type[Part]]] = {
    "say": SayNode,
    "ask": AskNode,
    "menu": MenuNode,
    "answer": AnswerNode,
    "call": CallNode,
    "set": SetNode,
    "look_up": LookUpNode,
    "branch": BranchNode,
    "consent": ConsentNode,
    "secure_input": SecureNode,
    "escalate": EscalateNode,
    "handback": HandBackNode,
    "end": EndNode,
}


def _kind(value: Any) -> str | None:
    """The one key that says what a node does; None when there is none, or more."""
    keys = value.keys() if isinstance(value, dict) else ()
    kinds = [kind for kind in NODE_KINDS if kind in keys]
    return kinds[0] if len(kinds) == 1 else None


Node = Annotated[
    Annotated[SayNode, Tag("say")]
    | Annotated[AskNode, Tag("ask")]
    | Annotated[MenuNode, Tag("menu")]
    | Annotated[AnswerNode, Tag("answer")]
    | Annotated[CallNode, Tag("call")]
    | Annotated[SetNode, Tag("set")]
    | Annotated[LookUpNode, Tag("look_up")]
    | Annotated[BranchNode, Tag("branch")]
    | Annotated[ConsentNode, Tag("consent")]
    | Annotated[SecureNode, Tag("secure_input")]
    | Annotated[EscalateNode, Tag("escalate")]
    | Annotated[HandBackNode, Tag("handback")]
    | Annotated[EndNode, Tag("end")],
    Discriminator(_kind),
]
