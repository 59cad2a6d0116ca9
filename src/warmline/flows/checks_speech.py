"""How a flow sounds: nothing too long, too much at once, or not to be read aloud. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from warmline.flows import prompts
from warmline.flows import roads as graph
from warmline.flows.flow import FlowFile, texts
from warmline.flows.nodes import AnswerNode, CallNode, MenuNode, Node, SecureNode
from warmline.flows.problem import Path, Problem, Severity

WORDS_PER_MINUTE: Final = 150
"""The pace of a calm speaker, and of a voice at pace 1.0."""
MAX_SECONDS: Final = 15
"""What a caller listens to before it is their turn; then they interrupt, or forget."""
MAX_WORDS: Final = MAX_SECONDS * WORDS_PER_MINUTE // 60
MAX_ITEMS: Final = 5
"""Of a menu that is remembered."""
_UNSPEAKABLE: Final = re.compile(
    r"[*_`#|<>~\\^=]|://|www\.|[\u2190-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]"
)
"""Markdown, HTML, addresses, arrows and emoji."""
_FIELD: Final = re.compile(r"\{[^{}]*\}")
_WORD: Final = re.compile(r"\w")


def speech(file: FlowFile) -> Iterator[Problem]:
    yield from _too_long(file)
    for name, node in file.nodes.items():
        at: Path = ("nodes", name)
        if isinstance(node, MenuNode) and len(node.menu.items) > MAX_ITEMS:
            message = f"{len(node.menu.items)} items: a caller remembers {MAX_ITEMS}"
            yield _warning((*at, "menu", "items"), message)
        for path, text in _said(node):
            yield from _readable((*at, *path), text)
    for path, text in _said_anywhere(file):
        yield from _readable(path, text)


def _readable(path: Path, text: str) -> Iterator[Problem]:
    plain = _FIELD.sub("x", text)
    if found := _UNSPEAKABLE.search(plain):
        yield _warning(path, f"a voice cannot read {found[0]!r}; write it as words")
    if not _WORD.search(plain):
        yield Problem(path=path, message=f"expected words to say, found {text[:40]!r}")


def _warning(path: Path, message: str) -> Problem:
    return Problem(path=path, message=message, severity=Severity.WARNING)


# --- length --------------------------------------------------------------------------------------


def _too_long(file: FlowFile) -> Iterator[Problem]:
    """Questions before which the caller hears too much since the last one; the longest way to
    each counts."""
    roads = graph.silent(file)
    before = graph.backward(roads)
    heard: dict[str, int] = {}
    for name in reversed(graph.order(roads)):
        node = file.nodes[name]
        heard[name] = _words(node) + max((heard.get(b, 0) for b in before[name]), default=0)
        if isinstance(node, graph.ASKING) and heard[name] > MAX_WORDS:
            seconds = heard[name] * 60 // WORDS_PER_MINUTE
            message = (
                f"the caller hears {heard[name]} words (about {seconds} s) before the answer; "
                f"{MAX_WORDS} are enough"
            )
            yield _warning(("nodes", name), message)


def _words(node: Node) -> int:
    """Words of what a node says first; a slot counts as one."""
    said = [text for _, text in texts(node)][:1]
    if isinstance(node, MenuNode):
        labels = [item.label for item in node.menu.items.values()]
        said.append(prompts.menu({str(key): label for key, label in enumerate(labels, 1)}))
    return sum(len(text.split()) for text in said)


# --- all that is said ----------------------------------------------------------------------------


def _said(node: Node) -> Iterator[tuple[Path, str]]:
    yield from texts(node)
    match node:
        case MenuNode(menu=menu):
            for name, item in menu.items.items():
                yield ("menu", "items", name), item.label
        case AnswerNode(answer=answer):
            yield ("answer", "more"), answer.more
            yield ("answer", "again"), answer.again
        case CallNode(call=call):
            yield ("call", "while_waiting"), call.while_waiting
        case SecureNode(secure_input=call):
            yield ("secure_input", "while_waiting"), call.while_waiting
    for kind in ("ask", "menu", "answer", "consent", "secure_input"):
        if (said := getattr(getattr(node, kind, None), "help", None)) is not None:
            yield (kind, "help"), said


def _said_anywhere(file: FlowFile) -> Iterator[tuple[Path, str]]:
    for name in type(file.repair).model_fields:
        said = getattr(file.repair, name)
        yield from (
            (("repair", name), text) for text in ((said,) if isinstance(said, str) else said)
        )
    yield ("escape", "say"), file.escape.say
    yield ("escape", "closed_say"), file.escape.closed_say
