"""Cuts a text into clauses that are synthesized one by one. Pure.

The first audio of a reply waits for its first clause only, and clauses that occur in many
replies ("Is that right?") come from the cache.
"""

import re

MIN_WORDS = 4
"""A comma does not end a clause shorter than this: the voice would sound chopped."""
MAX_WORDS = 14
"""Longer clauses are cut at a comma where there is one."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=\S)")
_COMMA = re.compile(r"(?<=[,;:])\s+")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|No|vs|e\.g|i\.e|approx|[A-Z])\.$")


def clauses(text: str) -> list[str]:
    """The text in pieces; joined with blanks they are the text with its white space folded."""
    pieces: list[str] = []
    for sentence in _sentences(" ".join(text.split())):
        pieces.extend(_split_long(sentence))
    return pieces


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    for piece in _SENTENCE.split(text):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += " " + piece
        elif piece:
            found.append(piece)
    return found


def _split_long(sentence: str) -> list[str]:
    if len(sentence.split()) <= MAX_WORDS:
        return [sentence]
    pieces: list[str] = []
    for part in _COMMA.split(sentence):
        if pieces and (len(pieces[-1].split()) < MIN_WORDS or len(part.split()) < MIN_WORDS):
            pieces[-1] += " " + part
        else:
            pieces.append(part)
    return pieces
