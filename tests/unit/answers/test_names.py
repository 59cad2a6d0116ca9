from datetime import datetime

import pytest

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.names import Name, with_part

NOW = datetime(2026, 11, 18, 10, 0)
NAME = Name()


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
        ("my name is john smith", "John Smith"),
        ("This is Mary O'Brien speaking", "Mary O'Brien"),
        ("John.", "John"),
        ("uh, anna-lena please", "Anna-Lena"),
        ("it's ludwig van beethoven", "Ludwig van Beethoven"),
        ("McDonald", "McDonald"),
        ("JOHN SMITH", "John Smith"),
        ("Jos\u00e9 Garc\u00eda", "Jos\u00e9 Garc\u00eda"),
        ("under the name of Miller", "Miller"),
        ("J. R. Miller", "J R Miller"),
        ("Jon, J O N", "Jon"),
        ("John, J-O-N", "Jon"),
        ("Smith, S, M, Y, T, H", "Smyth"),
        ("my name is Jon Smith, J-O-N S-M-Y-T-H", "Jon Smyth"),
        ("my last name is Smith, that's spelled S M Y T H E", "Smythe"),
        ("Smyth with a Y", "Smyth"),
        ("S M I T H", "Smith"),
        ("John, no, Jane", "Jane"),
        ("I don't know", None),
        ("yes", None),
        ("four five", None),
        ("4527", None),
        ("", None),
        ("one two three four five six seven", None),
        ("Anna Berta Clara Dora Emma Frieda", RefusalReason.WRONG_LENGTH),
    ],
)
def test_understand(text: str, expected: object) -> None:
    assert outcome(NAME.understand(text, 1.0, NOW)) == expected


def test_a_spelled_name_is_surer() -> None:
    heard, spelled = NAME.understand("Jon", 1.0, NOW), NAME.understand("J O N", 1.0, NOW)
    assert isinstance(heard, Heard)
    assert isinstance(spelled, Heard)
    assert heard.confidence < spelled.confidence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no, Smyth", "John Smyth"),
        ("it's S M Y T H", "John Smyth"),
        ("no, Jon", "Jon Smith"),
        ("no, Jane Miller", "Jane Miller"),
        ("no, Kowalczyk", "Kowalczyk"),
        ("no", None),
    ],
)
def test_correct(text: str, expected: object) -> None:
    assert outcome(NAME.correct("John Smith", text, 1.0, NOW)) == expected


def test_speak() -> None:
    assert NAME.speak("John Smith") == "John Smith"
    assert NAME.speak("John Smith", "exact") == "J O H N, S M I T H"


def test_with_part() -> None:
    assert with_part("John Smith", "Smyth") == "John Smyth"
    assert with_part("", "Smyth") == "Smyth"
