"""Letters and digits said one by one: "B as in boy", "alpha", "double L", "AB-12". Pure.

Knows no pattern and no length; `spelled` fits what is read here to them.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from warmline.answers.numbers import TEENS, TENS, UNITS
from warmline.spoken import FILLERS, words

NATO: Final = words(
    "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november "
    "oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
)
"""ICAO Annex 10, volume II; `_CODE` has the usual other spellings."""
EXAMPLES: Final = (
    *("Adam", "boy", "Charles", "David", "Edward", "Frank", "George", "Henry", "Ida", "John"),
    *("King", "Lincoln", "Mary", "Nora", "Ocean", "Paul", "Queen", "Robert", "Sam", "Tom"),
    *("union", "Victor", "William", "X-ray", "young", "zebra"),
)
"""The APCO alphabet of North American radio, which callers know: "B as in boy"."""
_CODE: Final = {word: word[0].upper() for word in NATO} | {
    **{"alfa": "A", "juliet": "J", "whisky": "W", "foxtrott": "F"},
}
_STRONG: Final = {
    **{"bee": "B", "cee": "C", "dee": "D", "ee": "E", "ef": "F", "eff": "F", "gee": "G"},
    **{"aitch": "H", "haitch": "H", "jay": "J", "kay": "K", "el": "L", "ell": "L", "em": "M"},
    **{"en": "N", "pee": "P", "cue": "Q", "queue": "Q", "ar": "R", "ess": "S", "tee": "T"},
    **{"vee": "V", "dubya": "W", "ex": "X", "zee": "Z", "zed": "Z"},
    **{"dash": "-", "hyphen": "-", "minus": "-", "dot": ".", "underscore": "_", "slash": "/"},
}
_WEAK: Final = {
    **{"are": "R", "be": "B", "sea": "C", "see": "C", "tea": "T", "you": "U", "why": "Y"},
    **{"eye": "I", "oh": "O", "owe": "O", "for": "4", "to": "2", "too": "2", "ate": "8"},
    **{"won": "1", "jade": "J", "okay": "OK", "nought": "0", "niner": "9"},
}
"""Common words that are letters only among letters."""
_PRONOUNS: Final = frozenset({"A", "I"})
"""Alone among other words they are words: "I don't know"."""
_TWO_WORDS: Final = re.compile(r"\b(?:(double[ -]?(?:you|u)|dubbelyou)|x[ -]ray)\b", re.I)
_REPEATS: Final = {"double": 2, "triple": 3, "treble": 3}
_ASIDE: Final = (FILLERS - {"oh", "okay"}) | frozenset(
    words(
        "it it's its is the that's that this my code number plate postcode zip letter letters "
        "digit digits figure capital uppercase lowercase upper lower case small big then and space "
        "with name spelled spell reference order account yes yeah no thanks thank i'd i'll again "
        "said meant in at end of last first was should not"
    )
)
_AS_IN: Final = ("as in", "like in", "is for", "as", "like", "for")
_TOKEN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*|(?<=[^\W_])[-/_](?=[^\W_])|[,.;]")


def symbols(text: str) -> str:
    """All letters (capital), digits and signs that were spelled; empty when there were none."""
    return "".join(runs(text))


def runs(text: str) -> list[str]:
    """Like `symbols`, cut where other words stand between."""
    plain = unicodedata.normalize("NFKC", text.replace("\u2019", "'"))
    said = _TOKEN.findall(_TWO_WORDS.sub(lambda match: "dubya" if match[1] else "xray", plain))
    said = _without_separators([word for word in said if word not in {",", ".", ";"}])
    weak = all(_read(said, at, weak=True)[1] or _is_aside(said[at]) for at in range(len(said)))
    found: list[str] = []
    inside = False
    at = 0
    while at < len(said):
        letters, used = _read(said, at, weak=weak)
        if letters and inside:
            found[-1] += letters
        elif letters:
            found.append(letters)
        inside = bool(letters) or (inside and _is_aside(said[at]))
        at += used or 1
    return found if weak else [run for run in found if run not in _PRONOUNS]


def _is_aside(word: str) -> bool:
    return word.casefold() in _ASIDE


def _read(said: Sequence[str], at: int, *, weak: bool) -> tuple[str, int]:
    """The symbols that begin at `at`, and how many tokens they take; ("", 0) for none."""
    word = said[at].casefold()
    if word in _REPEATS and at + 1 < len(said):
        letters, used = _read(said, at + 1, weak=weak) if not _is_repeat(said[at + 1]) else ("", 0)
        return (letters * _REPEATS[word], used + 1) if len(letters) == 1 else ("", 0)
    example, used = _example(said, at)
    if used:
        return example, used
    if (letters := _symbol(said[at], weak)) != "":
        return letters, 1
    if word in TENS:
        unit = UNITS.get(said[at + 1].casefold(), 0) if at + 1 < len(said) else 0
        return str(10 * TENS[word] + unit), 2 if unit else 1
    return "", 0


def _is_repeat(word: str) -> bool:
    return word.casefold() in _REPEATS


def _symbol(written: str, weak: bool) -> str:
    word = written.casefold()
    if not written.isascii():
        return ""
    if word in UNITS or word in TEENS:
        return str((UNITS | TEENS)[word])
    single = len(word) == 1 and (word not in {"a", "i"} or written.isupper() or weak)
    mixed = any(c.isdecimal() for c in word) or (written.isupper() and len(word) > 1)
    if word.isalnum() and (single or mixed):
        return word.upper()
    if word in "-/_":
        return word
    return _STRONG.get(word) or _CODE.get(word) or (_WEAK.get(word, "") if weak else "")


def _example(said: Sequence[str], at: int) -> tuple[str, int]:
    """ "B as in boy": the word is heard better than the letter, so its initial counts."""
    word = said[at].casefold()
    is_letter = len(word) == 1 and word.isalpha() or word in _STRONG or word in _WEAK
    for phrase in _AS_IN if is_letter else ():
        size = len(phrase.split())
        between = " ".join(said[at + 1 : at + 1 + size]).casefold()
        named = said[at + 1 + size].casefold() if at + 1 + size < len(said) else ""
        initial = named[:1].upper()
        if between != phrase or len(named) < 3 or not ("A" <= initial <= "Z"):
            continue
        if phrase == "for" and initial != _symbol(said[at], True):
            continue  # "B for 2" is B 4 2
        return initial, size + 2
    return "", 0


def _without_separators(said: list[str]) -> list[str]:
    """Without the hyphens of "A-B-1-2", and without the article of "it's a B"."""
    kept = []
    for at, word in enumerate(said):
        before = said[at - 1].casefold() if at else ""
        after = said[at + 1] if at + 1 < len(said) else ""
        hyphen = word == "-" and len(before) == len(after) == 1
        article = word == "a" and before in {"it's", "is", "as", "not"}
        if not (hyphen or article):
            kept.append(word)
    return kept
