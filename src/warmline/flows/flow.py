"""A voice flow: the schema of flow.yaml, and the same ready to run. Pure.

Knows no file and no call.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from warmline.flows import prompts, templates
from warmline.flows.fields import Ask, Form, Name, Part, Phrases, StaticText, Wordings, Words, only
from warmline.flows.hours import Hours
from warmline.flows.nodes import (
    AnswerNode,
    AskNode,
    BranchNode,
    CallNode,
    ConsentNode,
    EndNode,
    EscalateNode,
    HandBackNode,
    LookUpNode,
    MenuNode,
    Node,
    SayNode,
    SecureNode,
    SetNode,
)
from warmline.flows.problem import Path
from warmline.flows.questions import Question
from warmline.meaning.knowledge import Knowledge

Tries = Annotated[int, Field(ge=1, le=100)]
Table = Mapping[str, Mapping[str, str]]
"""Records by key; each a mapping of field to value."""


class Persona(Part):
    voice: str = ""
    """A voice model's name; empty for the server's default."""
    pace: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0
    """1.0 is the voice's own pace, 1.2 is a fifth faster."""
    tone: str = ""
    """For those who write the texts; nothing is derived from it."""


class After(Part):
    """When a person takes over by itself."""

    no_match: Tries = 3
    no_input: Tries = 3
    """Failures in a row on one question."""
    minutes: Annotated[float, Field(gt=0, le=240)] = 10.0
    """Without an end so long."""


class Mood(Part):
    below: Annotated[float, Field(ge=-1, le=1)]
    turns: Tries = 2
    """In a row."""


class Unsure(Part):
    below: Annotated[float, Field(gt=0, le=1)]
    """The recogniser's confidence."""
    turns: Tries = 3
    """In a row."""


class EscalateWhen(Part):
    """Signs of frustration, counted over the whole call; each alone is enough."""

    repeats: Tries | None = None
    """The caller asked to hear something again."""
    corrections: Tries | None = None
    """What was read back was wrong."""
    failures: Tries | None = None
    """Nothing was understood, or nothing heard."""
    mood: Mood | None = None
    unsure: Unsure | None = None


class Escape(Part):
    queue: Name
    say: StaticText = prompts.ESCAPE
    after: After = After()
    when: EscalateWhen = EscalateWhen()
    closed: Name | None = None
    """The node to go to when nobody is there; without it the call ends with `closed_say`."""
    closed_say: StaticText = prompts.CLOSED


class Repair(Part):
    no_match: Wordings = prompts.NO_MATCH
    no_input: Wordings = prompts.NO_INPUT
    rejected: Wordings = prompts.REJECTED
    failed: StaticText = prompts.FAILED
    wrong_length: Annotated[Words, only("needed")] = prompts.WRONG_LENGTH
    implausible: Annotated[Words, only("needed")] = prompts.IMPLAUSIBLE
    help: StaticText = prompts.HELP
    robot: StaticText = prompts.ROBOT
    busy: StaticText = prompts.BUSY


class FlowFile(Part):
    """The content of flow.yaml, with its includes put in."""

    flow: Name
    version: Annotated[int, Field(ge=1)] = 1
    """The author's own count; running calls are told apart by the content's hash."""
    description: Annotated[str, Field(max_length=200)] = ""
    """One sentence for callers who choose on a page."""
    language: Literal["en", "en-US", "en-GB"] = "en-US"
    persona: Persona = Persona()
    start: Name
    escape: Escape
    hours: Hours | None = None
    """When people are there; always, when it is not given."""
    repair: Repair = Repair()
    intents: dict[Name, Phrases] = {}
    """What callers want, by example phrases."""
    tables: dict[Name, str] = {}
    """Table name: JSON file beside flow.yaml."""
    knowledge: dict[Name, str] = {}
    """Name: folder of Markdown articles beside flow.yaml."""
    endpoints: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    """The HTTP endpoints that the flow uses; the server's configuration says where they are."""
    nodes: Annotated[dict[Name, Node], Field(min_length=1, max_length=1000)]


