from hypothesis import given
from hypothesis import strategies as st

from warmline.inference.queue import JobQueue

JOBS = st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=40)


def test_urgent_first_then_oldest() -> None:
    queue: JobQueue[str] = JobQueue(9, wanted=lambda job: True)
    for job, priority in [("p1", 2), ("f1", 0), ("p2", 2), ("f2", 0), ("b", 1)]:
        assert queue.put(job, priority) is None
    assert [queue.get() for _ in range(6)] == ["f1", "f2", "b", "p1", "p2", None]


def test_a_full_queue_drops_the_newest_of_the_least_urgent() -> None:
    queue: JobQueue[str] = JobQueue(2, wanted=lambda job: True)
    assert queue.put("partial 1", 2) is None
    assert queue.put("partial 2", 2) is None
    assert queue.put("final", 0) == "partial 2"
    assert queue.put("partial 3", 2) == "partial 3"
    assert queue.get() == "final"


def test_a_job_whose_worker_died_goes_first_among_its_equals() -> None:
    queue: JobQueue[str] = JobQueue(1, wanted=lambda job: True)
    queue.put("next", 0)
    queue.put_back("replayed", 0)
    assert [queue.get(), queue.get()] == ["replayed", "next"]


@given(JOBS, st.integers(min_value=1, max_value=6))
def test_bounded_and_nobody_urgent_loses_to_somebody_less_urgent(
    jobs: list[tuple[int, bool]], limit: int
) -> None:
    wanted = {number: keep for number, (_, keep) in enumerate(jobs)}
    queue: JobQueue[int] = JobQueue(limit, wanted=lambda job: wanted[job])
    lost: list[int] = []
    for number, (priority, _) in enumerate(jobs):
        loser = queue.put(number, priority)
        if loser is not None:
            lost.append(loser)
        assert len(queue) <= limit
    served = []
    while (job := queue.get()) is not None:
        served.append(job)
    assert served == sorted(served, key=lambda job: (jobs[job][0], job))
    assert all(wanted[job] for job in [*served, *lost])
    if served and lost:
        assert min(jobs[job][0] for job in lost) >= min(jobs[job][0] for job in served)
