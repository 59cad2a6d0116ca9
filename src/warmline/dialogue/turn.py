"""One turn of a call as it grows: the state, and how the call says, asks and listens.

Pure. Knows what is said, not why: what a caller's words lead to is decided in the modules that
use it. They name the next node in `target`; `road` walks there.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from warmline.answers.answer import Heard
from warmline.events import (
    AnswerKind,
    Command,
    Expectation,
    HangUp,
    Listen,
    NodeEntered,
    Note,
    Say,
    SlotFilled,
)
from warmline.flows import prompts, templates
from warmline.flows.flow import Flow
from warmline.flows.hours import local
from warmline.flows.nodes import AnswerNode
from warmline.flows.questions import Question

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Signs of frustration over the whole call."""

    repeats: int = 0
    corrections: int = 0
    failures: int = 0
    low_moods: int = 0
    unsure: int = 0
    """Turns in a row: the caller sounded badly; was badly heard."""
    asides: int = 0
    """What the caller asked for instead of an answer: help, the last words again …"""
    monologue: int = 0
    """Parts of one turn that does not end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a call stands. Hashable; equal states behave alike."""

    node: str = ""
    """The node last entered; empty before the call."""
    field: str = ""
    """The slot of a form that is asked for by itself."""
    ended: bool = False
    escalated: bool = False
    closed: bool = False
    """The caller has heard that nobody is there."""
    started_at: str = ""
    slots: Pairs = ()
    """Filled slots and their values, sorted by name."""
    pending: tuple[tuple[str, Heard], ...] = ()
    """Answers of this question that are not final yet."""
    confirming: bool = False
    """They were read back and wait for a yes."""
    offered: tuple[str, ...] = ()
    """What "did you mean …" offered."""
    excluded: tuple[str, ...] = ()
    """Values that the caller refused at this question."""
    more: str = ""
    """The rest of an answer, if the caller wants to hear it."""
    asked: str = ""
    """The Say that asks for a consent, until it was heard to its end."""
    played: bool = False
    """It was: the question may be answered."""
    keys: str = ""
    """Keys of an entry that is not complete yet."""
    no_match: int = 0
    no_input: int = 0
    rejected: int = 0
    """Failures at this question: not understood, silence, read back wrong."""
    said: Pairs = ()
    """Node and text of the last reply without its apologies, for "say that again"."""
    trail: tuple[str, ...] = ()
    """Questions that were answered, for "go back"."""
    waiting: str = ""
    """The request whose answer is awaited."""
    fillers: int = 0
    visits: int = 0
    """Nodes entered since the caller was asked."""
    pace: float = 1.0
    gain_db: float = 0.0
    counts: Counts = Counts()
    says: int = 0
    fetches: int = 0
    """How many Say and Fetch commands there were: the numbers of the next ones."""

    @property
    def answer(self) -> Heard:
        """The only pending answer."""
        return self.pending[0][1]


