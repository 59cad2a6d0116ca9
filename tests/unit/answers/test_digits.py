from datetime import datetime

import pytest

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.digits import Digits, luhn, mod11, mod97
from warmline.events import AnswerKind, Expectation

NOW = datetime(2026, 11, 18, 10, 0)
FOUR = Digits(min=4, max=4)
LONG = Digits(min=4, max=8)
CARD = Digits(min=16, max=16, check="luhn")
WRONG_LENGTH, CHECK_DIGIT, AMBIGUOUS = (
    RefusalReason.WRONG_LENGTH,
    RefusalReason.CHECK_DIGIT,
    RefusalReason.AMBIGUOUS,
)


def outcome(found: Understood) -> str | RefusalReason | None:
    match found:
        case Heard(value=value):
            return value
        case Refused(why=why):
            return why
        case None:
            return None


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (FOUR, "four five two seven", "4527"),
        (FOUR, "forty-five twenty-seven", "4527"),
        (FOUR, "four five two", WRONG_LENGTH),
        (FOUR, "four five two seven eight", WRONG_LENGTH),
        (FOUR, "I don't have it", None),
        (FOUR, "4528, no, 4527", "4527"),
        (FOUR, "four five two eight sorry seven", WRONG_LENGTH),
        (LONG, "4528 I mean 4527", "4527"),
        (LONG, "4528 4527", "45284527"),
        (FOUR, "I called at 5 and the number was 4527", "4527"),
        (FOUR, "Sorry, it's 4527", "4527"),
        (CARD, "4539 1488 0343 6467", "4539148803436467"),
        (CARD, "4539 1488 0343 6468", CHECK_DIGIT),
        (CARD, "4539 1488", WRONG_LENGTH),
    ],
)
def test_understand(kind: Digits, text: str, expected: object) -> None:
    assert outcome(kind.understand(text, 0.5, NOW)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no, four seven", "4728"),
        ("no, two seven at the end", "4527"),
        ("the last one is seven", "4527"),
        ("no, the last digit should be 7", "4527"),
        ("last two digits are 1 1", "4511"),
        ("the first one's five", "5528"),
        ("the third digit is 7", "4578"),
        ("second to last is three", "4538"),
        ("it ends in two seven", "4527"),
        ("it starts with nine", "9528"),
        ("seven, not eight", "4527"),
        ("it's a seven not an eight", "4527"),
        ("not an eight, a seven", "4527"),
        ("the eight should be a seven", "4527"),
        ("two seven, not two eight", "4527"),
        ("no, it's 4527 not 4528", "4527"),
        ("no, 4527", "4527"),
        ("no, nine", "4928"),
        ("no, seven", AMBIGUOUS),
        ("no, four five", WRONG_LENGTH),
        ("no 4528", "4528"),
        ("no", None),
        ("that's wrong", None),
        ("agent", None),
    ],
)
def test_correct(text: str, expected: object) -> None:
    assert outcome(FOUR.correct("4528", text, 1.0, NOW)) == expected


def test_a_check_digit_tells_where_a_correction_belongs() -> None:
    heard = CARD.correct("4539148803436167", "no, it's a four, not a one", 1.0, NOW)
    assert outcome(heard) == "4539148803436467"


def test_a_part_of_a_long_number_is_not_the_number() -> None:
    heard = LONG.correct("45281234", "no, four five two seven", 1.0, NOW)
    assert outcome(heard) == "45271234"


@pytest.mark.parametrize(
    ("keys", "expected"), [("4527", "4527"), ("452", WRONG_LENGTH), ("45271", WRONG_LENGTH)]
)
def test_typed(keys: str, expected: object) -> None:
    assert outcome(FOUR.typed(keys)) == expected


@pytest.mark.parametrize(
    ("value", "form", "spoken"),
    [
        ("4527", "", "4 5 2 7"),
        ("45271234", "", "4 5 2 7, 1 2 3 4"),
        ("452712", "", "4 5 2, 7 1 2"),
        ("45271234", "exact", "4 5 2 7 1 2 3 4"),
    ],
)
def test_speak(value: str, form: str, spoken: str) -> None:
    assert FOUR.speak(value, form) == spoken


def test_expectation() -> None:
    assert CARD.expectation() == Expectation(
        kind=AnswerKind.DIGITS, min_digits=16, max_digits=16, check="luhn"
    )


@pytest.mark.parametrize(
    ("number", "passes"), [("79927398713", True), ("79927398710", False), ("0", True)]
)
def test_luhn(number: str, passes: bool) -> None:
    assert luhn(number) is passes


def test_mod11() -> None:
    assert mod11("9434765919")  # the example of the NHS data dictionary
    assert mod11("0306406152")  # an ISBN-10
    assert not mod11("9434765918")


def test_mod97() -> None:
    assert mod97("3214282912345698765432161182")  # BBAN and country of an IBAN as digits
    assert not mod97("3214282912345698765432161183")
