from datetime import datetime

import pytest

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.times import Time, minutes_of

NOW = datetime(2026, 11, 18, 10, 0)
ANY = Time()
OFFICE = Time(min=9 * 60, max=17 * 60)
DAY = Time(prefer="day")
AMBIGUOUS = RefusalReason.AMBIGUOUS


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
        (ANY, "half past three", AMBIGUOUS),
        (OFFICE, "half past three", "15:30"),
        (OFFICE, "half three", "15:30"),
        (DAY, "half past three", "15:30"),
        (DAY, "at nine", "09:00"),
        (Time(prefer="am"), "half past three", "03:30"),
        (Time(prefer="pm"), "at nine", "21:00"),
        (ANY, "quarter to nine pm", "20:45"),
        (ANY, "quarter to one in the afternoon", "12:45"),
        (ANY, "twenty past eight tonight", "20:20"),
        (ANY, "ten minutes to five in the evening", "16:50"),
        (ANY, "three thirty pm", "15:30"),
        (ANY, "3:30 p.m.", "15:30"),
        (ANY, "3.30 PM.", "15:30"),
        (ANY, "9 am", "09:00"),
        (ANY, "nine in the morning", "09:00"),
        (ANY, "nine oh five a m", "09:05"),
        (ANY, "noon", "12:00"),
        (ANY, "midnight", "00:00"),
        (ANY, "12:30", "12:30"),
        (ANY, "12:30 am", "00:30"),
        (ANY, "15:30", "15:30"),
        (ANY, "fifteen thirty", "15:30"),
        (ANY, "oh nine thirty", "09:30"),
        (ANY, "0930", "09:30"),
        (ANY, "three o'clock", AMBIGUOUS),
        (OFFICE, "three o'clock", "15:00"),
        (OFFICE, "seven", RefusalReason.TOO_LARGE),
        (OFFICE, "8 am", RefusalReason.TOO_SMALL),
        (ANY, "25:10", RefusalReason.IMPLAUSIBLE),
        (ANY, "half past 99", RefusalReason.IMPLAUSIBLE),
        (ANY, "3 pm or 4:15 pm", "16:15"),
        (ANY, "3:15 pm or 4:15 pm", AMBIGUOUS),
        (ANY, "3:15 pm, no, 4:15 pm", "16:15"),
        (ANY, "hello", None),
        (ANY, "", None),
    ],
)
def test_understand(kind: Time, text: str, expected: object) -> None:
    assert outcome(kind.understand(text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("03:30", "no, PM", "15:30"),
        ("15:30", "no, in the morning", "03:30"),
        ("15:30", "no, four fifteen", "16:15"),
        ("15:30", "no, 9 am", "09:00"),
        ("15:30", "no", None),
        ("", "no, 9 am", "09:00"),
    ],
)
def test_correct(before: str, text: str, expected: object) -> None:
    assert outcome(ANY.correct(before, text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("kind", "keys", "expected"),
    [
        (ANY, "1530", "15:30"),
        (ANY, "330", "03:30"),
        (OFFICE, "0330", "15:30"),
        (ANY, "0000", "00:00"),
        (ANY, "1230", "12:30"),
        (ANY, "9999", RefusalReason.IMPLAUSIBLE),
        (ANY, "12", RefusalReason.WRONG_LENGTH),
        (OFFICE, "1800", RefusalReason.TOO_LARGE),
    ],
)
def test_typed(kind: Time, keys: str, expected: object) -> None:
    assert outcome(kind.typed(keys)) == expected


@pytest.mark.parametrize(
    ("value", "form", "spoken"),
    [
        ("15:30", "", "3 30 PM"),
        ("15:30", "exact", "3 30 in the afternoon"),
        ("03:05", "exact", "3 oh 5 in the morning"),
        ("12:00", "exact", "noon"),
    ],
)
def test_speak(value: str, form: str, spoken: str) -> None:
    assert ANY.speak(value, form) == spoken


@pytest.mark.parametrize(
    ("value", "minutes"), [("09:30", 570), ("9:30", 570), ("23:59", 1439), (1020, 1020), (0.0, 0)]
)
def test_minutes_of(value: object, minutes: int) -> None:
    assert minutes_of(value) == minutes


@pytest.mark.parametrize("value", ["nine", "24:00", 1440, -1, True, None])
def test_bad_minutes(value: object) -> None:
    with pytest.raises(ValueError, match="expected a time in quotes"):
        minutes_of(value)
