"""How English words sound, roughly, and how alike two sounds are. Pure.

Knows letters and sounds; nothing of phrases, forms or recognisers. It finds what was misheard
("moga", "light rose"), it cannot speak: a small set of letter-to-sound rules in the manner of
Elovitz et al. (1976), and costs by place, manner and voice of the sounds.
"""

import re
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.spoken import words

SOUNDS: Final = "aeiouEIpbtdkgfvTszSCJmnNlrwyh"
"""One character a sound: E as in day, I as in my, T thin, S shoe, C chip, J jam, N sing."""

# --- from letters to sounds ----------------------------------------------------------------------

_RULES: Final = (
    # At each place of a word the first that fits: letters (a regular expression), sounds.
    *((r"^one(?=s?$)", "wun"), (r"^once$", "wuns"), (r"^two$", "tu"), (r"^eight(?!y)", "Et")),
    *((r"^who", "hu"), (r"wh", "w"), (r"^wr", "r"), (r"^kn", "n"), (r"^ps", "s"), (r"^x", "z")),
    *((r"tch", "C"), (r"^sch", "sk"), (r"ch", "C"), (r"sh", "S"), (r"ph", "f"), (r"th", "T")),
    *((r"c?ck", "k"), (r"s?c(?=[eiy])", "s"), (r"[ct]i(?=[ao])", "S"), (r"ssi(?=o)", "S")),
    *(
        (r"c+", "k"),
        (r"qu", "kw"),
        (r"q", "k"),
        (r"^g(?=[ei][tv])|gg", "g"),
        (r"d?g(?=e|i|y)", "J"),
    ),
    *((r"augh|ough(?=t)", "o"), (r"eigh", "E"), (r"igh", "I"), (r"^gh", "g"), (r"gh", "")),
    *((r"ng(?=$|s$|ing)", "N"), (r"n(?=[kx])", "N"), (r"mb$|mn$", "m"), (r"x", "ks"), (r"j", "J")),
    *((r"(?<=[td])ed$", "id"), (r"(?<=[pkfsxch])ed$", "t"), (r"(?<=..)ed$", "d")),
    *((r"ss", "s"), (r"(?<=[aeiou])s(?=[eiy])", "z"), (r"s", "s"), (r"z+", "z")),
    *((r"a(?=[^aeiouwyrx]e[ds]?$)", "E"), (r"i(?=[^aeiouwyr]e[ds]?$)", "I")),
    *((r"^y", "y"), (r"(?<=^[^aeiou])y$|(?<=^[^aeiou]{2})y$|uy$|ie$", "I"), (r"i(?=nd$|ld$)", "I")),
    *((r"a[iy]|e[iy](?!$)", "E"), (r"ey$|ee|ea|ie", "i"), (r"oo|ou|eu|ew|ui", "u")),
    *((r"oa|oe|ow|au|aw|o(?=ld$)|a(?=l[lk])", "o"), (r"o[iy]", "oi"), (r"y", "i")),
    *((r"(?<=[^aeiou])le$", "ul"), (r"(?<=.)es?$(?<![aeiou].es)(?<!^.e)", "")),
    *((f"{letter}+", letter) for letter in "aeioubdfghklmnprtvw"),
)
_LETTERS: Final = re.compile("|".join(f"({letters})" for letters, _ in _RULES))

_UNITS: Final = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS: Final = words("twenty thirty forty fifty sixty seventy eighty ninety")
_RUN: Final = re.compile(r"\d+|\D+")


def spoken_words(text: str) -> list[str]:
    """The words of a recogniser's text with small numerals written out: "12oz" is "twelve oz"."""
    return [part for word in words(text) for run in _RUN.findall(word) for part in _said(run)]


def _said(run: str) -> list[str]:
    if not (run.isascii() and run.isdecimal()) or len(run) > 2:
        return [run]
    number = int(run)
    if number < len(_UNITS):
        return [_UNITS[number]]
    tens, unit = divmod(number, 10)
    return [_TENS[tens - 2], *([_UNITS[unit]] if unit else [])]


@lru_cache(maxsize=8192)
def sounds(word: str) -> str:
    """The sounds of one word, a character of `SOUNDS` each; letters of other alphabets are mute."""
    found = _LETTERS.finditer(word)
    said = "".join(_RULES[(match.lastindex or 1) - 1][1] for match in found)
    return re.sub(r"(.)\1+", r"\1", said)


# --- how alike they are --------------------------------------------------------------------------

_ALIKE: Final = (
    # Sounds that are easily taken for each other, and what that costs (1: not alike at all).
    *((0.35, "aeiouEI"), (0.5, "ptkbdgT"), (0.5, "fvTszSCJ"), (0.35, "mnN"), (0.5, "lrwy")),
    *((0.5, "iy"), (0.5, "uw"), (0.5, "lou"), (0.6, "ra"), (0.6, "re"), (0.7, "vb"), (0.7, "dn")),
    *((0.3, pair) for pair in ("pb", "td", "kg", "fv", "sz", "CJ", "Iy", "SC", "SJ", "sT", "fT")),
)
_LOST: Final = {"h": 0.4, "w": 0.6, "y": 0.5, "r": 0.6, "t": 0.7, "d": 0.7}
"""What a sound costs that only one side has; else a vowel half, a consonant nearly all."""
_VOWEL_LOST: Final = 0.5
_CONSONANT_LOST: Final = 0.9


def _alike() -> npt.NDArray[np.float32]:
    costs = np.ones((len(SOUNDS), len(SOUNDS)), dtype=np.float32)
    for cost, group in _ALIKE:
        at = [SOUNDS.index(sound) for sound in group]
        costs[np.ix_(at, at)] = np.minimum(costs[np.ix_(at, at)], cost)
    np.fill_diagonal(costs, 0.0)
    return costs


def _lost(sound: str) -> float:
    return _LOST.get(sound, _VOWEL_LOST if sound in "aeiouEI" else _CONSONANT_LOST)


REPLACE: Final = _alike()
"""What it costs to take the sound of the row for that of the column; both are numbers of
`SOUNDS`. 0: the same, 1: nothing in common."""
LOSE: Final = np.array([_lost(sound) for sound in SOUNDS], dtype=np.float32)
"""What it costs to hear or to miss a sound."""


def numbers(said: str) -> npt.NDArray[np.intp]:
    """Sounds as numbers, for `REPLACE` and `LOSE`."""
    return np.array([SOUNDS.index(sound) for sound in said], dtype=np.intp)
