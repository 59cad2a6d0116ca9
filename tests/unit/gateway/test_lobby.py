"""How many strangers may wait at the doors."""

from hypothesis import given
from hypothesis import strategies as st

from warmline.gateway.lobby import Lobby, Seat


def test_no_address_takes_all_places() -> None:
    lobby = Lobby(max_waiting=5, max_each=2)
    first = lobby.enter("a")
    assert first is not None and lobby.enter("a") is not None
    assert lobby.enter("a") is None
    assert lobby.enter("b") is not None
    first.leave()
    first.leave()  # counts once
    assert lobby.enter("a") is not None
    assert lobby.enter("a") is None


def test_the_lobby_has_an_end() -> None:
    lobby = Lobby(max_waiting=3, max_each=2)
    seats = [lobby.enter(address) for address in "aabbc"]
    assert [seat is not None for seat in seats] == [True, True, True, False, False]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_as_many_may_enter_as_before_once_all_have_left(steps: list[tuple[str, bool]]) -> None:
    lobby = Lobby(max_waiting=4, max_each=3)
    seats: list[Seat] = []
    for address, comes in steps:
        if comes and (seat := lobby.enter(address)):
            seats.append(seat)
        elif seats and not comes:
            seats.pop().leave()
        assert len(seats) <= 4
    for seat in seats:
        seat.leave()
    assert [lobby.enter("a") is not None for _ in range(4)] == [True, True, True, False]
