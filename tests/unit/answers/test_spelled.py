from datetime import datetime

import pytest

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.spelled import Spelled, is_pattern

NOW = datetime(2026, 11, 18, 10, 0)
PLATE = Spelled(pattern="AA-9999")
THREE = Spelled(min=3, max=3)
ANY = Spelled()


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
        (PLATE, "A B one two oh four", "AB-1204"),
        (PLATE, "AB dash 1204", "AB-1204"),
        (PLATE, "0 B 1 2 3 4", "OB-1234"),
        (PLATE, "A B C 1 2 3", RefusalReason.IMPLAUSIBLE),
        (PLATE, "A B 1 2 3", RefusalReason.WRONG_LENGTH),
        (THREE, "A as in Adam, T, 7", "AT7"),
        (THREE, "A T 7 8", RefusalReason.WRONG_LENGTH),
        (THREE, "A T 8, no, A T 7", "AT7"),
        (THREE, "well I think it is A T 7", "AT7"),
        (ANY, "I don't know", None),
    ],
)
def test_understand(kind: Spelled, text: str, expected: object) -> None:
    assert outcome(kind.understand(text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no it's B as in boy", "AB7"),
        ("the first letter is B", "BT7"),
        ("no, D as in dog at the end", "ATD"),
        ("it's B, not T", "AB7"),
        ("no, A D 7", "AD7"),
        ("no", None),
    ],
)
def test_correct(text: str, expected: object) -> None:
    assert outcome(THREE.correct("AT7", text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("form", "spoken"), [("", "A, B, dash, 1"), ("exact", "A as in Adam, B as in boy, dash, 1")]
)
def test_speak(form: str, spoken: str) -> None:
    assert ANY.speak("AB-1", form) == spoken


def test_letters_are_not_typed() -> None:
    assert ANY.typed("123") is None


@pytest.mark.parametrize(
    ("text", "good"),
    [("AA9999", True), ("??-99", True), ("XX", False), ("--", False), ("A" * 41, False)],
)
def test_is_pattern(text: str, good: bool) -> None:
    assert is_pattern(text) is good
