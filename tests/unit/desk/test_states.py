"""The two tables of the desk, and the laws that they are to obey."""

from itertools import product

import pytest

from warmline.desk.states import IN_QUEUE, TABLE, Presence, Sign, State, presence, step


def test_each_state_has_a_way_to_the_end_at_once() -> None:
    for state in set(State) - {State.OVER, State.OFFERED}:
        assert step(state, Sign.DONE) is State.OVER
    assert step(step(State.OFFERED, Sign.OFFER_CLOSED), Sign.DONE) is State.OVER


def test_only_who_is_offered_can_be_accepted() -> None:
    assert [state for state in State if Sign.ACCEPT in TABLE[state]] == [State.OFFERED]


def test_only_somebody_whose_audio_is_there_talks() -> None:
    ways = {sign for state in State for sign, to in TABLE[state].items() if to is State.TALKING}
    assert ways == {Sign.MEDIA_UP, Sign.SUCCEED}


def test_who_loses_their_agent_waits_again() -> None:
    for state in (State.CONNECTING, State.TALKING, State.LOST):
        assert step(state, Sign.BACK) is State.WAITING


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    reached = {to for row in TABLE.values() for to in row.values()}
    assert TABLE.keys() == reached == set(State)
    assert {State.WAITING, State.OFFERED} == IN_QUEUE


@pytest.mark.parametrize(("state", "sign"), list(product(State, Sign)))
def test_what_the_table_does_not_have_is_a_bug(state: State, sign: Sign) -> None:
    if sign in TABLE[state]:
        assert step(state, sign) is TABLE[state][sign]
    else:
        with pytest.raises(ValueError, match=f"{state} cannot have {sign}"):
            step(state, sign)


@pytest.mark.parametrize(
    ("reachable", "has_call", "wraps_up", "ready", "shown"),
    [
        (False, True, True, True, Presence.UNREACHABLE),
        (False, False, False, True, Presence.UNREACHABLE),
        (True, True, True, False, Presence.BUSY),
        (True, True, False, True, Presence.BUSY),
        (True, False, True, True, Presence.WRAP_UP),
        (True, False, True, False, Presence.WRAP_UP),
        (True, False, False, True, Presence.AVAILABLE),
        (True, False, False, False, Presence.AWAY),
    ],
)
def test_what_an_agent_is_free_for(
    reachable: bool, has_call: bool, wraps_up: bool, ready: bool, shown: Presence
) -> None:
    found = presence(reachable=reachable, has_call=has_call, wraps_up=wraps_up, ready=ready)
    assert found is shown