class Turn:
    """Starts from a state; its `state` and `commands` are the result. Used once."""

    def __init__(self, flow: Flow, state: State) -> None:
        self.flow = flow
        self.state = state
        self.commands: list[Command] = []
        self.target: str | None = None
        """The node to go to next."""

    @property
    def question(self) -> Question:
        """What is asked where the call stands."""
        node, field = self.state.node, self.state.field
        return self.flow.questions[f"{node}.{field}" if field else node]

    @property
    def now(self) -> datetime:
        """The local time when the call began."""
        return local(self.flow.file.hours, self.state.started_at)

    def change(self, **changes: object) -> None:
        if any(getattr(self.state, name) != value for name, value in changes.items()):
            self.state = replace(self.state, **changes)  # type: ignore[arg-type]

    def count(self, **more: int) -> None:
        """Add to the call's counts."""
        added = {name: getattr(self.state.counts, name) + n for name, n in more.items()}
        self.change(counts=replace(self.state.counts, **added))

    def enter(self, name: str) -> None:
        """Come to a node with nothing asked there yet."""
        self.fresh(node=name, field="")
        self.change(visits=self.state.visits + 1)
        self.commands.append(Note(fact=NodeEntered(node=name)))

    def fresh(self, **changes: object) -> None:
        """A new question: nothing was answered or went wrong yet."""
        blank: dict[str, object] = {"pending": (), "excluded": (), "confirming": False}
        blank |= {"no_match": 0, "no_input": 0, "rejected": 0, "offered": (), "more": ""}
        blank |= {"asked": "", "played": False}
        self.change(**(blank | changes))

    def save(self, slot: str, heard: Heard, source: str = "system") -> None:
        """Fill a slot; `source` as in SlotFilled."""
        slots = dict(self.state.slots) | {slot: heard.value}
        self.change(slots=tuple(sorted(slots.items())))
        fact = SlotFilled(slot=slot, value=heard.value, confidence=heard.confidence, source=source)
        self.commands.append(Note(fact=fact))

    def render(self, text: str, *, form: str = "") -> str:
        """A template with the call's slots, and the pending ones over them."""
        if "{" not in text:
            return text
        values = dict(self.state.slots) | {slot: h.value for slot, h in self.state.pending}

        def speak(slot: str, value: str) -> str:
            return self.flow.speak(slot, value, form)

        return templates.render(text, values, speak)

    def raw(self, text: str) -> str:
        """A template with the slots' values as they are, for machines."""
        return templates.render(text, dict(self.state.slots))

    def answered(self, slot: str, heard: Heard) -> None:
        """Fill a slot with the caller's own answer. Only keys are heard with full confidence."""
        source = "keyed" if heard.confidence == 1.0 else "said"
        self.save(slot, heard, "confirmed" if self.state.confirming else source)

    def tell_pending(self) -> None:
        """What the caller said and nobody confirmed is of use to the person who takes over."""
        for slot, heard in self.state.pending:
            if slot and heard.value:
                fact = SlotFilled(
                    slot=slot, value=heard.value, confidence=heard.confidence, source="said"
                )
                self.commands.append(Note(fact=fact))

    # --- saying ----------------------------------------------------------------------------------

    def say(self, text: str, *, node: str = "", interruptible: bool = True) -> str:
        """Returns the id of what is said."""
        say_id = f"say-{self.state.says + 1}"
        self.change(says=self.state.says + 1)
        self.commands.append(
            Say(
                say_id=say_id,
                node=node or self.state.node,
                text=text,
                interruptible=interruptible,
                pace=self.state.pace,
                gain_db=self.state.gain_db,
            )
        )
        return say_id

    def tell(self, text: str, *, interruptible: bool = True) -> str:
        """Say something that "say that again" repeats."""
        self.change(said=(*self.state.said, (self.state.node, text)))
        return self.say(text, interruptible=interruptible)

    def asking(self) -> str:
        """What is asked now: the prompt, an offer, or the read-back of the answer to it."""
        state, question = self.state, self.question
        if state.offered:
            return prompts.did_you_mean([question.labels.get(v, v) for v in state.offered])
        if state.more and isinstance(node := self.flow.nodes[state.node], AnswerNode):
            return node.answer.more
        if state.confirming:
            return self._read_back()
        failures = state.no_match + state.no_input + state.rejected
        wordings = question.prompts or (prompts.CHANGE,)
        return self.render(wordings[min(failures, len(wordings) - 1)])

    def _read_back(self) -> str:
        """Natural first; once it was wrong, letter by letter."""
        state, question = self.state, self.question
        form = "exact" if state.rejected or state.no_match else ""
        if question.read_back is not None:
            return self.render(question.read_back, form=form)
        value = state.answer.value
        if value in question.labels:
            return prompts.did_you_mean([question.labels[value]])
        return prompts.heard(self.flow.speak(question.slot, value, form))

    def put_question(self, first: str = "") -> None:
        """Ask, and listen."""
        text = f"{first} {self.asking()}".strip()
        self.asked(self.tell(text, interruptible=self.question.barge_in))
        self.listen()

    def ask_again(self, first: str, *, hint: bool = False) -> None:
        """Say why, then ask the same again; `hint` adds how keys answer it."""
        text = f"{first} {self.asking()}".strip()
        if hint:
            text = f"{text} {prompts.HINT_YES_NO if self.confirms else self.question.hint}".strip()
        self.asked(self.say(text, interruptible=self.question.barge_in))
        self.listen()

    def asked(self, say_id: str) -> None:
        """What cannot be interrupted must be heard to its end before it can be answered."""
        free = self.question.barge_in or self.state.played
        self.change(asked="" if free else say_id)

    def say_again(self) -> None:
        say_id = ""
        for node, text in self.state.said:
            say_id = self.say(text, node=node, interruptible=self.question.barge_in)
        if say_id:
            self.asked(say_id)
        self.listen()

    # --- listening -------------------------------------------------------------------------------

    @property
    def confirms(self) -> bool:
        """A yes or no is awaited, whatever the question."""
        return self.state.confirming or len(self.state.offered) == 1 or bool(self.state.more)

    def listen(self) -> None:
        self.change(keys="")
        self.commands.append(Listen(expect=self._expected(), no_input_s=self.question.timeout))

    def _expected(self) -> Expectation:
        expect = self.question.expect
        if self.confirms:  # or the right digits, the right words at once
            expect = replace(expect, kind=AnswerKind.YES_NO, words=("yes", "no", *expect.words))
        elif self.state.offered:
            labels = self.question.labels
            words = tuple(labels.get(value, value) for value in self.state.offered)
            expect = replace(expect, kind=AnswerKind.CHOICE, words=words)
        return replace(expect, excluded=self.state.excluded) if self.state.excluded else expect

    def hang_up(self, reason: str, **details: str) -> None:
        self.change(ended=True, keys="", waiting="")
        self.commands.append(HangUp(reason=reason, details=details))
