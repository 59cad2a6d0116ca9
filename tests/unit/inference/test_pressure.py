from hypothesis import given
from hypothesis import strategies as st

from warmline.inference.pressure import LAST, Pressure


def climbed(pressure: Pressure, rungs: int, now: float = 0.0) -> float:
    """Bad seconds until that rung; the moment of the last of them."""
    while pressure.rung < rungs:
        pressure.served(now, late=True)
        now += 0.25
    return now - 0.25


def test_one_late_final_may_be_a_hard_one() -> None:
    pressure = Pressure()
    pressure.served(0.0, late=True)
    for n in range(20):
        pressure.served(n / 10, late=False)
    assert pressure.rung == 0


def test_two_of_few_are_load_and_many_on_time_outweigh_them() -> None:
    pressure = Pressure()
    pressure.served(0.0, late=True)
    pressure.served(0.1, late=True)
    assert pressure.rung == 1
    assert pressure.because == "2 of 2 finals late within 4 s"
    calm = Pressure()
    for n in range(8):
        calm.served(n / 10, late=False)
    calm.served(1.0, late=True)
    calm.served(1.1, late=True)
    assert calm.rung == 0


def test_a_rung_a_second_up_and_six_down() -> None:
    pressure = Pressure()
    changes: list[tuple[float, int]] = []
    now = 0.0
    pressure.watch(lambda rung, because: changes.append((now, rung)))
    while now < 60:
        if now < 6:
            pressure.served(now, late=True)
        pressure.tick(now)
        now += 0.25
    up = [at for at, rung in changes[:LAST]]
    assert [rung for _, rung in changes] == [1, 2, 3, 4, 3, 2, 1, 0]
    assert all(1.0 <= late - early <= 1.5 for early, late in zip(up, up[1:], strict=False))
    assert changes[LAST][0] >= 5.75 + 6


def test_a_final_that_nobody_begins_is_load() -> None:
    pressure = Pressure()
    pressure.tick(0.0, waiting_s=1.0)
    assert pressure.rung == 0
    pressure.tick(1.0, waiting_s=2.0)
    assert pressure.rung == 1
    assert pressure.because == "a final waits for 2.0 s"
    pressure.tick(20.0, waiting_s=1.0)
    assert pressure.rung == 1  # that is no calm


def test_a_rung_that_was_left_too_soon_is_kept_for_twice_as_long() -> None:
    pressure = Pressure()
    bad = climbed(pressure, 1)
    pressure.tick(bad + 6.0)
    assert pressure.rung == 0
    worse = climbed(pressure, 1, bad + 7.0)
    pressure.tick(worse + 7.0)
    assert pressure.rung == 1
    pressure.tick(worse + 12.0)
    assert pressure.rung == 0


def test_nobody_is_told_after_they_left() -> None:
    pressure = Pressure()
    told: list[int] = []
    leave = pressure.watch(lambda rung, because: told.append(rung))
    climbed(pressure, 2)
    leave()
    climbed(pressure, 3, 9.0)
    assert told == [1, 2]


@given(
    st.lists(
        st.tuples(
            st.floats(0.01, 8.0), st.sampled_from(["late", "in time", "tick"]), st.floats(0, 4)
        ),
        max_size=80,
    )
)
def test_one_rung_at_a_time_and_calm_brings_all_back(
    steps: list[tuple[float, str, float]],
) -> None:
    pressure, now, before = Pressure(), 0.0, 0
    for wait, what, waiting in steps:
        now += wait
        if what == "tick":
            pressure.tick(now, waiting)
        else:
            pressure.served(now, late=what == "late")
        assert 0 <= pressure.rung <= LAST
        assert abs(pressure.rung - before) <= 1
        before = pressure.rung
    for _ in range(LAST):
        now += 61.0
        pressure.tick(now)
    assert pressure.rung == 0
