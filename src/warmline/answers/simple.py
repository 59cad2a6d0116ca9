"""Yes or no, one of several options, and free words. Pure.

Knows no flow: options and phrases are given.
"""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, zip_longest
from typing import Final

from warmline.answers.answer import Heard, Understood
from warmline.answers.corrections import meant
from warmline.answers.phrases import Options, exact_option, match_choice
from warmline.events import AnswerKind, Expectation
from warmline.spoken import words, yes_no

_KEYS: Final = {"1": "yes", "2": "no"}
_LISTED: Final = 4
"""Options that are listed in "I need …"; more are "one of the choices"."""
_OTHER: Final = 0.8
"""Confidence that a refused "yes" means no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo:
    """ "yes" or "no"; a single key 1 or 2."""

    options: Options = field(default_factory=dict, hash=False)
    """More phrases that mean "yes" or "no" here."""
    words: tuple[str, ...] = ()
    needed: str = "a yes or a no"
    min_keys: int = 0
    max_keys: int = 0

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        option = exact_option(text, self.options)
        if option is None and (verdict := yes_no(text)) is not None:
            option = "yes" if verdict else "no"
        return Heard(value=option, confidence=confidence) if option is not None else None

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        if (found := self.understand(meant(text), confidence, now)) is not None:
            return found
        refused = before == "yes" and yes_no(text) is False
        return Heard(value="no", confidence=confidence * _OTHER) if refused else None

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        return Heard(value=_KEYS[keys], confidence=1.0) if keys in _KEYS else None

    def expectation(self) -> Expectation:
        return Expectation(kind=AnswerKind.YES_NO, words=(*self.words, "yes", "no"))

    def speak(self, value: str, form: str = "") -> str:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of `options`; a single key 1 to 9 by its place."""

    options: Options = field(hash=False)
    words: tuple[str, ...] = ()
    min_keys: int = 0
    max_keys: int = 0

    @property
    def needed(self) -> str:
        labels = [phrases[0] for phrases in self.options.values()]
        if not 2 <= len(labels) <= _LISTED:
            return "one of the choices"
        return f"{', '.join(labels[:-1])} or {labels[-1]}"

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        choice = match_choice(text, self.options)
        return choice and Heard(value=choice[0], confidence=confidence * choice[1])

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        return self.understand(meant(text), confidence, now)

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        value = {str(n): value for n, value in enumerate(self.options, start=1)}.get(keys)
        return Heard(value=value, confidence=1.0) if value is not None else None

    def expectation(self) -> Expectation:
        # Each option's first phrase first: a short prompt to the decoder still has them all.
        by_rank = chain.from_iterable(zip_longest(*self.options.values()))
        phrases = tuple(phrase for phrase in by_rank if phrase is not None)
        return Expectation(kind=AnswerKind.CHOICE, words=self.words + phrases)

    def speak(self, value: str, form: str = "") -> str:
        """The option's first phrase."""
        return self.options[value][0] if value in self.options else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Whatever words the caller says."""

    words: tuple[str, ...] = ()
    needed: str = "an answer in your own words"
    min_keys: int = 0
    max_keys: int = 0

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        return Heard(value=text.strip(), confidence=confidence) if words(text) else None

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        return self.understand(meant(text), confidence, now)

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        return None

    def expectation(self) -> Expectation:
        return Expectation(words=self.words)

    def speak(self, value: str, form: str = "") -> str:
        return value
