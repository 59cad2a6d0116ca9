"""One form for what callers say and what authors write. Pure.

Recognisers write "I've lost my card, number 45." or "ive lost my card number four five":
both sides of a comparison lose case, punctuation and hesitations, and digits become words.
"""

import re
from typing import Final

from warmline import spoken

_DIGIT: Final = re.compile(r"[0-9]")
_NAMES: Final = spoken.words("zero one two three four five six seven eight nine")
_HESITATIONS: Final = frozenset(spoken.words("um uhm uh er erm ah eh hm hmm mm"))
"""Not all of `spoken.FILLERS`: "like" and "well" can carry meaning in a sentence."""


def normal(text: str) -> str:
    """Words parted by single blanks; empty when there are none."""
    spelled = _DIGIT.sub(_spell, " ".join(spoken.words(text)))
    return " ".join(word for word in spoken.words(spelled) if word not in _HESITATIONS)


def _spell(digit: re.Match[str]) -> str:
    return f" {_NAMES[int(digit[0])]} "
