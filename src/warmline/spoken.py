"""What spoken English words mean: plain words, digits, yes or no. Pure.

Knows nothing of flows, of audio, or of who recognised the words. Everything takes the text
as a recogniser writes it ("Uh, 4-5, twenty seven.") and is a pure function of it.
"""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def words(text: str) -> list[str]:
    """The words in order, casefolded, without punctuation; apostrophes inside words stay."""
    folded = unicodedata.normalize("NFKC", text.replace("\u2019", "'")).casefold()
    return _WORD.findall(folded)


FILLERS: Final = frozenset(words("um uhm uh er erm ah eh hm hmm mm well so like okay ok please"))
"""Words that carry no answer and may stand anywhere in one."""

# --- digits ----------------------------------------------------------------------------------

_UNITS: Final = {
    name: value
    for value, name in enumerate(words("zero one two three four five six seven eight nine"))
}
_DIGIT: Final = {name: str(value) for name, value in _UNITS.items()} | {
    "oh": "0",
    "o": "0",
    "nought": "0",
    "niner": "9",
}
_TEENS: Final = {
    name: value
    for value, name in enumerate(
        words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"),
        start=10,
    )
}
_TENS: Final = {
    name: value
    for value, name in zip(
        range(20, 100, 10),
        words("twenty thirty forty fifty sixty seventy eighty ninety"),
        strict=True,
    )
} | {"fourty": 40}
_SCALES: Final = {"hundred": 100, "thousand": 1000}
_REPEATS: Final = {"double": 2, "triple": 3, "treble": 3}
_HOMOPHONES: Final = {"for": "4", "fore": "4", "to": "2", "too": "2", "won": "1", "ate": "8"}
"""What recognisers write for digits; the words are common, so all the rest must be digits."""
_JOINTS: Final = FILLERS | frozenset(words("and then dash hyphen"))
"""Words that may stand inside one number."""
_DIGIT_FILLERS: Final = _JOINTS | frozenset(
    words(
        "it it's its is are the that's this my number order account code "
        "yes yeah yep sure thanks thank you i think"
    )
)
_POINTING: Final = frozenset(
    words("the that this which right wrong other another first last next any every some only")
)
"""Before a single "one" they make it a pronoun: "that one"."""


def digits(text: str) -> str:
    """All digits that were said, in order; empty when there were none.

    Takes numerals ("45 27", "4-5-2-7"), words, "double five", and numbers as people group them
    ("forty five twenty seven", "one hundred", "four thousand five hundred").
    """
    return "".join(digit_runs(text))


def digit_runs(text: str) -> list[str]:
    """Like `digits`, cut where other words stand between: "at 5 my order is 4527" is 5, 4527."""
    tokens = _without_interjection(words(text))
    content = [word for word in tokens if word not in _DIGIT_FILLERS]
    if _only_digits(content):
        tokens = [_HOMOPHONES.get(word, word) for word in content]
    runs: list[str] = []
    inside = False
    at = 0
    while at < len(tokens):
        said, used = _number(tokens, at)
        if used and inside:
            runs[-1] += said
        elif used:
            runs.append(said)
        inside = bool(used) or (inside and tokens[at] in _JOINTS)
        at += used or 1
    return runs


def is_number(text: str) -> bool:
    """Digits and nothing else, apart from fillers ("um, it's four five"): an answer in digits."""
    return _only_digits([word for word in words(text) if word not in _DIGIT_FILLERS])


def sounds_like_number(text: str) -> bool:
    """Digits with at most a word or two that a recogniser may have made of digits.

    "218, you will 5169" and "4, 3, 9, but..." are numbers misheard; "an agent for order 45" is
    not one.
    """
    content = [word for word in words(text) if word not in _DIGIT_FILLERS]
    spoken = [w for w in content if _is_number(w) or w in _HOMOPHONES or _holds_numerals(w)]
    others = len(content) - len(spoken)
    return bool(spoken) and others <= 2 and len(digits(text)) >= 3 * others


def _holds_numerals(word: str) -> bool:
    return any(character.isdecimal() for character in word)


def _without_interjection(tokens: list[str]) -> list[str]:
    """ "Oh, it's four five" begins with no zero."""
    if len(tokens) > 1 and tokens[0] == "oh" and tokens[1] in _DIGIT_FILLERS:
        return tokens[1:]
    return tokens


def _only_digits(content: list[str]) -> bool:
    plain = [word for word in content if word not in _HOMOPHONES]
    return bool(plain) and all(_is_number(word) for word in plain)


def _is_number(word: str) -> bool:
    return (
        _is_numeral(word)
        or word in _DIGIT
        or word in _TEENS
        or word in _TENS
        or word in _SCALES
        or word in _REPEATS
    )


