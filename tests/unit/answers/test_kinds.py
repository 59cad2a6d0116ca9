"""All types together: what must hold for each of them, whatever a caller says."""

import string
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warmline.answers.answer import AnswerType, Heard, RefusalReason, Refused
from warmline.answers.kinds import TYPES, answer_type
from warmline.spoken import words

NOW = datetime(2026, 11, 18, 10, 0)  # a Wednesday
OPTIONS = {"small": ["small", "the little one"], "large": ["large", "big"]}

SPECS: list[tuple[str, dict[str, Any]]] = [
    ("yes_no", {}),
    ("yes_no", {"options": {"no": ["that's all"]}}),
    ("choice", {"options": OPTIONS}),
    ("digits(4)", {}),
    ("digits(4..8)", {}),
    ("digits(16)", {"check": "luhn"}),
    ("number", {}),
    ("number(1..12)", {"whole": True}),
    ("money", {}),
    ("money", {"max": 500, "currency": "GBP"}),
    ("date", {}),
    ("date", {"prefer": "past"}),
    ("date", {"region": "GB", "max": "+2y"}),
    ("time", {}),
    ("time", {"min": "09:00", "max": "17:00"}),
    ("name", {}),
    ("spelled", {}),
    ("spelled", {"pattern": "AA-9999"}),
    ("email", {}),
    ("phone", {}),
    ("phone", {"region": "GB"}),
    ("free", {}),
]
KINDS = [answer_type(spec, options) for spec, options in SPECS]

_WORDS = [
    *words(
        "no not it's a is the five nine four seven twenty hundred and half past to three pm "
        "tuesday next may third double B as in boy dot at gmail com dollars cents last first one "
        "digit end point thousand minus oh today in weeks plus my name"
    ),
    *("John,", "12", "4527", "$5", "3:30", "5/3", "2026-11-24", "-", "."),
]
_TALK = st.one_of(st.text(), st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join))


@given(st.sampled_from(KINDS), _TALK, _TALK)
@settings(max_examples=300, deadline=None)
@example(KINDS[0], "", "no")
def test_no_words_break_it(kind: AnswerType, text: str, before: str) -> None:
    for found in (
        kind.understand(text, 0.5, NOW),
        kind.correct(before, text, 0.5, NOW),
    ):
        assert found is None or isinstance(found, Heard | Refused)
        if isinstance(found, Heard):
            assert 0 < found.confidence <= 0.5
            assert found.value
    assert isinstance(kind.speak(before), str)
    assert isinstance(kind.speak(before, "exact"), str)


@settings(deadline=None)
@given(st.sampled_from(KINDS), st.text(st.sampled_from("0123456789"), min_size=1, max_size=32))
def test_no_keys_break_it(kind: AnswerType, keys: str) -> None:
    for now in (NOW, None):
        found = kind.typed(keys, now)
        if isinstance(found, Heard):
            assert found.confidence == 1.0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("keys", ["*", "12a", "\u0661\u0662"])
def test_what_is_no_digit_answers_nothing(kind: AnswerType, keys: str) -> None:
    assert kind.typed(keys, NOW) is None


@given(st.sampled_from(KINDS), _TALK)
@settings(max_examples=300, deadline=None)
def test_a_value_that_was_taken_is_spoken_so_that_it_is_understood(
    kind: AnswerType, text: str
) -> None:
    found = kind.understand(text, 1.0, NOW)
    if isinstance(found, Heard) and not any(ord(sign) > 127 for sign in text):
        again = kind.understand(kind.speak(found.value), 1.0, NOW)
        if kind.needed != "an answer in your own words" and kind.needed != "a name":
            assert isinstance(again, Heard)
            assert again.value == found.value


@pytest.mark.parametrize(
    "text",
    [
        "1" * 10_000,
        "twenty thousand and " * 500,
        "a.a@" * 2_500,
        "a " * 5_000,
        "not " * 2_500,
        "the last one is " * 625,
        " " * 10_000 + "x",
        "in two weeks from " * 550,
        "1/1/" * 2_500,
        "name is " * 1_250,
        "x" * 10_000,
    ],
    ids=lambda text: str(text)[:12],
)
def test_long_input_is_no_burden(text: str) -> None:
    for kind in {type(kind): kind for kind in KINDS}.values():
        kind.understand(text, 1.0, NOW)
        kind.correct("4527", text, 1.0, NOW)


# --- round trips -------------------------------------------------------------------------------

