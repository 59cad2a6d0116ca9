"""Who goes next and to whom: the formula by tables, and that nobody starves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.desk.cases import Case, Offer
from warmline.desk.presence import Agent, OnDuty
from warmline.desk.routing import MAX_HEAD_START_S, choose, expected_wait, head_start, place
from warmline.ports.people import Wish

NOBODY = frozenset[str]()


def case(
    number: int = 1,
    since: float = 0.0,
    *,
    priority: int = 0,
    mood: float = 0.0,
    reason: str = "asked",
    agent: str = "",
    front: bool = False,
) -> Case:
    wish = Wish(
        call_id=f"call-{number}",
        caller="",
        flow="shop",
        queue="orders",
        reason=reason,
        priority=priority,
        mood=mood,
        agent=agent,
    )
    return Case(wish=wish, queue="orders", number=number, since=since, queued_at=since, front=front)


def duty(
    user_id: str,
    idle_since: float = 0.0,
    *,
    skills: dict[str, int] | None = None,
    queues: tuple[str, ...] = (),
    ready: bool = True,
    reachable: bool = True,
) -> OnDuty:
    agent = Agent(user_id=user_id, name=user_id.title(), skills=skills or {}, queues=queues)
    return OnDuty(
        agent=agent, alive_at=0.0, idle_since=idle_since, ready=ready, reachable=reachable
    )


# --- callers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "seconds"),
    [
        (case(), 0.0),
        (case(priority=2), 120.0),
        (case(priority=-1), -60.0),
        (case(priority=99), 600.0),
        (case(reason="vip"), 120.0),
        (case(mood=-0.5), 30.0),
        (case(mood=-7.0), 60.0),
        (case(mood=1.0), 0.0),
        (case(priority=1, reason="vip", mood=-1.0), 240.0),
    ],
)
def test_head_starts(caller: Case, seconds: float) -> None:
    assert head_start(caller) == seconds


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (case(1, 0.0), case(2, 1.0)),
        (case(2, 50.0, priority=1), case(1, 0.0)),
        (case(1, 0.0), case(2, 70.0, priority=1)),
        (case(2, 20.0, mood=-0.5), case(1, 0.0)),
        (case(2, 100.0, reason="vip"), case(1, 0.0)),
        (case(9, 900.0, front=True), case(1, 0.0, priority=10, reason="vip", mood=-1.0)),
        (case(1, 0.0), case(2, 0.0)),
    ],
)
def test_who_goes_before_whom(first: Case, second: Case) -> None:
    assert place(first) < place(second)


@given(
    since=st.floats(0, 1e6),
    later=st.floats(0, 1e5),
    priority=st.integers(),
    reason=st.sampled_from(["asked", "vip", "mood"]),
    mood=st.floats(-1, 1),
)
def test_nobody_is_passed_by_who_came_much_later(
    since: float, later: float, priority: int, reason: str, mood: float
) -> None:
    patient = case(1, since)
    pushy = case(2, since + later, priority=priority, reason=reason, mood=mood)
    if later > MAX_HEAD_START_S + 1e-6:
        assert place(patient) < place(pushy)


# --- agents -------------------------------------------------------------------------------------


def test_the_longest_idle_is_asked() -> None:
    agents = [duty("anna", 30.0), duty("bert", 10.0), duty("cleo", 20.0)]
    assert choose(case(), NOBODY, agents, 40.0) == "bert"


def test_skills_come_before_idle_time() -> None:
    agents = [
        duty("anna", 0.0, skills={"german": 2, "billing": 2}),
        duty("bert", 30.0, skills={"german": 5, "billing": 1}),
        duty("cleo", 0.0, skills={"german": 5}),
    ]
    assert choose(case(), frozenset({"german", "billing"}), agents, 40.0) == "bert"


@pytest.mark.parametrize(
    "agent",
    [
        duty("anna", ready=False),
        duty("anna", reachable=False),
        duty("anna", queues=("billing",)),
        duty("anna", skills={"french": 5}),
    ],
)
def test_who_is_never_asked(agent: OnDuty) -> None:
    needed = frozenset({"german"}) if agent.agent.skills else NOBODY
    assert choose(case(), needed, [agent], 40.0) == ""


def test_who_is_asked_already_is_not_asked_again() -> None:
    anna = duty("anna")
    anna.offer = Offer(offer_id="call-2.1", call_id="call-2", user_id="anna", until=20.0)
    assert choose(case(), NOBODY, [anna], 1.0) == ""


def test_who_let_this_caller_pass_is_asked_again_later() -> None:
    caller = case()
    caller.refused["anna"] = 30.0
    assert choose(caller, NOBODY, [duty("anna")], 29.0) == ""
    assert choose(caller, NOBODY, [duty("anna")], 30.0) == "anna"


def test_a_certain_person_needs_no_skills_and_nobody_else_will_do() -> None:
    agents = [duty("anna", skills={"german": 5}), duty("bert", queues=("billing",))]
    assert choose(case(agent="bert"), frozenset({"german"}), agents, 1.0) == "bert"
    assert choose(case(agent="dora"), NOBODY, agents, 1.0) == ""


@pytest.mark.parametrize(
    ("position", "free", "serving", "handled", "wait_s"),
    [
        (1, 0, 0, [100.0], -1.0),  # nobody there
        (1, 1, 1, [], 0.0),
        (2, 2, 4, [100.0], 0.0),
        (1, 0, 1, [], -1.0),  # nothing to go by
        (1, 0, 4, [100.0, 300.0], 50.0),
        (3, 1, 4, [200.0], 100.0),
    ],
)
def test_expected_waits(
    position: int, free: int, serving: int, handled: list[float], wait_s: float
) -> None:
    assert expected_wait(position, free, serving, handled) == wait_s
