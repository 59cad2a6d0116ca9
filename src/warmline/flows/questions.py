"""What a call listens for at each asking node, made once when the flow is loaded. Pure.

However the author asks (a slot, a form, a menu, a consent …), the machine sees a `Question`:
the words to say, the type of the answer, the keys that give it, and how it is confirmed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

from warmline.answers.answer import AnswerType
from warmline.answers.closed import expand
from warmline.answers.form import Field, Form
from warmline.answers.kinds import answer_type
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.flows import fields, nodes, prompts
from warmline.flows.problem import Path, Problem
from warmline.meaning.intents import IntentMatcher

ALTERNATIVES: Final = 4
"""Other readings of an utterance that hearing is asked for where they help."""
INTENT: Final = "intent"
Made = TypeVar("Made")
Examples = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    slot: str = ""
    """Which slot the answer fills; empty for none."""
    prompts: tuple[str, ...]
    """Templates: the question, and other wordings for when it is asked again."""
    type: AnswerType | None = None
    """None where the answer is an intent, a form's sentence or a question to the knowledge."""
    expect: Expectation = ANYTHING
    read_back: str | None = None
    confirm: str = "never"
    steers: Examples = field(default_factory=dict)
    """Values that are chosen by exactly these words, before all else is tried."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Values that can be offered ("did you mean …"), and how each is called."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Single keys that are an answer by themselves."""
    matcher: IntentMatcher | None = None
    form: Form | None = None
    timeout: float = 7.0
    inter_digit_timeout: float = 3.0
    finish_on_key: str = "#"
    barge_in: bool = True
    help: str | None = None
    give_up: str | None = None
    """The node for callers who do not answer; without it they get a person."""
    is_menu: bool = False
    optional: bool = False
    """Of a form's slot: the form is complete without it."""

    @property
    def needed(self) -> str:
        """What is awaited, in words ("four digits"); empty when there is no name for it."""
        return self.type.needed if self.type else ""

    @property
    def kind(self) -> AnswerKind:
        return self.expect.kind

    @property
    def max_keys(self) -> int:
        return self.type.max_keys if self.type else 0

    @property
    def min_keys(self) -> int:
        return self.type.min_keys if self.type else 0

    @property
    def hint(self) -> str:
        """How keys answer it; a menu has just said so."""
        if self.is_menu:
            return ""
        if self.max_keys:
            return prompts.HINT_DIGITS
        if self.kind is AnswerKind.YES_NO:
            return prompts.HINT_YES_NO
        return prompts.keypad_hint({k: self.labels.get(v, v) for k, v in self.keys.items()})

    def sentences(self) -> list[str]:
        """What is said at this question whatever the caller's words are."""
        offers = [prompts.did_you_mean([label]) for label in self.labels.values()]
        return [self.hint, self.help or "", *(offers if self.matcher or self.labels else ())]


