import math

from hypothesis import given
from hypothesis import strategies as st

from warmline.inference.queue import ANY, FIRST, JobQueue

JOBS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.booleans()), max_size=40)


def everybody(job: object) -> bool:
    return True


def drained(queue: JobQueue[str]) -> list[str]:
    jobs = []
    while (job := queue.get()) is not None:
        jobs.append(job)
    return jobs


def test_urgent_first_then_due_then_oldest() -> None:
    queue: JobQueue[str] = JobQueue(9, everybody)
    for job, priority, due in [
        ("partial, later", 2, 9.0),
        ("final 1", 0, 5.0),
        ("partial, soon", 2, 1.0),
        ("final 2", 0, 5.0),
        ("closed final", 0, 4.0),
        ("whenever", 2, math.inf),
    ]:
        assert queue.put(job, priority, due) is None
    finals = ["closed final", "final 1", "final 2"]
    assert drained(queue) == [*finals, "partial, soon", "partial, later", "whenever"]


def test_a_full_queue_drops_the_newest_of_the_least_urgent() -> None:
    queue: JobQueue[str] = JobQueue(2, everybody)
    assert queue.put("partial 1", 2) is None
    assert queue.put("partial 2", 2) is None
    assert queue.put("final", 0) == "partial 2"
    assert queue.put("partial 3", 2) == "partial 3"
    assert queue.get() == "final"


def test_a_job_whose_worker_died_goes_first_among_its_equals() -> None:
    queue: JobQueue[str] = JobQueue(1, everybody)
    queue.put("next", 0, 3.0)
    queue.put_back("replayed", 0, 3.0)
    assert [queue.get(), queue.get()] == ["replayed", "next"]


def test_a_worker_that_is_kept_for_finals_gets_nothing_else() -> None:
    queue: JobQueue[str] = JobQueue(9, everybody)
    queue.put("partial", 3)
    queue.put("check", 1)
    assert [queue.get(0), queue.get(1), queue.get(1), queue.get()] == [
        None,
        "check",
        None,
        "partial",
    ]


def test_too_late_is_dropped_but_never_a_final() -> None:
    queue: JobQueue[str] = JobQueue(9, everybody)
    queue.put("final", FIRST, 1.0)
    queue.put("check", 1, 1.0)
    queue.put("partial", 3, 2.0)
    assert queue.late(1.0) == []
    assert queue.late(1.5) == ["check"]
    assert queue.late(9.0) == ["partial"]
    assert drained(queue) == ["final"]


def test_company_is_alike_wanted_and_no_more_than_asked_for() -> None:
    wanted = {"a1", "a2", "a3", "b"}
    queue: JobQueue[str] = JobQueue(9, wanted=lambda job: job in wanted)
    for number, job in enumerate(["a3", "b", "a2", "gone a", "a1"]):
        queue.put(job, 0, float(9 - number))
    assert queue.take(lambda job: "a" in job, 2) == ["a1", "a2"]
    assert queue.take(lambda job: "a" in job, 0) == []
    assert sorted(queue) == ["a3", "b"]


@given(JOBS, st.integers(min_value=1, max_value=6))
def test_bounded_and_nobody_urgent_loses_to_somebody_less_urgent(
    jobs: list[tuple[int, int, bool]], limit: int
) -> None:
    queue: JobQueue[int] = JobQueue(limit, wanted=lambda job: jobs[job][2])
    lost: list[int] = []
    for number, (priority, due, _) in enumerate(jobs):
        loser = queue.put(number, priority, due)
        if loser is not None:
            lost.append(loser)
        assert len(queue) <= limit
    served = []
    while (job := queue.get()) is not None:
        served.append(job)
    assert served == sorted(served, key=lambda job: (*jobs[job][:2], job))
    assert all(jobs[job][2] for job in [*served, *lost])
    if served and lost:
        assert min(jobs[job][0] for job in lost) >= min(jobs[job][0] for job in served)


@given(
    st.lists(st.sampled_from([0, 0, 1, 2, 3]), max_size=60),
    st.integers(min_value=1, max_value=3),
)
def test_no_final_starves(arrivals: list[int], workers: int) -> None:
    """One job a tick arrives, and so many are served: whatever else comes, a final is served
    before all finals that came later, and none is dropped, however late it is."""
    queue: JobQueue[int] = JobQueue(64, everybody)
    served: list[int] = []
    for tick, priority in enumerate(arrivals):
        assert queue.put(tick, priority, tick + 1.0) is None
        assert all(arrivals[late] > FIRST for late in queue.late(float(tick)))
        if tick % 2:  # half of what comes can be served
            served += [job for _ in range(workers) if (job := queue.get()) is not None]
        oldest = next((job for job in queue if arrivals[job] == FIRST), None)
        newest = max((job for job in served if arrivals[job] == FIRST), default=-1)
        assert oldest is None or newest < oldest
    while (job := queue.get()) is not None:
        served.append(job)
    finals = [job for job, priority in enumerate(arrivals) if priority == FIRST]
    assert [job for job in served if arrivals[job] == FIRST] == finals


@given(JOBS)
def test_what_a_kept_worker_leaves_is_all_below_its_bound(
    jobs: list[tuple[int, int, bool]],
) -> None:
    queue: JobQueue[int] = JobQueue(64, everybody)
    for number, (priority, due, _) in enumerate(jobs):
        queue.put(number, priority, due)
    while queue.get(1) is not None:
        pass
    left = []
    while (job := queue.get(ANY)) is not None:
        left.append(jobs[job][0])
    assert left == sorted(priority for priority, _, _ in jobs if priority > 1)