def exits(node: Node) -> Iterator[tuple[Path, str]]:
    """Where a node leads: the path of each target inside the node, and the target."""
    match node:
        case SayNode() | SetNode() | HandBackNode():
            yield ("then",), node.then
        case AskNode():
            yield from _given_up("ask", node.ask)
            if node.then is not None:
                yield ("then",), node.then
            yield from ((("on", value), target) for value, target in node.on.items())
        case MenuNode() | BranchNode():
            yield from ((("on", value), target) for value, target in node.on.items())
        case AnswerNode():
            yield ("then",), node.then
            yield from ((("on", value), target) for value, target in node.on.items())
        case CallNode() | SecureNode():
            if isinstance(node, SecureNode):
                yield from _given_up("secure_input", node.secure_input)
            yield ("on", "ok"), node.on.ok
            if node.on.not_found is not None:
                yield ("on", "not_found"), node.on.not_found
            yield ("on", "error"), node.on.error
        case LookUpNode():
            yield ("on", "found"), node.on.found
            yield ("on", "not_found"), node.on.not_found
        case ConsentNode():
            if node.then is not None:
                yield ("then",), node.then
            if node.on is not None:
                yield ("on", "yes"), node.on.yes
                yield ("on", "no"), node.on.no
        case EscalateNode() | EndNode():
            return


def _given_up(kind: str, ask: Ask | Form) -> Iterator[tuple[Path, str]]:
    if isinstance(ask, Ask) and ask.give_up is not None:
        yield (kind, "give_up"), ask.give_up


def texts(node: Node) -> Iterator[tuple[Path, str]]:
    """What a node says, as templates: the path inside the node, and the text."""
    match node:
        case SayNode():
            yield ("say",), node.say
        case AskNode(ask=ask):
            yield from _prompts(("ask", "prompt"), ask.prompt)
            if ask.read_back is not None:
                yield ("ask", "read_back"), ask.read_back
            for name, slot in ask.slots.items() if isinstance(ask, Form) else ():
                yield from _prompts(("ask", "slots", name, "prompt"), slot.prompt or ())
        case MenuNode(menu=menu):
            yield from _prompts(("menu", "prompt"), menu.prompt)
        case AnswerNode(answer=answer):
            yield from _prompts(("answer", "prompt"), answer.prompt)
            yield ("answer", "more"), answer.more
            yield ("answer", "again"), answer.again
        case CallNode(call=call):
            yield ("call", "while_waiting"), call.while_waiting
        case SecureNode(secure_input=secure):
            yield from _prompts(("secure_input", "prompt"), secure.prompt)
            yield ("secure_input", "while_waiting"), secure.while_waiting
        case ConsentNode(consent=consent):
            yield ("consent", "prompt"), consent.prompt
        case EscalateNode() if node.escalate.say is not None:
            yield ("escalate", "say"), node.escalate.say
        case HandBackNode() if node.handback.say is not None:
            yield ("handback", "say"), node.handback.say
        case EndNode() if node.end.say is not None:
            yield ("end", "say"), node.end.say
        case _:
            return


def _prompts(path: Path, wordings: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    yield from ((path, text) for text in wordings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A checked flow with all it needs, as calls run it."""

    name: str
    version: str
    """SHA-256 (hex) over flow.yaml and all files that it names."""
    file: FlowFile
    questions: Mapping[str, Question]
    """What each asking node listens for; the single slots of a form stand under `node.slot`."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    knowledge: Mapping[str, Knowledge] = field(default_factory=dict)

    @property
    def nodes(self) -> Mapping[str, Node]:
        return self.file.nodes

    @property
    def persona(self) -> Persona:
        return self.file.persona

    @property
    def escape(self) -> Escape:
        return self.file.escape

    @property
    def repair(self) -> Repair:
        return self.file.repair

    def speak(self, slot: str, value: str, form: str = "") -> str:
        """A slot's value in words, as its type speaks it."""
        for question in self.questions.values():
            if question.slot == slot and question.type is not None:
                return question.type.speak(value, form)
        return value

    def prompts(self) -> list[str]:
        """All texts without slots that a call may hear, each once: these can be rendered ahead."""
        said: list[str] = []
        for node in self.nodes.values():
            for _, text in texts(node):
                said += templates.static_texts(text)
        repair = self.repair
        said += [*repair.no_match, *repair.no_input, *repair.rejected]
        said += [repair.failed, repair.robot, repair.help, repair.busy, self.escape.say]
        said += [prompts.HINT_YES_NO, prompts.MORE_SLOWLY, prompts.LOUDER]
        for question in self.questions.values():
            said += question.sentences()
            if question.needed:
                said.append(templates.render(repair.wrong_length, {"needed": question.needed}))
        return [text for text in dict.fromkeys(said) if text]
