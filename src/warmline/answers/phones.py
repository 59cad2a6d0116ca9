"""A telephone number of any country, checked against its numbering plan. Pure.

Knows the caller's region; how digits are said is `spoken`'s, what numbers exist is the
library's. The only importer of phonenumbers, which is loaded with the first question for one.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from warmline.answers import formats, sequences
from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.corrections import meant, readings
from warmline.answers.digits import CONFUSABLE
from warmline.events import AnswerKind, Expectation
from warmline.spoken import digit_runs, digits, is_number

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_LONGEST: Final = 15
"""ITU-T E.164."""
_FEWEST: Final = 3
"""Digits in other talk that are taken for a try: "I don't have one" is none."""
_PLUS: Final = re.compile(r"(?:\+|\bplus\b)\s?(?=\S)", re.I)
_EXTENSION: Final = re.compile(r"\b(?:extension|ext)\b.*", re.I | re.S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A number that is assigned in its country's plan; canonical: E.164, "+16502530000"."""

    region: str = "US"
    """ISO 3166 code of the country whose numbers are said without a country code."""
    words: tuple[str, ...] = ()
    needed: str = "a telephone number"
    min_keys: int = 7
    max_keys: int = _LONGEST

    def understand(self, text: str, confidence: float, now: datetime) -> Understood:
        for reading in readings(_EXTENSION.sub("", text)):
            runs = digit_runs(reading)
            if runs and (len("".join(runs)) >= _FEWEST or is_number(reading)):
                plus = "+" if _PLUS.search(reading) else ""
                whole = self._judge(plus + "".join(runs), confidence)
                if isinstance(whole, Heard):
                    return whole
                alone = (self._judge(run, confidence) for run in reversed(runs))
                return next((found for found in alone if isinstance(found, Heard)), whole)
        return None

    def correct(self, before: str, text: str, confidence: float, now: datetime) -> Understood:
        whole = self.understand(meant(text), confidence, now)
        if isinstance(whole, Heard):
            return whole
        prefix, national = self._split(before)
        changed = sequences.named_change(national, text, digits)
        changed = changed or sequences.repeated_part(national, meant(text), digits, CONFUSABLE)
        numbers = [prefix + value for value in changed]
        if not numbers:
            return whole
        return sequences.best(
            numbers, self._fits, lambda c, sure: self._judge(c[0], sure), confidence
        )

    def typed(self, keys: str, now: datetime | None = None) -> Understood:
        return self._judge(keys, 1.0) if keys.isascii() and keys.isdecimal() else None

    def expectation(self) -> Expectation:
        return Expectation(
            kind=AnswerKind.DIGITS, words=self.words, min_digits=7, max_digits=_LONGEST
        )

    def speak(self, value: str, form: str = "") -> str:
        """In groups as they are written in its country; exact: each digit by itself."""
        prefix, national = self._split(value)
        if not national:
            return formats.phone(value)
        home = prefix == self._prefix()
        country = "" if home else f"plus {formats.digits(prefix.removeprefix('+'))}, "
        if form:
            return country + ", ".join(national)
        return country + formats.groups(self._groups(value))

    def _fits(self, number: str) -> bool:
        return isinstance(self._judge(number, 1.0), Heard)

    def _judge(self, number: str, confidence: float) -> Understood:
        from phonenumbers import (
            PhoneNumberFormat,
            ValidationResult,
            format_number,
            is_possible_number_with_reason,
            is_valid_number,
        )

        parsed = _parsed(number, self.region)
        if parsed is None:
            return Refused(why=RefusalReason.WRONG_LENGTH, value=number)
        value = format_number(parsed, PhoneNumberFormat.E164)
        match is_possible_number_with_reason(parsed):
            case ValidationResult.IS_POSSIBLE if is_valid_number(parsed):
                return Heard(value=value, confidence=confidence)
            case ValidationResult.IS_POSSIBLE:
                return Refused(why=RefusalReason.IMPLAUSIBLE, value=value)
            case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
                return Refused(why=RefusalReason.INCOMPLETE, value=number)
            case _:
                return Refused(why=RefusalReason.WRONG_LENGTH, value=number)

    def _prefix(self) -> str:
        from phonenumbers import country_code_for_region

        return f"+{country_code_for_region(self.region)}"

    def _split(self, value: str) -> tuple[str, str]:
        """Country code with "+", and the national number; nothing of what is no number."""
        if (parsed := _parsed(value, self.region)) is None:
            return "", ""
        code = f"+{parsed.country_code}"
        return code, value.removeprefix(code) if value.startswith(code) else ""

    def _groups(self, value: str) -> list[str]:
        from phonenumbers import PhoneNumberFormat, format_number

        parsed = _parsed(value, self.region)
        assert parsed is not None, "it was split before"
        written = format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
        return re.findall(r"[0-9]+", written)[1:]


def known_region(region: str) -> bool:
    from phonenumbers import SUPPORTED_REGIONS

    return region in SUPPORTED_REGIONS


def _parsed(number: str, region: str) -> "PhoneNumber | None":
    from phonenumbers import NumberParseException, parse

    try:
        return parse(number, region)
    except NumberParseException:
        return None
