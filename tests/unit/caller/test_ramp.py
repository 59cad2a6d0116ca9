"""How many calls go well, found in few tries."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.caller.ramp import Ramp


def tried(ramp: Ramp, true: int) -> list[int]:
    steps: list[int] = []
    while calls := ramp.next:
        steps.append(calls)
        ramp.tried(calls, calls <= true)
    return steps


@pytest.mark.parametrize(
    ("first", "true", "steps"),
    [
        (1, 0, [1]),
        (1, 1, [1, 2]),
        (1, 5, [1, 2, 4, 8, 6, 5]),
        (2, 8, [2, 4, 8, 16, 12, 10, 9]),
        (4, 1, [4, 2, 1]),
        (4, 99, [4, 8, 16]),
    ],
)
def test_the_steps(first: int, true: int, steps: list[int]) -> None:
    assert tried(Ramp(16, first), true) == steps


@given(st.integers(1, 500), st.integers(1, 600), st.integers(0, 700))
def test_what_goes_well_is_found(most: int, first: int, true: int) -> None:
    ramp = Ramp(most, first)
    steps = tried(ramp, true)
    assert ramp.best == min(true, most)
    assert len(steps) == len(set(steps)) <= 2 * math.log2(max(most, 2)) + 2
