import pytest

from warmline.dialogue.flow import Ask
from warmline.dialogue.slots import (
    Heard,
    Understood,
    confirmation,
    expectation,
    pressed,
    understand,
)
from warmline.events import AnswerKind, Expectation


def ask(type: str, **more: object) -> Ask:
    return Ask.model_validate({"slot": "s", "type": type, "prompt": "?", **more})


CHOICE = ask("choice", options={"a": ["first", "one"], "b": ["second"]}, words=["hint"])


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (ask("digits(4)"), "four five two seven", "4527"),
        (ask("digits(4)"), "four five two", "wrong_length"),
        (ask("digits(4)"), "four five two seven eight", "wrong_length"),
        (ask("digits(4)"), "I don't have it", None),
        (ask("digits(4)"), "4528, no, 4527", "4527"),
        (ask("digits(4)"), "four five two eight sorry seven", "wrong_length"),
        (ask("digits(4..8)"), "4528 I mean 4527", "4527"),
        (ask("digits(4..8)"), "4528 4527", "45284527"),
        (ask("digits(4)"), "I called at 5 and the number was 4527", "4527"),
        (ask("digits(4)"), "Sorry, it's 4527", "4527"),
        (ask("yes_no"), "yeah that's right", "yes"),
        (ask("yes_no"), "nope", "no"),
        (ask("yes_no"), "four", None),
        (ask("yes_no", options={"no": ["that's all"]}), "that's all, thanks", "no"),
        (CHOICE, "the second", "b"),
        (CHOICE, "third", None),
        (ask("free"), " anything at all ", "anything at all"),
        (ask("free"), "...", None),
    ],
)
def test_understand(question: Ask, text: str, expected: str | None) -> None:
    found: Understood = understand(question, text, 0.5)
    assert (found.value if isinstance(found, Heard) else found) == expected


def test_confidence_is_the_recognisers_times_the_matchs() -> None:
    exact = understand(CHOICE, "second", 0.5)
    inside = understand(CHOICE, "maybe the second", 0.5)
    assert isinstance(exact, Heard)
    assert exact.confidence == 0.5
    assert isinstance(inside, Heard)
    assert 0 < inside.confidence < 0.5


@pytest.mark.parametrize(
    ("question", "key", "expected"),
    [
        (ask("yes_no"), "1", "yes"),
        (ask("yes_no"), "2", "no"),
        (ask("yes_no"), "3", None),
        (CHOICE, "2", "b"),
        (CHOICE, "3", None),
        (ask("free"), "1", None),
        (ask("digits(4)"), "1", None),
    ],
)
def test_pressed(question: Ask, key: str, expected: str | None) -> None:
    found = pressed(question, key)
    assert (found and found.value) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (ask("yes_no"), Expectation(kind=AnswerKind.YES_NO, words=("yes", "no"))),
        (CHOICE, Expectation(kind=AnswerKind.CHOICE, words=("hint", "first", "second", "one"))),
        (
            ask("digits(4..8)"),
            Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=8),
        ),
        (ask("free", words=["Beckett"]), Expectation(words=("Beckett",))),
    ],
)
def test_expectation(question: Ask, expected: Expectation) -> None:
    assert expectation(question) == expected


def test_a_read_back_also_awaits_the_right_digits() -> None:
    expected = confirmation(ask("digits(4)"))
    assert expected.kind is AnswerKind.YES_NO
    assert (expected.min_digits, expected.max_digits) == (4, 4)
