"""What waits for one page: order, limits, what gives way, what is held back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from warmline.desk.outbox import MAX_BYTES, MAX_MESSAGES, Message, Outbox


def drained(outbox: Outbox) -> list[str]:
    texts = []
    while (text := outbox.take()) is not None:
        texts.append(text)
    return texts


def test_first_in_first_out() -> None:
    outbox = Outbox()
    assert all(outbox.put(Message(text)) for text in "abc")
    assert drained(outbox) == ["a", "b", "c"]
    assert (len(outbox), outbox.size) == (0, 0)


def test_a_thousand_messages_and_no_more() -> None:
    outbox = Outbox()
    assert all(outbox.put(Message("x")) for _ in range(MAX_MESSAGES))
    assert not outbox.put(Message("x"))
    outbox.take()
    assert outbox.put(Message("x"))


def test_a_mebibyte_and_no_more() -> None:
    outbox = Outbox()
    assert outbox.put(Message("x" * (MAX_BYTES - 1)))
    assert not outbox.put(Message("xx"))
    assert outbox.put(Message("x"))


def test_no_message_is_too_big_alone() -> None:
    assert Outbox(max_bytes=10).put(Message("x" * 11))


def test_the_newest_state_replaces_the_ones_that_wait() -> None:
    outbox = Outbox(max_messages=2)
    for version in range(100):
        assert outbox.put(Message(f"floor {version}", "floor"))
    assert drained(outbox) == ["floor 99"]


def test_a_state_has_its_place_in_the_order() -> None:
    outbox = Outbox(max_bytes=12)
    for text in ("floor 1", "event"):
        outbox.put(Message(text, "floor" if text != "event" else ""))
    assert outbox.put(Message("floor 2", "floor"))
    assert not outbox.put(Message("floor 10", "floor")), "a byte more than there is room for"
    assert drained(outbox) == ["floor 2", "event"]


def test_a_superseded_number_is_still_sent_hollow() -> None:
    outbox = Outbox(max_messages=2)
    outbox.put(Message("event 1"))
    for seq in range(2, 50):
        assert outbox.put(Message(f"words {seq}", "line", f"hollow {seq}"))
    assert len(outbox) == 2
    hollow = [f"hollow {seq}" for seq in range(2, 49)]
    assert drained(outbox) == ["event 1", *hollow, "words 49"]


def test_hollow_messages_count_by_their_bytes() -> None:
    outbox = Outbox(max_bytes=100)
    taken = 0
    while outbox.put(Message("w" * 10, "line", "h" * 5)):
        taken += 1
    assert taken == 19  # 18 hollow ones and the words


def test_what_was_sent_is_not_replaced() -> None:
    outbox = Outbox()
    outbox.put(Message("words 1", "line", "hollow 1"))
    assert outbox.take() == "words 1"
    outbox.put(Message("words 2", "line", "hollow 2"))
    assert drained(outbox) == ["words 2"]


def test_a_stream_that_is_held_comes_behind_what_was_before() -> None:
    outbox = Outbox()
    outbox.hold("call")
    outbox.put(Message("live 3"), "call")
    outbox.put(Message("past 1"))
    outbox.put(Message("past 2"))
    assert (len(outbox), outbox.ready) == (3, 2)
    outbox.release("call")
    outbox.put(Message("live 4"), "call")
    assert drained(outbox) == ["past 1", "past 2", "live 3", "live 4"]


def test_what_is_held_counts() -> None:
    outbox = Outbox(max_messages=3)
    outbox.hold("call")
    assert all(outbox.put(Message("live"), "call") for _ in range(3))
    assert not outbox.put(Message("live"), "call")
    assert not outbox.put(Message("other"))


@pytest.mark.parametrize("again", ["drop", "hold"])
def test_what_was_held_is_dropped(again: str) -> None:
    outbox = Outbox()
    outbox.hold("call")
    outbox.put(Message("live", "line", "hollow"), "call")
    outbox.put(Message("live", "line", "hollow"), "call")
    getattr(outbox, again)("call")
    outbox.release("call")
    assert drained(outbox) == []
    assert (len(outbox), outbox.size) == (0, 0)


def test_lines_replace_each_other_where_they_wait_together() -> None:
    outbox = Outbox()
    outbox.hold("call")
    outbox.put(Message("words 1", "line", "hollow 1"), "call")
    outbox.put(Message("words 2", "line", "hollow 2"), "call")
    outbox.release("call")
    outbox.put(Message("words 3", "line", "hollow 3"), "call")
    assert drained(outbox) == ["hollow 1", "hollow 2", "words 3"]


class AnyUse(RuleBasedStateMachine):
    """Against plain lists: nothing is lost, doubled or out of order; the sums are right."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(max_messages=8, max_bytes=200)
        self.ready: list[tuple[str, str]] = []  # line, text; no line once it is hollow
        self.held: list[tuple[str, str]] | None = None
        self.number = 0

    @rule(line=st.sampled_from(["", "a", "b"]), stream=st.sampled_from(["", "call"]))
    def put(self, line: str, stream: str) -> None:
        self.number += 1
        text, hollow = f"message {self.number}", f"({self.number})" if line else ""
        queue = self.held if stream and self.held is not None else self.ready
        if line:
            hollow_out(queue, line)
        if self.outbox.put(Message(text, line, hollow), stream):
            queue.append((line, text))

    @rule()
    def take(self) -> None:
        expected = self.ready.pop(0)[1] if self.ready else None
        assert self.outbox.take() == expected

    @rule()
    def hold(self) -> None:
        self.outbox.hold("call")
        self.held = []

    @precondition(lambda self: self.held is not None)
    @rule()
    def release(self) -> None:
        self.outbox.release("call")
        held, self.held = self.held or [], None
        for line in {line for line, _ in held if line}:
            hollow_out(self.ready, line)
        self.ready += held

    @rule()
    def drop(self) -> None:
        self.outbox.drop("call")
        self.held = None

    @invariant()
    def sums(self) -> None:
        waiting = [*self.ready, *(self.held or [])]
        assert self.outbox.size == sum(len(text) for _, text in waiting) <= 200
        assert len(self.outbox) == sum("message" in text for _, text in waiting) <= 8


def hollow_out(queue: list[tuple[str, str]], line: str) -> None:
    for index, (its_line, text) in enumerate(queue):
        if its_line == line:
            queue[index] = ("", text.replace("message ", "(") + ")")


TestAnyUse = AnyUse.TestCase


@given(st.lists(st.integers(0, 300), max_size=40))
def test_never_more_than_its_limits(sizes: list[int]) -> None:
    outbox = Outbox(max_messages=10, max_bytes=500)
    for size in sizes:
        outbox.put(Message("x" * size))
        assert len(outbox) <= 10 and (outbox.size <= 500 or len(outbox) == 1)
