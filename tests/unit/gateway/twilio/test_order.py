"""Audio out of order, twice, missing, and counted anew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import Pcm
from warmline.gateway.twilio.messages import Media
from warmline.gateway.twilio.order import RENUMBERED, Missing, Order

RATE = 8000
FRAME = 160


def media(
    number: int | None, timestamp: int | None = None, size: int = FRAME, value: int | None = None
) -> Media:
    value = value if value is not None else (number or 0)
    return Media(pcm=np.full(size, value, dtype=np.int16), number=number, timestamp_ms=timestamp)


def shown(pieces: list[Pcm | Missing]) -> list[object]:
    """Each frame as its number, what is missing as "-2"."""
    return [f"-{p.frames}" if isinstance(p, Missing) else int(p[0]) for p in pieces]


def run(*numbers: int, timestamps: bool = True) -> tuple[list[object], Order]:
    order = Order(RATE)
    pieces: list[Pcm | Missing] = []
    for number in numbers:
        pieces += order.push(media(number, number * 20 if timestamps else None))
    return shown(pieces + order.flush()), order


@pytest.mark.parametrize("timestamps", [True, False])
@pytest.mark.parametrize(
    ("came", "played"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([7, 8], [7, 8]),
        ([1, 3, 2, 4], [1, 2, 3, 4]),
        ([1, 4, 3, 2, 5], [1, 2, 3, 4, 5]),
        ([1, 1, 2, 2, 3], [1, 2, 3]),
        ([1, 3, 3, 2, 4], [1, 2, 3, 4]),
        ([1, 3, 4, 5, 6], [1, "-1", 3, 4, 5, 6]),
        ([1, 5, 6, 7], [1, "-3", 5, 6, 7]),
        ([1, 3, 4, 5, 2, 6], [1, "-1", 3, 4, 5, 6]),
        ([1, 3, 5, 7, 9], [1, "-1", 3, "-1", 5, "-1", 7, "-1", 9]),
        ([1, 2, 9], [1, 2, "-6", 9]),
    ],
)
def test_order(came: list[int], played: list[object], timestamps: bool) -> None:
    assert run(*came, timestamps=timestamps)[0] == played


def test_late_and_repeated_are_told_apart() -> None:
    _, order = run(1, 3, 4, 5, 2, 2, 5, 6)
    assert (order.late, order.repeated) == (1, 2)


def test_nothing_waits_longer_than_60_ms() -> None:
    order = Order(RATE)
    order.push(media(1))
    assert shown(order.push(media(3))) == []
    assert shown(order.push(media(4))) == []
    assert shown(order.push(media(5))) == ["-1", 3, 4, 5]


def test_a_big_message_does_not_wait_at_all() -> None:
    order = Order(RATE)
    order.push(media(1))
    assert shown(order.push(media(3, size=480))) == ["-1", 3]


def test_a_jump_of_the_timestamp_is_lost_audio() -> None:
    """Numbers go on: the provider never got what is missing."""
    order = Order(RATE)
    pieces: list[Pcm | Missing] = []
    for number, timestamp in enumerate([5, 25, 65, 85, 185], 1):
        pieces += order.push(media(number, timestamp))
    assert shown(pieces) == [1, 2, "-1", 3, 4, "-4", 5]


def test_small_unevenness_is_no_loss() -> None:
    order = Order(RATE)
    pieces: list[Pcm | Missing] = []
    for number, timestamp in enumerate([0, 24, 37, 61, 80, 108, 120], 1):
        pieces += order.push(media(number, timestamp))
    assert Missing not in {type(piece) for piece in pieces}


def test_timestamps_that_stand_still_or_fall_back() -> None:
    order = Order(RATE)
    pieces: list[Pcm | Missing] = []
    for number, timestamp in enumerate([5, 5, 5, 0, 1, 21, 41], 1):
        pieces += order.push(media(number, timestamp))
    assert shown(pieces) == [1, 2, 3, 4, 5, 6, 7]


def test_without_numbers_as_it_comes() -> None:
    order = Order(RATE)
    assert shown(order.push(media(None, value=5))) == [5]
    assert shown(order.push(media(None, value=3))) == [3]


def test_a_stream_that_counts_anew_is_heard_again() -> None:
    order = Order(RATE)
    for number in range(1000, 1010):
        order.push(media(number))
    heard = [number for number in range(1, 100) if order.push(media(number))]
    assert heard[0] == RENUMBERED
    assert heard == list(range(RENUMBERED, 100))


@given(st.lists(st.integers(0, 2), max_size=30))
def test_what_is_overtaken_by_at_most_two_is_put_right(delays: list[int]) -> None:
    places = {number: number + delay for number, delay in enumerate([0, *delays])}
    came = sorted(places, key=lambda number: places[number])
    played, order = run(*came)
    assert played == sorted(came)
    assert order.late == 0


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(0, 10**18),
            st.none() | st.integers(0, 10**18),
            st.integers(1, 8192),
        ),
        max_size=60,
    )
)
def test_anything_comes_out_at_most_once_and_nothing_is_kept(
    came: list[tuple[int | None, int | None, int]],
) -> None:
    order = Order(RATE)
    samples = 0
    for number, timestamp, size in came:
        pieces = order.push(media(number, timestamp, size, value=1))
        samples += sum(piece.size for piece in pieces if not isinstance(piece, Missing))
        assert all(piece.frames > 0 for piece in pieces if isinstance(piece, Missing))
    samples += sum(p.size for p in order.flush() if not isinstance(p, Missing))
    assert samples <= sum(size for *_, size in came)
    assert order.flush() == []
