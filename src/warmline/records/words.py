"""Text as it is searched: folded, split into words, shown with what was found. Pure.

Knows no database; says what a word looks like in LIKE.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_WORDS = 8
"""Words of a question that count: each is one more look at all lines."""
SNIPPET = 160
"""Characters of a line that are shown around what was found."""
ESCAPE = "\\"
_LOOKED_AT = 10_000
"""So much of a line is looked at for a snippet: somebody may have said a whole book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a snippet. All parts of it joined are its text."""

    text: str
    found: bool
    """A word that was asked for."""


def fold(text: str) -> str:
    """Equal for texts that differ in case, accents, Unicode's spellings or invisible characters.

    Letters lose their marks and become small as Unicode's case folding says; what changes the
    direction of writing or has no width is left out. `fold(a + b) == fold(a) + fold(b)`.
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in plain if not _is_mark(c))


def words(question: str) -> list[str]:
    """The words that a text must have, folded; at most MAX_WORDS, each once."""
    return list(dict.fromkeys(fold(question).split()))[:MAX_WORDS]


def like(word: str) -> str:
    """The pattern of LIKE, with ESCAPE, for folded texts that have this word anywhere."""
    for special in ESCAPE, "%", "_":
        word = word.replace(special, ESCAPE + special)
    return f"%{word}%"


def snippet(text: str, wanted: Sequence[str], length: int = SNIPPET) -> tuple[Part, ...]:
    """About `length` characters of the text around the first word of those that it has.

    `wanted` are folded words. An ellipsis stands for what is cut off.
    """
    spans = _spans(text[:_LOOKED_AT], wanted)
    middle = (spans[0][0] + spans[0][1]) // 2 if spans else 0
    begin = max(0, min(middle - length // 2, len(text) - length))
    end = min(len(text), begin + length)
    parts = [Part(text="…", found=False)] if begin else []
    at = begin
    for first, last in spans:
        first, last = max(first, at), min(last, end)
        if first < last:
            parts += [
                Part(text=text[at:first], found=False),
                Part(text=text[first:last], found=True),
            ]
            at = last
    parts.append(Part(text=text[at:end] + ("…" if end < len(text) else ""), found=False))
    return tuple(part for part in parts if part.text)


def _spans(text: str, wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Where in the text the words are, in order: one folded character may be part of another."""
    folded = [(position, c) for position, char in enumerate(text) for c in fold(char)]
    flat = "".join(c for _, c in folded)
    found = (
        (folded[start][0], folded[start + len(word) - 1][0] + 1)
        for word in wanted
        for start in _finds(flat, word)
    )
    return sorted(found)


def _finds(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while word and at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Cf") or unicodedata.combining(char) != 0
