import pytest

from warmline.events import AnswerKind, Expectation
from warmline.hearing.expectation import Completeness, completeness

FREE = Expectation()
YES_NO = Expectation(kind=AnswerKind.YES_NO)
FOUR = Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4)
THREE = Expectation(kind=AnswerKind.DIGITS, min_digits=3, max_digits=3)
CHOICE = Expectation(kind=AnswerKind.CHOICE, words=("where is my order", "change address"))

C, F, U = Completeness.COMPLETE, Completeness.FINISHED, Completeness.UNFINISHED


@pytest.mark.parametrize(
    ("expect", "text", "expected"),
    [
        (YES_NO, "Yes.", C),
        (YES_NO, "no that's wrong", C),
        (YES_NO, "Well, I", U),
        (FOUR, "4 5 2 7", C),
        (FOUR, "It's four five two seven.", C),
        (FOUR, "four five", U),
        (FOUR, "4, 5,", U),
        (FOUR, "4, 5, 2", F),
        (THREE, "4, 5", U),
        (FOUR, "I want an agent.", F),
        (FOUR, "", F),
        (CHOICE, "Hello, where is my order?", C),
        (CHOICE, "Where's my stuff?", F),
        (CHOICE, "I want to", U),
        (FREE, "I have a question.", F),
        (FREE, "I have a question about the...", U),
        (FREE, "I have a question about the", U),
        (FREE, "So, um.", U),
    ],
)
def test_words_against_what_is_awaited(
    expect: Expectation, text: str, expected: Completeness
) -> None:
    assert completeness(expect, text) is expected
