"""Owns which passwords anybody would guess first: rows of keys, leaked words, what all know.

Pure. A short list: what leads the published lists of leaked passwords and is long enough here.
"""

from collections.abc import Iterable, Iterator
from typing import Final

_ROWS: Final = (
    *("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "1q2w3e4r5t6y7u8i9o0p"),
    *("qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn"),
    *("1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujmikolp", "q1w2e3r4t5y6u7i8o9p0"),
)
"""What lies side by side on keyboards and in the alphabet."""
_WORDS: Final = frozenset(
    {
        *("password", "passwort", "passphrase", "letmein", "welcome", "iloveyou", "secret"),
        *("changeme", "changeit", "default", "login", "admin", "administrator", "guest", "qwerty"),
        *("warmline", "agent", "supervisor", "callcenter", "callcentre", "company", "hello"),
        *("football", "baseball", "sunshine", "princess", "superman", "starwars", "trustno"),
        *("michael", "dragon", "monkey", "spring", "summer", "autumn", "winter"),
    }
)
"""Bad with digits and signs around them, and said twice."""
_AROUND: Final = "0123456789 !?.,;:#*+-_$%&/()=@"
_LEET: Final = str.maketrans("@4301$5!7", "aaeoissit")
_FEW: Final = 3
"""Different characters: `aaaaaaaaaa`, `1212121212`."""


def is_guessed_first(password: str, told: Iterable[str] = ()) -> bool:
    """`told` is what everybody knows of the user: their login, their name."""
    whole = _plain(password)
    known = {_plain(part) for part in told}
    known |= {part.partition("@")[0] for part in known}
    spelled = {whole, *_cores(whole)}
    forms = spelled | {core for form in spelled for core in _cores(form.translate(_LEET))}
    return (
        len(set(whole)) <= _FEW
        or not forms.isdisjoint((_WORDS | known) - {""})
        or any(_is_row(form) for form in forms)
    )


def _plain(text: str) -> str:
    return text.lower().replace(" ", "")


def _cores(password: str) -> Iterator[str]:
    """Without the digits and signs around it, and said once: `password2024!`, `adminadmin`."""
    core = password.strip(_AROUND)
    yield core
    half, odd = divmod(len(core), 2)
    if not odd and core[:half] == core[half:]:
        yield core[:half].strip(_AROUND)


def _is_row(password: str) -> bool:
    """Whether it is a piece of a row, forward or backward, said once or again and again."""
    length = len(password)
    for size in range(4, length + 1):
        piece, again = password[:size], length // size
        if piece * again == password and any(piece in row or piece[::-1] in row for row in _ROWS):
            return True
    return False
