"""Cuts a text into clauses that are synthesized one by one. Pure.

The first audio of a reply waits for its first clause only, and clauses that occur in many
replies ("Is that right?") come from the cache.
"""

import re
from typing import Final

MIN_WORDS = 4
"""A comma does not end a clause shorter than this: the voice would sound chopped."""
MAX_WORDS = 14
"""Longer clauses are cut at a comma where there is one."""

EARLY_WORDS: Final = 9
"""An opening that is cut because the caller waits for it has at most so many words: they take
Piper half of the time of 15, and last for two seconds."""
SENTENCE_PAUSE_S: Final = 0.15
"""Between two sentences, beside the breath at the end of each clip: 0.28 s in all."""
_JOINTS: Final = frozenset(
    {
        *("and", "or", "but", "so", "that", "which", "who", "when", "where", "while", "if"),
        *("because", "as", "to", "for", "from", "in", "on", "at", "by", "with", "about"),
        *("between", "before", "after", "until"),
    }
)
"""Before these words a voice may take a breath."""

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


def early(clause: str) -> tuple[str, str]:
    """An opening that is quickly synthesized, and the rest of the clause; the rest is empty where
    the clause is short already, or no place in it is fit for a breath."""
    words = clause.split()
    if len(words) <= EARLY_WORDS + 1:
        return clause, ""
    cuts = range(MIN_WORDS, EARLY_WORDS + 1)
    commas = [at for at in cuts if words[at - 1][-1] in ",;:"]
    joints = [at for at in cuts if words[at] in _JOINTS]
    if not (commas or joints):
        return clause, ""
    cut = commas[0] if commas else joints[-1]
    return " ".join(words[:cut]), " ".join(words[cut:])


def voiced(opening: str) -> str:
    """An opening as it is given to the voice: with a comma, so that the melody goes on."""
    return f"{opening}," if opening[-1:].isalnum() else opening


def pause_s(clause: str) -> float:
    """Seconds of silence between this clause and the next."""
    return SENTENCE_PAUSE_S if clause.rstrip("\"')").endswith((".", "!", "?", "…")) else 0.0
