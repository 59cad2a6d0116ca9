from datetime import datetime

import pytest

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.dates import Date, bound

NOW = datetime(2026, 11, 18, 10, 0)
SOON = Date(min=bound("today"), max=bound("+1y"))
MONTH = Date(min=bound("tomorrow"), max=bound("+30d"))
BIRTH = Date(min=bound("-120y"), max=bound("today"), prefer="past")
BRITISH = Date(min=bound("today"), max=bound("+1y"), day_first=True)


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
        (SOON, "next Tuesday", "2026-11-24"),
        (SOON, "Tuesday, no, Thursday", "2026-11-19"),
        (SOON, "May 3rd", "2027-05-03"),
        (SOON, "yesterday", RefusalReason.TOO_SMALL),
        (SOON, "May 3rd, 2030", RefusalReason.TOO_LARGE),
        (SOON, "next month", RefusalReason.INCOMPLETE),
        (SOON, "February 30", RefusalReason.IMPLAUSIBLE),
        (SOON, "Tuesday, November 25", RefusalReason.AMBIGUOUS),
        (SOON, "Tuesday or Wednesday", RefusalReason.AMBIGUOUS),
        (SOON, "hello", None),
        (SOON, "eleven twenty four", "2026-11-24"),
        (SOON, "five three", "2027-05-03"),
        (SOON, "five twenty four", "2027-05-24"),
        (SOON, "nine", None),
        (MONTH, "today", RefusalReason.TOO_SMALL),
        (MONTH, "the 20th", "2026-11-20"),
        (MONTH, "May 3rd", RefusalReason.TOO_LARGE),
        (Date(min=bound("today"), max=bound("+7d")), "next Friday", "2026-11-20"),
        (BIRTH, "May 3rd 84", "1984-05-03"),
        (BIRTH, "the third of May nineteen eighty four", "1984-05-03"),
        (BIRTH, "05031984", "1984-05-03"),
        (BIRTH, "tomorrow", RefusalReason.TOO_LARGE),
        (BRITISH, "5/3", "2027-03-05"),
    ],
)
def test_understand(kind: Date, text: str, expected: object) -> None:
    assert outcome(kind.understand(text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no, Thursday", "2026-11-26"),
        ("not Tuesday, Thursday", "2026-11-26"),
        ("no, the 25th", "2026-11-25"),
        ("no, next Friday", "2026-11-27"),
        ("no, December 1st", "2026-12-01"),
        ("no", None),
    ],
)
def test_a_correction_stays_near(text: str, expected: object) -> None:
    assert outcome(SOON.correct("2026-11-24", text, 1.0, NOW)) == expected


def test_a_correction_of_nothing_is_a_new_date() -> None:
    assert outcome(SOON.correct("", "no, Thursday", 1.0, NOW)) == "2026-11-19"


@pytest.mark.parametrize(
    ("kind", "keys", "now", "expected"),
    [
        (SOON, "1124", NOW, "2026-11-24"),
        (SOON, "0503", NOW, "2027-05-03"),
        (SOON, "1124", None, RefusalReason.INCOMPLETE),
        (SOON, "11242026", None, "2026-11-24"),
        (SOON, "11242026", NOW, "2026-11-24"),
        (SOON, "02302027", None, RefusalReason.IMPLAUSIBLE),
        (SOON, "2411", NOW, RefusalReason.IMPLAUSIBLE),
        (SOON, "0000", NOW, RefusalReason.IMPLAUSIBLE),
        (SOON, "112", NOW, RefusalReason.WRONG_LENGTH),
        (SOON, "05031984", NOW, RefusalReason.TOO_SMALL),
        (BIRTH, "05031984", NOW, "1984-05-03"),
        (BRITISH, "2411", NOW, "2026-11-24"),
    ],
)
def test_typed(kind: Date, keys: str, now: datetime | None, expected: object) -> None:
    assert outcome(kind.typed(keys, now)) == expected


@pytest.mark.parametrize(
    ("kind", "form", "spoken"),
    [
        (SOON, "", "Tuesday, November 24"),
        (SOON, "exact", "Tuesday, November 24, 2026"),
        (BIRTH, "", "Tuesday, November 24, 2026"),
    ],
)
def test_speak(kind: Date, form: str, spoken: str) -> None:
    assert kind.speak("2026-11-24", form) == spoken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2026-11-18"),
        ("tomorrow", "2026-11-19"),
        ("+30d", "2026-12-18"),
        ("today +2w", "2026-12-02"),
        ("-18y", "2008-11-18"),
        ("+6m", "2027-05-18"),
        ("2026-12-24", "2026-12-24"),
        ("+9999y", "9999-12-31"),
        ("-9999y", "0001-01-01"),
    ],
)
def test_bound(text: str, expected: str) -> None:
    assert bound(text).on(NOW.date()).isoformat() == expected


@pytest.mark.parametrize("text", ["", "soon", "+d", "30", "2026-02-30", "+12345d"])
def test_bad_bound(text: str) -> None:
    with pytest.raises(ValueError, match="expected a date such as"):
        bound(text)