_DAYS = st.dates(date(2026, 11, 18), date(2027, 11, 18)).map(date.isoformat)
_PAST_DAYS = st.dates(date(1920, 1, 1), date(2026, 11, 18)).map(date.isoformat)
_TIMES = st.times().map(lambda time: time.strftime("%H:%M"))
_CENTS = st.integers(0, 10**8).map(lambda cents: f"{cents // 100}.{cents % 100:02}")
_NAMES = st.from_regex(r"[B-Z][a-z]{3,8}( [B-Z][a-z]{3,8})?", fullmatch=True)
_CODES = st.text(string.ascii_uppercase + string.digits, min_size=2, max_size=10)
_EMAILS = st.from_regex(
    r"[a-z]{1,8}([._-][a-z0-9]{1,6}){0,2}@[a-z]{3,9}\.(com|org|co\.uk)", fullmatch=True
)
_PHONES = st.from_regex(r"\+1(212|415|650|202)[2-8][0-9]{2}[0-9]{4}", fullmatch=True)
_NUMBERS = st.decimals(-(10**8), 10**8, places=2).map(lambda value: format(value, "f"))

ROUND_TRIPS = [
    ("yes_no", {}, st.sampled_from(["yes", "no"])),
    ("choice", {"options": OPTIONS}, st.sampled_from(["small", "large"])),
    ("digits(1..32)", {}, st.text("0123456789", min_size=1, max_size=32)),
    ("number", {}, st.integers(-(10**8), 10**8).map(str)),
    ("number", {}, _NUMBERS),
    ("money", {}, _CENTS),
    ("money", {"currency": "GBP"}, _CENTS),
    ("date", {}, _DAYS),
    ("date", {"prefer": "past"}, _PAST_DAYS),
    ("date", {"min": "-110y", "max": "+90y", "region": "GB"}, _PAST_DAYS),
    ("time", {}, _TIMES),
    ("name", {}, _NAMES),
    ("spelled", {}, _CODES),
    ("email", {}, _EMAILS),
    ("phone", {}, _PHONES),
    ("phone", {"region": "GB"}, _PHONES),
    ("free", {}, st.text(string.ascii_letters + " ", min_size=1).filter(str.strip)),
]


