"""Answers of callers: each has a road, and no words stand for two of them. Pure.

What a type of answer takes as options is told by `warmline.answers` when questions are built.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from warmline.flows.fields import Answer, Ask, Form, Menu
from warmline.flows.flow import FlowFile
from warmline.flows.nodes import (
    HOURS,
    AskNode,
    BranchNode,
    ConsentNode,
    MenuNode,
    SecureNode,
)
from warmline.flows.problem import Path, Problem, Severity, suggestion
from warmline.flows.questions import INTENT
from warmline.spoken import words

MAX_KEYS: Final = 9
"""Options are also keys 1 to 9."""
ELSE: Final = "else"
_CLOSED: Final = ("yes_no", "choice", INTENT)
"""Types all of whose answers are known; beside others, options are words that steer."""


def answers(file: FlowFile) -> Iterator[Problem]:
    for name, node in file.nodes.items():
        at: Path = ("nodes", name)
        match node:
            case AskNode(ask=Ask() as ask):
                yield from _ask(ask, (*at, "ask"))
                yield from _road_of_ask(node, ask, at)
            case AskNode(ask=Form() as form):
                yield from _form(form, (*at, "ask", "slots"))
                if node.then is None or node.on:
                    yield Problem(path=at, message="expected 'then': a form has one road")
            case SecureNode(secure_input=secure):
                yield from _ask(secure, (*at, "secure_input"))
            case MenuNode(menu=menu):
                yield from _phrases(_said(menu), (*at, "menu", "items"))
                yield from _roads(node.on, list(menu.items), (*at, "on"))
            case ConsentNode() if (node.then is None) is (node.on is None):
                yield Problem(path=at, message="expected either 'then' or 'on'")
            case BranchNode(branch=slot, on=on) if slot == HOURS:
                yield from _roads(on, ["open", "closed"], (*at, "on"))
            case BranchNode(on=on) if ELSE not in on:
                yield Problem(path=(*at, "on"), message="expected an 'else'")
    yield from _phrases(file.intents, ("intents",))


def steering(ask: Ask) -> bool:
    """Whether the options are no answers, but words that lead elsewhere ("I don't have one")."""
    return _kind(ask) not in _CLOSED


def _kind(ask: Answer) -> str:
    """The type's name: "digits" for "digits(4)"."""
    return ask.type.partition("(")[0].strip()


def _ask(ask: Ask, at: Path) -> Iterator[Problem]:
    kind = _kind(ask)
    if kind == "yes_no" and (ask.read_back is not None or ask.confirm == "always"):
        key = "confirm" if ask.read_back is None else "read_back"
        yield Problem(path=(*at, key), message="a yes or no is not read back")
    if kind == INTENT and ask.options:
        message = "expected the phrases of an intent under the flow's 'intents'"
        yield Problem(path=(*at, "options"), message=message)
    if kind == "choice" and len(ask.options) == 1:
        yield Problem(path=(*at, "options"), message="expected 2 or more options, found 1")
    if kind == "choice" and len(ask.options) > MAX_KEYS:
        message = f"{len(ask.options)} options: more than {MAX_KEYS} have no keys"
        yield Problem(path=(*at, "options"), message=message, severity=Severity.WARNING)
    yield from _key_counts(ask, at)
    yield from _phrases(ask.options, (*at, "options"))


def _key_counts(ask: Ask, at: Path) -> Iterator[Problem]:
    for key, count in (("maxDigits", ask.max_digits), ("minDigits", ask.min_digits)):
        if count is None:
            continue
        if ask.type != "digits":
            message = f"expected it beside 'type: digits', found {ask.type[:40]!r}"
            yield Problem(path=(*at, key), message=message)
        elif ask.max_digits is None:
            yield Problem(path=(*at, key), message="expected a 'maxDigits' beside it")


def _form(form: Form, at: Path) -> Iterator[Problem]:
    for name, part in form.slots.items():
        kind = _kind(part)
        if kind == INTENT:
            yield Problem(path=(*at, name, "type"), message="expected no intent in a form")
        elif part.options and kind not in _CLOSED:
            message = f"expected options beside 'choice' only, found them beside {kind[:40]!r}"
            yield Problem(path=(*at, name, "options"), message=message)


# --- roads ---------------------------------------------------------------------------------------


def _road_of_ask(node: AskNode, ask: Ask, at: Path) -> Iterator[Problem]:
    if (node.then is None) is (not node.on):
        yield Problem(path=at, message="expected either 'then' or 'on'")
        return
    kind = _kind(ask)
    if kind == INTENT:
        if ELSE in node.on:
            message = "an intent question has no 'else': who is not understood gets to a person"
            yield Problem(path=(*at, "on", ELSE), message=message)
    elif node.on:
        values = ["yes", "no"] if kind == "yes_no" else list(ask.options)
        yield from _roads(node.on, values, (*at, "on"), others=steering(ask))
    elif ask.options and steering(ask):
        yield Problem(path=(*at, "ask", "options"), message="expected an 'on' with their roads")


def _roads(
    on: Iterable[str], values: Sequence[str], at: Path, *, others: bool = False
) -> Iterator[Problem]:
    """Every answer has a road, every road an answer; `others`: there are more than `values`."""
    for value in on:
        if value != ELSE and value not in values:
            hint = suggestion(value, values)
            yield Problem(path=(*at, value), message=f"the answer is never {value!r}{hint}")
    missing = [repr(value) for value in values if value not in on]
    if others:
        missing.append("all other answers")
    if missing and ELSE not in on:
        message = f"expected a node for {', '.join(missing)}, or an 'else'"
        yield Problem(path=at, message=message)


# --- phrases -------------------------------------------------------------------------------------


def _said(menu: Menu) -> dict[str, tuple[str, ...]]:
    return {name: (item.label, *item.phrases) for name, item in menu.items.items()}


def _phrases(named: Mapping[str, Sequence[str]], at: Path) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for value, phrases in named.items():
        for index, phrase in enumerate(phrases):
            folded = " ".join(words(phrase))
            if not folded:
                message = f"expected words, found {phrase[:40]!r}"
                yield Problem(path=(*at, value, index), message=message)
            elif owner.setdefault(folded, value) != value:
                message = f"{phrase!r} stands under {owner[folded]!r} already"
                yield Problem(path=(*at, value, index), message=message)
