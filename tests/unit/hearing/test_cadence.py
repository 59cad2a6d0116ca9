import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.hearing.cadence import FASTEST_S, SLOWEST_S, Cadence
from warmline.hearing.partials import CADENCE_S
from warmline.ports import Priority

CHECK, WATCHED, PARTIAL = Priority.BARGE_IN, Priority.WATCHED, Priority.PARTIAL


def settled(seconds: float, *, adaptive: bool = True) -> Cadence:
    """After many partials that took so long."""
    cadence = Cadence(adaptive=adaptive)
    for _ in range(50):
        cadence.took(seconds)
    return cadence


@pytest.mark.parametrize(
    ("takes", "cadence"), [(0.0, 0.4), (0.06, 0.4), (0.2, 1.0), (0.3, 1.5), (0.8, 2.0)]
)
def test_partials_take_a_fifth_of_a_call_s_time(takes: float, cadence: float) -> None:
    assert settled(takes).seconds(PARTIAL) == pytest.approx(cadence, abs=0.01)


@pytest.mark.parametrize("takes", [0.0, 0.8])
def test_without_adaption_the_load_does_not_count(takes: float) -> None:
    cadence = settled(takes, adaptive=False)
    assert cadence.seconds(WATCHED) == cadence.seconds(CHECK) == CADENCE_S


def test_one_slow_partial_is_no_load() -> None:
    cadence = settled(0.05)
    cadence.took(0.3)
    assert cadence.seconds(PARTIAL) == pytest.approx(0.5, abs=0.01)


def test_who_is_not_watched_may_go_without() -> None:
    cadence = Cadence(unwatched=False)
    assert cadence.seconds(PARTIAL) is None
    assert cadence.seconds(WATCHED) == cadence.seconds(CHECK) == FASTEST_S


@pytest.mark.parametrize(
    ("rung", "partial", "check"),
    [(0, 0.4, 0.4), (1, 0.8, 0.4), (2, None, 0.4), (3, None, None), (4, None, None)],
)
def test_the_ladder_leaves_partials_out_before_checks(
    rung: int, partial: float | None, check: float | None
) -> None:
    cadence = Cadence(lambda: rung)
    assert (cadence.seconds(WATCHED), cadence.seconds(CHECK)) == (partial, check)


@given(st.lists(st.floats(0, 60), max_size=60), st.integers(0, 4), st.sampled_from(Priority))
def test_bounded(takes: list[float], rung: int, priority: Priority) -> None:
    cadence = Cadence(lambda: rung)
    for seconds in takes:
        cadence.took(seconds)
    wanted = cadence.seconds(priority)
    assert wanted is None or FASTEST_S <= wanted <= SLOWEST_S