@pytest.mark.parametrize(("spec", "options", "values"), ROUND_TRIPS)
@pytest.mark.parametrize("form", ["", "exact"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_is_spoken_is_understood(
    spec: str, options: Mapping[str, Any], values: st.SearchStrategy[str], form: str, data: Any
) -> None:
    kind = answer_type(spec, options)
    value = data.draw(values)
    expected = kind.understand(value, 1.0, NOW) if spec in {"number", "free"} else None
    if expected is not None:
        assert isinstance(expected, Heard)
        value = expected.value
    found = kind.understand(kind.speak(value, form), 1.0, NOW)
    assert isinstance(found, Heard), (found, kind.speak(value, form))
    assert found.value == value


# --- corrections -------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(["no", "No.", "nope, that's wrong", "that's not right", "wrong", "no no no"]),
)
def test_a_bare_no_is_no_answer(kind: AnswerType, text: str) -> None:
    assert kind.correct("4527", text, 1.0, NOW) is None


@settings(deadline=None)
@given(st.text("0123456789", min_size=4, max_size=4), st.text("0123456789", min_size=1, max_size=3))
def test_a_correction_of_digits_is_another_value(before: str, part: str) -> None:
    kind = answer_type("digits(4)", {})
    for text in (
        f"no, {' '.join(part)}",
        f"{' '.join(part)} at the end",
        f"the first one is {part[0]}",
    ):
        found = kind.correct(before, text, 1.0, NOW)
        if isinstance(found, Heard):
            assert found.value != before
            assert len(found.value) == 4


# --- bounds ------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(-(10**6), 10**6))
def test_numbers_keep_their_bounds(value: int) -> None:
    found = answer_type("number(1..12)", {}).understand(str(value), 1.0, NOW)
    if 1 <= value <= 12:
        assert found == Heard(value=str(value), confidence=1.0)
    else:
        why = RefusalReason.TOO_SMALL if value < 1 else RefusalReason.TOO_LARGE
        assert found == Refused(why=why, value=str(value))


@settings(deadline=None)
@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_dates_keep_their_bounds(day: date) -> None:
    found = answer_type("date", {"max": "+30d"}).understand(day.isoformat(), 1.0, NOW)
    inside = NOW.date() <= day <= NOW.date() + timedelta(days=30)
    assert isinstance(found, Heard) == inside


# --- what authors write ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        ("digit(4)", {}, "did you mean 'digits'"),
        ("nonsense", {}, "expected a type of answer"),
        ("", {}, "expected a type of answer"),
        ("digits", {}, r"expected how many digits: digits\(4\)"),
        ("digits(0)", {}, "expected 1 to 32 digits"),
        ("digits(8..4)", {}, "the fewest first"),
        ("digits(33)", {}, "expected 1 to 32 digits"),
        ("digits(4)", {"min": 2}, "not both"),
        ("digits(4)", {"check": "sum"}, "expected luhn, mod11 or mod97 for 'check'"),
        ("digits(16)", {"check": "mod11"}, "at most 10 digits"),
        ("digits(4)", {"currency": "EUR"}, "expected no 'currency' beside 'digits'"),
        ("date(4)", {}, "expected 'date' as in 'date'"),
        ("number(4)", {}, "expected 'number' as in"),
        ("number", {"min": "few"}, "expected a number for 'min'"),
        ("number", {"min": True}, "expected a number for 'min'"),
        ("number", {"max": "nan"}, "expected a number for 'max'"),
        ("number", {"min": 5, "max": 1}, "expected 'min' to be at most 'max'"),
        ("number", {"whole": 1}, "expected true or false for 'whole'"),
        ("money", {"currency": "YEN"}, "expected USD, EUR or GBP for 'currency'"),
        ("date", {"min": "soon"}, "expected a date such as"),
        ("date", {"min": "+1y", "max": "today"}, "no later than"),
        ("date", {"prefer": "both"}, "expected future or past for 'prefer'"),
        ("time", {"min": "9 o'clock"}, 'such as "09:00"'),
        ("time", {"min": "17:00", "max": "09:00"}, "no later than"),
        ("time", {"prefer": "night"}, "expected am, pm or day"),
        ("spelled", {"pattern": "XX"}, "expected a 'pattern' of A, 9"),
        ("spelled(4)", {"pattern": "AA"}, "not both"),
        ("phone", {"region": "XX"}, "expected a country's two letters"),
        ("choice", {}, "expected 'options' beside 'choice'"),
        ("choice", {"options": {"a": []}}, "expected a list of phrases for the option 'a'"),
        ("choice", {"options": ["a"]}, "expected names and lists of phrases"),
        ("yes_no", {"options": {"maybe": ["maybe"]}}, "only the options 'yes' and 'no'"),
        ("free", {"words": "hello"}, "expected a list of texts for 'words'"),
    ],
)
def test_an_author_is_told_what_is_expected(
    spec: str, options: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        answer_type(spec, options)


@pytest.mark.parametrize("name", TYPES)
def test_each_type_is_made_from_its_example(name: str) -> None:
    options = {"options": OPTIONS} if name == "choice" else {}
    kind = answer_type(TYPES[name].example, options)
    assert kind.needed
    assert 0 <= kind.min_keys <= kind.max_keys
    assert kind.expectation() == kind.expectation()
    assert answer_type(TYPES[name].example, options | {"words": ["hot"]}).expectation().words


@pytest.mark.parametrize(
    ("spec", "options", "needed"),
    [
        ("digits(4)", {}, "four digits"),
        ("digits(4..8)", {}, "4 to 8 digits"),
        ("digits(1)", {}, "one digit"),
        ("digits", {"min": 4.0, "max": 8.0}, "4 to 8 digits"),
        ("digits", {"max": 12}, "12 digits"),
        ("number(1..12)", {}, "a number from 1 to 12"),
        ("number", {}, "a number"),
        ("number", {"min": 0.5}, "a number of 0.5 or more"),
        ("number", {"max": -3}, "a number up to minus 3"),
        ("money", {"max": 500}, "an amount up to 500 dollars"),
        ("money", {"min": 5, "max": 10}, "an amount from 5 dollars to 10 dollars"),
        ("money", {"min": 5}, "an amount of 5 dollars or more"),
        ("money", {}, "an amount of money"),
        ("date", {}, "a date from today on"),
        ("date", {"prefer": "past"}, "a date in the past"),
        ("date", {"min": "-30d"}, "a date"),
        ("time", {}, "a time, with AM or PM"),
        ("time", {"min": "09:00", "max": 1020}, "a time from 9 AM to 5 PM"),
        ("choice", {"options": OPTIONS}, "small or large"),
        ("choice", {"options": {"a": ["a"]}}, "one of the choices"),
        ("spelled(6)", {}, "6 letters or digits"),
        ("spelled(4..6)", {}, "4 to 6 letters or digits"),
        ("spelled", {}, "letters and digits one by one"),
        ("spelled", {"pattern": "AA-99"}, "4 letters or digits"),
    ],
)
def test_what_is_needed(spec: str, options: Mapping[str, Any], needed: str) -> None:
    assert answer_type(spec, options).needed == needed
