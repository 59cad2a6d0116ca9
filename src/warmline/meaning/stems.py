"""Stems: what "expires", "expired" and "expiring" have in common. Pure, English.

Rough, but alike for both sides of a comparison, which is all that counts. Knows nothing else.
"""

from typing import Final

_ENDINGS: Final = ("ings", "ing", "ies", "ed", "es", "s", "e", "y")
_SHORTEST: Final = 3
"""Letters that stay."""


def stem(word: str) -> str:
    """Of one word in lower case; empty for an empty one."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word.removesuffix(ending)
            break
    doubled = len(word) > _SHORTEST and word[-1] == word[-2]
    return word[:-1] if doubled else word
