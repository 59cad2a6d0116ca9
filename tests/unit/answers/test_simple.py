from datetime import datetime

import pytest

from warmline.answers.answer import Heard, Understood
from warmline.answers.simple import Choice, Free, YesNo
from warmline.events import AnswerKind, Expectation

NOW = datetime(2026, 11, 18, 10, 0)
CHOICE = Choice(options={"a": ("first", "one"), "b": ("second",)}, words=("hint",))
KINDS = YesNo | Choice | Free


def value(found: Understood) -> str | None:
    return found.value if isinstance(found, Heard) else None


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (YesNo(), "yeah that's right", "yes"),
        (YesNo(), "nope", "no"),
        (YesNo(), "four", None),
        (YesNo(options={"no": ("that's all",)}), "that's all, thanks", "no"),
        (CHOICE, "the second", "b"),
        (CHOICE, "third", None),
        (Free(), " anything at all ", "anything at all"),
        (Free(), "...", None),
    ],
)
def test_understand(kind: KINDS, text: str, expected: str | None) -> None:
    assert value(kind.understand(text, 0.5, NOW)) == expected


def test_confidence_is_the_recognisers_times_the_matchs() -> None:
    exact = CHOICE.understand("second", 0.5, NOW)
    inside = CHOICE.understand("maybe the second", 0.5, NOW)
    assert isinstance(exact, Heard)
    assert exact.confidence == 0.5
    assert isinstance(inside, Heard)
    assert 0 < inside.confidence < 0.5


@pytest.mark.parametrize(
    ("kind", "before", "text", "expected"),
    [
        (YesNo(), "yes", "no", "no"),
        (YesNo(), "no", "no", None),
        (YesNo(), "no", "no, yes", "yes"),
        (CHOICE, "a", "no, the second", "b"),
        (CHOICE, "a", "not the first, the second", "b"),
        (CHOICE, "a", "the second, not the first", "b"),
        (CHOICE, "a", "no", None),
        (CHOICE, "a", "no, the first", "a"),
        (Free(), "a", "no, tell him I moved", "tell him I moved"),
        (Free(), "a", "no", None),
    ],
)
def test_correct(kind: KINDS, before: str, text: str, expected: str | None) -> None:
    assert value(kind.correct(before, text, 1.0, NOW)) == expected


@pytest.mark.parametrize(
    ("kind", "keys", "expected"),
    [
        (YesNo(), "1", "yes"),
        (YesNo(), "2", "no"),
        (YesNo(), "3", None),
        (CHOICE, "2", "b"),
        (CHOICE, "3", None),
        (Free(), "1", None),
    ],
)
def test_typed(kind: KINDS, keys: str, expected: str | None) -> None:
    assert value(kind.typed(keys)) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (YesNo(), Expectation(kind=AnswerKind.YES_NO, words=("yes", "no"))),
        (CHOICE, Expectation(kind=AnswerKind.CHOICE, words=("hint", "first", "second", "one"))),
        (Free(words=("Beckett",)), Expectation(words=("Beckett",))),
    ],
)
def test_expectation(kind: KINDS, expected: Expectation) -> None:
    assert kind.expectation() == expected


def test_speak() -> None:
    assert CHOICE.speak("a") == "first"
    assert CHOICE.speak("unknown") == "unknown"
    assert YesNo().speak("yes", "exact") == "yes"
