from datetime import datetime

import pytest

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.emails import Email

NOW = datetime(2026, 11, 18, 10, 0)
EMAIL = Email()


def outcome(found: Understood) -> str | RefusalReason | None:
    match found:
        case Heard(value=value):
            return value
        case Refused(why=why):
            return why
        case None:
            return None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("john dot smith at gmail dot com", "john.smith@gmail.com"),
        ("John.Smith@gmail.com.", "john.smith@gmail.com"),
        ("my email is j underscore smith at example dot org", "j_smith@example.org"),
        ("john smith at g mail dot com", "johnsmith@gmail.com"),
        ("john one two three at hotmail", "john123@hotmail.com"),
        ("john nineteen eighty four at icloud dot com", "john1984@icloud.com"),
        ("john twenty at aol dot com", "john20@aol.com"),
        ("it's j o h n at yahoo dot com", "john@yahoo.com"),
        ("J-O-H-N at gmail.com", "john@gmail.com"),
        ("jsmith at outlook com", "jsmith@outlook.com"),
        ("john.smith at gmail.com", "john.smith@gmail.com"),
        ("you can reach me at anna at company dot co dot uk", "anna@company.co.uk"),
        ("jane double l at aol dot com", "janell@aol.com"),
        ("jo plus shop at example dot net", "jo+shop@example.net"),
        ("mary dash ann at sign example full stop com", "mary-ann@example.com"),
        ("john dot smith", RefusalReason.INCOMPLETE),
        ("I don't have one", None),
        ("a at b", None),
        ("@@@", None),
        ("", None),
    ],
)
def test_understand(text: str, expected: object) -> None:
    assert outcome(EMAIL.understand(text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no, at yahoo dot com", "john.smith@yahoo.com"),
        ("yahoo.com", "john.smith@yahoo.com"),
        ("no, at example dot org", "john.smith@example.org"),
        ("no, j o n", "jon.smith@gmail.com"),
        ("it's smyth", "john.smyth@gmail.com"),
        ("no, jane at aol dot com", "jane@aol.com"),
        ("no, smith", None),
        ("no", None),
    ],
)
def test_correct(text: str, expected: object) -> None:
    assert outcome(EMAIL.correct("john.smith@gmail.com", text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("value", "form", "spoken"),
    [
        ("j_smith1@gmail.com", "", "j underscore smith 1 at gmail dot com"),
        ("one@gmail.com", "", "o n e at gmail dot com"),
        ("jo@gmail.com", "exact", "j o at gmail dot com"),
        ("jo@ab.org", "exact", "j o at a b dot o r g"),
    ],
)
def test_speak(value: str, form: str, spoken: str) -> None:
    assert EMAIL.speak(value, form) == spoken
