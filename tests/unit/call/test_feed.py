"""The feed: numbers, times, order, and that nobody who listens can hurt the call."""

import logging

import pytest

from warmline.call.feed import CallFeed
from warmline.events import CallEnded, DigitPressed, Entry, NodeEntered, TimerFired


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def node(name: str) -> NodeEntered:
    return NodeEntered(node=name)


def nodes(entries: list[Entry]) -> list[str]:
    return [e.fact.node for e in entries if isinstance(e.fact, NodeEntered)]


def test_numbers_and_times_every_fact_and_hands_it_to_each_sink_in_order() -> None:
    clock, seen = Clock(), list[tuple[str, Entry]]()
    feed = CallFeed(
        "c1", clock, [lambda e: seen.append(("first", e)), lambda e: seen.append(("second", e))]
    )
    one = feed.publish(node("a"))
    clock.now += 1.5
    two = feed.publish(node("b"))
    assert one == Entry(call_id="c1", seq=1, at=0.0, fact=node("a"))
    assert two == Entry(call_id="c1", seq=2, at=1.5, fact=node("b"))
    assert seen == [("first", one), ("second", one), ("first", two), ("second", two)]


def test_a_sink_that_raises_is_dropped_and_told_of_once_without_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls, rest = list[Entry](), list[Entry]()

    def bad(entry: Entry) -> None:
        calls.append(entry)
        raise ValueError("the caller pressed 7")

    feed = CallFeed("c1", Clock(), [bad, rest.append])
    with caplog.at_level(logging.DEBUG):
        feed.publish(DigitPressed(digit="7"))
        feed.publish(DigitPressed(digit="7"))
    assert [e.seq for e in calls] == [1]
    assert [e.seq for e in rest] == [1, 2]
    assert len(caplog.records) == 1
    assert "ValueError" in caplog.text
    assert "pressed 7" not in caplog.text and "c1" not in caplog.messages[0]


def test_nothing_comes_after_the_end() -> None:
    feed = CallFeed("c1", Clock(), [])
    feed.publish(CallEnded(reason="completed"))
    with pytest.raises(RuntimeError, match="TimerFired was published after CallEnded"):
        feed.publish(TimerFired(name="no_input"))


def test_what_a_sink_publishes_comes_behind_for_all_sinks() -> None:
    first, last = list[Entry](), list[Entry]()

    def answers(entry: Entry) -> None:
        if entry.seq == 1:
            feed.publish(node("answer"))

    feed = CallFeed("c1", Clock(), [first.append, answers, last.append])
    feed.publish(node("question"))
    assert nodes(first) == nodes(last) == ["question", "answer"]
