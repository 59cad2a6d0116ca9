"""A voice flow: what its author writes in flow.yaml, and the same ready to run. Pure.

Knows no file and no call. The models are the file's schema: unknown keys and wrong types are
refused here, what takes more than one node to see is refused in `checks`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Discriminator, Field, Tag

from warmline.dialogue import prompts
from warmline.events import AnswerKind

_ANSWER_TYPE: Final = re.compile(r"(yes_no|choice|free)|(digits)\((\d{1,2})(?:\.\.(\d{1,2}))?\)")

Table = Mapping[str, Mapping[str, str]]
"""Records by key; each a mapping of field to value."""


def _template(text: str) -> str:
    prompts.fields(text)
    return text


def _only(*allowed: str) -> AfterValidator:
    """A text that is said wherever the call stands cannot speak of the call's slots."""

    def check(text: str) -> str:
        if any(field.slot not in allowed for field in prompts.fields(text)):
            known = " but " + ", ".join(f"{{{name}}}" for name in allowed) if allowed else ""
            raise ValueError(f"expected a text without slots{known}")
        return text

    return AfterValidator(check)


def _answer_type(text: str) -> str:
    match = _ANSWER_TYPE.fullmatch(text)
    if match is None:
        raise ValueError("expected yes_no, choice, free, digits(4) or digits(4..8)")
    if match[2] and not 1 <= int(match[3]) <= int(match[4] or match[3]) <= 32:
        raise ValueError("expected 1 to 32 digits, the fewest first")
    return text


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Words = Annotated[str, Field(min_length=1, max_length=1000)]
Text = Annotated[_Words, AfterValidator(_template)]
"""What is spoken; may hold `{slot}` and `{slot:format}`."""
StaticText = Annotated[_Words, _only()]
Wordings = Annotated[tuple[StaticText, ...], Field(min_length=1, strict=False)]
"""Different sentences for the first, second … time; the last one stays."""
Phrase = Annotated[str, Field(min_length=1, max_length=200)]
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1, strict=False)]
Seconds = Annotated[float, Field(ge=0.5, le=120)]
Tries = Annotated[int, Field(ge=1, le=100)]


class _Part(BaseModel):
    model_config = {"extra": "forbid", "frozen": True, "strict": True}


class Persona(_Part):
    voice: str = ""
    """A voice model's name; empty for the server's default."""
    pace: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0
    """1.0 is the voice's own pace, 1.2 is a fifth faster."""


class After(_Part):
    """After so many failures in a row on one question a person takes over."""

    no_match: Tries = 3
    no_input: Tries = 3


class Escape(_Part):
    queue: Name
    say: StaticText = prompts.ESCAPE
    after: After = After()


class Repair(_Part):
    no_match: Wordings = prompts.NO_MATCH
    no_input: Wordings = prompts.NO_INPUT
    rejected: Wordings = prompts.REJECTED
    failed: StaticText = prompts.FAILED
    wrong_length: Annotated[_Words, _only("needed")] = prompts.WRONG_LENGTH


class Ask(_Part):
    slot: Name
    type: Annotated[str, AfterValidator(_answer_type)]
    prompt: Text
    options: dict[Name, Phrases] = {}
    """For `choice` the values and how callers say them. Beside the other types: phrases that
    mean yes or no here, or that steer a free answer (and do not fill its slot)."""
    words: Annotated[tuple[Phrase, ...], Field(strict=False)] = ()
    """More words that an answer is likely to hold; they help the recogniser."""
    read_back: Text | None = None
    timeout: Seconds = 7.0
    inter_digit_timeout: Seconds = Field(3.0, alias="interDigitTimeout")

    @property
    def kind(self) -> AnswerKind:
        return AnswerKind(self.type.partition("(")[0])

    @property
    def min_digits(self) -> int:
        """0 for all types but digits, as `max_digits`."""
        return int((re.findall(r"\d+", self.type) or ["0"])[0])

    @property
    def max_digits(self) -> int:
        return int((re.findall(r"\d+", self.type) or ["0"])[-1])

    @property
    def labels(self) -> tuple[str, ...]:
        """One short name for each option: its first phrase."""
        return tuple(phrases[0] for phrases in self.options.values())


class LookUp(_Part):
    table: Name
    key: Text
    save: dict[Name, str]
    """Slot to fill: field of the record."""


class Found(_Part):
    found: Name
    not_found: Name


class Escalate(_Part):
    queue: Name | None = None
    say: StaticText | None = None
    reason: Annotated[str, Field(max_length=200)] = ""
    """For the person who takes over; not spoken."""


class End(_Part):
    say: Text | None = None


class SayNode(_Part):
    say: Text
    then: Name
    barge_in: bool = Field(True, alias="bargeIn")


