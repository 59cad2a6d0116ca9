import subprocess
import sys
from datetime import datetime

import pytest

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.phones import Phone, known_region

NOW = datetime(2026, 11, 18, 10, 0)
US = Phone()
GB = Phone(region="GB")
ANSWER = "+16502530000"


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
        (US, "six five oh two five three oh oh oh oh", ANSWER),
        (US, "650-253-0000", ANSWER),
        (US, "(650) 253-0000", ANSWER),
        (US, "one six five oh, two five three, double oh double oh", ANSWER),
        (US, "my number is 650 253 0000 extension 12", ANSWER),
        (US, "call me at 5 on 650 253 0000", ANSWER),
        (US, "650 253 0001, no, 650 253 0000", ANSWER),
        (US, "+44 20 7031 3000", "+442070313000"),
        (US, "plus four four two oh seven oh three one three triple oh", "+442070313000"),
        (GB, "020 7031 3000", "+442070313000"),
        (US, "253 0000", RefusalReason.INCOMPLETE),
        (US, "one two three", RefusalReason.WRONG_LENGTH),
        (US, "6" * 30, RefusalReason.WRONG_LENGTH),
        (US, "555 123 4567", RefusalReason.IMPLAUSIBLE),
        (US, "I don't have one", None),
    ],
)
def test_understand(kind: Phone, text: str, expected: object) -> None:
    assert outcome(kind.understand(text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no, two five four", "+16502540000"),
        ("the last digit is one", "+16502530001"),
        ("no, 1 at the end", "+16502530001"),
        ("650 253 0001", "+16502530001"),
        ("no", None),
    ],
)
def test_correct(text: str, expected: object) -> None:
    assert outcome(US.correct(ANSWER, text, 1.0, NOW)) == expected


def test_typed() -> None:
    assert outcome(US.typed("6502530000")) == ANSWER
    assert outcome(US.typed("2530000")) == RefusalReason.INCOMPLETE


@pytest.mark.parametrize(
    ("kind", "value", "form", "spoken"),
    [
        (US, ANSWER, "", "6 5 0, 2 5 3, 0 0 0 0"),
        (US, ANSWER, "exact", "6, 5, 0, 2, 5, 3, 0, 0, 0, 0"),
        (US, "+442070313000", "", "plus 4 4, 2 0, 7 0 3 1, 3 0 0 0"),
        (GB, "+442070313000", "", "2 0, 7 0 3 1, 3 0 0 0"),
        (US, "unknown", "", "unknown"),
    ],
)
def test_speak(kind: Phone, value: str, form: str, spoken: str) -> None:
    assert kind.speak(value, form) == spoken


def test_known_region() -> None:
    assert known_region("GB")
    assert not known_region("XX")


def test_the_library_is_loaded_with_the_first_question() -> None:
    code = "import sys, warmline.answers.kinds; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
