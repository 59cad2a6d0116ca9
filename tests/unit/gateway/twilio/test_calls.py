"""What follows on a stream: a person, nothing, or a rescue."""

import pytest

from warmline.gateway.twilio.calls import CallBook, Handed, Over, Rescue

AGENT = Handed(destination="+14155550199", call_id="c1")


@pytest.mark.parametrize("reason", ["completed", "escalated", "caller_hung_up", "time_limit"])
def test_a_peaceful_end(reason: str) -> None:
    book = CallBook()
    book.begun("CA1")
    book.ended("CA1", reason)
    book.ended("CA1", "failed")
    assert book.next_step("CA1") == Over()


@pytest.mark.parametrize(
    "reason",
    [
        *("failed", "server_stopped", "media_timeout", "caller_stalled", "bad_input"),
        "connection_lost",
    ],
)
def test_any_other_end_is_rescued(reason: str) -> None:
    book = CallBook()
    book.begun("CA1")
    book.ended("CA1", reason)
    book.ended("CA1", "caller_hung_up")
    assert book.next_step("CA1") == Rescue()


def test_calls_that_never_began_or_never_ended_are_rescued() -> None:
    book = CallBook()
    assert book.next_step("CA1") == Rescue()
    book.begun("CA1")
    assert book.next_step("CA1") == Rescue()


def test_a_person_takes_over_once() -> None:
    book = CallBook()
    book.begun("CA1")
    book.handed_over("CA1", AGENT)
    book.ended("CA1", "escalated")
    assert book.next_step("CA1") == AGENT
    assert book.next_step("CA1") == AGENT  # the provider may ask twice
    book.begun("CA1")  # nobody answered: the caller is here again
    book.ended("CA1", "completed")
    assert book.next_step("CA1") == Over()


def test_the_oldest_is_forgotten() -> None:
    book = CallBook(max_calls=2)
    for call in ("CA1", "CA2", "CA3"):
        book.begun(call)
        book.ended(call, "completed")
    assert [book.next_step(call) for call in ("CA1", "CA2", "CA3")] == [Rescue(), Over(), Over()]
