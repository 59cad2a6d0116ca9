import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.inference.layout import KEPT, Probe, apart, choose
from warmline.inference.queue import ANY

FAST = 120.0


@pytest.mark.parametrize(
    ("cores", "workers", "kept", "threads", "voices"),
    [(1, 2, 1, 1, 1), (2, 2, 1, 1, 1), (4, 3, 1, 1, 1), (8, 3, 1, 2, 2), (16, 6, 1, 2, 2)],
)
def test_machines(cores: int, workers: int, kept: int, threads: int, voices: int) -> None:
    layout = choose(cores, Probe(gflops=FAST, parallel=cores))
    assert (len(layout.ears), layout.threads, layout.voices) == (workers, threads, voices)
    assert [place.lowest for place in layout.ears].count(KEPT) == kept
    assert not layout.small_finals
    assert layout.ears == choose(cores).ears


def test_what_is_shown_does_not_delay_what_is_decided() -> None:
    kept, other = choose(2).ears
    assert (kept.lowest, kept.niceness) == (KEPT, 0)
    assert (other.lowest, other.niceness > 0) == (ANY, True)


def test_hyperthreads_are_half_cores() -> None:
    assert choose(8, Probe(gflops=FAST, parallel=4.3)).ears == choose(4).ears


def test_a_slow_machine_leaves_the_large_model_out() -> None:
    layout = choose(2, Probe(gflops=10.0, parallel=2.0))
    assert layout.small_finals
    assert "small model for all" in str(layout)


def test_one_worker_does_all() -> None:
    (only,) = choose(2, workers=1).ears
    assert (only.lowest, only.niceness) == (ANY, 0)


@given(
    st.integers(1, 256),
    st.none() | st.builds(Probe, gflops=st.floats(0.1, 1e4), parallel=st.floats(0.1, 512)),
    st.integers(0, 64),
    st.integers(0, 8),
)
def test_any_machine_gets_workers_and_finals_a_place(
    cores: int, probe: Probe | None, workers: int, threads: int
) -> None:
    layout = choose(cores, probe, workers=workers, threads=threads)
    assert len(layout.ears) == workers or (not workers and 2 <= len(layout.ears) <= max(2, cores))
    assert layout.threads == threads or not threads
    assert any(place.lowest == ANY for place in layout.ears)
    assert [*layout.ears] == sorted(layout.ears, key=lambda place: place.niceness)
    assert str(layout)


@pytest.mark.parametrize(("workers", "finals"), [(1, 0), (2, 1), (3, 1), (8, 2)])
def test_pools_that_do_not_help_each_other(workers: int, finals: int) -> None:
    ears = choose(16, workers=workers).ears
    for_finals, rest = apart(ears)
    assert (len(for_finals), len(rest)) == (finals, workers - finals)
    assert for_finals + rest == ears
