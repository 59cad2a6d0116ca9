from datetime import datetime
from decimal import Decimal

import pytest

from warmline.answers.amounts import Money, Number
from warmline.answers.answer import Heard, RefusalReason, Refused, Understood

NOW = datetime(2026, 11, 18, 10, 0)
ANY = Number()
FEW = Number(min=Decimal(1), max=Decimal(12), whole=True)
SUM = Money()
SMALL = Money(max=Decimal(500))
REFUND = Money(min=Decimal(-100))
EUROS = Money(currency="EUR")
TOO_SMALL, TOO_LARGE, AMBIGUOUS, IMPLAUSIBLE = (
    RefusalReason.TOO_SMALL,
    RefusalReason.TOO_LARGE,
    RefusalReason.AMBIGUOUS,
    RefusalReason.IMPLAUSIBLE,
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
        (ANY, "five", "5"),
        (ANY, "um, it's twenty-one", "21"),
        (ANY, "1,250", "1250"),
        (ANY, "two and a half", "2.5"),
        (ANY, "minus five", "-5"),
        (ANY, "fifteen, no, fifty", "50"),
        (ANY, "for.", "4"),
        (ANY, "for my dog", None),
        (ANY, "that one", None),
        (ANY, "5 or 6", AMBIGUOUS),
        (ANY, "two billion", TOO_LARGE),
        (FEW, "eighteen thousand waters", TOO_LARGE),
        (FEW, "zero", TOO_SMALL),
        (FEW, "two and a half", IMPLAUSIBLE),
        (FEW, "order 4527 with five", "5"),
        (SUM, "twelve fifty", "12.50"),
        (SUM, "twelve dollars and fifty cents", "12.50"),
        (SUM, "12 dollars 50", "12.50"),
        (SUM, "a hundred and five", "105.00"),
        (SUM, "$12.50", "12.50"),
        (SUM, "$12 and 50 cents", "12.50"),
        (SUM, "$1,250", "1250.00"),
        (SUM, "$.50", "0.50"),
        (SUM, "fifty cents", "0.50"),
        (SUM, "five bucks", "5.00"),
        (SUM, "one oh five", "1.05"),
        (SUM, "twelve hundred", "1200.00"),
        (SUM, "twelve and a half dollars", "12.50"),
        (SUM, "I paid 2 times and want 30 dollars back", "30.00"),
        (SUM, "5 dollars or 6 dollars", AMBIGUOUS),
        (SUM, "twelve euros", IMPLAUSIBLE),
        (SUM, "nothing", None),
        (SUM, "-$5", TOO_SMALL),
        (REFUND, "-$5", "-5.00"),
        (EUROS, "12 euros and 50 cents", "12.50"),
        (SMALL, "a thousand", TOO_LARGE),
        (Money(min=Decimal(100)), "twelve fifty", "1250.00"),
    ],
)
def test_understand(kind: Number | Money, text: str, expected: object) -> None:
    assert outcome(kind.understand(text, 1.0, NOW)) == expected


def test_a_sum_that_may_be_another_is_less_sure() -> None:
    both, one = SUM.understand("twelve fifty", 1.0, NOW), SMALL.understand("twelve fifty", 1.0, NOW)
    assert isinstance(both, Heard)
    assert isinstance(one, Heard)
    assert both.confidence < one.confidence == 1.0


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (ANY, "not fifteen, fifty", "50"),
        (ANY, "no, fifty, not fifteen", "50"),
        (ANY, "no", None),
        (SUM, "no, thirteen fifty", "13.50"),
        (SUM, "I said 40 dollars, not 14", "40.00"),
    ],
)
def test_correct(kind: Number | Money, text: str, expected: object) -> None:
    assert outcome(kind.correct("15", text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("kind", "keys", "expected"),
    [
        (ANY, "12", "12"),
        (FEW, "13", TOO_LARGE),
        (SUM, "50", "50.00"),
        (SMALL, "1250", "12.50"),
        (SMALL, "99999999", TOO_LARGE),
    ],
)
def test_typed(kind: Number | Money, keys: str, expected: object) -> None:
    assert outcome(kind.typed(keys)) == expected


@pytest.mark.parametrize(("kind", "keys"), [(FEW, 2), (SMALL, 5), (ANY, 10)])
def test_as_many_keys_as_the_largest_value_has(kind: Number | Money, keys: int) -> None:
    assert kind.max_keys == keys


@pytest.mark.parametrize(
    ("kind", "value", "form", "spoken"),
    [
        (ANY, "-12.5", "", "minus 12.5"),
        (ANY, "-12.5", "exact", "minus 1 2 point 5"),
        (SUM, "12.50", "", "12 dollars and 50 cents"),
        (EUROS, "12.50", "exact", "1 2 euros and 5 0 cents"),
    ],
)
def test_speak(kind: Number | Money, value: str, form: str, spoken: str) -> None:
    assert kind.speak(value, form) == spoken
