"""What a sentence says no to: "I do not want to cancel my order" is no wish to cancel. Pure.

Sentence embeddings hardly see the "not", so negated words are looked for by rule. Takes
normalised text; knows no intents.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from warmline import spoken
from warmline.meaning.stems import stem

_NOT: Final = re.compile(
    r"\b(?:not|never|cannot|\w+n't|dont|doesnt|didnt|cant|wont|isnt|havent|without|rather than|"
    r"instead of|no longer)\b(?! (?:you|only)\b)"
)
_WISHES: Final = frozenset(
    spoken.words(
        "want wanted wanting wanna need wish like plan planning intend mean ask asking asked going "
        "gonna trying try looking call calling think here about"
    )
)
"""Right after a "not" they make it a wish denied: "not calling about", "don't want"."""
_ADVERBS: Final = frozenset(spoken.words("really actually even ever yet just"))
_PASSED_OVER: Final = frozenset(
    spoken.words(
        "a an the to my me your our any of for it is was am are be been being that this i we do "
        "have had will would you're i'm at all with get please"
    )
)
_BEFORE_ORDERS: Final = frozenset(spoken.words("please no and but so just okay ok oh hey"))
_DENYING: Final = frozenset(
    spoken.words(
        "is are am i'm it's that's was were be been have i've has had did should must would "
        "never didnt isnt"
    )
)
"""The verbs, or all of the negation, of a fact denied."""


@dataclass(frozen=True, slots=True)
class Negated:
    """One "not" and what it is about."""

    stem: str
    """Of the first word that says something; empty when none follows."""
    wish: bool
    """It denies a wish ("I don't want to …"), not a fact ("it is not lost")."""


def negated(text: str) -> list[Negated]:
    """The negations of the text that deny something, in order. Complaints ("it does not work",
    "I can't log in") and questions ("can't you …", "why isn't …") do not."""
    found = []
    for match in _NOT.finditer(text):
        rest = [word for word in text[match.end() :].split() if word not in _ADVERBS]
        wish = rest[:1] != [] and rest[0] in _WISHES
        before = text[: match.start()].split()
        wish = wish or _is_order(before, match[0])
        if wish or _is_denial(before, match[0]):
            found.append(Negated(stem(_subject(rest)), wish))
    return found


def _subject(rest: list[str]) -> str:
    """The first word that says something; of "able to pay", "said to pay" it is the last."""
    for word, following in pairwise([*rest, ""]):
        if word not in _PASSED_OVER | _WISHES and following != "to":
            return word
    return ""


def _is_order(before: list[str], negation: str) -> bool:
    """ "Don't cancel it" without anybody who does not."""
    if negation == "not" and before[-1:] == ["do"]:
        before = before[:-1]
    elif negation not in ("don't", "dont", "never"):
        return negation in ("without", "rather than", "instead of")
    return not before or before[-1] in _BEFORE_ORDERS


def _is_denial(before: list[str], negation: str) -> bool:
    """ "It is not lost", "I did not lose it"; not the complaints "it does not work", "why isn't
    it here"."""
    verb = before[-1] if negation == "not" and before else negation.removesuffix("n't")
    return verb in _DENYING and "why" not in before
