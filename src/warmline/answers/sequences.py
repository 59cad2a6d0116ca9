"""Corrections of digits or letters that were said one by one. Pure.

Knows no digits and no letters: a reader turns words to symbols. Callers name a place ("the last
one is eight", "two seven at the end"), say what for what ("a five, not a nine"), or only
repeat the part that was wrong ("no, four seven").
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Final

from warmline.answers.answer import RefusalReason, Refused, Understood

Reader = Callable[[str], str]
"""Words to the symbols in them, one character each; empty for none."""

CERTAINTY: Final = 0.9
"""Confidence that a correction was put at the right place."""
_COUNTS: Final = {"two": 2, "2": 2, "three": 3, "3": 3, "four": 4, "4": 4}
_PLACES: Final = {
    name: at
    for at, names in enumerate(
        ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th",
         "seventh 7th", "eighth 8th")
    )
    for name in names.split()
}  # fmt: skip
_THING: Final = r"(?:one|digit|number|letter|character)s?"
_BE: Final = r"(?:(?:is|are|was|were|should be|must be|has to be|have to be)\b|'s\b|:|,)?"
_LAST: Final = re.compile(rf"\blast(?: (two|three|four|[234]))?(?: {_THING})?\s?{_BE}(.*)")
_FIRST: Final = re.compile(rf"\bfirst (?:(two|three|four|[234]) )?(?:{_THING})?\s?{_BE}(.*)")
_NTH: Final = re.compile(rf"\b({'|'.join(_PLACES)}) {_THING}(?: from the end)?\s?{_BE}(.*)")
_NEXT_TO_LAST: Final = re.compile(
    rf"\b(?:second|next) (?:to|from) (?:the )?last(?: {_THING})?\s?{_BE}(.*)"
)
_ENDS: Final = re.compile(r"\b(?:ends?|ending|finish(?:es)?) (?:in|with|on)\b(.*)")
_BEGINS: Final = re.compile(r"\b(?:starts?|begins?|starting|beginning) with\b(.*)")
_AT_END: Final = re.compile(r"^(.*?)\b(?:at|in|to|on) the (?:end|back)\b")
_AT_START: Final = re.compile(r"^(.*?)\b(?:at|in) the (?:start|beginning|front)\b")
_NOT: Final = re.compile(r"^(.*?)(?:,? (?:and )?not\b|,? instead of\b|,? rather than\b)(.*)$")
_NOT_BUT: Final = re.compile(
    r"\b(?:not|isn't)\b([^,;.]{0,80}?)(?:[,;.]|\bbut\b|\bit's\b|\bit is\b|\bi said\b)(.*)$"
)
_SHOULD_BE: Final = re.compile(r"^(.*?)\b(?:should be|is really|must be|is actually|is)\b(.*)$")


def named_change(before: str, text: str, read: Reader) -> list[str]:
    """What `before` becomes when the caller says where, or what for what; empty otherwise.

    More than one value: the symbol to replace stands at several places.
    """
    plain = _plain(text)
    return _by_place(before, plain, read) or _by_swap(before, plain, read)


def repeated_part(
    before: str, text: str, read: Reader, confusable: Collection[str] = ()
) -> list[str]:
    """What `before` becomes when only the part that was wrong is said again.

    It goes where it changes least. `confusable` holds groups of symbols that sound alike
    ("BCDEGPTVZ"): they decide when the new symbol could replace several. More than one value:
    none is clearly meant.
    """
    return _by_fragment(before, read(_without_no(_plain(text))), confusable)


def best(
    changed: Sequence[str],
    fits: Callable[[str], bool],
    judge: Callable[[Sequence[str], float], Understood],
    confidence: float,
) -> Understood:
    """The one change that fits; `judge` makes it an answer, or says why none does."""
    good = list(dict.fromkeys(filter(fits, changed)))
    if len(good) > 1:
        return Refused(why=RefusalReason.AMBIGUOUS)
    return judge(good or changed, confidence * CERTAINTY)


def _plain(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").casefold().split())


def _by_place(before: str, text: str, read: Reader) -> list[str]:
    size = len(before)
    if (match := _NEXT_TO_LAST.search(text)) and len(said := read(match[1])) == 1:
        return _put(before, size - 2, said)
    if (match := _NTH.search(text)) and len(said := read(match[2])) == 1:
        place = _PLACES[match[1]]
        return _put(before, size - 1 - place if "from the end" in match[0] else place, said)
    for pattern in (_LAST, _FIRST):
        if (match := pattern.search(text)) and (said := read(match[2])):
            if match[1] and len(said) != _COUNTS[match[1]]:
                continue
            return _put(before, size - len(said) if pattern is _LAST else 0, said)
    for pattern, end in ((_ENDS, True), (_BEGINS, False), (_AT_END, True), (_AT_START, False)):
        if (match := pattern.search(text)) and (said := read(_without_no(match[1]))):
            return _put(before, size - len(said) if end else 0, said)
    return []


def _by_swap(before: str, text: str, read: Reader) -> list[str]:
    """ "A five, not a nine"; "not a nine, a five"; "the nine should be a five"."""
    pairs: list[tuple[str, str]] = []
    if match := _NOT_BUT.search(text):
        pairs.append((read(match[1]), read(match[2])))
    if match := _NOT.search(text):
        pairs.append((read(match[2]), read(_without_no(match[1]))))
    if match := _SHOULD_BE.search(text):
        pairs.append((read(match[1]), read(match[2])))
    for old, new in pairs:
        if old and new and len(old) == len(new) < len(before):
            places = [at for at in range(len(before)) if before.startswith(old, at)]
            if places:
                return [value for at in places for value in _put(before, at, new)]
    return []


def _by_fragment(before: str, said: str, confusable: Collection[str]) -> list[str]:
    """The part that was wrong, said again: it goes where it changes least."""
    size = len(said)
    if not 0 < size < len(before):
        return []
    windows = {at: before[at : at + size] for at in range(len(before) - size + 1)}
    changes = {at: sum(a != b for a, b in zip(w, said, strict=True)) for at, w in windows.items()}
    if 0 in changes.values():
        return []  # it was heard like that already
    least = min(changes.values())
    if least == size > 1:
        return []
    best = [at for at, count in changes.items() if count == least]
    alike = [at for at in best if _sounds_alike(windows[at], said, confusable)]
    return [value for at in alike or best for value in _put(before, at, said)]


def _sounds_alike(heard: str, said: str, confusable: Collection[str]) -> bool:
    pairs = [(a, b) for a, b in zip(heard, said, strict=True) if a != b]
    return all(any(a in group and b in group for group in confusable) for a, b in pairs)


def _put(before: str, at: int, said: str) -> list[str]:
    """`before` with `said` from `at` on; nothing when it does not fit or changes nothing."""
    if at < 0 or at + len(said) > len(before):
        return []
    value = before[:at] + said + before[at + len(said) :]
    return [value] if value != before else []


def _without_no(text: str) -> str:
    return re.sub(r"^(?:(?:no|nope|sorry|wrong|wait|um|uh|well)\b[\s,.;!]{0,5}){1,5}", "", text)
