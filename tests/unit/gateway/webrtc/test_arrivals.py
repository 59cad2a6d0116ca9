"""What sequence numbers tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.gateway.webrtc.arrivals import Arrivals, Quality, signed


@pytest.mark.parametrize(
    ("numbers", "received", "lost", "duplicates"),
    [
        ([], 0, 0, 0),
        ([5], 1, 0, 0),
        ([5, 6, 7], 3, 0, 0),
        ([5, 7], 2, 1, 0),
        ([5, 7, 6], 3, 0, 0),
        ([6, 5, 7], 3, 0, 0),
        ([5, 5, 6, 5], 2, 0, 2),
        ([65_534, 65_535, 0, 1], 4, 0, 0),
        ([65_534, 1], 2, 2, 0),
        ([10, 40_000, 40_001], 3, 0, 0),  # a new stream: nothing is said to be lost
    ],
)
def test_what_was_received_lost_and_doubled(
    numbers: list[int], received: int, lost: int, duplicates: int
) -> None:
    arrivals = Arrivals()
    for number in numbers:
        arrivals.take(number)
    assert (arrivals.received, arrivals.lost, arrivals.duplicates) == (received, lost, duplicates)


def test_jitter_is_that_of_rfc_3550() -> None:
    arrivals = Arrivals()
    for transit in (0.0, 0.016, 0.016):
        arrivals.measure(transit)
    assert arrivals.jitter_s == pytest.approx(0.001 - 0.001 / 16)


def test_losses_of_streams_before_are_remembered() -> None:
    arrivals = Arrivals()
    for number in (1, 3):
        arrivals.take(number)
    arrivals.restart()
    for number in (9, 10):
        arrivals.take(number)
    assert (arrivals.received, arrivals.lost) == (4, 1)


@given(st.integers(0, 2**40), st.integers(-(2**15) + 1, 2**15 - 1))
def test_counters_wrap(start: int, step: int) -> None:
    assert signed((start + step) % 2**16 - start, 16) == step


@pytest.mark.parametrize(
    ("received", "lost", "late", "share"), [(0, 0, 0, 0.0), (9, 1, 0, 0.1), (10, 1, 1, 0.1)]
)
def test_the_share_that_was_lost(received: int, lost: int, late: int, share: float) -> None:
    assert Quality(received=received, lost=lost, late=late).loss == share
