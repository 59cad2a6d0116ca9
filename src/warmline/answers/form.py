"""Several slots from one sentence: which of a form's values were said, and how sure that is. Pure.

Knows fields and readings of a sentence; nothing of flows, audio or the recogniser. Each reading
is covered with the form's phrases and with words that mean nothing here; the cheapest covers of
all readings vote for each field's value.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Final, NamedTuple

from warmline.answers.closed import MAX_WORDS, ClosedSet, Span, expand
from warmline.answers.sounds import LOSE, numbers, sounds, spoken_words
from warmline.spoken import FILLERS, words

_AROUND: Final = FILLERS | frozenset(
    words(
        "a an the and or but of to for from in on at by with about if as than then so too also "
        "i i'm i'd i'll i've me my mine we we'd we're us our you you're your he she it it's its "
        "they them their this that that's these those there here who what what's when where which "
        "why how much many more most some any no not don't didn't doesn't can't isn't "
        "is are was were be been am do does did can could may might must shall should will would "
        "have has had get got give make take like want wanted need let let's go going put add "
        "bring tell know just only now yet wait one thanks thank hi hello hey yes yeah sure please"
    )
)
"""Words around the values of any form: to pass over them costs nothing, and they are no phrase
misheard."""
_SKIP: Final = 0.5
"""The share of its sounds that it costs to pass over another word."""
_NAMED: Final = 0.3
"""What a value costs: none is seen where next to nothing speaks for it."""
_CHANGED: Final = 0.6
"""What a second value of a field costs: the caller changed his mind, or it was misheard."""
_MISSING: Final = 0.6
"""What it costs to see no value of a required field."""
_SOFT: Final = 0.4
"""A cover of the same words that costs so much more is e times less likely …"""
_SOFT_READING: Final = 1.5
"""… and so is a reading whose best cover is worse by this: it may be misheard as a whole."""
_SOFT_WORDS: Final = 2.0
"""What is misheard by this much is e times less sure: of requests that have nothing to do with a
form of drinks, 7 % fill a slot without this and 0.6 % with it."""
_BEAM: Final = 24
"""Covers kept at each word."""
_SURE: Final = 0.99
"""From here on the absence of a value is not worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    options: Mapping[str, Sequence[str]]
    """Value: the phrases that mean it. "(a|b) c" stands for both; a value with alternatives is
    one value for each, a value without phrases is said as it is written."""
    required: bool = False
    """A sentence without it is less likely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldHeard:
    value: str
    """Empty: none was heard, and that is in doubt."""
    confidence: float
    """0 to 1: the share of all readings' belief that this value has, less for misheard words."""
    said: str
    """The words that were taken for the value, in lower case."""


class Form:
    """Fields that one sentence may fill; made once for a flow."""

    def __init__(self, fields: Sequence[Field], carrier: Sequence[str] = ()) -> None:
        """`carrier`: words and phrases around the values, in addition to the usual ones.

        Raises ValueError when a field has no options, brackets do not match, a phrase has no
        words or two meanings, or there are too many phrases.
        """
        self.fields = tuple(fields)
        meanings: dict[str, tuple[int, str]] = {}
        for at, field in enumerate(fields):
            for value, phrase in _phrases(field):
                meaning = meanings.setdefault(" ".join(spoken_words(phrase)), (at, value))
                if meaning != (at, value):
                    raise ValueError(f"{field.name}: the phrase {phrase!r} has two meanings")
        self.meanings = tuple(meanings.values())
        """For each phrase of `phrases` the number of its field, and its value."""
        self.around = _AROUND.union(*map(spoken_words, carrier)) - set(_telling(meanings))
        self.phrases = ClosedSet(list(meanings))


def _phrases(field: Field) -> Iterator[tuple[str, str]]:
    """Values with each of their phrases."""
    if not field.options:
        raise ValueError(f"{field.name}: expected at least one option")
    for pattern, phrases in field.options.items():
        values = expand(pattern)
        for value in values:
            yield value, value
        if len(values) == 1:
            yield from ((values[0], said) for phrase in phrases for said in expand(phrase))


def _telling(phrases: Mapping[str, object]) -> Iterator[str]:
    """Words that alone make one phrase of another: "some", of "some milk" and "milk"."""
    for phrase in phrases:
        said = phrase.split()
        for at, word in enumerate(said):
            if " ".join([*said[:at], *said[at + 1 :]]) in phrases:
                yield word


def ranked(text: str, alternatives: Sequence[str]) -> list[tuple[str, float]]:
    """Readings as `extract` takes them; each further one weighs less.

    A reading that is there twice counts twice: two recognisers agree.
    """
    return [(said, 1 / (1 + at / 2)) for at, said in enumerate((text, *alternatives))]