class Builder:
    """Makes the questions of a flow and collects what is wrong with their types."""

    def __init__(self, intents: Examples, new_matcher: Callable[[Examples], IntentMatcher]) -> None:
        self._intents = intents
        self._new_matcher = new_matcher
        self.problems: list[Problem] = []

    def questions(self, named: Mapping[str, nodes.Node]) -> dict[str, Question]:
        """The question of each asking node; a form's slots stand under `node.slot`."""
        found: dict[str, Question] = {}
        for name, node in named.items():
            at: Path = ("nodes", name)
            match node:
                case nodes.AskNode(ask=fields.Ask() as ask):
                    found[name] = self._ask(ask, node.on, (*at, "ask"))
                case nodes.AskNode(ask=fields.Form() as form):
                    parts = dict(self._parts(form, (*at, "ask", "slots")))
                    found[name] = self._form(form, parts, (*at, "ask"))
                    found |= {f"{name}.{slot}": part for slot, part in parts.items()}
                case nodes.MenuNode(menu=menu):
                    found[name] = self._menu(menu, at)
                case nodes.AnswerNode(answer=answer):
                    found[name] = _knowledge(answer)
                case nodes.ConsentNode(consent=consent):
                    found[name] = self._consent(consent, at)
                case nodes.SecureNode(secure_input=secure):
                    asked = self._ask(secure, {}, (*at, "secure_input"))
                    found[name] = replace(asked, expect=replace(asked.expect, secure=True))
                case _:
                    pass
        return found

    def _ask(self, ask: fields.Ask, on: Mapping[str, str], at: Path) -> Question:
        if ask.type == INTENT:
            return self._intent(ask, on, at)
        kind = self._type(ask.spec, ask.given(), (*at, "type"))
        if kind is None:
            return Question(slot=ask.slot, prompts=ask.prompt)
        expect = kind.expectation()
        labels = _labels(ask.options) if expect.kind is AnswerKind.CHOICE else {}
        return Question(
            **_listening(ask),
            slot=ask.slot,
            prompts=ask.prompt,
            type=kind,
            expect=expect,
            read_back=ask.read_back,
            confirm=ask.confirm,
            steers=ask.options,
            labels=labels,
            keys=_keys(expect.kind, labels),
        )

    def _intent(self, ask: fields.Ask, on: Mapping[str, str], at: Path) -> Question:
        examples = {name: self._intents[name] for name in on if name in self._intents}
        if not examples:
            message = "expected an 'on' with names of the flow's intents"
            self.problems.append(Problem(path=(*at, "type"), message=message))
            return Question(slot=ask.slot, prompts=ask.prompt)
        labels = _labels(examples)
        phrases = tuple(labels.values())
        return Question(
            **_listening(ask),
            slot=ask.slot,
            prompts=ask.prompt,
            expect=Expectation(words=(*ask.words, *phrases)),
            read_back=ask.read_back,
            confirm=ask.confirm,
            steers=examples,
            labels=labels,
            keys=_keys(AnswerKind.CHOICE, labels),
            matcher=self._new_matcher(examples),
        )

    def _parts(self, form: fields.Form, at: Path) -> Iterator[tuple[str, Question]]:
        for slot, part in form.slots.items():
            place = (*at, slot, "options" if part.options else "type")
            options = self._try(partial(_expanded, part.options), place) or {}
            given = part.given() | ({"options": options} if options else {})
            kind = self._type(part.type, given, place)
            expect = kind.expectation() if kind else ANYTHING
            labels = _labels(options) if expect.kind is AnswerKind.CHOICE else {}
            yield (
                slot,
                Question(
                    **_listening(form),
                    slot=slot,
                    prompts=part.prompt or (),
                    type=kind,
                    expect=replace(expect, alternatives=ALTERNATIVES),
                    steers=options,
                    labels=labels,
                    keys=_keys(expect.kind, labels),
                    optional=part.optional or part.prompt is None,
                ),
            )

    def _form(self, form: fields.Form, parts: Mapping[str, Question], at: Path) -> Question:
        closed = [
            Field(name=name, options=slot.options, required=not parts[name].optional)
            for name, slot in form.slots.items()
            if slot.options
        ]
        words = form.examples or tuple(
            dict.fromkeys(word for part in parts.values() for word in part.expect.words)
        )
        return Question(
            **_listening(form),
            prompts=form.prompt,
            expect=Expectation(kind=AnswerKind.CHOICE, words=words, alternatives=ALTERNATIVES),
            read_back=form.read_back,
            form=self._try(lambda: Form(closed, form.carrier), (*at, "slots")),
        )

    def _menu(self, menu: fields.Menu, at: Path) -> Question:
        options = {name: (item.label, *item.phrases) for name, item in menu.items.items()}
        kind = self._type("choice", {"options": options}, (*at, "menu", "items"))
        labels = {name: item.label for name, item in menu.items.items()}
        keys = {item.key or str(n): name for n, (name, item) in enumerate(menu.items.items(), 1)}
        if len(keys) < len(menu.items):
            message = "two items have the same key"
            self.problems.append(Problem(path=(*at, "menu", "items"), message=message))
        spoken = prompts.menu({key: labels[name] for key, name in keys.items()})
        return Question(
            **_listening(menu),
            slot=menu.slot or "",
            prompts=tuple(f"{text} {spoken}" for text in menu.prompt),
            type=kind,
            expect=kind.expectation() if kind else ANYTHING,
            confirm="auto",
            steers=options,
            labels=labels,
            keys=keys,
            is_menu=True,
        )

    def _consent(self, consent: fields.Consent, at: Path) -> Question:
        kind = self._type("yes_no", {}, (*at, "consent"))
        return Question(
            **{**_listening(consent), "barge_in": False},
            prompts=(consent.prompt,),
            type=kind,
            expect=kind.expectation() if kind else ANYTHING,
            keys=_keys(AnswerKind.YES_NO, {}),
        )

    def _type(self, spec: str, options: Mapping[str, Any], at: Path) -> AnswerType | None:
        return self._try(lambda: answer_type(spec, options), at)

    def _try(self, make: Callable[[], Made], at: Path) -> Made | None:
        """What is made, or a problem in the author's words."""
        try:
            return make()
        except ValueError as error:
            self.problems.append(Problem(path=at, message=str(error)))
            return None


def _knowledge(answer: fields.Knowledge) -> Question:
    return Question(
        **_listening(answer),
        prompts=answer.prompt,
        steers={"done": answer.done},
    )


def _listening(node: Any) -> dict[str, Any]:
    names = ("timeout", "inter_digit_timeout", "finish_on_key", "barge_in", "help")
    return {name: getattr(node, name) for name in names} | {
        "give_up": getattr(node, "give_up", None)
    }


def _labels(options: Examples) -> dict[str, str]:
    """Each option is called by its first phrase."""
    return {value: phrases[0] for value, phrases in options.items()}


def _expanded(options: Examples) -> dict[str, tuple[str, ...]]:
    """Each value that is meant with all its phrases: "(soy|oat) milk" are two values."""
    found: dict[str, tuple[str, ...]] = {}
    for pattern, phrases in options.items():
        values = expand(pattern)
        more = [said for phrase in phrases for said in expand(phrase)] if len(values) == 1 else []
        found |= {value: tuple(dict.fromkeys([value, *more])) for value in values}
    return found


def _keys(kind: AnswerKind, labels: Mapping[str, str]) -> dict[str, str]:
    """Single keys; more options than keys have none."""
    if kind is AnswerKind.YES_NO:
        return {"1": "yes", "2": "no"}
    return {str(n): value for n, value in enumerate(labels, 1)} if len(labels) <= 9 else {}
