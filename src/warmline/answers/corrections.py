"""How callers put something right: "4528, no, 4527", "it's B, not D". Pure.

Knows no type of answer; it cuts texts at the words that take something back.
"""

import re
from typing import Final

from warmline.spoken import words

_TAKEN_BACK: Final = frozenset(words("no sorry wait actually mean correction rather nope"))
"""What follows one of these replaces what came before."""
_CLAUSE_END: Final = re.compile(r"(?<=[,;.!?]) | (?=(?:but|it's|it is|i said|i meant)\s)", re.I)
_REFUSED: Final = re.compile(
    r"\b(?:(?:(?:that |this |it )?(?:is |was )|it's |that's )?not"
    r"|(?:that |this |it )?(?:isn't|wasn't)|instead of|rather than|never)\b.*",
    re.I | re.S,
)
_REFUSAL: Final = re.compile(
    r"(?:no|nope|nah|wrong|incorrect|that's wrong|that is wrong|that's incorrect|sorry|um|uh|er|"
    r"well|wait|actually|i said|i meant|i mean|but|make that|make it)\b[\s,.;!:-]{0,9}",
    re.I,
)


def last_said(text: str) -> str:
    """What follows the last word that takes something back; empty when nothing does."""
    said = text.split()
    for at in range(len(said), 0, -1):
        if not _TAKEN_BACK.isdisjoint(words(said[at - 1])):
            return " ".join(said[at:])
    return ""


def readings(text: str) -> tuple[str, ...]:
    """Where to look for the answer: what was said last, then all of it."""
    last = last_said(text)
    return (last, text) if last and last != text else (text,)


def meant(text: str) -> str:
    """What is left of a caller's correction without what it refuses.

    "No, not fifteen, fifty" is "fifty"; "no, that's not right" is nothing.
    """
    plain = " ".join(text.replace("\u2019", "'").split())
    clauses = (_REFUSED.sub("", clause).strip() for clause in _CLAUSE_END.split(plain))
    kept = " ".join(filter(None, clauses))
    at = 0
    while match := _REFUSAL.match(kept, at):
        at = match.end()
    return kept[at:] if words(kept[at:]) else ""
