"""An e-mail address: "john dot smith at gmail dot com", "j.smith@example.org". Pure.

Knows the form of an address (the part of RFC 5321 that people have) and well-known domains, not
whether anyone reads it.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.corrections import meant
from warmline.answers.names import with_part
from warmline.answers.numbers import TEENS, TENS, UNITS
from warmline.events import AnswerKind, Expectation
from warmline.spoken import FILLERS, words

DOMAINS: Final = (
    *("gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com"),
    *("aol.com", "live.com", "msn.com", "me.com", "protonmail.com", "proton.me", "gmx.com"),
    *("gmx.net", "comcast.net", "verizon.net", "att.net", "sbcglobal.net", "hotmail.co.uk"),
    *("yahoo.co.uk", "btinternet.com"),
)
_BY_NAME: Final = {domain.partition(".")[0]: domain for domain in reversed(DOMAINS)}
_WRITTEN: Final = re.compile(r"(?<![^\s<(])([^\s@<>(),;]{1,64})@([^\s@<>(),;]{1,255})")
_ADDRESS: Final = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
_JOINED: Final = (("g mail", "gmail"), ("hot mail", "hotmail"), ("out look", "outlook"),
    ("i cloud", "icloud"), ("proton mail", "protonmail"), ("a o l", "aol"), ("g m x", "gmx"),
    ("at sign", "at"), ("full stop", "dot"), ("under score", "underscore"),
    ("@", " at "))  # fmt: skip
_HYPHENATED: Final = re.compile(r"\b[a-z](?:-[a-z]){2,30}\b")
"""Letters as recognisers write them when they are spelled: "j-o-h-n"."""
_SIGNS: Final = {
    **{"dot": ".", "point": ".", "period": ".", "underscore": "_", "dash": "-", "hyphen": "-"},
    **{"minus": "-", "plus": "+"},
}
_NAMES: Final = {".": "dot", "_": "underscore", "-": "dash", "+": "plus"}
_REPEATS: Final = {"double": 2, "triple": 3}
_ASIDE: Final = FILLERS - {"oh", "so", "like", "well"} | frozenset(
    words("lowercase uppercase capital all lower upper case letters word in small letter")
)
_INTRO: Final = frozenset(words("is it's its that's email mail address me use reach at"))
_TOKEN: Final = re.compile(r"[a-z0-9]+|(?<=[a-z0-9])[._+-](?=[a-z0-9])")
_SURE: Final = 0.9
MAX_LENGTH: Final = 254
_RESERVED: Final = frozenset(
    {"at", *_SIGNS, *_REPEATS, *_ASIDE, *_INTRO, *UNITS, *TEENS, *TENS, "oh", "and"}
    | {word for apart, _ in _JOINED for word in apart.split() if word != "@"}
)
"""Words that mean something else when an address is read out: these are spelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """An address; canonical: in small letters."""

    words: tuple[str, ...] = ()
    needed: str = "an e-mail address"
    min_keys: int = 0
    max_keys: int = 0

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        plain = _HYPHENATED.sub(_unhyphenated, unicodedata.normalize("NFKC", text).casefold())
        for match in _WRITTEN.finditer(plain):
            address = f"{match[1].strip('.')}@{match[2].strip('.!?')}"
            if _ADDRESS.fullmatch(address) and len(address) <= MAX_LENGTH:
                return Heard(value=address, confidence=confidence)
        return self._spoken(plain, confidence)

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        """A whole address, another domain ("no, at yahoo dot com"), or a part said anew."""
        said = meant(text)
        found = self.understand(said, confidence, now)
        if isinstance(found, Heard):
            return found
        local, _, domain = before.partition("@")
        tokens = _tokens(unicodedata.normalize("NFKC", said).casefold())
        part = _joined([token for token in tokens if token not in _INTRO])
        if not part or not domain:
            return found
        if (other := _domain(part)) or tokens[0] == "at":
            address = f"{local}@{other or part}"
        elif re.search(r"[._+-]", part) and re.search(r"[._+-]", local):
            address = f"{part}@{domain}"  # all of what stands before the @ was said anew
        else:
            pieces = re.split(r"([._+-])", local)
            address = f"{with_part(' '.join(pieces), part).replace(' ', '')}@{domain}"
        if address == before or not _ADDRESS.fullmatch(address):
            return found
        return Heard(value=address, confidence=confidence * _SURE)

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        return None

    def expectation(self) -> Expectation:
        hot = ("at gmail dot com", "underscore", "dash", "dot")
        return Expectation(kind=AnswerKind.SPELLED, words=(*self.words, *hot))

    def speak(self, value: str, form: str = "") -> str:
        """ "john dot smith at gmail dot com"; exact: its first part letter by letter."""
        local, _, domain = value.partition("@")
        known = domain in DOMAINS
        return f"{_read_out(local, bool(form))} at {_read_out(domain, bool(form) and not known)}"

    def _spoken(self, plain: str, confidence: float) -> Understood:
        tokens = _tokens(plain)
        cuts = [at for at, token in enumerate(tokens) if token == "at"]
        for cut in reversed(cuts):
            said = _joined(tokens[cut + 1 :])
            domain = _domain(said) or said
            local = _joined(_without_intro(tokens[:cut]))
            address = f"{local}@{domain}"
            if len(address) <= MAX_LENGTH and len(local) <= 64 and _ADDRESS.fullmatch(address):
                return Heard(value=address, confidence=confidence * _SURE)
        partly = not {"dot", "underscore"}.isdisjoint(tokens)
        return Refused(why=RefusalReason.INCOMPLETE) if partly else None


def _tokens(plain: str) -> list[str]:
    text = f" {' '.join(plain.split())} "
    for apart, joined in _JOINED:
        text = text.replace(apart if apart == "@" else f" {apart} ", f" {joined} ")
    return [token for token in _TOKEN.findall(text.replace("'", "")) if token not in _ASIDE]


def _unhyphenated(match: re.Match[str]) -> str:
    return match[0].replace("-", "")


def _without_intro(tokens: list[str]) -> list[str]:
    """What follows the last "is", "it's" or "address"; a word may be part of an address."""
    for at in range(len(tokens) - 1, 0, -1):
        if tokens[at - 1] in _INTRO:
            return tokens[at:]
    return tokens


def _joined(tokens: list[str]) -> str:
    """The tokens as one word: signs, digits, doubled letters."""
    out: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if token in _REPEATS and len(following) == 1:
            out.append(following * _REPEATS[token])
            at += 1
        elif token in TENS and UNITS.get(following, 0) > 0:
            out.append(str(10 * TENS[token] + UNITS[following]))
            at += 1
        elif token in TENS:
            out.append(str(10 * TENS[token]))
        else:
            number = (UNITS | TEENS).get(token)
            out.append(_SIGNS.get(token, token) if number is None else str(number))
        at += 1
    return "".join(out)


def _domain(said: str) -> str:
    """The well-known domain that was meant: "gmail", "gmailcom"; empty when it is none."""
    bare = said.strip(".").replace(".", "")
    for domain in DOMAINS:
        if bare == domain.replace(".", ""):
            return domain
    return _BY_NAME.get(bare, "")


def _read_out(part: str, exact: bool) -> str:
    return " ".join(_read_piece(piece, exact) for piece in re.findall(r"[a-z]+|[0-9]|[._+-]", part))


def _read_piece(piece: str, exact: bool) -> str:
    if piece in _NAMES:
        return _NAMES[piece]
    spelled = exact or piece in _RESERVED or len(piece) == 1
    return " ".join(piece) if spelled else piece
