"""A person's name: "my name is John Smith", "it's Jon, J O N". Pure.

Knows no names: what stands where a name is asked for is one, unless it is plainly something
else. Letters that a caller spells are believed before the recogniser's guess.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Final

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.corrections import last_said, meant
from warmline.events import Expectation
from warmline.spoken import FILLERS, is_number, words

MAX_WORDS: Final = 5
_MAX_WORD: Final = 30
_INTRO: Final = re.compile(
    r"^.{0,80}?\b(?:(?:(?:first |last |full |sur|family )?name(?:'s| is| was| of)|this is|"
    r"call me|speaking with|speaking to|it's|it is|that's|i'm|i am|"
    r"under(?: the name(?: of)?)?|for|goes by)\b)\s*:?",
    re.I,
)
_OUTRO: Final = re.compile(r"\b(?:here|speaking|calling|please|thanks|thank you)\b.*$", re.I | re.S)
_LETTERS: Final = re.compile(r"(?<![^\W_])(?:[^\W\d_](?:[\s.,-]{1,2}|$)){2,30}(?![^\W_])")
_SPELLED_AS: Final = re.compile(r"\b(?:(?:that's )?spelled|spelt)\b", re.I)
_WITH_LETTER: Final = re.compile(r"\bwith an? (?:[a-z]\b[ ,.]{0,2}){1,5}", re.I)
"""As in "Smyth with a Y"."""
_WORD: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_NOT_NAMES: Final = frozenset(
    words(
        "yes yeah yep no nope not don't do does didn't can can't could would will want need have "
        "has had know what why when where who how are is was were be been you your they them we "
        "the a an and or but if my me i order account agent person help hello hi hey nothing "
        "number think that this it's it sure maybe because about sorry pardon repeat again"
    )
)
_SURE: Final = 0.9
"""Confidence of a name that was not spelled: recognisers write them as they sound."""
_SIMILAR: Final = 0.5
"""SequenceMatcher ratio from which a spelled word is another spelling ("Jon", "John": 0.86)."""
_PARTICLES: Final = frozenset(words("van von de der den la le di da del ten ter bin ibn al"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Up to `MAX_WORDS` words, capitalised; canonical: "John Smith"."""

    words: tuple[str, ...] = ()
    needed: str = "a name"
    min_keys: int = 0
    max_keys: int = 0

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        name, spelled = _name(last_said(text)) if last_said(text) else ("", False)
        if not name:
            name, spelled = _name(text)
        if not name:
            return None
        if len(name.split()) > MAX_WORDS:
            return Refused(why=RefusalReason.WRONG_LENGTH)
        return Heard(value=name, confidence=confidence * (1.0 if spelled else _SURE))

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        """A single word replaces the word of `before` that it resembles."""
        found = self.understand(meant(text), confidence, now)
        if isinstance(found, Heard) and " " not in found.value and " " in before:
            return Heard(value=with_part(before, found.value), confidence=found.confidence)
        return found

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        return None

    def expectation(self) -> Expectation:
        return Expectation(words=self.words)

    def speak(self, value: str, form: str = "") -> str:
        """As it is; exact: letter by letter, "J O N, S M I T H"."""
        if not form:
            return value
        return ", ".join(" ".join(word.upper()) for word in value.split())


def with_part(before: str, part: str) -> str:
    """`before` with `part` in place of the word most like it, or `part` when none is like it."""
    ratios = ((_ratio(word, part), at) for at, word in enumerate(before.split()))
    ratio, at = max(ratios, default=(0.0, 0))
    if ratio < _SIMILAR:
        return part
    said = before.split()
    return " ".join([*said[:at], part, *said[at + 1 :]])


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def _name(text: str) -> tuple[str, bool]:
    """The name in a text, and whether it was spelled; ("", False) when there is none."""
    plain = unicodedata.normalize("NFC", text.replace("\u2019", "'")).strip()
    plain = " ".join(plain.split())
    if intro := _INTRO.match(plain):
        plain = plain[intro.end() :]
    plain = _WITH_LETTER.sub("", plain)
    spelled = [word for match in _LETTERS.finditer(plain) for word in _spelled_words(match)]
    rest = _SPELLED_AS.sub(" ", _OUTRO.sub("", _LETTERS.sub(_unless_spelled, plain)))
    said = [word for word in _WORD.findall(rest) if word.casefold() not in FILLERS]
    odd = any(word.casefold() in _NOT_NAMES or len(word) > _MAX_WORD for word in said)
    if odd or any(character.isdecimal() for character in rest) or is_number(rest):
        return "", False
    said = _with_spellings(said, spelled)
    return " ".join(_capital(word) for word in said), bool(spelled)


def _spelled_words(match: re.Match[str]) -> list[str]:
    """The words of a run of letters: "J-O-N S-M-I-T-H", "J O N, S M I T H", "J, O, N".

    Two letters before other words are initials: "J. R. Miller".
    """
    run = match[0].strip(" .,-")
    letters = re.findall(r"[^\W\d_]", run)
    if len(letters) < 3 and match.string[match.end() :].strip(" .,"):
        return []
    commas, spaces = "," in run, re.search(r"[^\s,] ", run) is not None
    cut = "," if commas and (spaces or "-" in run) else r"\s+" if "-" in run else None
    parts = re.split(cut, run) if cut else [run]
    return ["".join(re.findall(r"[^\W\d_]", part)) for part in parts]


def _unless_spelled(match: re.Match[str]) -> str:
    return " , " if _spelled_words(match) else match[0]


def _with_spellings(said: list[str], spelled: list[str]) -> list[str]:
    """Each spelled word in place of the one that it spells, or behind the others."""
    words = list(said)
    heard = set(range(len(said)))
    for spelling in spelled:
        ratio, at = max(((_ratio(words[at], spelling), -at) for at in heard), default=(0.0, 0))
        if ratio >= _SIMILAR:
            heard.discard(-at)
            words[-at] = spelling
        else:
            words.append(spelling)
    return words


def _capital(word: str) -> str:
    """ "o'brien" is "O'Brien"; capitals inside a word and small particles stay."""
    if word.casefold() in _PARTICLES and word.islower():
        return word
    if not (word.islower() or word.isupper()):
        return word
    return re.sub(r"(?:^|(?<=['-]))[^\W\d_]", lambda m: m[0].upper(), word.lower())
