"""Text of strangers made fit for a screen: bounded, and without what would move other text.

Pure. The page writes it as text, never as markup; that is the page's part of the bargain.
"""

import re
from typing import Final

MAX_TEXT: Final = 4000
"""Characters of one text: ten times the longest turn that is heard in one go (29 s)."""

_SPACES: Final = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_JOINERS: Final = "\u200c\u200d"  # part of the spelling of Persian and others; invisible, harmless


def display(text: str, limit: int = MAX_TEXT) -> str:
    """One line of at most `limit` characters and a mark that says how many are missing.

    Control characters, bidirectional overrides, invisible characters and lone surrogates each
    become U+FFFD, so that what an agent sees is in the order in which it was said.
    """
    missing = len(text) - limit
    if missing > 0:
        text = text[:limit]
    if not text.isprintable():
        text = "".join(map(_visible, _SPACES.sub(" ", text)))
    return f"{text} … [{missing:,} more characters]" if missing > 0 else text


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"