class AskNode(_Part):
    ask: Ask
    then: Name | None = None
    on: dict[Name, Name] = {}


class LookUpNode(_Part):
    look_up: LookUp
    on: Found


class BranchNode(_Part):
    branch: Name
    on: dict[str, Name]


def _short(key: str) -> BeforeValidator:
    """`escalate: "address change"` is short for `escalate: { reason: "address change" }`."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


class EscalateNode(_Part):
    escalate: Annotated[Escalate, _short("reason")]


class EndNode(_Part):
    end: Annotated[End, _short("say")]


NODE_KINDS: Final[Mapping[str, type[_Part]]] = {
    "say": SayNode,
    "ask": AskNode,
    "look_up": LookUpNode,
    "branch": BranchNode,
    "escalate": EscalateNode,
    "end": EndNode,
}


def _node_kind(value: Any) -> str | None:
    """The one key that says what a node does; None when there is none, or more."""
    keys = value.keys() if isinstance(value, dict) else ()
    kinds = [kind for kind in NODE_KINDS if kind in keys]
    return kinds[0] if len(kinds) == 1 else None


Node = Annotated[
    Annotated[SayNode, Tag("say")]
    | Annotated[AskNode, Tag("ask")]
    | Annotated[LookUpNode, Tag("look_up")]
    | Annotated[BranchNode, Tag("branch")]
    | Annotated[EscalateNode, Tag("escalate")]
    | Annotated[EndNode, Tag("end")],
    Discriminator(_node_kind),
]


class FlowFile(_Part):
    """The content of flow.yaml."""

    flow: Name
    version: Annotated[int, Field(ge=1)] = 1
    """The author's own count; running calls are told apart by the content's hash."""
    language: Literal["en", "en-US", "en-GB"] = "en-US"
    persona: Persona = Persona()
    start: Name
    escape: Escape
    repair: Repair = Repair()
    tables: dict[Name, str] = {}
    """Table name: JSON file beside flow.yaml."""
    nodes: Annotated[dict[Name, Node], Field(min_length=1, max_length=1000)]


Path = tuple[str | int, ...]
"""Where something stands in the file: ("nodes", "reason", "ask", "type")."""


def exits(node: Node) -> Iterator[tuple[Path, str]]:
    """Where a node leads: the path of each target inside the node, and the target."""
    match node:
        case SayNode():
            yield ("then",), node.then
        case AskNode():
            if node.then is not None:
                yield ("then",), node.then
            yield from ((("on", value), target) for value, target in node.on.items())
        case LookUpNode():
            yield ("on", "found"), node.on.found
            yield ("on", "not_found"), node.on.not_found
        case BranchNode():
            yield from ((("on", value), target) for value, target in node.on.items())
        case EscalateNode() | EndNode():
            return


def texts(node: Node) -> Iterator[tuple[Path, str]]:
    """What a node says, as templates: the path inside the node, and the text."""
    match node:
        case SayNode():
            yield ("say",), node.say
        case AskNode():
            yield ("ask", "prompt"), node.ask.prompt
            if node.ask.read_back is not None:
                yield ("ask", "read_back"), node.ask.read_back
        case EscalateNode() if node.escalate.say is not None:
            yield ("escalate", "say"), node.escalate.say
        case EndNode() if node.end.say is not None:
            yield ("end", "say"), node.end.say
        case _:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A checked flow with its tables, as calls run it."""

    name: str
    version: str
    """SHA-256 (hex) over flow.yaml and its tables."""
    language: str
    persona: Persona
    start: str
    escape: Escape
    repair: Repair
    nodes: Mapping[str, Node]
    tables: Mapping[str, Table]

    def prompts(self) -> list[str]:
        """All texts without slots that a call may hear, each once: these can be rendered ahead."""
        said: list[str] = []
        for node in self.nodes.values():
            for _, text in texts(node):
                said += prompts.static_texts(text)
        said += [*self.repair.no_match, *self.repair.no_input, *self.repair.rejected]
        said += [self.repair.failed, self.escape.say, prompts.ROBOT, prompts.HINT_YES_NO]
        for ask in (node.ask for node in self.nodes.values() if isinstance(node, AskNode)):
            said.append(prompts.keypad_hint(ask.kind, ask.labels))
            if ask.kind is AnswerKind.DIGITS:
                said.append(self.wrong_length(ask))
        return list(dict.fromkeys(said))

    def wrong_length(self, ask: Ask) -> str:
        """What is said when `ask` got more or fewer digits than it takes."""
        needed = prompts.needed_digits(ask.min_digits, ask.max_digits)
        return prompts.render(self.repair.wrong_length, {"needed": needed})