def _is_numeral(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def _number(tokens: list[str], at: int) -> tuple[str, int]:
    """The digits that begin at `at` and how many words they take; ("", 0) when none do."""
    word = tokens[at]
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if _is_numeral(word):
        return word, 1
    if word in _REPEATS:
        one_digit = _is_numeral(following) and len(following) == 1
        digit = following if one_digit else _DIGIT.get(following, "")
        return (digit * _REPEATS[word], 2) if digit else ("", 0)
    if word == "one" and at and tokens[at - 1] in _POINTING and not _is_number(following):
        return "", 0
    value, used = _small(tokens, at)
    if used and at + used < len(tokens) and tokens[at + used] in _SCALES:
        return _scaled(tokens, at, value, used)
    if used:
        return str(value), used
    return (_DIGIT[word], 1) if word in _DIGIT else ("", 0)


def _small(tokens: list[str], at: int) -> tuple[int, int]:
    """A number below a hundred and its count of words: "forty five" is (45, 2)."""
    word = tokens[at] if at < len(tokens) else ""
    if word in _TENS:
        unit = _UNITS.get(tokens[at + 1], 0) if at + 1 < len(tokens) else 0
        return (_TENS[word] + unit, 2) if unit else (_TENS[word], 1)
    if word in _TEENS:
        return _TEENS[word], 1
    return (_UNITS[word], 1) if word in _UNITS else (0, 0)


def _scaled(tokens: list[str], at: int, value: int, used: int) -> tuple[str, int]:
    """A number with hundreds or thousands: the scales fall, and each part fits below its scale."""
    total, part, limit = 0, value, 10**6
    while (scale := _SCALES.get(tokens[at + used] if at + used < len(tokens) else "", 0)) and (
        scale < limit
    ):
        total, limit = total + part * scale, scale
        used += 1
        skip = 1 if at + used < len(tokens) and tokens[at + used] == "and" else 0
        part, more = _small(tokens, at + used + skip)
        if not more:
            return str(total), used
        used += skip + more
    return str(total + part), used


# --- yes or no -------------------------------------------------------------------------------

_FAIR: Final = r"(?:right|correct|true|it|okay|ok|good|fine)"
_SOFTENER: Final = r"(?:quite|really|at all|exactly|entirely|the|all|that|so)"
_VERDICTS: Final = (
    ("unclear", r"(?:i )?(?:don't|do not|dunno) (?:know|remember|understand)|not (?:so )?sure"),
    ("unclear", r"no idea|no clue|maybe|perhaps|never mind|depends"),
    ("yes", r"(?:not|nothing|isn't) wrong|no(?:t a)? problem|why not"),
    ("no", r"(?:absolutely|definitely|certainly|of course|probably|surely) not"),
    ("no", rf"(?:not|isn't|wasn't|ain't|doesn't|never)(?: {_SOFTENER})*(?: {_FAIR})?"),
    ("no", r"(?:don't|do not) (?:think|believe)(?: (?:so|that|it))?"),
    ("no", r"no|nope|nah|nay|negative|incorrect|wrong|false|don't|nothing|neither"),
    ("yes", r"uh huh|mm hmm|mhm|of course|go ahead|you got it|i (?:do|did|think so)(?! not)"),
    ("yes", r"yes|yeah|yep|yup|ya|yah|yea|aye|affirmative|absolutely|definitely|certainly"),
    ("yes", r"correct|right|alright|sure|exactly|indeed|perfect|true|fine|good|okay|ok"),
    ("yes", r"(?:it|that) (?:is|does)(?! (?:not|wrong|incorrect|false))"),
)
"""First match at each place wins, so longer idioms stand before the words in them."""
_VERDICT: Final = re.compile(
    r"\b(?:"
    + "|".join(f"(?P<v{at}>{pattern})" for at, (_, pattern) in enumerate(_VERDICTS))
    + r")(?!['\w])"
)
_STRONG: Final = frozenset(words("yes yeah yep yup no nope nah"))
MAX_SHORT: Final = 8
"""Words of a short answer. In a longer one "right" or "good" is talk; only a yes or no that
leads it is an answer."""


def yes_no(text: str) -> bool | None:
    """True for yes, False for no, None when it is neither or both."""
    said = words(text)
    if len(said) > MAX_SHORT:
        lead = [word for word in said if word not in FILLERS][:2]
        said = [word for word in lead if word in _STRONG]
    verdicts = _verdicts(said)
    if len(verdicts) > 1:
        # "Okay, no" is a no: what only fills a pause is no yes beside it.
        verdicts = _verdicts([word for word in said if word not in FILLERS])
    match list(verdicts):
        case ["yes"]:
            return True
        case ["no"]:
            return False
        case _:
            return None


def _verdicts(said: list[str]) -> set[str]:
    found = _VERDICT.finditer(" ".join(said))
    return {_VERDICTS[int((match.lastgroup or "")[1:])][0] for match in found}
