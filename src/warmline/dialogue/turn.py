"""One turn of a call as it grows: the state, and how the call says, asks, listens and ends.

Pure. Knows what is said, not why: what a caller's words lead to is the machine's.
"""

from dataclasses import dataclass, replace

from warmline.dialogue import prompts
from warmline.dialogue.flow import Ask, AskNode, Flow
from warmline.dialogue.slots import Heard, confirmation, expectation
from warmline.events import (
    AnswerKind,
    Command,
    Escalated,
    HangUp,
    Listen,
    NodeEntered,
    Note,
    Say,
    SlotFilled,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a call stands. Hashable; equal states behave alike."""

    node: str = ""
    """The node last entered; empty before the call."""
    ended: bool = False
    slots: tuple[tuple[str, str], ...] = ()
    """Filled slots and their values, sorted by name."""
    pending: Heard | None = None
    """The answer that was read back and waits for a yes."""
    keys: str = ""
    """Keys of an entry that is not complete yet."""
    no_match: int = 0
    no_input: int = 0
    rejected: int = 0
    """Failures at this question: not understood, silence, read back wrong."""
    said: tuple[tuple[str, str], ...] = ()
    """Node and text of the last reply without its apologies, for "say that again"."""
    says: int = 0
    """How many Say commands there were."""


class Turn:
    """Starts from a state; its `state` and `commands` are the result. Used once."""

    def __init__(self, flow: Flow, state: State) -> None:
        self.flow = flow
        self.state = state
        self.commands: list[Command] = []

    @property
    def node(self) -> AskNode:
        """The question at which the call stands."""
        node = self.flow.nodes[self.state.node]
        assert isinstance(node, AskNode), "between turns a call stands at a question"
        return node

    @property
    def ask(self) -> Ask:
        return self.node.ask

    def enter(self, name: str) -> None:
        """Come to a node with nothing asked there yet."""
        self.state = replace(
            self.state, node=name, pending=None, no_match=0, no_input=0, rejected=0
        )
        self.commands.append(Note(fact=NodeEntered(node=name)))

    def save(self, slot: str, heard: Heard) -> None:
        slots = dict(self.state.slots) | {slot: heard.value}
        self.state = replace(self.state, slots=tuple(sorted(slots.items())))
        fact = SlotFilled(slot=slot, value=heard.value, confidence=heard.confidence)
        self.commands.append(Note(fact=fact))

    def render(self, text: str) -> str:
        return prompts.render(text, dict(self.state.slots))

    def say(self, text: str, *, node: str = "", interruptible: bool = True) -> None:
        says = self.state.says + 1
        self.state = replace(self.state, says=says)
        self.commands.append(
            Say(
                say_id=f"say-{says}",
                node=node or self.state.node,
                text=text,
                interruptible=interruptible,
            )
        )

    def tell(self, text: str, *, interruptible: bool = True) -> None:
        """Say something that "say that again" repeats."""
        self.state = replace(self.state, said=(*self.state.said, (self.state.node, text)))
        self.say(text, interruptible=interruptible)

    def question(self) -> str:
        """What is asked now: the prompt, or the read-back of the answer to it."""
        ask, pending = self.ask, self.state.pending
        if pending is None or ask.read_back is None:
            return self.render(ask.prompt)
        return prompts.render(ask.read_back, dict(self.state.slots) | {ask.slot: pending.value})

    def put_question(self) -> None:
        self.tell(self.question())
        self.listen()

    def ask_again(self, first: str, *, hint: bool = False) -> None:
        """Say why, then ask the same again; `hint` adds how keys answer it."""
        parts = [first, self.question()]
        if hint:
            kind = AnswerKind.YES_NO if self.state.pending is not None else self.ask.kind
            parts.append(prompts.keypad_hint(kind, self.ask.labels))
        self.say(" ".join(parts))
        self.listen()

    def say_again(self) -> None:
        for node, text in self.state.said:
            self.say(text, node=node)
        self.listen()

    def listen(self) -> None:
        expect = expectation(self.ask) if self.state.pending is None else confirmation(self.ask)
        self.state = replace(self.state, keys="")
        self.commands.append(Listen(expect=expect, no_input_s=self.ask.timeout))

    def escalate(
        self, code: str, queue: str | None = None, say: str | None = None, why: str = ""
    ) -> None:
        """End at a person; `code` is Escalated's reason, `why` the author's words for it."""
        queue = queue or self.flow.escape.queue
        self.commands.append(Note(fact=Escalated(queue=queue, reason=code)))
        self.say(say or self.flow.escape.say)
        self.state = replace(self.state, ended=True, keys="")
        self.commands.append(HangUp(reason="escalated", details={"queue": queue, "why": why}))

    def complete(self) -> None:
        self.state = replace(self.state, ended=True, keys="")
        self.commands.append(HangUp(reason="completed"))
