"""What a caller who waits is told, and may choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.call.waiting import (
    AGAIN_S,
    CHOICES,
    SELDOM_S,
    STILL,
    Announcer,
    choice,
    place,
    sentences,
)
from warmline.events import DigitPressed, Fact, NodeEntered, QueueMoved, UtteranceHeard


def heard(text: str) -> UtteranceHeard:
    return UtteranceHeard(turn=1, text=text, confidence=0.9, started_at=0.0, audio_at=1.0)


@pytest.mark.parametrize(
    ("fact", "wanted"),
    [
        (DigitPressed(digit="1"), "back"),
        (DigitPressed(digit="2"), "callback"),
        (DigitPressed(digit="3"), None),
        (heard("call me back"), "callback"),
        (heard("Please call me back."), "callback"),
        (heard("go back"), "back"),
        (heard("this music is awful"), None),
        (NodeEntered(node="x"), None),
    ],
)
def test_what_a_caller_may_choose(fact: Fact, wanted: str | None) -> None:
    assert choice(fact) == wanted


@pytest.mark.parametrize(
    ("position", "wait_s", "said"),
    [
        (1, -1.0, ["You are next in line."]),
        (3, 20.0, ["You are number 3 in line.", "It should take about a minute."]),
        (2, 290.0, ["You are number 2 in line.", "It should take about 5 minutes."]),
        (2, 1e6, ["You are number 2 in line.", "It should take about 60 minutes."]),
    ],
)
def test_the_place_in_line(position: int, wait_s: float, said: list[str]) -> None:
    assert place(position, wait_s) == said


def moved(position: int, wait_s: float = 120.0) -> QueueMoved:
    return QueueMoved(queue="q", position=position, wait_s=wait_s)


def test_the_place_is_told_at_once_when_it_changes_and_again() -> None:
    announcer = Announcer()
    assert announcer.due(0.0) == []
    announcer.moved(moved(3))
    assert announcer.due(1.0) == [*place(3, 120.0), CHOICES]
    announcer.moved(moved(2))
    assert announcer.due(2.0) == [], "not word after word"
    assert announcer.due(1.0 + SELDOM_S) == place(2, 120.0)
    assert announcer.due(1.0 + SELDOM_S + AGAIN_S) == [STILL]
    assert announcer.due(1.0 + SELDOM_S + 2 * AGAIN_S) == [STILL, CHOICES]


@given(st.lists(st.tuples(st.integers(1, 5), st.floats(0.1, 30.0)), min_size=1, max_size=60))
def test_nobody_waits_a_minute_without_a_word(moves: list[tuple[int, float]]) -> None:
    announcer, now, told = Announcer(), 0.0, 0.0
    for position, pause in moves:
        announcer.moved(moved(position))
        until = now + pause
        while announcer.next_at <= until:
            now = max(now, announcer.next_at)
            assert announcer.due(now)
            assert now - told <= 60.0
            told = now
        now = until
        assert now - told < 60.0


def test_what_is_said_can_be_rendered_ahead() -> None:
    assert set(place(10, 600.0)) | set(place(1, 30.0)) | {CHOICES, STILL} <= set(sentences())
