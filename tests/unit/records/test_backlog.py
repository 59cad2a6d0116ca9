"""Who loses when the database is away for too long."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.events import (
    CallEnded,
    CallStarted,
    Entry,
    Fact,
    PartialTranscript,
    SlotFilled,
    UtteranceHeard,
)
from warmline.records.backlog import Backlog

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STARTED = CallStarted(door="socket", caller="+15550100", flow="order", flow_version="v1")
ENDED = CallEnded(reason="completed")


def heard(turn: int) -> UtteranceHeard:
    return UtteranceHeard(turn=turn, text="yes", confidence=0.5, started_at=0.0, audio_at=1.0)


def partial(turn: int) -> PartialTranscript:
    return PartialTranscript(turn=turn, stable="my order", unstable="is", audio_at=1.0)


def entry(seq: int, fact: Fact) -> Entry:
    return Entry(call_id="c1", seq=seq, at=float(seq), fact=fact)


def add(backlog: Backlog, *entries: Entry, now: float = 0.0) -> None:
    for one in entries:
        backlog.add(one, wall=NOON, now=now)


def numbers(backlog: Backlog) -> list[int]:
    return [unsaved.entry.seq for unsaved in backlog.take(1000)]


def test_all_come_out_in_order_in_batches() -> None:
    backlog = Backlog(limit=10)
    add(backlog, *(entry(n, heard(n)) for n in range(1, 6)))
    assert [u.entry.seq for u in backlog.take(3)] == [1, 2, 3]
    assert (len(backlog), backlog.waiting, backlog.saved(0), backlog.saved(1)) == (
        5,
        2,
        True,
        False,
    )
    backlog.settle()
    assert (len(backlog), backlog.saved(3), backlog.saved(4)) == (2, True, False)
    assert [u.entry.seq for u in backlog.take(3)] == [4, 5]
    backlog.settle()
    assert (len(backlog), backlog.saved(5), backlog.lost) == (0, True, 0)


def test_partials_give_way_first_then_the_oldest() -> None:
    backlog = Backlog(limit=4)
    add(backlog, entry(1, STARTED), entry(2, partial(1)), entry(3, partial(1)), entry(4, heard(1)))
    add(backlog, entry(5, heard(2)))
    assert backlog.lost == 2
    add(backlog, entry(6, heard(3)), entry(7, heard(4)))
    assert backlog.lost == 3
    add(backlog, entry(8, partial(5)))
    assert backlog.lost == 4
    assert numbers(backlog) == [4, 5, 6, 7]


def test_a_batch_on_its_way_is_not_given_up() -> None:
    backlog = Backlog(limit=2)
    add(backlog, entry(1, partial(1)), entry(2, partial(1)))
    batch = backlog.take(2)
    add(backlog, *(entry(n, heard(n)) for n in range(3, 7)))
    assert [u.entry.seq for u in batch] == [1, 2]
    assert backlog.lost == 2
    backlog.settle()
    assert numbers(backlog) == [5, 6]


def test_age_is_that_of_the_oldest() -> None:
    backlog = Backlog()
    assert backlog.lag_s(5.0) == 0.0
    add(backlog, entry(1, STARTED), now=1.0)
    add(backlog, entry(2, ENDED), now=4.0)
    assert backlog.lag_s(5.0) == 4.0


def test_a_calls_start_is_told_by_its_first_entry() -> None:
    backlog = Backlog()
    backlog.add(entry(10, STARTED), wall=NOON, now=0.0)
    backlog.add(entry(20, ENDED), wall=NOON.replace(hour=1), now=0.0)
    starts = {u.call_start for u in backlog.take(2)}
    assert starts == {NOON.replace(hour=11, minute=59, second=50)}


def test_what_cannot_be_stored_counts_as_lost() -> None:
    backlog = Backlog()
    with pytest.raises(ValueError, match="not a finite number"):
        add(backlog, entry(1, SlotFilled(slot="s", value="v", confidence=float("nan"))))
    assert (backlog.lost, backlog.added, len(backlog)) == (1, 0, 0)


@given(st.integers(1, 5), st.lists(st.sampled_from(["heard", "partial", "take", "settle"])))
def test_none_is_lost_uncounted_and_order_is_kept(limit: int, steps: list[str]) -> None:
    backlog, written, seq = Backlog(limit), list[Entry](), 0
    in_flight = False
    for step in steps:
        match step:
            case "take" if not in_flight:
                written += [u.entry for u in backlog.take(2)]
                in_flight = True
            case "settle":
                backlog.settle()
                in_flight = False
            case "heard" | "partial":
                seq += 1
                add(backlog, entry(seq, heard(seq) if step == "heard" else partial(seq)))
        assert backlog.waiting <= limit
    backlog.settle()
    written += [u.entry for u in backlog.take(1000)]
    assert [e.seq for e in written] == sorted(e.seq for e in written)
    assert len(written) + backlog.lost == seq
    if not any(isinstance(e.fact, PartialTranscript) for e in written):
        assert len(written) >= min(limit, steps.count("heard"))
