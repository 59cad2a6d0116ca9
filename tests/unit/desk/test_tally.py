"""Service level and handling times of a queue."""

from warmline.desk.tally import ANSWERED, HANDLED, Tally


def test_a_new_queue_has_nothing_to_go_by() -> None:
    assert Tally(20.0).service_level is None


def test_the_service_level_counts_who_left_late_but_not_who_left_early() -> None:
    tally = Tally(20.0)
    tally.answered(20.0)
    tally.answered(21.0)
    tally.abandoned(5.0)
    assert tally.service_level == 1 / 2
    tally.abandoned(60.0)
    assert tally.service_level == 1 / 3


def test_only_the_latest_calls_count() -> None:
    tally = Tally(20.0)
    tally.answered(99.0)
    for _ in range(ANSWERED):
        tally.answered(1.0)
        tally.handled.append(60.0)
    assert tally.service_level == 1.0
    assert len(tally.handled) == HANDLED
