"""What a caller's words tell a person: which of them are of use, and how they are told back. Pure.

Every rule is a table; what no rule fits is not used at all.
"""

import re
from typing import Final

from warmline.assist.sentences import small
from warmline.spoken import FILLERS, digits, is_number, words, yes_no

SECRET: Final = "[secret]"
"""Stands for the words of a secret answer."""
_GREETINGS: Final = FILLERS | frozenset(words("hi hello hey yes yeah no oh there good morning"))
_BARE: Final = 3
"""Words of a mere yes or no."""
_TO_LISTENER: Final = {
    **{"i": "you", "i'm": "you're", "i've": "you've", "i'd": "you'd", "i'll": "you'll"},
    **{"we": "you", "we're": "you're", "we've": "you've", "we'd": "you'd", "we'll": "you'll"},
    **{"me": "you", "us": "you", "my": "your", "our": "your", "mine": "yours", "ours": "yours"},
    **{"myself": "yourself", "ourselves": "yourselves"},
}
_AFTER_I: Final = {"am": "are", "was": "were", "wasn't": "weren't"}
_TO_THIRD: Final = {
    **{"your": "their", "yours": "theirs", "you": "they", "you're": "they're"},
    **{"you've": "they've", "my": "their", "i": "they"},
}
_WORD: Final = re.compile(r"[\w']+")
_OURS: Final = re.compile(r"\b(?:you|your|yours|you're|you've|you'd|you'll|yourself)\b", re.I)
_PERSON: Final = re.compile(
    r"\b(?:agent|representative|operator|person|human|supervisor|manager|colleague|robot|machine)\b"
    r"|\b(?:speak|talk|chat) (?:to|with) some(?:body|one)\b"
)
_SUBJECT: Final = re.compile(
    r"(?:i|we)(?:'m|'re|'ve|'d|'ll)? \w|"
    r"(?:my|our|the|it|it's|there's|there is|there are|they|somebody|someone)\b.*"
    r"(?:\b(?:is|are|was|were|has|have|had|can't|won't|doesn't|don't|didn't|isn't|aren't|wasn't|"
    r"came|broke|got|keeps?|stopped|went|took|made|sent)\b|'s\b|\w\wed\b)"
)
"""A sentence that tells something, as far as a table can know."""
_VAGUE: Final = re.compile(
    r"(?:something|anything) else|(?:an)?other\b|an? (?:person|agent|colleague|human)\b"
)
_MAX_WISH: Final = 9
"""Words of a wish for a person that tells nothing else."""
_MAX_WORDS: Final = 14
"""Of a caller's sentence that is told again."""


def is_bare(text: str) -> bool:
    """A mere yes or no, without an answer of its own."""
    short = len([word for word in words(text) if word not in FILLERS]) <= _BARE
    return short and yes_no(text) is not None and not digits(text)


def tells(text: str) -> bool:
    """Whether these words say what a call is about: no yes or no, no number, no wish for a
    person, no single word, no secret."""
    if text == SECRET or len(words(text)) < 2:
        return False
    return not (is_bare(text) or is_number(text) or wants_person(text))


def wants_person(text: str) -> bool:
    """A wish for a person and little else."""
    return len(words(text)) <= _MAX_WISH and _PERSON.search(text.casefold()) is not None


def is_vague(label: str) -> bool:
    """Whether an intent's label says nothing about what the caller wants."""
    return _VAGUE.match(label.casefold()) is not None


def without_greeting(text: str) -> str:
    """The caller's words from the first one on that tells something."""
    rest = text.strip()
    while (first := _WORD.search(rest)) and first[0].casefold() in _GREETINGS:
        rest = rest[first.end() :].lstrip(" ,.!?")
    return rest


def their(phrase: str) -> str:
    """What is said to the caller, said about them: "the status of their order"."""
    return _swapped(phrase, _TO_THIRD)


def told_back(text: str) -> str:
    """What the caller told, said to the caller: "you were charged twice for the same thing".

    Empty when that is not safe: a question, a wish for a person, words about us ("you sent
    me"), more than one short sentence, or no sentence at all.
    """
    told = without_greeting(text).rstrip(" .")
    plain = told.casefold().replace("’", "'")
    unsafe = _OURS.search(plain) or _PERSON.search(plain) or re.search(r'[.!?"\n…]', told)
    if unsafe or len(plain.split()) > _MAX_WORDS or not _SUBJECT.match(plain):
        return ""
    return _swapped(told.replace("’", "'"), _TO_LISTENER)


def _swapped(text: str, table: dict[str, str]) -> str:
    after_i = False

    def swap(match: re.Match[str]) -> str:
        nonlocal after_i
        word = match[0].casefold()
        new = _AFTER_I.get(word, "") if after_i else ""
        after_i = word == "i" and table is _TO_LISTENER
        return new or table.get(word) or (match[0] if match.start() else small(match[0]))

    return _WORD.sub(swap, text)
