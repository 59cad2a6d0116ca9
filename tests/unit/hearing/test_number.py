from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.events import AnswerKind, Expectation
from warmline.hearing.number import REST_S, Number, Weight

GOOD = log(0.95)
POOR = log(0.5)
NONE = log(0.001)


@dataclass(kw_only=True)
class ScriptedEar:
    """Writes what is given; weighs every digit alike but for strings that are named."""

    freely: Mapping[str, float]
    exactly: Mapping[str, float] = field(default_factory=dict)
    each: Mapping[str, float] = field(default_factory=dict)
    """Log probability of each digit of a string."""
    ends: Mapping[str, float] = field(default_factory=dict)
    rest_s: float = 0.2
    written: int = 0

    def write(self, style: str, size: int, *, exactly: bool) -> list[tuple[str, float]]:
        self.written += 1
        shown = self.exactly if exactly else self.freely
        return [(d, value) for d, value in shown.items() if not exactly or len(d) == size]

    def weigh(self, style: str, digits: str) -> Weight:
        each = self.each.get(digits, GOOD)
        return Weight((each,) * len(digits), self.ends.get(digits, GOOD), self.rest_s)


def awaited(
    least: int, most: int = 0, *, check: str = "", excluded: tuple[str, ...] = ()
) -> Expectation:
    return Expectation(
        kind=AnswerKind.DIGITS,
        min_digits=least,
        max_digits=most or least,
        check=check,
        excluded=excluded,
    )


def sure(ear: ScriptedEar, expect: Expectation) -> str:
    reading = Number(ear, expect).sure()
    return reading.digits if reading else ""


def weighed(ear: ScriptedEar, expect: Expectation, said: str = "") -> str:
    reading = Number(ear, expect).weighed(said)
    return reading.digits if reading else ""


def test_a_clear_number_takes_one_look() -> None:
    ear = ScriptedEar(freely={"4527": -0.5, "4521": -3.0, "45": -4.0})
    reading = Number(ear, awaited(4)).sure()
    assert reading
    assert (reading.digits, reading.others) == ("4527", ("4521",))
    assert reading.logprob == pytest.approx(GOOD)
    assert ear.written == 1


@pytest.mark.parametrize(
    ("ear", "why"),
    [
        (ScriptedEar(freely={}), "no digits"),
        (ScriptedEar(freely={"45": -0.5}), "too few"),
        (ScriptedEar(freely={"4527": -1.0, "4528": -1.5}), "another is nearly as good"),
        (ScriptedEar(freely={"45278": -0.5, "4527": -2.0}), "more digits are much better"),
        (ScriptedEar(freely={"4527": -0.5}, each={"4527": POOR}), "other words fit, too"),
        (ScriptedEar(freely={"4527": -0.5}, rest_s=REST_S + 0.1), "more was said behind it"),
    ],
)
def test_a_doubtful_number_is_not_taken_at_once(ear: ScriptedEar, why: str) -> None:
    assert not sure(ear, awaited(4)), why


def test_a_last_digit_written_twice_is_no_rival() -> None:
    assert sure(ScriptedEar(freely={"45277": -0.5, "4527": -1.0}), awaited(4)) == "4527"


def test_a_refused_number_is_not_told_again() -> None:
    ear = ScriptedEar(freely={"4528": -0.1}, exactly={"4528": -0.1, "4527": -1.0})
    expect = awaited(4, excluded=("4528",))
    assert not sure(ear, expect)
    assert weighed(ear, expect) == "4527"
    assert weighed(ear, expect, said="4528") == "4527"


def test_a_refused_number_is_heard_by_another_ear_too() -> None:
    first = ScriptedEar(freely={}, exactly={"4527": -1.0, "4521": -1.5}, each={"4527": POOR})
    second = ScriptedEar(freely={}, exactly={"4527": -1.0}, each={"4521": NONE})
    expect = awaited(4, excluded=("4528",))
    assert Number(first, expect).weighed("").digits == "4521"  # type: ignore[union-attr]
    assert Number(first, expect).weighed("", second).digits == "4527"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("check", "right", "wrong"), [("luhn", "79927398713", "79927398710"), ("mod11", "19", "18")]
)
def test_only_a_right_check_digit_is_believed(check: str, right: str, wrong: str) -> None:
    expect = awaited(len(right), check=check)
    assert sure(ScriptedEar(freely={right: -0.5}), expect) == right
    ear = ScriptedEar(freely={wrong: -0.1}, exactly={wrong: -0.1, right: -3.0})
    assert not sure(ear, expect)
    assert weighed(ear, expect) == right


def test_a_pause_inside_a_number_leaves_a_part() -> None:
    ear = ScriptedEar(
        freely={"45": -0.3}, exactly={"4545": -1.0}, each={"4545": POOR}, ends={"4545": POOR}
    )
    number = Number(ear, awaited(4))
    assert not number.plausible
    reading = number.weighed("45")
    assert reading
    assert (reading.digits, reading.others) == ("45", ("4545",))


def test_a_reading_that_lacks_a_digit_is_no_part() -> None:
    ear = ScriptedEar(freely={"61918": -0.3}, exactly={"661918": -1.0}, each={"661918": POOR})
    assert weighed(ear, awaited(6)) == "661918"


def test_numbers_said_in_groups_are_taken_from_the_words() -> None:
    ear = ScriptedEar(
        freely={"4": -1.0}, exactly={"4277": -2.0}, each={"4277": NONE, "4527": NONE, "4": POOR}
    )
    assert weighed(ear, awaited(4), said="4527") == "4527"
    assert weighed(ScriptedEar(freely={"4": -1.0}, each={"4": NONE}), awaited(4), "45") == "45"


def test_of_several_lengths_the_end_decides() -> None:
    ear = ScriptedEar(
        freely={"395322": -0.5, "3953222": -0.9},
        exactly={"395322": -0.5, "3953222": -0.6},
        ends={"395322": GOOD, "3953222": NONE},
    )
    assert weighed(ear, awaited(4, 8)) == "395322"


def test_nothing_written_is_nothing_heard() -> None:
    assert Number(ScriptedEar(freely={}), awaited(4)).weighed("") is None


DIGITS = st.text("0123456789", min_size=1, max_size=9)
WRITTEN = st.dictionaries(DIGITS, st.floats(-9, 0), max_size=6)


@given(freely=WRITTEN, exactly=WRITTEN, excluded=DIGITS, said=DIGITS)
def test_no_reading_breaks_a_promise(
    freely: dict[str, float], exactly: dict[str, float], excluded: str, said: str
) -> None:
    expect = awaited(3, 6, excluded=(excluded,))
    number = Number(ScriptedEar(freely=freely, exactly=exactly), expect)
    for reading in (number.sure(), number.weighed(said)):
        if reading:
            assert reading.digits != excluded or len(excluded) < 3
            assert 0 < len(reading.digits) <= 6
            assert reading.digits not in reading.others
            assert len(reading.others) <= 3
            assert all(3 <= len(other) <= 6 and other != excluded for other in reading.others)


@pytest.mark.parametrize(("voice_s", "believed"), [(1.2, False), (4.0, True)])
def test_sixteen_digits_are_not_said_in_a_second(voice_s: float, believed: bool) -> None:
    card = "4242424242424242"
    ear = ScriptedEar(freely={card: -0.1})
    assert bool(Number(ear, awaited(16), voice_s).sure()) == believed
