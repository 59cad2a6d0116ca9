"""Which hint is shown: the laws, whatever happens, and the cases that authors rely on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.assist.governor import GAP_S, Change, Governor, Hint
from warmline.events import HintClosed, HintShown

RULES = ["refund", "late", "legal", "policy"]


def hint(rule: str = "refund", /, **changes: Any) -> Hint:
    plain = Hint(rule=rule, kind="rule", title=rule, text=f"About {rule}.", source="hints.yaml")
    return replace(plain, **changes)


def attended() -> Governor:
    governor = Governor()
    governor.joins("anna", 0.0)
    return governor


def shown(changes: list[Change]) -> list[str]:
    return [change.rule for change in changes if isinstance(change, HintShown)]


def closed(changes: list[Change]) -> list[tuple[str, str]]:
    return [(c.rule, c.outcome) for c in changes if isinstance(c, HintClosed)]


# --- the laws ------------------------------------------------------------------------------------

hints = st.builds(
    hint,
    st.sampled_from(RULES),
    priority=st.integers(0, 9),
    compliance=st.booleans(),
    once=st.booleans(),
    cooldown_s=st.sampled_from([0.0, 3.0, 60.0]),
    expires_s=st.sampled_from([1.0, 10.0, 30.0]),
    confidence=st.floats(0.5, 1.0),
    turn=st.integers(0, 6),
)
agents = st.sampled_from(["anna", "ben"])
actions: st.SearchStrategy[Callable[[Governor, float], list[Change] | None]] = st.one_of(
    hints.map(lambda h: lambda g, at: g.offer(h, at)),
    hints.map(lambda h: lambda g, at: g.said(h, at)),
    st.tuples(st.integers(1, 6), st.sets(st.sampled_from(RULES))).map(
        lambda said: lambda g, at: g.spoke_of(said[0], said[1], at)
    ),
    st.integers(1, 6).map(lambda turn: lambda g, at: g.forget(turn=turn)),
    st.just(lambda g, at: g.forget(before=at - 20)),
    agents.map(lambda who: lambda g, at: g.joins(who, at)),
    agents.map(lambda who: lambda g, at: g.leaves(who, at)),
    st.tuples(agents, st.booleans()).map(lambda said: lambda g, at: g.speaks(said[0], said[1])),
    st.just(lambda g, at: None),
)
steps = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 2.0, 4.0, 11.0]), actions), max_size=60)


@given(steps)
def test_one_at_a_time_apart_and_closed_once(
    steps: list[tuple[float, Callable[[Governor, float], list[Change] | None]]],
) -> None:
    governor = attended()
    visible: HintShown | None = None
    names: set[str] = set()
    at = last_shown = last_closed = -100.0
    for seconds, act in steps:
        at = max(at, 0.0) + seconds
        for change in [*(act(governor, at) or []), *governor.step(at)]:
            match change:
                case HintShown():
                    assert visible is None and change.hint not in names
                    assert at - last_shown >= GAP_S
                    assert change.compliance or at - last_closed >= GAP_S
                    assert governor.agents and not governor._speaking
                    visible, last_shown = change, at
                    names.add(change.hint)
                case HintClosed():
                    assert visible is not None and change.hint == visible.hint
                    visible, last_closed = None, at
    for who in ("anna", "ben"):
        for change in governor.leaves(who, at):
            assert visible is not None and isinstance(change, HintClosed)
            assert change.hint == visible.hint
            visible = None
    assert visible is None and governor.step(at + 1000) == []


@given(st.lists(hints, min_size=1, max_size=8), st.floats(0, 60))
def test_nothing_is_shown_into_the_agents_words(offered: list[Hint], seconds: float) -> None:
    governor = attended()
    governor.speaks("anna", True)
    for one in offered:
        governor.offer(one, 1.0)
    assert governor.step(1.0 + seconds) == []


# --- cases ---------------------------------------------------------------------------------------


def test_nobody_is_there_to_see_it() -> None:
    governor = Governor()
    governor.offer(hint(), 1.0)
    assert governor.step(200.0) == []
    governor.joins("anna", 300.0)
    assert shown(governor.step(300.0)) == ["refund"]


def test_the_highest_goes_first_and_the_next_after_a_pause() -> None:
    governor = attended()
    governor.offer(hint("late", priority=3), 1.0)
    governor.offer(hint("refund", priority=6), 1.0)
    assert shown(governor.step(1.0)) == ["refund"]
    governor.closed("hint-1", "used", 2.0)
    assert governor.step(5.9) == []
    assert shown(governor.step(6.0)) == ["late"]


def test_what_has_to_be_said_replaces_what_has_not() -> None:
    governor = attended()
    governor.offer(hint("late", priority=9), 1.0)
    governor.step(1.0)
    governor.offer(hint("legal", priority=0, compliance=True), 2.0)
    assert governor.step(4.9) == []
    changes = governor.step(5.0)
    assert closed(changes) == [("late", "withdrawn")] and shown(changes) == ["legal"]


def test_it_waits_until_the_agent_has_spoken() -> None:
    governor = attended()
    governor.speaks("anna", True)
    governor.speaks("supervisor", True)
    governor.offer(hint(), 1.0)
    assert governor.step(3.0) == []
    governor.speaks("anna", False)
    assert shown(governor.step(4.0)) == ["refund"]


def test_it_expires_shown_or_not() -> None:
    governor = attended()
    governor.offer(hint(expires_s=10), 1.0)
    governor.step(1.0)
    governor.offer(hint("late", expires_s=5), 2.0)
    assert closed(governor.step(11.0)) == [("refund", "expired")]
    assert governor.step(20.0) == []


def test_a_topic_that_goes_on_keeps_it() -> None:
    governor = attended()
    governor.offer(hint(expires_s=10), 1.0)
    governor.step(1.0)
    governor.offer(hint(expires_s=10), 9.0)
    assert governor.step(18.0) == []
    assert closed(governor.step(19.0)) == [("refund", "expired")]


@pytest.mark.parametrize(
    ("turns", "goes"),
    [([set()], False), ([set(), set()], True), ([set(), {"refund"}, set()], False)],
)
def test_two_turns_about_something_else(turns: list[set[str]], goes: bool) -> None:
    governor = attended()
    governor.offer(hint(), 1.0)
    governor.step(1.0)
    changes = [c for n, topics in enumerate(turns) for c in governor.spoke_of(n, topics, 2.0 + n)]
    assert closed(changes) == ([("refund", "withdrawn")] if goes else [])


def test_a_turn_that_is_void_was_about_nothing() -> None:
    governor = attended()
    governor.offer(hint(), 1.0)
    governor.step(1.0)
    governor.spoke_of(1, set(), 2.0)
    governor.forget(turn=1)
    assert governor.spoke_of(2, set(), 3.0) == []
    governor.offer(hint("late", turn=3), 4.0)
    governor.forget(turn=3)
    assert [one.rule for one in governor.held] == ["refund"]


def test_what_has_to_be_said_stays_whatever_they_speak_of() -> None:
    governor = attended()
    governor.offer(hint(compliance=True), 1.0)
    governor.step(1.0)
    assert [governor.spoke_of(turn, set(), 2.0) for turn in range(5)] == [[]] * 5


def test_said_anyway() -> None:
    governor = attended()
    governor.offer(hint(), 1.0)
    governor.step(1.0)
    assert closed(governor.said(hint(), 3.0)) == [("refund", "said")]
    governor.offer(hint(), 30.0)
    assert governor.step(30.0) == []  # it rests
    governor.offer(hint(), 63.0)
    assert shown(governor.step(63.0)) == ["refund"]


def test_said_before_it_was_shown() -> None:
    governor = attended()
    governor.speaks("anna", True)
    governor.offer(hint(), 1.0)
    assert governor.said(hint(), 2.0) == []
    governor.speaks("anna", False)
    assert governor.step(3.0) == []


@pytest.mark.parametrize(
    ("changes", "at", "again"),
    [
        ({"cooldown_s": 20.0}, 20.9, False),
        ({"cooldown_s": 20.0}, 21.0, True),
        ({"cooldown_s": 0.0, "once": True}, 500.0, False),
    ],
)
def test_how_soon_it_comes_again(changes: dict[str, object], at: float, again: bool) -> None:
    governor = attended()
    one = hint(**changes)
    governor.offer(one, 1.0)
    governor.step(1.0)
    governor.closed("hint-1", "used", 2.0)
    governor.offer(one, at)
    assert shown(governor.step(at)) == (["refund"] if again else [])


@pytest.mark.parametrize("compliance", [False, True])
def test_dismissed_is_gone_unless_it_has_to_be_said(compliance: bool) -> None:
    governor = attended()
    one = hint(cooldown_s=0.0, compliance=compliance)
    governor.offer(one, 1.0)
    governor.step(1.0)
    governor.closed("hint-1", "dismissed", 2.0)
    governor.offer(one, 900.0)
    assert shown(governor.step(900.0)) == (["refund"] if compliance else [])


def test_only_what_is_visible_can_be_used() -> None:
    governor = attended()
    governor.offer(hint(), 1.0)
    governor.step(1.0)
    governor.closed("hint-7", "used", 2.0)
    assert closed(governor.leaves("anna", 3.0)) == [("refund", "withdrawn")]


def test_the_last_agent_takes_it_along() -> None:
    governor = attended()
    governor.joins("ben", 0.5)
    governor.offer(hint(), 1.0)
    governor.step(1.0)
    assert governor.leaves("anna", 2.0) == []
    assert closed(governor.leaves("ben", 3.0)) == [("refund", "withdrawn")]


def test_what_is_old_is_forgotten() -> None:
    governor = Governor()
    governor.offer(hint("late"), 1.0)
    governor.offer(hint("refund"), 50.0)
    governor.forget(before=40.0)
    assert [one.rule for one in governor.held] == ["refund"]