def extract(form: Form, texts: Sequence[tuple[str, float]]) -> dict[str, FieldHeard]:
    """The values that were heard, by the name of their field; `texts` are readings with weights.

    A field whose absence is in doubt has an empty value; one that is surely absent is left out.
    """
    readings: dict[tuple[str, ...], float] = {}
    for text, weight in texts:
        said = tuple(spoken_words(text)[:MAX_WORDS])
        readings[said] = readings.get(said, 0.0) + weight
    votes: list[dict[_Said, float]] = [{} for _ in form.fields]
    for said, weight in readings.items():
        covers = _covers(form, said)
        chances = [exp((covers[0].cost - cover.cost) / _SOFT) for cover in covers]
        share = weight * exp(-covers[0].strange / _SOFT_READING) / sum(chances)
        for cover, chance in zip(covers, chances, strict=True):
            for vote, heard in zip(votes, cover.values, strict=True):
                vote[heard] = vote.get(heard, 0.0) + share * chance
    found = {field.name: _elected(vote) for field, vote in zip(form.fields, votes, strict=True)}
    return {name: heard for name, heard in found.items() if heard.value or heard.confidence < _SURE}


# --- covers of one reading -----------------------------------------------------------------------


class _Said(NamedTuple):
    value: str
    """Empty for none."""
    words: str
    """What was taken for it."""
    cost: float
    """How far these words are from the phrase, by their sounds."""


_NOTHING: Final = _Said("", "", 0.0)


@dataclass(frozen=True, slots=True)
class _Cover:
    """One way to understand the first words of a reading."""

    cost: float
    strange: float
    """The part of the cost that words have which fit nothing well."""
    values: tuple[_Said, ...]
    """One for each field."""


def _covers(form: Form, said: Sequence[str]) -> list[_Cover]:
    """The cheapest ways to understand all words, best first; at least one."""
    spans: dict[int, list[Span]] = {}
    for span in form.phrases.spans(said):
        if span.cost == 0 or not form.around.issuperset(said[span.start : span.end]):
            spans.setdefault(span.start, []).append(span)
    beams: list[dict[tuple[str, ...], _Cover]] = [{} for _ in range(len(said) + 1)]
    _keep(beams[0], _Cover(0.0, 0.0, (_NOTHING,) * len(form.fields)))
    for at, word in enumerate(said):
        passed = 0.0 if word in form.around else _SKIP * float(LOSE[numbers(sounds(word))].sum())
        for cover in _best(beams[at].values()):
            _keep(beams[at + 1], _dearer(cover, passed))
            for span in spans.get(at, ()):
                _keep(beams[span.end], _with(form, cover, span, said))
    return _best([_complete(form, cover) for cover in beams[-1].values()])


def _best(covers: Iterable[_Cover]) -> list[_Cover]:
    return sorted(covers, key=lambda cover: cover.cost)[:_BEAM]


def _keep(beam: dict[tuple[str, ...], _Cover], cover: _Cover) -> None:
    """Of covers with the same values the cheapest stays."""
    values = tuple(said.value for said in cover.values)
    if values not in beam or cover.cost < beam[values].cost:
        beam[values] = cover


def _dearer(cover: _Cover, cost: float) -> _Cover:
    return replace(cover, cost=cover.cost + cost, strange=cover.strange + cost)


def _with(form: Form, cover: _Cover, span: Span, said: Sequence[str]) -> _Cover:
    field, value = form.meanings[span.phrase]
    changed = cover.values[field].value not in ("", value)
    values = list(cover.values)
    values[field] = _Said(value, " ".join(said[span.start : span.end]), span.cost)
    strange = span.cost + (_CHANGED if changed else 0.0)
    return _Cover(cover.cost + strange + _NAMED, cover.strange + strange, tuple(values))


def _complete(form: Form, cover: _Cover) -> _Cover:
    pairs = zip(form.fields, cover.values, strict=True)
    missing = sum(field.required and said is _NOTHING for field, said in pairs)
    return _dearer(cover, missing * _MISSING)


# --- the vote ------------------------------------------------------------------------------------


def _elected(votes: Mapping[_Said, float]) -> FieldHeard:
    """The value with most votes, whatever words it was heard in."""
    sums: dict[str, float] = {}
    for said, vote in votes.items():
        sums[said.value] = sums.get(said.value, 0.0) + vote
    if not sums:
        return FieldHeard(value="", confidence=1.0, said="")
    value = max(sums, key=sums.__getitem__)
    heard = {said: vote for said, vote in votes.items() if said.value == value}
    clear = sum(vote * exp(-said.cost / _SOFT_WORDS) for said, vote in heard.items())
    return FieldHeard(
        value=value,
        confidence=round(clear / sum(sums.values()), 3),
        said=max(heard, key=heard.__getitem__).words,
    )
